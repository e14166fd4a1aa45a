//! Fills the gaps that lost packets leave in a voice (after ITU-T G.711 Appendix I, in spirit).
//!
//! A voice repeats itself every 5 to 15 ms. In a gap the last such period goes on, softer and softer, so that a lost
//! packet is a slight roughness and not a hole; after 60 ms nothing is made up any more. Whoever plays live has to add
//! a delay for that; a recording has all the time it wants. Pure; start with [`conceal`].

/// Adds `missing` samples behind what was heard.
///
/// - `heard`: the sound up to the gap; grows by exactly `missing`.
/// - `sample_rate`: samples a second, 8,000 or 16,000.
///
/// The join has no step, for the first sample repeats the one of a period ago. Sound that begins with a gap, and what of
/// a gap lies beyond 60 ms, is silence.
pub fn conceal(heard: &mut Vec<i16>, missing: usize, sample_rate: u32) {
    let per_ms = usize::try_from(sample_rate / 1_000).unwrap_or(8).max(1);
    let end = heard.len() + missing;
    if let Some(period) = find_period(heard, per_ms) {
        let begun = heard.len();
        let audible = missing.min(LONGEST_MS * per_ms);
        for place in 0..audible {
            let again = heard[begun - period + place % period];
            heard.push(softer(again, place, per_ms));
        }
    }
    heard.resize(end, 0);
}

/// Blends the first samples after a gap with what the concealment would have gone on with, so that the join has no step.
///
/// - `heard`: ends in the concealed gap, of `gap` samples. `next`: what arrived after it, changed in place.
pub fn rejoin(heard: &[i16], gap: usize, next: &mut [i16], sample_rate: u32) {
    let per_ms = usize::try_from(sample_rate / 1_000).unwrap_or(8).max(1);
    let blended = next.len().min(REJOIN_MS * per_ms);
    let before = &heard[..heard.len().saturating_sub(gap)];
    let Some(period) = find_period(before, per_ms) else {
        return;
    };
    for place in gap..gap + blended {
        let again = match place < LONGEST_MS * per_ms {
            true => softer(
                before[before.len() - period + place % period],
                place,
                per_ms,
            ),
            false => 0,
        };
        let new = &mut next[place - gap];
        let weight = i32::try_from(place - gap + 1).unwrap_or(i32::MAX);
        let whole = i32::try_from(blended + 1).unwrap_or(i32::MAX);
        let mixed = (i32::from(*new) * weight + i32::from(again) * (whole - weight)) / whole;
        *new = i16::try_from(mixed).unwrap_or(*new);
    }
}

/// The length after which the end of the sound resembles itself most; `None` for sound too short to tell.
fn find_period(heard: &[i16], per_ms: usize) -> Option<usize> {
    let (shortest, longest) = (SHORTEST_PERIOD_MS * per_ms, LONGEST_PERIOD_MS * per_ms);
    let compared = COMPARED_MS * per_ms;
    if heard.len() < longest + compared {
        return None;
    }
    let end = &heard[heard.len() - compared..];
    (shortest..=longest).max_by_key(|&period| {
        let from = heard.len() - compared - period;
        likeness(end, &heard[from..from + compared])
    })
}

/// How alike two pieces are, louder ones no more than softer ones: the correlation, signed and squared, over the power
/// of the earlier piece.
fn likeness(late: &[i16], early: &[i16]) -> i64 {
    let product = |a: &[i16], b: &[i16]| -> i64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| i64::from(*a) * i64::from(*b)).sum()
    };
    let (shared, power) = (product(late, early) / 256, product(early, early) / 256);
    // At most 320 products of 2³⁰ each, over 2⁸: the square fits.
    shared * shared.abs() / (power + 1)
}

/// The first 10 ms are as loud as what was heard, the last of 60 silent.
fn softer(sample: i16, place: usize, per_ms: usize) -> i16 {
    let full = 10 * per_ms;
    let whole = i64::try_from((LONGEST_MS - 10) * per_ms).unwrap_or(1);
    let faded = i64::try_from(place.saturating_sub(full)).unwrap_or(whole);
    let left = (whole - faded).clamp(0, whole);
    i16::try_from(i64::from(sample) * left / whole).unwrap_or(0)
}

/// What is made up at most.
const LONGEST_MS: usize = 60;
/// The periods of human voices: 66 to 200 Hz; higher voices are found at a multiple.
const SHORTEST_PERIOD_MS: usize = 5;
const LONGEST_PERIOD_MS: usize = 15;
/// How much is compared to find them.
const COMPARED_MS: usize = 20;
/// How long the old goes on under the new.
const REJOIN_MS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sine::{power_db, sine};
    use proptest::prelude::*;

    #[test]
    fn a_lost_packet_of_a_steady_tone_is_hardly_heard() {
        for (rate, hertz) in [(8_000, 200.0), (8_000, 440.0), (16_000, 330.0)] {
            let whole = sine(hertz, 8_000.0, rate, rate);
            let packet = usize::try_from(rate / 100).unwrap();
            let mut heard = whole[..10 * packet].to_vec();
            conceal(&mut heard, packet, rate);

            assert_eq!(heard.len(), 11 * packet);
            let missed: Vec<i16> = (10 * packet..11 * packet)
                .map(|at| whole[at] - heard[at])
                .collect();
            let error = power_db(&missed) - power_db(&whole[10 * packet..11 * packet]);
            assert!(error < -10.0, "{hertz} Hz at {rate}: {error:.1} dB");
        }
    }

    #[test]
    fn a_long_gap_fades_out_within_60_ms_and_stays_silent() {
        let mut heard = sine(150.0, 10_000.0, 4_000, 8_000);
        conceal(&mut heard, 8_000, 8_000);

        let gap = &heard[4_000..];
        let power = |ms: std::ops::Range<usize>| power_db(&gap[ms.start * 8..ms.end * 8]);
        assert!(power(0..10) - power(40..50) > 8.0);
        assert!(gap[60 * 8..].iter().all(|&sample| sample == 0));
        assert_eq!(heard.len(), 12_000);
    }

    #[test]
    fn a_gap_before_any_sound_is_silence() {
        let mut heard = vec![];
        conceal(&mut heard, 160, 8_000);
        assert_eq!(heard, vec![0; 160]);
    }

    #[test]
    fn what_follows_a_gap_joins_without_a_step() {
        let mut heard = sine(200.0, 8_000.0, 1_600, 8_000);
        conceal(&mut heard, 160, 8_000);
        let mut next = vec![-9_000; 160];
        let before = i32::from(heard[heard.len() - 1]);
        rejoin(&heard, 160, &mut next, 8_000);

        assert!((i32::from(next[0]) - before).abs() < 2_000, "{}", next[0]);
        assert_eq!(next[40], -9_000, "soon it is as it came");
    }

    proptest! {
        #[test]
        fn any_sound_with_any_gap_keeps_its_length_and_is_never_louder(
            mut heard in proptest::collection::vec(any::<i16>(), 0..900), missing in 0usize..1_200, wide: bool,
        ) {
            let rate = if wide { 16_000 } else { 8_000 };
            let (length, loudest) = (heard.len(), heard.iter().map(|one| one.unsigned_abs()).max());
            conceal(&mut heard, missing, rate);
            prop_assert_eq!(heard.len(), length + missing);
            let made_up = heard[length..].iter().map(|one| one.unsigned_abs()).max();
            prop_assert!(made_up.unwrap_or(0) <= loudest.unwrap_or(0));
            let mut next = vec![i16::MIN; 100];
            rejoin(&heard, missing, &mut next, rate);
        }
    }
}
