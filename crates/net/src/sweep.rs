//! Asks many sockets whether something can be read, and leaves no watch behind (poll).
#![allow(unsafe_code, reason = "poll has no safe wrapper here")]

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// The sockets of one question, kept so that asking again allocates nothing.
///
/// For sockets that send all the time and receive seldom. A [`Poller`](crate::Poller) would be told of every packet that
/// such a socket *sends*, because a packet that left makes room for another: a tenth of what sending costs.
#[derive(Debug, Default)]
pub struct Sweep {
    asked: Vec<libc::pollfd>,
}

impl Sweep {
    /// Room for so many sockets; it grows when more are asked.
    #[must_use]
    pub fn with_capacity(sockets: usize) -> Self {
        Self {
            asked: Vec::with_capacity(sockets),
        }
    }

    /// Asks once, without waiting, and answers for each socket in its order whether something can be read from it: a
    /// packet, or an error such as a refusal.
    ///
    /// # Errors
    /// What the kernel says, such as more sockets than descriptors are allowed; a signal is not an error, nothing can
    /// be read then.
    pub fn ask<'a, S: AsFd + 'a>(
        &mut self,
        sockets: impl Iterator<Item = &'a S>,
    ) -> io::Result<impl Iterator<Item = bool>> {
        self.asked.clear();
        self.asked.extend(sockets.map(|socket| libc::pollfd {
            fd: socket.as_fd().as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }));
        let count = libc::nfds_t::try_from(self.asked.len()).unwrap_or(0);
        // SAFETY: the pointer and the count describe `asked`, which outlives the call.
        let found = unsafe { libc::poll(self.asked.as_mut_ptr(), count, 0) };
        if found < 0 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        let told = if found > 0 { &self.asked[..] } else { &[] };
        Ok(told.iter().map(|one| one.revents != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn tells_in_order_who_has_something_to_read() {
        let sockets: Vec<UdpSocket> = (0..3)
            .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
            .collect();
        let mut sweep = Sweep::with_capacity(1);

        assert_eq!(sweep.ask(sockets.iter()).unwrap().count(), 0, "nobody");
        let third = sockets[2].local_addr().unwrap();
        sockets[0].send_to(b"key", third).unwrap();
        let answers: Vec<bool> = sweep.ask(sockets.iter()).unwrap().collect();

        assert_eq!(answers, [false, false, true]);
    }

    #[test]
    fn a_refusal_is_something_to_read() {
        let nobody = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(nobody).unwrap();
        socket.send(b"sound").unwrap();

        let answers: Vec<bool> = Sweep::default()
            .ask([&socket].into_iter())
            .unwrap()
            .collect();

        assert_eq!(answers, [true]);
    }

    #[test]
    fn nobody_to_ask_is_not_an_error() {
        let none: [&UdpSocket; 0] = [];
        assert_eq!(Sweep::default().ask(none.into_iter()).unwrap().count(), 0);
    }
}
