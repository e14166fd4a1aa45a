//! G.722 at 64 kbit/s (ITU-T G.722, mode 1): 16 kHz sound in 8 octets a millisecond, as many as G.711 makes.
//!
//! A pair of filters halves the band at 4 kHz. Each half is predicted from its own past, and what the prediction
//! misses is quantised with 6 bits below and 2 bits above; both ends adapt alike from the octets alone. All
//! arithmetic is the Recommendation's, on whole numbers with its saturations, so that any two encoders that keep to
//! it give the same octets.
//!
//! A receiver never learns where a recording begins: its decoder runs on from whatever came before, and what it makes of
//! an octet depends on that. [`encode_recording`] therefore begins and ends each recording in one state, that of
//! [`SILENCE`]; [`encode`] begins as the Recommendation says.

mod band;
mod bank;
mod predictor;
mod tables;

use std::sync::LazyLock;

use band::{HighBand, LowBand};
use bank::{Analysis, Synthesis};

/// The octet of silence: the smallest positive step in both bands.
///
/// It is not what an encoder makes of digital silence, whose octets feed a predictor for ever. This one adds nothing to
/// the prediction and lets the steps shrink as fast as they can. Within two packets of whatever a decoder has heard it
/// gives a constant of at most 50 (-56 dBov), which rounding keeps alive, or that and a tone of 8 kHz as soft; neither
/// passes a telephone. The predictors' poles go to their limits, the zeros die down by half in 22 ms.
pub const SILENCE: u8 = 0xFD;

/// Encodes 16 kHz samples from the start of a stream, two to an octet; an odd last one gets silence beside it.
#[must_use]
pub fn encode(samples: &[i16]) -> Vec<u8> {
    let mut encoder = Encoder::default();
    pairs(samples).map(|pair| encoder.encode(pair)).collect()
}

/// Encodes a recording of 16 kHz that may follow any other sound, two samples to an octet.
///
/// The silence around the words is sent as [`SILENCE`], and the encoder begins in the state in which that octet leaves
/// a decoder. So both ends are alike at the first word, whatever was heard before, if some 50 ms of silence lie
/// between: of this recording, of the one before, of a pause. Encoded from the start of a stream, a recording that
/// follows another within 100 ms would lose its first syllables in distortion as loud as they are.
#[must_use]
pub fn encode_recording(samples: &[i16]) -> Vec<u8> {
    let heard = |sample: &i16| sample.unsigned_abs() >= HEARD;
    let first = samples.iter().position(heard).map(|first| first / 2);
    let last = samples.iter().rposition(heard).map(|last| last / 2);
    let words = first.zip(last).map_or(0..0, |(first, last)| {
        first.saturating_sub(AROUND)..last + AROUND
    });
    let mut encoder = Encoder::after_silence();
    pairs(samples)
        .enumerate()
        .map(|(place, pair)| {
            if words.contains(&place) {
                encoder.encode(pair)
            } else {
                encoder.silence(pair)
            }
        })
        .collect()
}

/// Decodes octets from the start of a stream to 16 kHz samples, two from each octet.
#[must_use]
pub fn decode(octets: &[u8]) -> Vec<i16> {
    Decoder::default().decode(octets)
}

fn pairs(samples: &[i16]) -> impl Iterator<Item = [i16; 2]> {
    samples.chunks(2).map(|pair| match *pair {
        [first, second] => [first, second],
        [first] => [first, 0],
        _ => [0, 0],
    })
}

/// The sending end of a stream.
#[derive(Clone, Debug, Default)]
struct Encoder {
    bank: Analysis,
    low: LowBand,
    high: HighBand,
}

impl Encoder {
    /// In the state that a long silence leaves behind, which is found once.
    fn after_silence() -> Self {
        static SILENCED: LazyLock<Encoder> = LazyLock::new(|| {
            let mut encoder = Encoder::default();
            for _ in 0..SETTLED {
                encoder.silence([0, 0]);
            }
            encoder
        });
        SILENCED.clone()
    }

