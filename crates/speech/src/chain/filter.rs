//! Second-order filters (R. Bristow-Johnson, Audio EQ Cookbook).

use std::f64::consts::TAU;

/// One section in direct form I, its history empty.
#[derive(Clone, Debug)]
pub(super) struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    x: [f64; 2],
    y: [f64; 2],
}

impl Biquad {
    /// Passes what is above `hertz`; -3 dB there with the `q` of a Butterworth section.
    pub(super) fn high_pass(hertz: f64, rate: u32, q: f64) -> Self {
        let (sin, cos) = (TAU * hertz / f64::from(rate)).sin_cos();
        let alpha = sin / (2.0 * q);
        let side = f64::midpoint(1.0, cos);
        Self::new(
            [side, -2.0 * side, side],
            [1.0 + alpha, -2.0 * cos, 1.0 - alpha],
        )
    }

    /// Passes what is below `hertz`; -3 dB there with the `q` of a Butterworth section.
    pub(super) fn low_pass(hertz: f64, rate: u32, q: f64) -> Self {
        let (sin, cos) = (TAU * hertz / f64::from(rate)).sin_cos();
        let alpha = sin / (2.0 * q);
        let side = f64::midpoint(1.0, -cos);
        Self::new(
            [side, 2.0 * side, side],
            [1.0 + alpha, -2.0 * cos, 1.0 - alpha],
        )
    }

    /// Lifts what is above `hertz` by `gain_db`; half of it, in dB, at `hertz`.
    pub(super) fn high_shelf(hertz: f64, rate: u32, gain_db: f64) -> Self {
        let (sin, cos) = (TAU * hertz / f64::from(rate)).sin_cos();
        let a = 10.0_f64.powf(gain_db / 40.0);
        let slope = 2.0 * a.sqrt() * sin * std::f64::consts::FRAC_1_SQRT_2;
        let (up, down) = (a + 1.0, a - 1.0);
        Self::new(
            [
                a * (up + down * cos + slope),
                -2.0 * a * (down + up * cos),
                a * (up + down * cos - slope),
            ],
            [
                up - down * cos + slope,
                2.0 * (down - up * cos),
                up - down * cos - slope,
            ],
        )
    }

    /// Lifts what is below `hertz` by `gain_db`; half of it, in dB, at `hertz`.
    pub(super) fn low_shelf(hertz: f64, rate: u32, gain_db: f64) -> Self {
        let (sin, cos) = (TAU * hertz / f64::from(rate)).sin_cos();
        let a = 10.0_f64.powf(gain_db / 40.0);
        let slope = 2.0 * a.sqrt() * sin * std::f64::consts::FRAC_1_SQRT_2;
        let (up, down) = (a + 1.0, a - 1.0);
        Self::new(
            [
                a * (up - down * cos + slope),
                2.0 * a * (down - up * cos),
                a * (up - down * cos - slope),
            ],
            [
                up + down * cos + slope,
                -2.0 * (down + up * cos),
                up + down * cos - slope,
            ],
        )
    }

    /// Lifts what is around `hertz` by `gain_db`; the smaller `q`, the wider.
    pub(super) fn peak(hertz: f64, rate: u32, gain_db: f64, q: f64) -> Self {
        let (sin, cos) = (TAU * hertz / f64::from(rate)).sin_cos();
        let a = 10.0_f64.powf(gain_db / 40.0);
        let alpha = sin / (2.0 * q);
        Self::new(
            [1.0 + alpha * a, -2.0 * cos, 1.0 - alpha * a],
            [1.0 + alpha / a, -2.0 * cos, 1.0 - alpha / a],
        )
    }

    /// Filters in place.
    pub(super) fn run(mut self, sound: &mut [f64]) {
        for sample in sound {
            let x = *sample;
            let y = self.b[0] * x + self.b[1] * self.x[0] + self.b[2] * self.x[1]
                - self.a[0] * self.y[0]
                - self.a[1] * self.y[1];
            self.x = [x, self.x[0]];
            self.y = [y, self.y[0]];
            *sample = y;
        }
    }

    fn new(b: [f64; 3], [a0, a1, a2]: [f64; 3]) -> Self {
        Self {
            b: b.map(|b| b / a0),
            a: [a1 / a0, a2 / a0],
            x: [0.0; 2],
            y: [0.0; 2],
        }
    }
}
