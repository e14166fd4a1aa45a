//! Copies of SIP messages as they come and go, for whoever traces a call or keeps a record of the wire.
//!
//! Start with [`Tap::listen`]. While nobody listens, a message costs one look at a flag. A listener that falls behind
//! loses messages, which are counted; it never holds up the signalling thread.

pub(crate) mod digits;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use sip::Transport;

/// Where the signalling thread offers its messages.
#[derive(Debug, Default)]
pub struct Tap {
    is_open: AtomicBool,
    listeners: ArcSwap<Vec<Listener>>,
    /// Held while the list and the flag change together; never by the signalling thread.
    changing: Mutex<()>,
}

impl Tap {
    /// Listens from here on, until the [`Tapped`] is dropped.
    #[must_use]
    pub fn listen(self: &Arc<Self>) -> Tapped {
        let (sender, messages) = sync_channel(MOST_WAITING);
        let backlog = Arc::new(Backlog::default());
        let listener = Listener {
            sender,
            backlog: Arc::clone(&backlog),
        };
        self.change(|listeners| listeners.push(listener));
        Tapped {
            messages,
            backlog,
            tap: Arc::downgrade(self),
            own: HashMap::new(),
        }
    }

    /// Offers a message to everybody who listens; while nobody does, it is not even made.
    pub(crate) fn offer(&self, message: impl FnOnce() -> TappedMessage) {
        if self.is_open.load(Relaxed) {
            let mut message = message();
            sip::sdp::hide_keys(Arc::make_mut(&mut message.octets));
            for listener in self.listeners.load().iter() {
                listener.offer(&message);
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Listener>)) {
        let _guard = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Vec::clone(&self.listeners.load());
        change(&mut next);
        let is_open = !next.is_empty();
        self.listeners.store(Arc::new(next));
        self.is_open.store(is_open, Relaxed);
    }
}

/// One who listens, heard in the order of the wire.
#[derive(Debug)]
pub struct Tapped {
    messages: Receiver<TappedMessage>,
    backlog: Arc<Backlog>,
    tap: Weak<Tap>,
    /// Our address towards each of the latest peers, where the line listens on all of its addresses.
    own: HashMap<IpAddr, IpAddr>,
}

impl Tapped {
    /// Waits for the next message.
    ///
    /// # Errors
    /// [`RecvTimeoutError::Timeout`] when none comes in time, `Disconnected` when the line is gone.
    pub fn next_within(&mut self, patience: Duration) -> Result<TappedMessage, RecvTimeoutError> {
        let mut message = self.messages.recv_timeout(patience)?;
        let length = message.octets.len();
        self.backlog.octets.fetch_sub(length, Relaxed);
        if message.local.ip().is_unspecified() {
            let own = self.own_address(message.local.ip(), message.peer);
            message.local.set_ip(own);
        }
        Ok(message)
    }

    /// Messages lost because this listener fell behind.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.backlog.dropped.load(Relaxed)
    }

    fn own_address(&mut self, bound: IpAddr, peer: SocketAddr) -> IpAddr {
        if self.own.len() >= MOST_PEERS {
            self.own.clear();
        }
        let found = self.own.entry(peer.ip());
        *found.or_insert_with(|| net::own_address_towards(peer).unwrap_or(bound))
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        if let Some(tap) = self.tap.upgrade() {
            tap.change(|all| all.retain(|one| !Arc::ptr_eq(&one.backlog, &self.backlog)));
        }
    }
}

/// A request or a response as it was on the wire; of TLS, in clear.
#[derive(Clone, Debug)]
pub struct TappedMessage {
    /// When the line read it or sent it.
    pub at: Timestamp,
    /// Which way it went.
    pub way: Way,
    /// Our end.
    pub local: SocketAddr,
    /// The other end.
    pub peer: SocketAddr,
    /// What carried it.
    pub transport: Transport,
    /// The trunk of the other end, by its number in the configuration.
    pub trunk: Option<usize>,
    /// All of it, the keys of encrypted sound overwritten.
    pub octets: Arc<[u8]>,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a trunk to us.
    Heard,
    /// From an address of no trunk to us, and left without an answer.
    FromStranger,
    /// From us.
    Sent,
}

