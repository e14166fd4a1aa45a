//! The power of speech in bands of a third of an octave, while somebody speaks.

use std::f64::consts::{PI, TAU};

use crate::pcm::FULL;

/// Mean power in each band, over the windows in which somebody speaks.
///
/// - `active_dbov`: level of the speech; what is 15.9 dB under it is a pause (ITU-T P.56).
/// - `middles`: the middles of the bands, in hertz.
///
/// `None` when no window is active.
pub(super) fn of_active<const N: usize>(
    samples: &[i16],
    rate: u32,
    active_dbov: f64,
    middles: &[f64; N],
) -> Option<[f64; N]> {
    let quietest = 10.0_f64.powf((active_dbov - 15.9) / 10.0);
    let (mut sums, mut windows) = ([0.0; N], 0.0);
    let mut start = 0;
    while let Some(window) = samples.get(start..start + LENGTH) {
        start += LENGTH / 2;
        let unit: Vec<f64> = window.iter().map(|x| f64::from(*x) / FULL).collect();
        if unit.iter().map(|x| x * x).sum::<f64>() / POINTS < quietest {
            continue;
        }
        let powers = bins(&unit);
        let width = f64::from(rate) / POINTS;
        for (sum, middle) in sums.iter_mut().zip(middles) {
            *sum += within(&powers, width, *middle);
        }
        windows += 1.0;
    }
    (windows > 0.0).then(|| sums.map(|sum| sum / windows))
}

/// Power around one middle; a bin that lies across an edge counts in part.
fn within(powers: &[f64], width: f64, middle: f64) -> f64 {
    let (low, high) = (middle / SIXTH, middle * SIXTH);
    let mut at = 0.0;
    let mut sum = 0.0;
    for power in powers {
        let inside = (high.min(at + width / 2.0) - low.max(at - width / 2.0)).max(0.0);
        sum += power * inside / width;
        at += width;
    }
    sum
}

/// Power in each bin up to half the rate, through a Hann window; they sum to the mean power.
fn bins(unit: &[f64]) -> Vec<f64> {
    let mut at = 0.0;
    let mut points: Vec<(f64, f64)> = unit
        .iter()
        .map(|x| {
            let window = 0.5 - 0.5 * (TAU * at / POINTS).cos();
            at += 1.0;
            (x * window, 0.0)
        })
        .collect();
    transform(&mut points);
    // Twice for the mirrored half; 0.375 is the mean square of the window.
    points[..LENGTH / 2]
        .iter()
        .map(|(re, im)| 2.0 * (re * re + im * im) / (POINTS * POINTS * 0.375))
        .collect()
}

/// Fourier's transform by halves (Cooley and Tukey); the length is a power of two.
fn transform(points: &mut [(f64, f64)]) {
    let length = points.len();
    if length < 2 {
        return;
    }
    let mut even: Vec<_> = points.iter().copied().step_by(2).collect();
    let mut odd: Vec<_> = points.iter().copied().skip(1).step_by(2).collect();
    transform(&mut even);
    transform(&mut odd);
    let (first, second) = points.split_at_mut(length / 2);
    let step = -PI / f64::from(u32::try_from(length / 2).unwrap_or(1));
    let mut angle = 0.0_f64;
    for (((first, second), even), odd) in first.iter_mut().zip(second).zip(even).zip(odd) {
        let (sin, cos) = angle.sin_cos();
        let turned = (odd.0 * cos - odd.1 * sin, odd.0 * sin + odd.1 * cos);
        *first = (even.0 + turned.0, even.1 + turned.1);
        *second = (even.0 - turned.0, even.1 - turned.1);
        angle += step;
    }
}

/// 64 ms at 8 kHz: bins of 15.6 Hz, four in the narrowest band.
const LENGTH: usize = 512;
const POINTS: f64 = 512.0;
/// A sixth of an octave.
const SIXTH: f64 = 1.122_462;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pcm;
    use crate::chain::tone;

    #[test]
    fn a_tone_has_its_power_in_its_band_and_little_beside() {
        let samples = Pcm::from_unit(&tone(1000.0, 0.1, 2.0, 8000), 8000).samples;
        let [below, band, above] =
            of_active(&samples, 8000, -23.0, &[500.0, 1000.0, 2000.0]).unwrap();
        assert!((10.0 * band.log10() - -23.01).abs() < 0.1);
        assert!(below < band * 1e-5 && above < band * 1e-5);
    }

    #[test]
    fn pauses_do_not_count() {
        let mut samples = Pcm::from_unit(&tone(1000.0, 0.1, 1.0, 8000), 8000).samples;
        samples.extend(vec![0; 40_000]);
        let [band] = of_active(&samples, 8000, -23.0, &[1000.0]).unwrap();
        assert!((10.0 * band.log10() - -23.01).abs() < 0.3);
        assert_eq!(of_active(&[0; 4000], 8000, -23.0, &[1000.0]), None);
    }
}
