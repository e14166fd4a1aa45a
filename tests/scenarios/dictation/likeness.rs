//! How well a recording follows what was spoken: by its loudness in steps of 10 ms, and by its samples.

/// How alike two sounds of 8 kHz are, 1.0 for the same sound at any level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Likeness {
    /// Correlation of the loudness, in steps of 10 ms.
    pub(super) loudness: f64,
    /// Correlation of the samples, the mean of pieces of 200 ms, each at its best place within 2 ms.
    pub(super) samples: f64,
}

/// Finds where a recording was spoken in a longer sound, and compares it there.
pub(super) fn likeness(spoken: &[i16], recorded: &[i16]) -> Likeness {
    let (all, part) = (loudness(spoken), loudness(recorded));
    let rough = (0..=all.len() - part.len())
        .map(|place| (place, correlation(&all[place..place + part.len()], &part)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (place, _) = rough.expect("the file is longer than the recording");
    let fine = fine_place(spoken, recorded, place * STEP);
    let there = loudness(&spoken[fine..fine + recorded.len()]);
    Likeness {
        loudness: correlation(&there, &part),
        // The line cuts at 16 kHz: a recording may begin halfway between two samples of 8 kHz.
        samples: piecewise(spoken, recorded, fine).max(piecewise(&halfway(spoken), recorded, fine)),
    }
}

/// The sound between its samples (a windowed sinc).
fn halfway(spoken: &[i16]) -> Vec<i16> {
    let taps: Vec<f64> = (-16_i32..16)
        .map(|place| f64::from(place) + 0.5)
        .map(|at| {
            let angle = std::f64::consts::PI * at;
            angle.sin() / angle * (angle / 32.0).cos()
        })
        .collect();
    let padded = [&[0; 16][..], spoken, &[0; 16]].concat();
    padded
        .windows(taps.len())
        .map(|window| {
            let pairs = window.iter().zip(&taps);
            let sum: f64 = pairs.map(|(&one, tap)| f64::from(one) * tap).sum();
            #[expect(clippy::cast_possible_truncation, reason = "rounding stays in i16")]
            let sample = sum.round() as i16;
            sample
        })
        .collect()
}

/// The place to the sample, within 20 ms of a rough one.
fn fine_place(spoken: &[i16], recorded: &[i16], rough: usize) -> usize {
    let first = rough.saturating_sub(2 * STEP);
    let last = (rough + 2 * STEP).min(spoken.len() - recorded.len());
    let compared = numbers(recorded);
    let at =
        |place: usize| correlation(&numbers(&spoken[place..place + recorded.len()]), &compared);
    (first..=last)
        .max_by(|&a, &b| at(a).total_cmp(&at(b)))
        .unwrap_or(rough)
}

fn piecewise(spoken: &[i16], recorded: &[i16], place: usize) -> f64 {
    let mut weights = 0.0;
    let mut sum = 0.0;
    for (number, piece) in recorded.chunks_exact(PIECE).enumerate() {
        let from = place + number * PIECE;
        let piece = numbers(piece);
        let power = piece.iter().map(|one| one * one).sum::<f64>().sqrt();
        let best = (from.saturating_sub(SLACK)..=from + SLACK)
            .filter_map(|from| spoken.get(from..from + PIECE))
            .map(|there| correlation(&numbers(there), &piece))
            .fold(0.0, f64::max);
        sum += best * power;
        weights += power;
    }
    sum / weights
}

fn loudness(sound: &[i16]) -> Vec<f64> {
    let rms = |step: &[i16]| {
        let power: f64 = step.iter().map(|&one| f64::from(one).powi(2)).sum();
        (power / 80.0).sqrt()
    };
    sound.chunks_exact(STEP).map(rms).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let count = f64::from(u32::try_from(a.len()).expect("seconds of sound"));
    let mean = |of: &[f64]| of.iter().sum::<f64>() / count;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        both += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    both / (of_a * of_b).sqrt().max(1e-9)
}

fn numbers(samples: &[i16]) -> Vec<f64> {
    samples.iter().map(|&one| f64::from(one)).collect()
}

/// 10 ms.
const STEP: usize = 80;
/// 200 ms.
const PIECE: usize = 1_600;
/// 2 ms.
const SLACK: usize = 16;
