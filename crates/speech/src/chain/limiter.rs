//! A limiter that looks ahead, so that it turns down before the peak and not through it.

/// Holds every sample within ±`limit`.
///
/// The gain each sample needs is spread over 5 ms to both sides (its minimum, then its mean), so
/// it moves slowly, never overshoots, and is exactly 1 away from peaks.
pub(super) fn limit(sound: &mut [f64], rate: u32, limit: f64) {
    let needed: Vec<f64> = sound
        .iter()
        .map(|x| (limit / x.abs().max(limit)).min(1.0))
        .collect();
    if needed.iter().all(|gain| *gain >= 1.0) {
        return;
    }
    let reach = usize::try_from(rate / 200).unwrap_or(1).max(1);
    let gains = mean(&minimum(&needed, reach), reach);
    for (sample, gain) in sound.iter_mut().zip(gains) {
        *sample = (*sample * gain).clamp(-limit, limit);
    }
}

fn minimum(gains: &[f64], reach: usize) -> Vec<f64> {
    around(gains, reach, |near| {
        near.iter().copied().fold(1.0, f64::min)
    })
}

fn mean(gains: &[f64], reach: usize) -> Vec<f64> {
    around(gains, reach, |near| {
        near.iter().sum::<f64>() / f64::from(u32::try_from(near.len()).unwrap_or(u32::MAX))
    })
}

fn around(gains: &[f64], reach: usize, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..gains.len())
        .map(|i| of(&gains[i.saturating_sub(reach)..gains.len().min(i + reach + 1)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quiet_passes_untouched() {
        let mut sound = vec![0.1, -0.3, 0.5];
        limit(&mut sound, 8000, 0.5);
        assert_eq!(sound, [0.1, -0.3, 0.5]);
    }

    #[test]
    fn peaks_are_held_and_the_gain_moves_slowly() {
        let mut sound = vec![0.4; 2000];
        sound[1000] = 1.0;
        limit(&mut sound, 8000, 0.5);
        assert!(sound.iter().all(|x| x.abs() <= 0.5));
        assert!((sound[0] - 0.4).abs() < 1e-12);
        let steepest = sound[..999]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f64::max);
        assert!(steepest < 0.01, "{steepest}");
    }
}
