//! Brings decoded sound to one channel at the rate of a master, packet by packet.

use crate::TakeRefusal;
use crate::chain::{MASTER_RATE, Stream};
use crate::pcm::{FULL, Pcm};
use crate::take::{FULL_SCALE, whole_rate};

use super::UploadRefusal;

/// One sound of any rate and number of channels on its way to 16 kHz mono.
pub(super) struct Reducer {
    rate: u32,
    channels: usize,
    stream: Stream,
    /// Frames taken: what a file says of its length is not believed.
    pub(super) frames: u64,
    /// Frames with a channel at full scale.
    pub(super) clipped: u64,
}

impl Reducer {
    /// # Errors
    /// [`TakeRefusal::Rate`], [`UploadRefusal::Channels`].
    pub(super) fn new(rate: u32, channels: usize) -> Result<Self, UploadRefusal> {
        if !crate::take::RATES.contains(&rate) {
            return Err(TakeRefusal::Rate(rate).into());
        }
        if !(1..=MOST_CHANNELS).contains(&channels) {
            let channels = u32::try_from(channels).unwrap_or(u32::MAX);
            return Err(UploadRefusal::Channels(channels));
        }
        Ok(Self {
            rate,
            channels,
            stream: Stream::new(whole_rate(rate), MASTER_RATE, 0.95),
            frames: 0,
            clipped: 0,
        })
    }

    /// Whether sound of this kind goes on where the last packet ended.
    pub(super) fn fits(&self, rate: u32, channels: usize) -> bool {
        (self.rate, self.channels) == (rate, channels)
    }

    /// Takes one packet, channels interleaved, on a scale of ±1.0; gives finished samples.
    ///
    /// # Errors
    /// [`TakeRefusal::TooLong`].
    pub(super) fn take(&mut self, interleaved: &[f32]) -> Result<Vec<i16>, UploadRefusal> {
        let frames = interleaved.chunks_exact(self.channels);
        self.frames += frames.len() as u64;
        if self.frames > u64::from(self.rate) * MOST_SECONDS {
            return Err(TakeRefusal::TooLong.into());
        }
        let full = f64::from(FULL_SCALE) / FULL;
        let share = 1.0 / f64::from(u8::try_from(self.channels).unwrap_or(u8::MAX));
        let mut clipped = 0;
        let mono: Vec<f64> = frames
            .map(|frame| {
                let (mut sum, mut loudest) = (0.0, 0.0_f64);
                for sample in frame {
                    let sample = heard(*sample);
                    sum += sample;
                    loudest = loudest.max(sample.abs());
                }
                clipped += u64::from(loudest >= full);
                sum * share
            })
            .collect();
        self.clipped += clipped;
        Ok(Pcm::from_unit(&self.stream.take(&mono), MASTER_RATE).samples)
    }

    /// What is left when the sound is over.
    pub(super) fn finish(&mut self) -> Vec<i16> {
        Pcm::from_unit(&self.stream.finish(), MASTER_RATE).samples
    }
}

/// Floating-point files may hold what is no number, or one beyond any sound.
fn heard(sample: f32) -> f64 {
    let sample = f64::from(sample);
    if sample.is_finite() {
        sample.clamp(-4.0, 4.0)
    } else {
        0.0
    }
}

const MOST_CHANNELS: usize = 8;
/// Somewhat more than may be said, for the silence around it.
const MOST_SECONDS: u64 = 240;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::tone;

    #[test]
    fn channels_become_their_mean_and_full_scale_is_counted() {
        let mut reducer = Reducer::new(MASTER_RATE, 2).unwrap();
        let samples = reducer.take(&[0.5, 0.25, 1.0, 0.0, -0.25, -0.25]).unwrap();
        assert_eq!(samples, [12_288, 16_384, -8_192]);
        assert_eq!((reducer.frames, reducer.clipped), (3, 1));
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let mut reducer = Reducer::new(MASTER_RATE, 1).unwrap();
        let samples = reducer.take(&[f32::NAN, f32::INFINITY, 0.5]).unwrap();
        assert_eq!(samples, [0, 0, 16_384]);
    }

    #[test]
    fn another_rate_arrives_whole_in_packets_of_any_size() {
        let tone: Vec<f64> = tone(440.0, 0.5, 1.0, 44_100);
        let mut reducer = Reducer::new(44_100, 1).unwrap();
        let mut samples = Vec::new();
        for packet in tone.chunks(1152) {
            let packet: Vec<f32> = packet
                .iter()
                .map(|x| format!("{x}").parse().unwrap())
                .collect();
            samples.extend(reducer.take(&packet).unwrap());
        }
        samples.extend(reducer.finish());
        assert_eq!(samples.len(), 16_000);
    }

    #[test]
    fn length_is_what_arrives_and_has_an_end() {
        let mut reducer = Reducer::new(8_000, 1).unwrap();
        let second = vec![0.0; 8_000];
        let taken = (0..1_000)
            .take_while(|_| reducer.take(&second).is_ok())
            .count();
        assert_eq!(taken, 240);
    }

    #[test]
    fn rates_and_channels_of_no_recording_are_refused() {
        for (rate, channels) in [
            (0, 1),
            (u32::MAX, 1),
            (48_000, 0),
            (48_000, 9),
            (48_000, 65_535),
        ] {
            assert!(
                Reducer::new(rate, channels).is_err(),
                "{rate} Hz, {channels} channels"
            );
        }
    }
}
