//! Tones for tests.

/// A tone from phase 0.
pub(crate) fn sine(hertz: f64, amplitude: f64, samples: u32, rate: u32) -> Vec<i16> {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    (0..samples)
        .map(|at| rounded(amplitude * (step * f64::from(at)).sin()))
        .collect()
}

/// Mean power in dBov: 0 is a square wave at full scale (ITU-T G.100.1).
pub(crate) fn power_db(samples: &[i16]) -> f64 {
    let count = f64::from(u32::try_from(samples.len()).unwrap());
    let sum: f64 = samples.iter().map(|&one| f64::from(one).powi(2)).sum();
    10.0 * (sum / count / 32_768.0_f64.powi(2)).max(1e-12).log10()
}

#[expect(clippy::cast_possible_truncation, reason = "tests stay within i16")]
fn rounded(value: f64) -> i16 {
    value.round() as i16
}
