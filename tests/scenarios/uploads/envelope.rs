//! Whether two recordings say the same: the loudness of each hundredth of a second, compared.

/// From -1.0 to 1.0, where the shorter of the two fits best into the longer one and its silence around.
pub(super) fn likeness(one: &[i16], other: &[i16]) -> f64 {
    let (mut longer, mut shorter) = (envelope(one), envelope(other));
    if longer.len() < shorter.len() {
        (longer, shorter) = (shorter, longer);
    }
    let silence = vec![0.0; 30];
    let longer = [&silence[..], &longer, &silence].concat();
    longer
        .windows(shorter.len())
        .map(|window| {
            correlation(
                &window
                    .iter()
                    .copied()
                    .zip(shorter.iter().copied())
                    .collect::<Vec<_>>(),
            )
        })
        .fold(-1.0, f64::max)
}

fn envelope(samples: &[i16]) -> Vec<f64> {
    let loudness = |frame: &[i16]| frame.iter().map(|s| f64::from(*s).abs()).sum::<f64>();
    samples.chunks_exact(80).map(loudness).collect()
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = f64::from(u32::try_from(pairs.len().max(1)).unwrap());
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        both += (x - a) * (y - b);
        one += (x - a) * (x - a);
        other += (y - b) * (y - b);
    }
    both / (one * other).sqrt().max(1e-9)
}
