//! How loud speech is: the active level of ITU-T P.56, method B, and the peak.
//!
//! The active level leaves pauses out, so a slow text and a fast one measure alike. Levels are in
//! dBov: 0 dBov is the power of a square wave at full scale, a full-scale sine is at -3.01 dBov.

use crate::pcm::FULL;

/// The level of speech while somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActiveLevel {
    /// Level of the active part, in dBov.
    pub dbov: f64,
    /// Part of the time that is active, 0.0 to 1.0; word gaps up to 200 ms count as speech.
    pub activity: f64,
}

/// Measures the active speech level.
///
/// - `samples`: one channel, 16 bits.
/// - `rate`: samples a second.
///
/// `None` for silence and for no samples at all. A sound shorter than its 200 ms hangover should
/// have silence appended before it is measured, else the hangover is cut off with it.
///
/// Source: ITU-T P.56 § 7 (method B); two-stage envelope of 30 ms, hangover 200 ms, margin 15.9 dB.
pub fn active_level_dbov(samples: &[i16], rate: u32) -> Option<ActiveLevel> {
    let mut meter = Meter::new(rate);
    for sample in samples {
        meter.take(f64::from(*sample) / FULL);
    }
    meter.read()
}

/// The highest sample, in dBov; minus infinity for silence.
pub fn peak_dbov(samples: &[i16]) -> f64 {
    let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
    20.0 * (f64::from(peak) / FULL).log10()
}

/// The highest value between samples, by four-fold interpolation, in dBov (ITU-R BS.1770 annex 2).
pub fn true_peak_dbov(samples: &[i16], rate: u32) -> f64 {
    let unit: Vec<f64> = samples.iter().map(|s| f64::from(*s) / FULL).collect();
    let between = crate::chain::resample(&unit, rate, rate.saturating_mul(4), 0.98);
    let peak = between.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
    20.0 * peak.log10()
}

struct Meter {
    smoothing: f64,
    hangover: u64,
    first: f64,
    second: f64,
    energy: f64,
    taken: u64,
    /// How many thresholds the envelope has reached; the lowest come first.
    reached: usize,
    steps: [Step; STEPS],
}

/// One of the thresholds, a power of two below full scale.
#[derive(Clone, Copy)]
struct Step {
    threshold: f64,
    /// Samples that count as speech, up to the last time the envelope came or went.
    active: u64,
    /// When that was; `None` before the envelope first came.
    changed: Option<u64>,
}

impl Meter {
    fn new(rate: u32) -> Self {
        let rate = rate.max(1);
        let mut threshold = 2.0_f64.powi(-16);
        let steps = [(); STEPS].map(|()| {
            threshold *= 2.0;
            Step {
                threshold,
                active: 0,
                changed: None,
            }
        });
        Self {
            smoothing: (-1.0 / (f64::from(rate) * ENVELOPE_SECONDS)).exp(),
            hangover: u64::from(rate / 5),
            first: 0.0,
            second: 0.0,
            energy: 0.0,
            taken: 0,
            reached: 0,
            steps,
        }
    }

    fn take(&mut self, x: f64) {
        self.energy += x * x;
        self.first = self.smoothing * self.first + (1.0 - self.smoothing) * x.abs();
        self.second = self.smoothing * self.second + (1.0 - self.smoothing) * self.first;
        while let Some(step) = self.steps.get_mut(self.reached)
            && self.second >= step.threshold
        {
            step.active += step.held(self.taken, self.hangover);
            step.changed = Some(self.taken);
            self.reached += 1;
        }
        while let Some(below) = self.reached.checked_sub(1)
            && self.second < self.steps[below].threshold
        {
            let step = &mut self.steps[below];
            step.active += step.since(self.taken);
            step.changed = Some(self.taken);
            self.reached = below;
        }
        self.taken += 1;
    }

    /// Samples that count as speech by each threshold, the lowest first; those that were never reached are left out.
    fn active(&self) -> impl Iterator<Item = (f64, f64)> {
        self.steps.iter().enumerate().filter_map(|(place, step)| {
            let last = if place < self.reached {
                step.since(self.taken)
            } else {
                step.held(self.taken, self.hangover)
            };
            let samples = count(step.active + last);
            (samples > 0.0).then_some((step.threshold, samples))
        })
    }

