//! Seals the packets of one call (RFC 3711 § 3.3).

use super::transform::{Purpose, SessionKeys, Transform};
use super::{MasterKey, Suite};
use crate::rtp::HEADER_OCTETS;

/// The sending side of an encrypted call.
#[derive(Debug)]
pub struct Sealer {
    transform: Transform,
    tag_octets: usize,
    /// How often the sequence number has come round.
    rollovers: u32,
    last: Option<u16>,
}

/// Where one packet is encrypted: the longest payload and its tag.
pub type Room = [u8; LONGEST_PAYLOAD + 10];

/// A room to begin with.
pub const EMPTY_ROOM: Room = [0; LONGEST_PAYLOAD + 10];

impl Sealer {
    /// No packet sealed yet. The first one's sequence number ought to be below 2¹⁵, so that a receiver who misses the
    /// first packets cannot miss that it came round (§ 3.3.1).
    #[must_use]
    pub fn new(suite: Suite, key: &MasterKey) -> Self {
        Self {
            transform: Transform::new(&SessionKeys::derive(key, Purpose::Sound)),
            tag_octets: suite.tag_octets(),
            rollovers: 0,
            last: None,
        }
    }

    /// Encrypts the payload of a packet into `room`; answers what follows its header on the wire: payload and tag. The
    /// header stays as it is. Allocates nothing.
    ///
    /// Sealed again, the latest packet is the same octets. `None` for a payload above 480 octets.
    pub fn seal<'r>(
        &mut self,
        header: &[u8; HEADER_OCTETS],
        payload: &[u8],
        room: &'r mut Room,
    ) -> Option<&'r [u8]> {
        let [_, _, high, low, _, _, _, _, ssrc @ ..] = *header;
        let sequence = u16::from_be_bytes([high, low]);
        if self.last.is_some_and(|last| sequence < last) {
            self.rollovers = self.rollovers.wrapping_add(1);
        }
        self.last = Some(sequence);
        let index = u64::from(self.rollovers) << 16 | u64::from(sequence);
        let sealed = room.get_mut(..payload.len() + self.tag_octets)?;
        let (octets, tag) = sealed.split_at_mut(payload.len());
        octets.copy_from_slice(payload);
        self.transform
            .apply(u32::from_be_bytes(ssrc), index, octets);
        let rollovers = self.rollovers.to_be_bytes();
        let whole = self.transform.tag(&[header, octets, &rollovers]);
        tag.copy_from_slice(whole.get(..tag.len())?);
        Some(sealed)
    }

    #[cfg(test)]
    pub(super) fn rollovers(&self) -> u32 {
        self.rollovers
    }
}

/// 60 ms of G.711 or G.722.
const LONGEST_PAYLOAD: usize = 480;
