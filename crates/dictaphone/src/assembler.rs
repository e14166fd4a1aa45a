//! From packets in any order to one recording.

use media::Codec;

use crate::order::{Order, Taken};
use crate::timeline::Timeline;

/// Takes the packets of one recording.
///
/// Any packets in any order are borne: what is too late, heard before or of another stream changes nothing, and the
/// recording never has more than [`LONGEST_SECONDS`].
pub struct Assembler {
    codec: Codec,
    ssrc: Option<u32>,
    order: Option<Order>,
    timeline: Timeline,
    packets: u32,
    dropped: u32,
    /// Packets in a row that belong to another stream than the one being heard.
    elsewhere: u32,
    /// Streams heard so far; each one's order takes tables of its own.
    streams: u32,
    /// The time stamp of the packet taken last, and that up to which all are silent.
    latest: u32,
    silent_until: Option<u32>,
}

impl Assembler {
    /// A recording of this codec, empty.
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            ssrc: None,
            order: None,
            timeline: Timeline::new(codec, LONGEST_SECONDS),
            packets: 0,
            dropped: 0,
            elsewhere: 0,
            streams: 0,
            latest: 0,
            silent_until: None,
        }
    }

    /// Takes a packet as it comes.
    pub fn push(&mut self, packet: &Packet<'_>) {
        self.packets = self.packets.saturating_add(1);
        let mut taken = self.take(packet);
        if taken == Taken::Elsewhere && self.begins_again(packet) {
            taken = self.take(packet);
        }
        if taken != Taken::Yes {
            self.dropped = self.dropped.saturating_add(1);
        }
        while let Some((timestamp, sound)) = self.order.as_mut().and_then(Order::next) {
            self.add(timestamp, &sound);
        }
    }

    /// Silences what was heard last, and a moment of it: a key was pressed.
    pub fn blank_key(&mut self) {
        self.timeline.blank(KEY_MS);
        // Of those that wait for their turn nothing is heard either.
        self.silent_until = Some(self.latest);
    }

    /// Whether the recording is as long as it may be.
    pub fn is_full(&self) -> bool {
        self.timeline.is_full()
    }

    /// The recording.
    pub fn finish(mut self) -> Take {
        self.settle();
        let (samples, concealed) = self.timeline.into_samples();
        Take {
            sample_rate: self.codec.sample_rate(),
            samples,
            concealed,
            packets: self.packets,
            dropped: self.dropped,
        }
    }

    fn take(&mut self, packet: &Packet<'_>) -> Taken {
        if *self.ssrc.get_or_insert(packet.ssrc) != packet.ssrc {
            return Taken::Elsewhere;
        }
        if self.order.is_none() {
            if self.streams >= MOST_STREAMS {
                return Taken::Dropped;
            }
            self.streams += 1;
        }
        let order = self
            .order
            .get_or_insert_with(|| Order::beginning(packet.sequence));
        let taken = order.push(packet.sequence, packet.timestamp, packet.sound);
        if taken == Taken::Yes {
            self.elsewhere = 0;
            self.latest = packet.timestamp;
        }
        taken
    }

    /// A stray packet is none of ours; a few in a row are a sender that began again (RFC 3550 appendix A.1).
    fn begins_again(&mut self, packet: &Packet<'_>) -> bool {
        self.elsewhere += 1;
        if self.elsewhere < BEGUN_AGAIN_AFTER {
            return false;
        }
        self.settle();
        self.timeline.begin_again();
        self.silent_until = None;
        self.elsewhere = 0;
        self.ssrc = Some(packet.ssrc);
        true
    }

    /// Gives out everything that waits for its turn.
    fn settle(&mut self) {
        let waiting = self.order.take().into_iter().flat_map(Order::finish);
        for (timestamp, sound) in waiting {
            self.add(timestamp, &sound);
        }
    }

    fn add(&mut self, timestamp: u32, sound: &[u8]) {
        self.timeline.add(timestamp, sound);
        let is_before = |until: u32| until.wrapping_sub(timestamp) < u32::MAX / 2;
        self.silent_until = self.silent_until.filter(|&until| is_before(until));
        if self.silent_until.is_some() {
            // Eight octets a millisecond in every codec of the line.
            self.timeline
                .blank(u32::try_from(sound.len() / 8).unwrap_or(0));
        }
    }
}

impl std::fmt::Debug for Assembler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Assembler({:?}, {} packets)", self.codec, self.packets)
    }
}

/// One packet of sound, as RTP carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Rises by one per packet, wraps at 2¹⁶.
    pub sequence: u16,
    /// 8,000 a second, G.722 too; wraps at 2³².
    pub timestamp: u32,
    /// Which stream this is.
    pub ssrc: u32,
    /// The octets of the codec.
    pub sound: &'a [u8],
}

/// A finished recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Take {
    /// 16 bits, one channel, as the telephone sent it: no level set, nothing trimmed.
    pub samples: Vec<i16>,
    /// Samples a second.
    pub sample_rate: u32,
    /// How many of the samples were made up for lost packets.
    pub concealed: usize,
    /// Packets that came.
    pub packets: u32,
    /// Of these, the ones left out: heard before, too late, of another stream.
    pub dropped: u32,
}

