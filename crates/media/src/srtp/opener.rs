//! Opens what the other side sends (RFC 3711 § 3.3): authentic, and not heard before.

use super::streams::Streams;
use super::transform::{Purpose, SessionKeys, Transform};
use super::{MasterKey, Mki, SrtpError, Suite};
use crate::rtp::HEADER_OCTETS;

/// The receiving side of an encrypted call.
#[derive(Debug)]
pub struct Opener {
    transform: Transform,
    tag_octets: usize,
    mki: Option<Mki>,
    streams: Streams,
}

impl Opener {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(suite: Suite, key: &MasterKey, mki: Option<Mki>) -> Self {
        Self {
            transform: Transform::new(&SessionKeys::derive(key, Purpose::Sound)),
            tag_octets: suite.tag_octets(),
            mki,
            streams: Streams::default(),
        }
    }

    /// Decrypts one datagram in its place; answers how many octets of it are the packet in the clear.
    ///
    /// # Errors
    /// [`SrtpError`]: the packet is to be ignored, and its octets are as they came.
    pub fn open(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let octets = datagram.len();
        let not_srtp = SrtpError::NotSrtp { octets };
        let trailer = Mki::len(self.mki) + self.tag_octets;
        let end = octets.checked_sub(trailer).ok_or(not_srtp)?;
        let (packet, trailer) = datagram.split_at_mut(end);
        let payload_at = find_payload(packet).ok_or(not_srtp)?;
        let (mki, tag) = trailer.split_at(Mki::len(self.mki));
        if !Mki::is(self.mki, mki) {
            return Err(SrtpError::NotAuthentic);
        }
        let &mut [_, _, high, low, _, _, _, _, a, b, c, d, ..] = packet else {
            return Err(not_srtp);
        };
        let (sequence, ssrc) = (
            u16::from_be_bytes([high, low]),
            u32::from_be_bytes([a, b, c, d]),
        );
        let index = self.index_of(ssrc, sequence, packet, tag)?;
        self.transform.apply(ssrc, index, &mut packet[payload_at..]);
        self.streams.note(ssrc, index);
        Ok(end)
    }

    /// The index of a packet, if it is authentic and new.
    fn index_of(
        &self,
        ssrc: u32,
        sequence: u16,
        packet: &[u8],
        tag: &[u8],
    ) -> Result<u64, SrtpError> {
        let is_authentic = |&index: &u64| {
            let [_, _, rollovers @ .., _, _] = index.to_be_bytes();
            self.transform.verifies(&[packet, &rollovers], tag)
        };
        match self.streams.find(ssrc) {
            Some(heard) => {
                let index = heard.index_of(sequence);
                let new = index.filter(|&index| heard.is_new(index));
                new.into_iter().find(is_authentic).ok_or(match new {
                    Some(_) => SrtpError::NotAuthentic,
                    None => SrtpError::Replayed,
                })
            }
            None if self.streams.is_full() => Err(SrtpError::TooManyStreams),
            // Whoever hears one packet in 64 may have missed that the number came round once already.
            None => [0, 1]
                .map(|rollovers: u64| rollovers << 16 | u64::from(sequence))
                .into_iter()
                .find(is_authentic)
                .ok_or(SrtpError::NotAuthentic),
        }
    }
}

/// Where the payload begins, behind contributing sources and extension, which stay in the clear (§ 3.1). The padding is
/// encrypted with the payload.
fn find_payload(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let fixed = HEADER_OCTETS + 4 * usize::from(first & 0x0F);
    let at = if first & 0x10 == 0 {
        fixed
    } else {
        let &[high, low] = packet.get(fixed + 2..fixed + 4)? else {
            return None;
        };
        fixed + 4 + 4 * usize::from(u16::from_be_bytes([high, low]))
    };
    (at <= packet.len()).then_some(at)
}
