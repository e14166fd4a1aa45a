//! The recording as it grows: each packet at its instant, gaps filled, keys blanked, never longer than allowed.

use media::{Codec, Decoder, SAMPLE_RATE};

/// Sound by the sender's clock.
pub(crate) struct Timeline {
    decoder: Decoder,
    /// Samples for each tick of the RTP clock: 1, or 2 in G.722.
    per_tick: usize,
    sample_rate: u32,
    longest: usize,
    samples: Vec<i16>,
    /// The RTP time stamp of the next packet, if nothing is lost.
    due: Option<u32>,
    /// Samples made up since the last packet.
    gap: usize,
    concealed: usize,
}

impl Timeline {
    /// - `seconds`: what comes later is left out.
    pub(crate) fn new(codec: Codec, seconds: u32) -> Self {
        let sample_rate = codec.sample_rate();
        Self {
            decoder: codec.decoder(),
            per_tick: whole(sample_rate / SAMPLE_RATE),
            sample_rate,
            longest: whole(sample_rate * seconds),
            samples: vec![],
            due: None,
            gap: 0,
            concealed: 0,
        }
    }

    /// Adds the sound of one packet, in the order of sending.
    pub(crate) fn add(&mut self, timestamp: u32, octets: &[u8]) {
        if octets.is_empty() || octets.len() > LONGEST_PACKET || self.is_full() {
            return;
        }
        let due = *self.due.get_or_insert(timestamp);
        let ahead = timestamp.wrapping_sub(due);
        // Eight octets a millisecond are as many ticks as octets in every codec of the line.
        let ticks = u32::try_from(octets.len()).unwrap_or(0);
        if ahead <= LONGEST_GAP {
            self.fill(whole(ahead) * self.per_tick);
        } else if due.wrapping_sub(timestamp) < LONGEST_GAP {
            return; // its time has been filled already
        } // else the sender set its clock: the sound goes on
        let mut next = self.decoder.decode(octets);
        if self.gap > 0 {
            media::rejoin(&self.samples, self.gap, &mut next, self.sample_rate);
            self.gap = 0;
        }
        self.samples.append(&mut next);
        self.samples.truncate(self.longest);
        self.due = Some(timestamp.wrapping_add(ticks));
    }

    /// The sender's clock means something else from here on.
    pub(crate) fn begin_again(&mut self) {
        self.due = None;
    }

    /// Silences the last part: the tone of a key is no speech.
    pub(crate) fn blank(&mut self, ms: u32) {
        let part = whole(self.sample_rate / 1_000 * ms);
        let from = self.samples.len().saturating_sub(part);
        self.samples[from..].fill(0);
    }

    /// Whether nothing more can be added.
    pub(crate) fn is_full(&self) -> bool {
        self.samples.len() >= self.longest
    }

    /// The whole sound, and how many of its samples were made up.
    pub(crate) fn into_samples(self) -> (Vec<i16>, usize) {
        (self.samples, self.concealed)
    }

    fn fill(&mut self, missing: usize) {
        let missing = missing.min(self.longest - self.samples.len());
        if missing == 0 {
            return;
        }
        media::conceal(&mut self.samples, missing, self.sample_rate);
        self.gap = missing;
        self.concealed += missing;
    }
}

fn whole(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A pause in which a telephone sends nothing is kept as silence up to ten seconds; a longer jump is another clock.
const LONGEST_GAP: u32 = 10 * SAMPLE_RATE;
/// Packets have 10 to 60 ms; 200 is what receivers must bear (RFC 3551 § 4.2).
const LONGEST_PACKET: usize = 1_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_packet_keeps_its_time_and_a_doubled_one_has_none() {
        let mut timeline = Timeline::new(Codec::Pcma, 10);
        timeline.add(5_000, &[0x55; 160]);
        timeline.add(5_320, &[0x55; 160]);
        timeline.add(5_160, &[0x55; 160]);
        timeline.add(5_480, &[0x55; 160]);

        let (samples, concealed) = timeline.into_samples();
        assert_eq!((samples.len(), concealed), (640, 160));
    }

    #[test]
    fn the_clock_may_come_round_or_jump_and_the_sound_goes_on() {
        for codec in Codec::ALL {
            let mut timeline = Timeline::new(codec, 10);
            let around = u32::MAX - 79;
            for timestamp in [around, around.wrapping_add(160), 7_000_000, 7_000_160] {
                timeline.add(timestamp, &[0x55; 160]);
            }
            let per_tick = whole(codec.sample_rate() / SAMPLE_RATE);
            assert_eq!(timeline.into_samples().0.len(), 640 * per_tick, "{codec:?}");
        }
    }

    #[test]
    fn nothing_is_kept_beyond_the_longest() {
        let mut timeline = Timeline::new(Codec::Pcmu, 1);
        for packet in 0..200 {
            timeline.add(packet * 160, &[0; 160]);
        }
        assert!(timeline.is_full());
        assert_eq!(timeline.into_samples().0.len(), 8_000);
    }
}
