//! Sound in memory.

/// One channel of 16-bit samples.
#[derive(Clone, PartialEq, Eq)]
pub struct Pcm {
    /// Linear samples, full scale ±32 768.
    pub samples: Vec<i16>,
    /// Samples a second.
    pub sample_rate: u32,
}

impl Pcm {
    /// How long it lasts, in milliseconds; 0 for an impossible rate of 0.
    pub fn duration_ms(&self) -> u32 {
        let samples = u64::try_from(self.samples.len()).unwrap_or(u64::MAX);
        let ms = samples.saturating_mul(1000) / u64::from(self.sample_rate.max(1));
        u32::try_from(ms).unwrap_or(u32::MAX)
    }

    /// The samples on a scale of ±1.0, the form in which the chain works.
    pub(crate) fn to_unit(&self) -> Vec<f64> {
        self.samples.iter().map(|s| f64::from(*s) / FULL).collect()
    }

    /// Back from ±1.0; what would overflow is held at full scale.
    pub(crate) fn from_unit(unit: &[f64], sample_rate: u32) -> Self {
        Self {
            samples: unit.iter().map(|x| to_sample(*x)).collect(),
            sample_rate,
        }
    }
}

impl std::fmt::Debug for Pcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Pcm({} samples at {} Hz)",
            self.samples.len(),
            self.sample_rate
        )
    }
}

/// Full scale of 16 bits; also 0 dBov.
pub(crate) const FULL: f64 = 32768.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the range of i16 just before, and NaN becomes 0"
)]
fn to_sample(x: f64) -> i16 {
    (x * FULL)
        .round()
        .clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_survive_the_way_to_unit_scale_and_back() {
        let pcm = Pcm {
            samples: vec![i16::MIN, -1, 0, 1, i16::MAX],
            sample_rate: 16_000,
        };
        assert_eq!(Pcm::from_unit(&pcm.to_unit(), 16_000), pcm);
    }

    #[test]
    fn what_is_too_loud_is_held_at_full_scale() {
        assert_eq!(
            Pcm::from_unit(&[7.0, -7.0, f64::NAN], 8000).samples,
            [32767, -32768, 0]
        );
    }

    #[test]
    fn duration_is_in_milliseconds() {
        let pcm = Pcm {
            samples: vec![0; 8040],
            sample_rate: 8000,
        };
        assert_eq!(pcm.duration_ms(), 1005);
    }
}