    /// Finds the threshold that lies one margin under the level measured with it.
    fn read(&self) -> Option<ActiveLevel> {
        let mut before: Option<(f64, f64)> = None;
        for (threshold, samples) in self.active() {
            let level = decibels(self.energy / samples);
            let gap = level - 2.0 * decibels(threshold);
            if gap <= MARGIN_DB {
                let dbov = match before {
                    None => level,
                    Some(lower) => between(lower, (level, gap)),
                };
                let activity =
                    10.0_f64.powf((decibels(self.energy / count(self.taken)) - dbov) / 10.0);
                return Some(ActiveLevel {
                    dbov,
                    activity: activity.min(1.0),
                });
            }
            before = Some((level, gap));
        }
        None
    }
}

impl Step {
    /// Samples since the envelope came or went.
    fn since(&self, now: u64) -> u64 {
        self.changed.map_or(0, |changed| now - changed)
    }

    /// Those of them that count after the envelope went.
    fn held(&self, now: u64, hangover: u64) -> u64 {
        self.since(now).min(hangover)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no recording has 2⁵³ samples")]
fn count(samples: u64) -> f64 {
    samples as f64
}

/// Straight line between two thresholds, read where the gap equals the margin.
fn between((low, low_gap): (f64, f64), (high, high_gap): (f64, f64)) -> f64 {
    let place = (low_gap - MARGIN_DB) / (low_gap - high_gap);
    low + place * (high - low)
}

fn decibels(power: f64) -> f64 {
    10.0 * power.log10()
}

const STEPS: usize = 15;
const ENVELOPE_SECONDS: f64 = 0.03;
const MARGIN_DB: f64 = 15.9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::tone;

    fn level(unit: &[f64], rate: u32) -> ActiveLevel {
        let pcm = crate::Pcm::from_unit(unit, rate);
        active_level_dbov(&pcm.samples, rate).unwrap()
    }

    #[test]
    fn a_steady_tone_measures_its_power_and_is_always_active() {
        for (amplitude, expected) in [(1.0, -3.01), (0.1, -23.01), (0.01, -43.01)] {
            let level = level(&tone(1000.0, amplitude, 5.0, 8000), 8000);
            assert!((level.dbov - expected).abs() < 0.1, "{level:?}");
            assert!(level.activity > 0.98, "{level:?}");
        }
    }

    #[test]
    fn bursts_measure_as_loud_as_the_steady_tone_and_activity_is_their_share() {
        // 1 s of tone in every 4 s: each burst counts 1 s, and 0.2 s of hangover and envelope tail.
        let mut bursts = Vec::new();
        for _ in 0..10 {
            bursts.extend(tone(1000.0, 0.1, 1.0, 16_000));
            bursts.extend(vec![0.0; 48_000]);
        }
        let level = level(&bursts, 16_000);
        assert!((level.dbov - -23.01).abs() < 1.5, "{level:?}");
        assert!((0.25..0.36).contains(&level.activity), "{level:?}");
    }

    #[test]
    fn gaps_shorter_than_the_hangover_are_speech() {
        let mut words = Vec::new();
        for _ in 0..40 {
            words.extend(tone(500.0, 0.2, 0.25, 8000));
            words.extend(vec![0.0; 800]);
        }
        assert!(level(&words, 8000).activity > 0.97);
    }

    #[test]
    fn the_meter_does_not_depend_on_the_rate() {
        let narrow = level(&tone(440.0, 0.05, 3.0, 8000), 8000);
        let wide = level(&tone(440.0, 0.05, 3.0, 48_000), 48_000);
        assert!((narrow.dbov - wide.dbov).abs() < 0.05);
    }

    #[test]
    fn ten_decibels_more_read_ten_decibels_more() {
        let quiet = level(&tone(700.0, 0.02, 2.0, 8000), 8000);
        let loud = level(&tone(700.0, 0.2, 2.0, 8000), 8000);
        assert!((loud.dbov - quiet.dbov - 20.0).abs() < 0.1);
    }

    #[test]
    fn silence_has_no_level() {
        assert_eq!(active_level_dbov(&[0; 8000], 8000), None);
        assert_eq!(active_level_dbov(&[], 8000), None);
        assert_eq!(active_level_dbov(&[1; 8000], 8000), None);
    }

    #[test]
    fn peak_of_full_scale_is_zero() {
        assert!((peak_dbov(&[0, i16::MIN]) - 0.0).abs() < 1e-9);
        assert!((peak_dbov(&[16384]) - -6.02).abs() < 0.01);
        assert_eq!(peak_dbov(&[]), f64::NEG_INFINITY);
    }

    #[test]
    fn true_peak_sees_between_the_samples() {
        // A quarter of the rate, sampled 45° off its crest: every sample is 3 dB under it.
        let off: Vec<i16> = [23170_i16, 23170, -23170, -23170].repeat(500);
        assert!(peak_dbov(&off) < -2.9);
        assert!(true_peak_dbov(&off, 8000).abs() < 0.5);
    }
}
