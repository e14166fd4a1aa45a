//! How late packets are, against the ideal clock of their own call.
//!
//! Transit is arrival minus media time. The ideal clock is the 5 % quantile of a call's transits:
//! robust to a few early packets, and a sender whose clock slips still shows.

use std::fmt;

use serde::Serialize;

/// Lateness of packets in milliseconds; all zero where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lateness {
    /// Half of the packets are not later.
    pub p50: f64,
    /// 99 of 100 are not later.
    pub p99: f64,
    /// 999 of 1,000 are not later.
    pub p999: f64,
    /// The latest one.
    pub max: f64,
}

impl Lateness {
    /// The figures of one call. `late_us` is put in order.
    pub(crate) fn of(late_us: &mut [i32]) -> Self {
        late_us.sort_unstable();
        let at = |share| quantile(late_us, share).map_or(0.0, |late| f64::from(late) / 1_000.0);
        Self {
            p50: at(0.50),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
        }
    }
}

impl fmt::Display for Lateness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50,
            p99,
            p999,
            max,
        } = self;
        write!(
            f,
            "p50 {p50:.2}, p99 {p99:.2}, p99.9 {p999:.2}, max {max:.2}"
        )
    }
}

/// Turns transits into lateness, in the same unit; what is earlier than the ideal clock is not late.
pub(crate) fn from_transits(transits: &mut [i32]) {
    let ideal = IDEAL_RANK.of(transits.len());
    let Some(ideal) = ideal else { return };
    let (_, ideal, _) = transits.select_nth_unstable(ideal);
    let ideal = *ideal;
    for transit in transits {
        *transit = transit.saturating_sub(ideal).max(0);
    }
}

/// The value that this share of a sorted list does not exceed (nearest rank).
pub(crate) fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let rank = Rank(share).of(sorted.len())?;
    sorted.get(rank).copied()
}

/// A share of a list.
pub(crate) struct Rank(pub(crate) f64);

impl Rank {
    /// The place of the nearest rank in a sorted list of this length.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "lists are far shorter than 2^52, and a float becomes an integer by saturating"
    )]
    pub(crate) fn of(&self, length: usize) -> Option<usize> {
        let rank = (self.0 * length as f64).ceil() as usize;
        (length > 0).then(|| rank.clamp(1, length) - 1)
    }
}

const IDEAL_RANK: Rank = Rank(0.05);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_clock_is_the_five_percent_quantile_of_the_call() {
        let mut transits: Vec<i32> = (0..100).map(|one| 40_000 + one).collect();
        transits[99] = -7; // one absurdly early packet moves nothing

        from_transits(&mut transits);

        assert_eq!(transits.iter().filter(|&&late| late == 0).count(), 5);
        assert_eq!(transits.iter().max(), Some(&95));
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut late: Vec<i32> = (1..=1_000).rev().map(|one| one * 1_000).collect();

        let figures = Lateness::of(&mut late);

        assert_eq!((figures.p50, figures.p99), (500.0, 990.0));
        assert_eq!((figures.p999, figures.max), (999.0, 1_000.0));
        assert_eq!(Lateness::of(&mut []), Lateness::default());
        assert_eq!(Lateness::of(&mut [5]).p50, 0.005);
    }
}
