//! Packets of one stream in the order in which they were sent.
//!
//! The sorting is that of webrtc-media's [`SampleBuilder`]. It trusts sequence numbers and time stamps more than a
//! network deserves (it subtracts what it is given, and counts in 16 bits), so nothing reaches it here that would make
//! it stumble: what is far from the latest packet is refused as RFC 3550 appendix A.1 has it, and its time stamps are our
//! own, which rise with the sequence numbers. The packet's own one travels with its sound.

use bytes::Bytes;
use rtp::header::Header;
use rtp::packetizer::Depacketizer;
use webrtc_media::io::sample_builder::SampleBuilder;

/// One stream being put in order.
pub(crate) struct Order {
    builder: SampleBuilder<AsItIs>,
    /// The highest sequence number so far, counted on beyond 16 bits.
    newest: u32,
    /// The last one given out; what comes later than its turn is dropped.
    given: Option<u32>,
    pushed: u32,
}

/// Whether a packet was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Yes,
    /// Too late, heard before, or one more than any recording has.
    Dropped,
    /// Far from all others: another stream, or a sender that began again.
    Elsewhere,
}

impl Order {
    /// Begins with the sequence number of the first packet.
    pub(crate) fn beginning(sequence: u16) -> Self {
        Self {
            builder: SampleBuilder::new(MOST_LATE, AsItIs, CLOCK),
            newest: ORIGIN | u32::from(sequence),
            given: None,
            pushed: 0,
        }
    }

    /// Takes a packet, whose sound may be empty.
    pub(crate) fn push(&mut self, sequence: u16, timestamp: u32, sound: &[u8]) -> Taken {
        let Some(counted) = self.count_on(sequence) else {
            return Taken::Elsewhere;
        };
        if self.pushed >= MOST_PACKETS || self.given.is_some_and(|given| counted <= given) {
            return Taken::Dropped;
        }
        self.newest = self.newest.max(counted);
        self.pushed += 1;
        let payload = [&timestamp.to_be_bytes()[..], sound].concat();
        self.builder.push(rtp::packet::Packet {
            header: Header {
                sequence_number: sequence,
                timestamp: counted,
                ..Header::default()
            },
            payload: Bytes::from(payload),
        });
        Taken::Yes
    }

    /// The next packet whose turn has come: its time stamp and its sound.
    pub(crate) fn next(&mut self) -> Option<(u32, Bytes)> {
        // Until a few are there, nobody knows which one is the first.
        if self.pushed < KNOWN_AFTER {
            return None;
        }
        self.pop()
    }

    /// What is left, in order; nothing more will come.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = (u32, Bytes)> {
        let end = self.newest;
        // A packet is given out when the one behind it is known, or when too many have come since.
        for beyond in 1..=u32::from(MOST_LATE) + 2 {
            let counted = end + beyond;
            self.builder.push(rtp::packet::Packet {
                header: Header {
                    sequence_number: sequence_of(counted),
                    timestamp: counted,
                    ..Header::default()
                },
                payload: Bytes::from_static(&[0; STAMP]),
            });
        }
        std::iter::from_fn(move || self.pop().filter(|_| self.given <= Some(end)))
    }

    fn pop(&mut self) -> Option<(u32, Bytes)> {
        let sample = self.builder.pop()?;
        self.given = self.given.max(Some(sample.packet_timestamp));
        let (stamp, _) = sample.data.split_first_chunk::<STAMP>()?;
        let timestamp = u32::from_be_bytes(*stamp);
        Some((timestamp, sample.data.slice(STAMP..)))
    }

    /// The sequence number beyond 16 bits; `None` when it is too far from the newest one.
    fn count_on(&self, sequence: u16) -> Option<u32> {
        let ahead = sequence.wrapping_sub(sequence_of(self.newest));
        if ahead < MOST_AHEAD {
            return Some(self.newest + u32::from(ahead));
        }
        let behind = ahead.wrapping_neg();
        (behind <= MOST_LATE).then(|| self.newest - u32::from(behind))
    }
}

/// Leaves a payload as it is: one packet of G.711 or G.722 is whole by itself (RFC 3551 § 4.5).
#[derive(Debug)]
struct AsItIs;

impl Depacketizer for AsItIs {
    fn depacketize(&mut self, payload: &Bytes) -> Result<Bytes, rtp::Error> {
        Ok(payload.clone())
    }

    fn is_partition_head(&self, _: &Bytes) -> bool {
        true
    }

    fn is_partition_tail(&self, _: bool, _: &Bytes) -> bool {
        true
    }
}

fn sequence_of(counted: u32) -> u16 {
    u16::try_from(counted & 0xFFFF).unwrap_or(0)
}

/// Counting begins far from zero, so that the first packets may come in any order.
const ORIGIN: u32 = 1 << 24;
/// A second of packets of 20 ms: nobody waits for this recording, so late ones are waited for.
const MOST_LATE: u16 = 50;
/// RFC 3550 appendix A.1: a jump of a minute is another stream.
const MOST_AHEAD: u16 = 3_000;
/// Before so many packets none is given out.
const KNOWN_AFTER: u32 = 8;
/// More than two minutes of packets of 10 ms have.
const MOST_PACKETS: u32 = 16_000;
/// Octets of the time stamp before the sound.
const STAMP: usize = 4;
/// The builder's own clock is not looked at.
const CLOCK: u32 = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_in_order_whatever_their_order_on_the_way() {
        let mut order = Order::beginning(65_533);
        let mut out = vec![];
        for sequence in [65_533, 65_535, 65_534, 1, 0, 3, 2, 2, 5, 4, 6, 7, 9] {
            let sound = [u8::try_from(sequence % 256).unwrap()];
            order.push(sequence, u32::from(sequence) + 7, &sound);
            out.extend(std::iter::from_fn(|| order.next()));
        }
        out.extend(order.finish());

        let stamps: Vec<u32> = out.iter().map(|(stamp, _)| *stamp).collect();
        let sent = [65_533, 65_534, 65_535, 0, 1, 2, 3, 4, 5, 6, 7, 9];
        assert_eq!(stamps, sent.map(|sequence| sequence + 7));
        assert_eq!(out[3].1, Bytes::from_static(&[0]));
    }

    #[test]
    fn a_packet_whose_turn_is_over_and_one_heard_before_are_dropped() {
        let mut order = Order::beginning(0);
        for sequence in (0..200).filter(|&sequence| sequence != 20) {
            order.push(sequence, 0, &[1]);
            while order.next().is_some() {}
        }

        assert_eq!(order.push(20, 0, &[1]), Taken::Elsewhere, "3.6 s late");
        assert_eq!(order.push(190, 0, &[1]), Taken::Dropped);
        assert_eq!(order.push(200, 0, &[1]), Taken::Yes);
        assert_eq!(order.push(40_000, 0, &[1]), Taken::Elsewhere);
    }
}