    fn encode(&mut self, pair: [i16; 2]) -> u8 {
        let (below, above) = self.bank.split(pair);
        self.high.encode(above) << 6 | self.low.encode(below)
    }

    /// Sends silence whatever the pair is.
    fn silence(&mut self, pair: [i16; 2]) -> u8 {
        self.bank.split(pair);
        self.low.decode(SILENCE & 0x3F);
        self.high.decode(SILENCE >> 6);
        SILENCE
    }
}

/// One receiver's end of a stream, which remembers what it has heard.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    low: LowBand,
    high: HighBand,
    bank: Synthesis,
}

impl Decoder {
    /// Decodes the next octets to 16 kHz samples, two from each; every octet means something.
    pub fn decode(&mut self, octets: &[u8]) -> Vec<i16> {
        octets
            .iter()
            .flat_map(|&octet| {
                let below = self.low.decode(octet & 0x3F);
                let above = self.high.decode(octet >> 6);
                self.bank.join(below, above)
            })
            .collect()
    }
}

/// Samples a second.
pub const SAMPLE_RATE: u32 = 16_000;

/// What is softer is silence around the words: 22 dB under the level at which they are spoken.
const HEARD: u16 = 128;
/// Pairs that are encoded before the first and after the last that is heard: 5 ms, more than the filters spread.
const AROUND: usize = 40;
/// Pairs of silence after which a state does not change any more: a second.
const SETTLED: usize = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix II of the Recommendation drives both bands to their limits with this sequence, without the filters
    /// (T1C2.XMT). Octets and both decoded bands were compared with its files T2R2.COD, T3L2.RC1 and T3H2.RC0; here
    /// stand the sums of what agreed.
    #[test]
    fn the_overflow_sequence_of_the_recommendation_gives_its_octets_and_its_sound() {
        let (mut low, mut high) = (LowBand::default(), HighBand::default());
        let octets: Vec<u8> = overflow()
            .map(|value| high.encode(value) << 6 | low.encode(value))
            .collect();
        let (mut low, mut high) = (LowBand::default(), HighBand::default());
        let below = octets.iter().map(|octet| low.decode(octet & 0x3F));
        let below = checksum(below);
        let above = octets.iter().map(|octet| high.decode(octet >> 6));
        let above = checksum(above);

        assert_eq!(octets[..4], [0x04, 0xA0, 0x04, 0xA0]);
        assert_eq!(octets[764..], [0xA7, 0x04, 0xEF, 0xA1]);
        let coded = checksum(octets.iter().map(|&octet| i32::from(octet)));
        let sums = (3_702_556_128, 1_477_512_680, 2_510_897_744);
        assert_eq!((coded, below, above), sums);
    }

    #[test]
    fn the_octet_of_silence_is_the_smallest_positive_step_of_both_bands() {
        assert_eq!(LowBand::default().decode(SILENCE & 0x3F), 0);
        assert_eq!(HighBand::default().decode(SILENCE >> 6), 0);
    }

    /// 768 values of 15 bits: both limits in turn, then two of one for each of the other.
    fn overflow() -> impl Iterator<Item = i32> {
        let (low, high) = (-16_384, 16_383);
        let even = [low, high].into_iter().cycle().take(639);
        let odd = [low, high, low].into_iter().cycle().take(126);
        even.chain([0, -10_000, -8_192]).chain(odd)
    }

    /// Fletcher's sum over values of 16 bits.
    fn checksum(values: impl Iterator<Item = i32>) -> i64 {
        let (mut sum, mut sums) = (0_i64, 0_i64);
        for value in values {
            sum = (sum + i64::from(value)).rem_euclid(65_521);
            sums = (sums + sum).rem_euclid(65_521);
        }
        sums << 16 | sum
    }
}
