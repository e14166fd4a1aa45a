//! Keeps what is heard: payloads in sequence order, and the moments that matter.

use std::time::Duration;

use media::{Codec, Decoder, rtp};

use crate::tally::{Account, Reception, Tally};

/// The listening side of one call.
#[derive(Debug)]
pub(crate) struct Ear {
    codec: Codec,
    /// Follows the packets as they arrive.
    decoder: Decoder,
    tally: Tally,
    /// Place in the sequence, and where the payload lies in `octets`.
    heard: Vec<(i64, std::ops::Range<usize>)>,
    octets: Vec<u8>,
    first_sound: Option<Duration>,
    first_speech: Option<Duration>,
    strays: u64,
}

impl Ear {
    /// Listens to one law.
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            codec,
            decoder: codec.decoder(),
            tally: Tally::default(),
            heard: vec![],
            octets: vec![],
            first_sound: None,
            first_speech: None,
            strays: 0,
        }
    }

    /// Takes one datagram; `arrived` is on the wall clock since 1970.
    pub(crate) fn hear(&mut self, arrived: Duration, datagram: &[u8]) {
        let Ok(packet) = rtp::parse(datagram) else {
            self.strays += 1;
            return;
        };
        let Some(place) = self.tally.note(arrived, &packet) else {
            return;
        };
        self.first_sound.get_or_insert(arrived);
        if packet.payload_type != self.codec.payload_type() {
            self.strays += 1;
            return;
        }
        if self.first_speech.is_none() && is_speech(&self.decoder.decode(packet.payload)) {
            self.first_speech = Some(arrived);
        }
        let begin = self.octets.len();
        self.octets.extend_from_slice(packet.payload);
        self.heard.push((place, begin..self.octets.len()));
    }

    /// When the first packet arrived.
    pub(crate) fn first_sound(&self) -> Option<Duration> {
        self.first_sound
    }

    /// When the first packet arrived that holds more than silence.
    pub(crate) fn first_speech(&self) -> Option<Duration> {
        self.first_speech
    }

    /// What a report to the line says of its stream so far.
    pub(crate) fn reception(&self) -> Option<Reception> {
        self.tally.reception()
    }

    /// Whether the packets that came last are this sound, the very last one filled up.
    pub(crate) fn has_just_heard(&self, sound: &[u8]) -> bool {
        let packet = self.heard.last().map_or(0, |(_, range)| range.len());
        let length = sound.len().checked_next_multiple_of(packet);
        let begin = length.and_then(|length| self.octets.len().checked_sub(length));
        let latest = begin.and_then(|begin| self.octets.get(begin..));
        latest.is_some_and(|latest| latest.starts_with(sound))
    }

    /// Octets heard so far.
    pub(crate) fn octets(&self) -> usize {
        self.octets.len()
    }

    /// Puts everything in order at the end of the call.
    pub(crate) fn close(mut self, ended: Duration) -> Heard {
        let (octets, samples) = self.in_order();
        let packet_ms = self.tally.packet_ms();
        let mut account = self.tally.close(ended);
        account.counts.strays += self.strays;
        Heard {
            octets,
            samples,
            packet_ms,
            account,
        }
    }

    fn in_order(&mut self) -> (Vec<u8>, Vec<i16>) {
        self.heard.sort_unstable_by_key(|(place, _)| *place);
        let mut octets = Vec::with_capacity(self.octets.len());
        let mut samples = Vec::with_capacity(self.octets.len());
        let mut decoder = self.codec.decoder();
        let mut due = self.heard.first().map_or(0, |(place, _)| *place);
        for (place, range) in &self.heard {
            let payload = self.octets.get(range.clone()).unwrap_or_default();
            let lost = usize::try_from(place - due).unwrap_or(0).min(MOST_FILLED);
            let sound = decoder.decode(payload);
            samples.resize(samples.len() + lost * sound.len(), 0);
            samples.extend(sound);
            octets.extend_from_slice(payload);
            due = place + 1;
        }
        (octets, samples)
    }
}

