//! The two bands: what the prediction misses, in steps that grow and shrink (ITU-T G.722 § 6.2).
//!
//! The comments name the blocks of the Recommendation. Values are those of its 16-bit words, so that saturation
//! and rounding fall where it puts them.

use super::bank::limited;
use super::predictor::{Predictor, saturated};
use super::tables::{ILB, ILN, ILP, Q2, Q6, QM2, QM4, QM6, WH, WL};

/// Below 4 kHz: codes of 6 bits, of which the upper 4 adapt.
#[derive(Clone, Debug)]
pub(super) struct LowBand {
    step: Step,
    predictor: Predictor,
}

impl LowBand {
    /// The code for one sample of 15 bits (SUBTRA, QUANTL).
    pub(super) fn encode(&mut self, sample: i32) -> u8 {
        let miss = saturated(sample - self.predictor.next());
        let place = Q6.partition_point(|level| (level * self.step.size) >> 12 <= magnitude(miss));
        let code = if miss < 0 { ILN[place] } else { ILP[place] };
        self.adapt(code);
        code
    }

    /// The sample of 15 bits that a code stands for (INVQBL, RECONS, LIMIT).
    pub(super) fn decode(&mut self, code: u8) -> i32 {
        let miss = (self.step.size * QM6[usize::from(code & 0x3F)]) >> 15;
        let sample = limited(self.predictor.next() + miss);
        self.adapt(code);
        sample
    }

    /// INVQAL, LOGSCL, SCALEL and the predictor.
    fn adapt(&mut self, code: u8) {
        let code = usize::from(code >> 2) & 0x0F;
        let miss = (self.step.size * QM4[code]) >> 15;
        self.step.change(WL[code], 18_432, 8);
        self.predictor.learn(miss);
    }
}

impl Default for LowBand {
    fn default() -> Self {
        Self {
            step: Step { log: 0, size: 32 },
            predictor: Predictor::default(),
        }
    }
}

/// Above 4 kHz: codes of 2 bits.
#[derive(Clone, Debug)]
pub(super) struct HighBand {
    step: Step,
    predictor: Predictor,
}

impl HighBand {
    /// The code for one sample of 15 bits (SUBTRA, QUANTH).
    pub(super) fn encode(&mut self, sample: i32) -> u8 {
        let miss = saturated(sample - self.predictor.next());
        let large = magnitude(miss) >= (Q2 * self.step.size) >> 12;
        let code = match (miss < 0, large) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.adapt(code);
        code
    }

    /// The sample of 15 bits that a code stands for (RECONS, LIMIT).
    pub(super) fn decode(&mut self, code: u8) -> i32 {
        let predicted = self.predictor.next();
        limited(predicted + self.adapt(code))
    }

    /// INVQAH, LOGSCH, SCALEH and the predictor; gives what the code stands for.
    fn adapt(&mut self, code: u8) -> i32 {
        let code = usize::from(code & 0x03);
        let miss = (self.step.size * QM2[code]) >> 15;
        self.step.change(WH[code], 22_528, 10);
        self.predictor.learn(miss);
        miss
    }
}

impl Default for HighBand {
    fn default() -> Self {
        Self {
            step: Step { log: 0, size: 8 },
            predictor: Predictor::default(),
        }
    }
}

/// The unit in which a band's differences are told.
#[derive(Clone, Debug)]
struct Step {
    /// Its logarithm (NBL, NBH), 2,048 to the octave.
    log: i32,
    /// Itself (DETL, DETH).
    size: i32,
}

impl Step {
    /// Leaks, takes the change of a code, and stays between 0 and `most`.
    fn change(&mut self, by: i32, most: i32, shift: i32) {
        self.log = (((self.log * 127) >> 7) + by).clamp(0, most);
        let mantissa = ILB[usize::try_from((self.log >> 6) & 31).unwrap_or(0)];
        let shift = shift - (self.log >> 11);
        let size = if shift < 0 {
            mantissa << -shift
        } else {
            mantissa >> shift
        };
        self.size = size << 2;
    }
}

/// The magnitude in ones' complement, as both quantisers compare it.
fn magnitude(miss: i32) -> i32 {
    if miss >= 0 { miss } else { -(miss + 1) }
}