/// The longest recording: as long as bulletins may be.
pub const LONGEST_SECONDS: u32 = 120;
/// A key is told when its tone has lasted 50 ms, and a finger is on its way before.
const KEY_MS: u32 = 200;
/// A telephone that is handed on twice, and more: what begins again all the time is no voice.
const MOST_STREAMS: u32 = 16;
/// Two packets could be a prank, three are a stream.
const BEGUN_AGAIN_AFTER: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_voice_shuffled_on_its_way_is_the_same_voice() {
        for codec in Codec::ALL {
            let octets = codec.encode(&voice(codec));
            let packets: Vec<(u16, &[u8])> = (65_400..).zip(octets.chunks(160)).collect();
            let straight = assembled(codec, packets.iter().copied());
            let mut shuffled = packets.clone();
            // Neighbours change places, some packets come again.
            shuffled.chunks_mut(3).for_each(<[_]>::reverse);
            let twice = shuffled.iter().flat_map(|&one| [one, one]);
            let take = assembled(codec, twice);

            assert_eq!(take.samples, codec.decoder().decode(&octets), "{codec:?}");
            assert_eq!(
                (take.samples == straight.samples, take.concealed),
                (true, 0)
            );
        }
    }

    #[test]
    fn with_lost_packets_the_recording_keeps_its_length_and_nearly_its_sound() {
        let codec = Codec::Pcma;
        let octets = codec.encode(&voice(codec));
        let all: Vec<(u16, &[u8])> = (100..).zip(octets.chunks(160)).collect();
        let whole = assembled(codec, all.iter().copied());
        let lossy = assembled(codec, all.iter().copied().filter(|(n, _)| n % 20 != 7));

        assert_eq!(lossy.samples.len(), whole.samples.len());
        let lost = lossy.concealed / 160;
        assert!((4..=6).contains(&lost), "{lost}");
        let error: f64 = power(lossy.samples.iter().zip(&whole.samples).map(|(a, b)| a - b));
        let sound = power(whole.samples.iter().copied());
        assert!(error < sound / 20.0, "{error} of {sound}");
    }

    #[test]
    fn a_sender_that_begins_again_goes_on_in_the_recording_and_a_stray_packet_does_not() {
        let mut assembler = Assembler::new(Codec::Pcmu);
        let mut push = |sequence: u16, ssrc| {
            assembler.push(&Packet {
                sequence,
                timestamp: u32::from(sequence) * 160,
                ssrc,
                sound: &[0x10; 160],
            });
        };
        (0..50).for_each(|sequence| push(sequence, 1));
        push(9_000, 2);
        (50..60).for_each(|sequence| push(sequence, 1));
        (30_000..30_052).for_each(|sequence| push(sequence, 3));
        let take = assembler.finish();

        assert_eq!(
            take.samples.len(),
            (60 + 50) * 160,
            "the third told that it begins again"
        );
    }

    #[test]
    fn a_key_is_silent_in_the_recording() {
        let codec = Codec::Pcma;
        let octets = codec.encode(&voice(codec));
        let mut assembler = Assembler::new(codec);
        for (sequence, sound) in (0..50).zip(octets.chunks(160)) {
            let timestamp = u32::from(sequence) * 160;
            assembler.push(&Packet {
                sequence,
                timestamp,
                ssrc: 1,
                sound,
            });
        }
        assembler.blank_key();
        let samples = assembler.finish().samples;

        assert_eq!(samples.len(), 8_000);
        assert!(samples[8_000 - 1_600..].iter().all(|&sample| sample == 0));
        assert!(samples[..6_400].iter().any(|&sample| sample != 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_packets_in_any_order_are_borne_and_bounded(
            packets in proptest::collection::vec(
                (any::<u16>(), any::<u32>(), 0u32..4, 0usize..2_000, any::<bool>()), 0..300,
            ),
            codec in 0usize..3,
        ) {
            let mut assembler = Assembler::new(Codec::ALL[codec]);
            let octets = [0x5A; 2_000];
            let (mut sequence, mut timestamp) = (0u16, 0u32);
            for (other_sequence, other_timestamp, ssrc, length, is_near) in packets {
                if is_near {
                    sequence = sequence.wrapping_add(other_sequence % 90).wrapping_sub(40);
                    timestamp = timestamp.wrapping_add(other_timestamp % 90_000).wrapping_sub(4_000);
                } else {
                    (sequence, timestamp) = (other_sequence, other_timestamp);
                }
                assembler.push(&Packet { sequence, timestamp, ssrc: ssrc / 3, sound: &octets[..length] });
                if length == 7 {
                    assembler.blank_key();
                }
            }
            let take = assembler.finish();
            let longest = LONGEST_SECONDS * Codec::ALL[codec].sample_rate();
            prop_assert!(take.samples.len() <= usize::try_from(longest).unwrap());
        }
    }

    fn assembled<'a>(codec: Codec, packets: impl Iterator<Item = (u16, &'a [u8])>) -> Take {
        let mut assembler = Assembler::new(codec);
        for (sequence, sound) in packets {
            let number = u32::from(sequence.wrapping_sub(65_400));
            let timestamp = (number * 160).wrapping_sub(8_000);
            assembler.push(&Packet {
                sequence,
                timestamp,
                ssrc: 9,
                sound,
            });
        }
        assembler.finish()
    }

    /// Two seconds that rise and fall like speech.
    fn voice(codec: Codec) -> Vec<i16> {
        let rate = codec.sample_rate();
        (0..2 * rate)
            .map(|at| {
                let seconds = f64::from(at) / f64::from(rate);
                let loudness = (seconds * 25.0).sin().abs() * 9_000.0;
                let tone = (seconds * 140.0 * std::f64::consts::TAU).sin()
                    + 0.5 * (seconds * 420.0 * std::f64::consts::TAU).sin();
                rounded(loudness * tone)
            })
            .collect()
    }

    #[expect(clippy::cast_possible_truncation, reason = "within ±13,500")]
    fn rounded(value: f64) -> i16 {
        value.round() as i16
    }

    fn power(samples: impl Iterator<Item = i16>) -> f64 {
        samples.map(|one| f64::from(one).powi(2)).sum()
    }
}
