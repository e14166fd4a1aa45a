//! Changes the sampling rate with a windowed sinc.

mod stream;

pub(crate) use stream::Stream;

use std::f64::consts::PI;

/// Resamples from one rate to the other; the same rate is a plain copy.
///
/// - `cutoff`: where the filter is at -6 dB, as a part of half the lower rate: 0.89 puts it at
///   3560 Hz for 8 kHz, flat to 3300 Hz and 60 dB down at 3900 Hz.
///
/// A rate of 0 gives no sound. Work is bounded by 130 multiplications for each sample out per
/// unit of rate ratio.
pub(crate) fn resample(sound: &[f64], from: u32, to: u32, cutoff: f64) -> Vec<f64> {
    if from == to {
        return sound.to_vec();
    }
    if from == 0 || to == 0 {
        return Vec::new();
    }
    let common = greatest_common_divisor(from, to);
    let (up, down) = (to / common, from / common);
    let low = f64::from(from.min(to)) / f64::from(from);
    let kernels = Kernels::new(up, low * cutoff);
    let length = sound.len() as u64 * u64::from(up) / u64::from(down);
    (0..length)
        .map(|out| {
            let place = out * u64::from(down);
            kernels.sample(sound, place / u64::from(up), place % u64::from(up))
        })
        .collect()
}

/// One filter for each place an output sample can have between two input samples.
struct Kernels {
    reach: usize,
    taps: Vec<Vec<f64>>,
}

impl Kernels {
    /// `band` is the cut-off as a part of half the input rate.
    fn new(up: u32, band: f64) -> Self {
        let half = ZERO_CROSSINGS / band;
        let mut reach = 1_usize;
        let mut wide = 1.0;
        while wide < half {
            wide += 1.0;
            reach += 1;
        }
        let taps = (0..up)
            .map(|phase| {
                let offset = f64::from(phase) / f64::from(up);
                let taps: Vec<f64> = (0..2 * reach)
                    .scan(1.0 - wide - offset, |at, _| {
                        let x = *at;
                        *at += 1.0;
                        Some(band * sinc(band * x) * kaiser(x / wide))
                    })
                    .collect();
                let sum: f64 = taps.iter().sum();
                taps.into_iter().map(|tap| tap / sum).collect()
            })
            .collect();
        Self { reach, taps }
    }

    /// The value `phase` steps after input sample `at`; outside the sound is silence.
    fn sample(&self, sound: &[f64], at: u64, phase: u64) -> f64 {
        let (Ok(at), Ok(phase)) = (usize::try_from(at), usize::try_from(phase)) else {
            return 0.0;
        };
        let taps = &self.taps[phase];
        let first = (at + 1).saturating_sub(self.reach);
        let skipped = (self.reach - 1).saturating_sub(at);
        product(&taps[skipped..], &sound[first.min(sound.len())..])
    }
}

/// The scalar product, in eight sums that do not wait for each other.
fn product(taps: &[f64], sound: &[f64]) -> f64 {
    let length = taps.len().min(sound.len());
    let (taps, rest) = taps[..length].as_chunks::<8>();
    let (sound, end) = sound[..length].as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (taps, sound) in taps.iter().zip(sound) {
        for ((sum, tap), x) in sums.iter_mut().zip(taps).zip(sound) {
            *sum += tap * x;
        }
    }
    let last: f64 = rest.iter().zip(end).map(|(tap, x)| tap * x).sum();
    sums.iter().sum::<f64>() + last
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser window with a side lobe near -65 dB; `x` from -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA)
}

/// Modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-12 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

const ZERO_CROSSINGS: f64 = 40.0;
const BETA: f64 = 6.5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{goertzel_db, tone};

    #[test]
    fn a_tone_keeps_its_pitch_and_power() {
        for (from, to) in [
            (22_050, 16_000),
            (16_000, 8000),
            (8000, 16_000),
            (44_100, 16_000),
        ] {
            let out = resample(&tone(1000.0, 0.5, 1.0, from), from, to, 0.9);
            let rate = usize::try_from(to).unwrap();
            assert!(
                out.len().abs_diff(rate) <= 1,
                "{from} to {to}: {}",
                out.len()
            );
            let middle = &out[rate / 4..3 * rate / 4];
            let db = goertzel_db(middle, 1000.0, to);
            assert!((db - -9.03).abs() < 0.05, "{from} to {to}: {db}");
        }
    }

    #[test]
    fn what_would_fold_back_is_60_decibels_down() {
        let out = resample(&tone(5000.0, 0.5, 1.0, 16_000), 16_000, 8000, 0.89);
        assert!(goertzel_db(&out[2000..6000], 3000.0, 8000) < -69.0);
    }

    #[test]
    fn noise_of_the_resampling_is_60_decibels_down() {
        let out = resample(&tone(997.0, 0.5, 1.0, 22_050), 22_050, 16_000, 0.95);
        let pure = tone(997.0, 0.5, 1.0, 16_000);
        let miss: f64 = out[4000..12_000]
            .iter()
            .zip(&pure[4000..12_000])
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            / 8000.0;
        assert!(10.0 * miss.log10() < -69.0, "{}", 10.0 * miss.log10());
    }

    #[test]
    fn odd_rates_and_empty_sounds_do_no_harm() {
        assert!(resample(&[], 22_050, 16_000, 0.9).is_empty());
        assert!(resample(&[0.5], 0, 16_000, 0.9).is_empty());
        assert_eq!(resample(&[0.5; 3], 8000, 8000, 0.9), [0.5; 3]);
    }
}
