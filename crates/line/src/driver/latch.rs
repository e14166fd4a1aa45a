//! Follows the caller's sound to where it truly comes from (symmetric RTP, RFC 4961; latching, RFC 7362).
//!
//! Behind an address translation a caller's description names an address that nobody can send to. For a short time
//! after the answer, and only where the trunk wants it, the first sound from an address of that trunk decides; from
//! then on nobody else is heard, so that no later packet can draw the call elsewhere.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::rtp::Packet;

use super::order::Agreed;
use crate::Prefix;

/// A call that has not heard its caller yet.
#[derive(Debug)]
pub(super) struct Latch {
    until: Instant,
    peers: Vec<Prefix>,
}

impl Latch {
    /// Open for so long, to these addresses; `None` where it is open for no time.
    pub(super) fn open(window: Duration, peers: &[Prefix], now: Instant) -> Option<Self> {
        (!window.is_zero()).then(|| Self {
            until: now + window,
            peers: peers.to_vec(),
        })
    }

    /// Whether this packet says where the caller is: sound or a key as agreed, from the address of the description or
    /// one of the trunk's.
    pub(super) fn takes(&self, packet: &Packet<'_>, source: SocketAddr, agreed: &Agreed) -> bool {
        let expected = packet.payload_type == agreed.codec.payload_type()
            || Some(packet.payload_type) == agreed.key_type();
        let described = agreed.peer.is_some_and(|peer| peer.ip() == source.ip());
        expected && (described || self.peers.iter().any(|peer| peer.contains(source.ip())))
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= self.until
    }
}
