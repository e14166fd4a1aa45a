//! Waits for several sockets at once (epoll), and for a word from another thread (eventfd).
#![allow(unsafe_code, reason = "epoll and eventfd have no safe wrapper here")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

/// A set of descriptors, each with a number of the owner's choice. Readiness to read is what counts, room to send only
/// where it was asked for, and both are told again as long as they last (level-triggered).
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
}

impl Poller {
    /// # Errors
    /// What the kernel says, such as no descriptor left.
    pub fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 takes no pointer; its result is checked before it becomes an owned descriptor.
        let epoll = unsafe { owned(libc::epoll_create1(libc::EPOLL_CLOEXEC)) }?;
        Ok(Self { epoll })
    }

    /// Watches a descriptor. Closing it ends the watch too.
    ///
    /// # Errors
    /// What the kernel says, such as one that is watched already.
    pub fn add(&self, source: &impl AsFd, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, source.as_fd(), token, libc::EPOLLIN)
    }

    /// Says whether room to send is to be told too.
    ///
    /// # Errors
    /// What the kernel says, such as one that is not watched.
    pub fn change(&self, source: &impl AsFd, token: u64, wants_room: bool) -> io::Result<()> {
        let room = if wants_room { libc::EPOLLOUT } else { 0 };
        let events = libc::EPOLLIN | room;
        self.control(libc::EPOLL_CTL_MOD, source.as_fd(), token, events)
    }

    /// Watches it no more.
    ///
    /// # Errors
    /// What the kernel says, such as one that is not watched.
    pub fn remove(&self, source: &impl AsFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, source.as_fd(), 0, 0)
    }

    /// Waits until something can be read or the time is over, and puts the numbers of what can be read, at most 256
    /// of them, in place of what `ready` held. `None` waits without limit.
    ///
    /// # Errors
    /// What the kernel says; a signal is not an error, it ends the wait.
    pub fn wait(&self, ready: &mut Vec<u64>, timeout: Option<Duration>) -> io::Result<()> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; MOST_AT_ONCE];
        // SAFETY: the pointer and the count describe `events`, which outlives the call.
        let count = unsafe {
            libc::epoll_wait(
                self.epoll.as_raw_fd(),
                events.as_mut_ptr(),
                libc::c_int::try_from(MOST_AT_ONCE).unwrap_or(1),
                milliseconds(timeout),
            )
        };
        ready.clear();
        match usize::try_from(count) {
            Ok(count) => ready.extend(events.iter().take(count).map(|event| event.u64)),
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
        Ok(())
    }

    fn control(
        &self,
        operation: libc::c_int,
        source: BorrowedFd<'_>,
        token: u64,
        events: libc::c_int,
    ) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: events.cast_unsigned(),
            u64: token,
        };
        // SAFETY: both descriptors are open for the time of the call, as they are borrowed; `event` outlives it.
        let done = unsafe {
            libc::epoll_ctl(
                self.epoll.as_raw_fd(),
                operation,
                source.as_raw_fd(),
                &raw mut event,
            )
        };
        if done == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

/// Ends another thread's [`Poller::wait`]. Clones wake the same thread.
#[derive(Clone, Debug)]
pub struct Waker {
    event: Arc<File>,
}

impl Waker {
    /// Add it to the poller of the thread to be woken.
    ///
    /// # Errors
    /// What the kernel says, such as no descriptor left.
    pub fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes no pointer; its result is checked before it becomes an owned descriptor.
        let event = unsafe { owned(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK)) }?;
        Ok(Self {
            event: Arc::new(event.into()),
        })
    }

    /// Wakes the thread, or lets its next wait end at once.
    pub fn wake(&self) {
        // It fails only when the counter is full, and then the thread is being woken anyhow.
        let _ = (&*self.event).write(&1_u64.to_ne_bytes());
    }

    /// Forgets past wakings; the woken thread calls it before it looks at what it was woken for.
    pub fn rest(&self) {
        let _ = (&*self.event).read(&mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}

/// # Safety
/// `descriptor` is the direct result of a call that opens one, owned by nobody else.
unsafe fn owned(descriptor: libc::c_int) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, as it is not negative, and nobody else owns it, as the caller promises.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Rounded up: waking before the deadline would only mean to wait again.
fn milliseconds(timeout: Option<Duration>) -> libc::c_int {
    timeout.map_or(-1, |timeout| {
        libc::c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
    })
}

/// Descriptors told of in one wait; the others are told of in the next.
const MOST_AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn a_word_from_another_thread_ends_the_wait() {
        let (poller, waker) = (Poller::new().unwrap(), Waker::new().unwrap());
        poller.add(&waker, 7).unwrap();
        let other = waker.clone();
        let thread = std::thread::spawn(move || other.wake());

        let mut ready = vec![];
        poller.wait(&mut ready, None).unwrap();
        assert_eq!(ready, [7]);

        thread.join().unwrap();
        waker.rest();
        poller.wait(&mut ready, Some(Duration::ZERO)).unwrap();
        assert!(ready.is_empty());
    }

    #[test]
    fn only_sockets_with_something_to_read_are_told() {
        let sockets = [(); 3].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let poller = Poller::new().unwrap();
        for (token, socket) in (10..).zip(&sockets) {
            poller.add(socket, token).unwrap();
        }
        sockets[0]
            .send_to(b"x", sockets[2].local_addr().unwrap())
            .unwrap();

        let mut ready = vec![];
        poller.wait(&mut ready, None).unwrap();
        assert_eq!(ready, [12]);

        poller.remove(&sockets[2]).unwrap();
        poller
            .wait(&mut ready, Some(Duration::from_millis(1)))
            .unwrap();
        assert!(ready.is_empty());
    }

    #[test]
    fn a_wait_of_part_of_a_millisecond_is_rounded_up() {
        assert_eq!(milliseconds(Some(Duration::from_micros(1))), 1);
        assert_eq!(milliseconds(Some(Duration::ZERO)), 0);
        assert_eq!(milliseconds(Some(Duration::MAX)), libc::c_int::MAX);
        assert_eq!(milliseconds(None), -1);
    }
}