/// What an [`Ear`] has heard.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) octets: Vec<u8>,
    pub(crate) samples: Vec<i16>,
    pub(crate) packet_ms: Option<u32>,
    pub(crate) account: Account,
}

/// Whether a frame is louder than the noise of an idle line: its power is above −40 dBov.
fn is_speech(samples: &[i16]) -> bool {
    let energy: i64 = samples
        .iter()
        .map(|&one| i64::from(one) * i64::from(one))
        .sum();
    let length = i64::try_from(samples.len()).unwrap_or(i64::MAX);
    energy > length.saturating_mul(SPEECH_POWER)
}

/// (32,768 / 100)²: 0 dBov is the power of a full-scale square wave (ITU-T G.100.1).
const SPEECH_POWER: i64 = 107_374;
/// Lost packets for which silence is put in one place: a minute of the usual ones.
const MOST_FILLED: usize = 3_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_has_just_been_heard_with_its_last_packet_and_not_after_the_next() {
        let mut ear = Ear::new(Codec::Pcma);
        let sound = [[0x22; 160].as_slice(), &[0x33; 40]].concat();
        let mut heard = vec![];
        assert!(!ear.has_just_heard(&sound));
        for (number, octet) in [(1, 0x11), (2, 0x22), (3, 0x33), (4, 0x44)] {
            ear.hear(at(u64::from(number) * 20), &packet(8, number, octet));
            heard.push(ear.has_just_heard(&sound));
        }

        assert_eq!(heard, [false, false, true, false]);
        assert!(!ear.has_just_heard(&[0x11; 9_999]));
    }

    #[test]
    fn payloads_are_put_in_order_once_each_and_silence_stands_for_lost_ones() {
        let mut ear = Ear::new(Codec::Pcma);
        for (number, octet) in [(1, 0x11), (3, 0x33), (2, 0x22), (3, 0x99), (5, 0x55)] {
            ear.hear(at(u64::from(number) * 20), &packet(8, number, octet));
        }

        let heard = ear.close(at(100));

        let expected = [[0x11; 160], [0x22; 160], [0x33; 160], [0x55; 160]].concat();
        assert_eq!(heard.octets, expected);
        assert_eq!(heard.samples.len(), 5 * 160);
        assert!(heard.samples[480..640].iter().all(|&sample| sample == 0));
        assert_eq!(heard.samples[0], Codec::Pcma.decoder().decode(&[0x11])[0]);
        let counts = heard.account.counts;
        assert_eq!(
            (counts.lost, counts.duplicates, counts.out_of_order),
            (1, 1, 1)
        );
        assert_eq!(heard.account.late_us.len(), 4);
    }

    #[test]
    fn speech_begins_at_the_first_frame_that_is_more_than_silence() {
        let mut ear = Ear::new(Codec::Pcma);
        for (number, octet) in [(1, 0xD5), (2, 0xC5), (3, 0x80), (4, 0x80)] {
            ear.hear(at(u64::from(number) * 20), &packet(8, number, octet));
        }

        assert_eq!(ear.first_sound(), Some(at(20)));
        assert_eq!(ear.first_speech(), Some(at(60)));
    }

    #[test]
    fn what_is_no_rtp_or_no_sound_of_the_call_is_a_stray() {
        let mut ear = Ear::new(Codec::Pcmu);
        ear.hear(at(20), b"hello");
        ear.hear(at(20), &packet(0, 1, 0xFF));
        ear.hear(at(40), &packet(13, 2, 0));

        let heard = ear.close(at(60));
        assert_eq!(heard.account.counts.strays, 2);
        assert_eq!(heard.octets, [0xFF; 160]);
    }

    fn packet(payload_type: u8, number: u16, octet: u8) -> Vec<u8> {
        let header = rtp::encode_header(payload_type, false, number, u32::from(number) * 160, 9);
        [&header[..], &[octet; 160]].concat()
    }

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(1_000_000 + milliseconds)
    }
}
