//! A limiter that looks ahead, so that it turns down before the peak and not through it.

use std::collections::VecDeque;

/// Holds every sample within ±`limit`.
///
/// The gain each sample needs is spread over 5 ms to both sides (its minimum, then its mean), so
/// it moves slowly, never overshoots, and is exactly 1 away from peaks. Says whether there was any.
pub(super) fn limit(sound: &mut [f64], rate: u32, limit: f64) -> bool {
    let needed: Vec<f64> = sound
        .iter()
        .map(|x| (limit / x.abs().max(limit)).min(1.0))
        .collect();
    if needed.iter().all(|gain| *gain >= 1.0) {
        return false;
    }
    let reach = usize::try_from(rate / 200).unwrap_or(1).max(1);
    let gains = mean(&minimum(&needed, reach), reach);
    for (sample, gain) in sound.iter_mut().zip(gains) {
        *sample = (*sample * gain).clamp(-limit, limit);
    }
    true
}

/// The least gain within reach of each place.
fn minimum(gains: &[f64], reach: usize) -> Vec<f64> {
    // Places whose gain may still be the least of a window, lowest gain first.
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut next = 0;
    (0..gains.len())
        .map(|place| {
            while next < gains.len().min(place + reach + 1) {
                while candidates
                    .pop_back_if(|last| gains[*last] >= gains[next])
                    .is_some()
                {}
                candidates.push_back(next);
                next += 1;
            }
            while candidates
                .pop_front_if(|first| *first + reach < place)
                .is_some()
            {}
            candidates.front().map_or(1.0, |least| gains[*least])
        })
        .collect()
}

/// The mean gain within reach of each place. What is missing to 1 is summed, so that away from peaks it is exactly 1.
fn mean(gains: &[f64], reach: usize) -> Vec<f64> {
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(gains.iter().scan(0.0, |sum, gain| {
            *sum += 1.0 - gain;
            Some(*sum)
        }))
        .collect();
    (0..gains.len())
        .map(|place| {
            let (from, to) = (
                place.saturating_sub(reach),
                gains.len().min(place + reach + 1),
            );
            let near = f64::from(u32::try_from(to - from).unwrap_or(u32::MAX));
            1.0 - (sums[to] - sums[from]) / near
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quiet_passes_untouched() {
        let mut sound = vec![0.1, -0.3, 0.5];
        assert!(!limit(&mut sound, 8000, 0.5));
        assert_eq!(sound, [0.1, -0.3, 0.5]);
    }

    #[test]
    fn gains_are_the_mean_of_the_least_around_each_place() {
        let gains: Vec<f64> = (0..200_u32)
            .map(|at| {
                if at * at % 17 > 11 {
                    0.3 + f64::from(at % 7) / 10.0
                } else {
                    1.0
                }
            })
            .collect();
        for reach in [1, 3, 40, 300] {
            let around = |list: &[f64], at: usize| {
                list[at.saturating_sub(reach)..list.len().min(at + reach + 1)].to_vec()
            };
            let least = minimum(&gains, reach);
            let means = mean(&least, reach);
            for at in 0..gains.len() {
                let near = around(&gains, at).into_iter().fold(1.0, f64::min);
                assert_eq!(least[at].to_bits(), near.to_bits(), "{reach} around {at}");
                let near = around(&least, at);
                let near = near.iter().sum::<f64>() / near.len() as f64;
                assert!((means[at] - near).abs() < 1e-12, "{reach} around {at}");
            }
        }
    }

    #[test]
    fn peaks_are_held_and_the_gain_moves_slowly() {
        let mut sound = vec![0.4; 2000];
        sound[1000] = 1.0;
        assert!(limit(&mut sound, 8000, 0.5));
        assert!(sound.iter().all(|x| x.abs() <= 0.5));
        assert!((sound[0] - 0.4).abs() < 1e-12);
        let steepest = sound[..999]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f64::max);
        assert!(steepest < 0.01, "{steepest}");
    }
}