#[derive(Clone, Debug)]
struct Listener {
    sender: SyncSender<TappedMessage>,
    backlog: Arc<Backlog>,
}

impl Listener {
    fn offer(&self, message: &TappedMessage) {
        let length = message.octets.len();
        let waiting = self.backlog.octets.fetch_add(length, Relaxed);
        let has_room = waiting + length <= MOST_OCTETS;
        if !has_room || self.sender.try_send(message.clone()).is_err() {
            self.backlog.octets.fetch_sub(length, Relaxed);
            self.backlog.dropped.fetch_add(1, Relaxed);
        }
    }
}

/// What waits for a listener, and what it lost.
#[derive(Debug, Default)]
struct Backlog {
    octets: AtomicUsize,
    dropped: AtomicU64,
}

/// Messages and octets waiting for one listener.
const MOST_WAITING: usize = 4_096;
const MOST_OCTETS: usize = 8 * 1024 * 1024;
/// A trunk has few machines.
const MOST_PEERS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_while_nobody_listens_is_not_kept() {
        let tap = Arc::new(Tap::default());
        offer(&tap, b"before");
        let mut tapped = tap.listen();
        offer(&tap, b"meanwhile");

        assert_eq!(&*next(&mut tapped).octets, b"meanwhile");
        drop(tapped);
        assert!(!tap.is_open.load(Relaxed), "nothing is copied any more");

        let mut last = tap.listen();
        drop(tap);
        let gone = last.next_within(Duration::from_secs(5)).unwrap_err();
        assert_eq!(gone, RecvTimeoutError::Disconnected);
    }

    #[test]
    fn no_key_of_encrypted_sound_leaves_with_a_copy() {
        let tap = Arc::new(Tap::default());
        let mut tapped = tap.listen();
        offer(
            &tap,
            b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^31",
        );

        let copy = next(&mut tapped).octets;
        assert_eq!(
            &*copy,
            b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxx|2^31"
        );
    }

    #[test]
    fn everybody_who_listens_hears_the_same_and_leaves_alone() {
        let tap = Arc::new(Tap::default());
        let (mut first, second) = (tap.listen(), tap.listen());
        drop(second);
        let mut third = tap.listen();
        offer(&tap, b"INVITE");

        for tapped in [&mut first, &mut third] {
            let heard = next(tapped);
            assert_eq!((heard.way, &*heard.octets), (Way::Heard, &b"INVITE"[..]));
        }
    }

    #[test]
    fn a_listener_that_falls_behind_loses_messages_and_is_told_how_many() {
        let tap = Arc::new(Tap::default());
        let mut tapped = tap.listen();
        for _ in 0..MOST_WAITING + 10 {
            offer(&tap, b"small");
        }
        assert_eq!(tapped.dropped(), 10);
        while tapped.next_within(Duration::ZERO).is_ok() {}

        let large = vec![b'x'; 65_535];
        let fitting = MOST_OCTETS / large.len();
        for _ in 0..fitting + 5 {
            offer(&tap, &large);
        }
        assert_eq!(tapped.dropped(), 10 + 5);
        assert_eq!(&*next(&mut tapped).octets, &large[..]);
        offer(&tap, &large);
        assert_eq!(tapped.dropped(), 10 + 5, "what was read makes room");
    }

    #[test]
    fn our_end_has_an_address_where_the_line_listens_on_all_of_them() {
        let tap = Arc::new(Tap::default());
        let mut tapped = tap.listen();
        offer(&tap, b"INVITE");

        assert_eq!(next(&mut tapped).local, "127.0.0.1:5060".parse().unwrap());
    }

    fn offer(tap: &Tap, octets: &[u8]) {
        tap.offer(|| TappedMessage {
            at: Timestamp::now(),
            way: Way::Heard,
            local: "0.0.0.0:5060".parse().unwrap(),
            peer: "127.0.0.1:40000".parse().unwrap(),
            transport: Transport::Udp,
            trunk: None,
            octets: octets.into(),
        });
    }

    fn next(tapped: &mut Tapped) -> TappedMessage {
        tapped.next_within(Duration::ZERO).unwrap()
    }
}
