//! A figure that differs from one call, or from one packet, to the next.

use std::fmt;

use serde::Serialize;

use crate::lateness::quantile;

/// How a figure is spread, in milliseconds; all zero where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half are not above.
    pub p50: f64,
    /// 99 of 100 are not above.
    pub p99: f64,
    /// The highest.
    pub max: f64,
}

impl Spread {
    /// The spread of some figures, which are put in order.
    pub(crate) fn of(figures: &mut [f64]) -> Self {
        figures.sort_unstable_by(f64::total_cmp);
        let at = |share| quantile(figures, share).unwrap_or(0.0);
        Self {
            p50: at(0.50),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

impl fmt::Display for Spread {
    /// With one digit behind the point, or as many as are asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { p50, p99, max } = self;
        let digits = f.precision().unwrap_or(1);
        write!(
            f,
            "p50 {p50:.digits$}, p99 {p99:.digits$}, max {max:.digits$}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_the_nearest_rank_and_printed_as_asked() {
        let mut figures: Vec<f64> = (1..=200).rev().map(f64::from).collect();

        let spread = Spread::of(&mut figures);

        assert_eq!((spread.p50, spread.p99, spread.max), (100.0, 198.0, 200.0));
        assert_eq!(spread.to_string(), "p50 100.0, p99 198.0, max 200.0");
        assert_eq!(format!("{spread:.0}"), "p50 100, p99 198, max 200");
        assert_eq!(Spread::of(&mut []), Spread::default());
    }
}
