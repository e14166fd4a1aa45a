//! Whether the line is under load, with a memory: it says so early and takes it back late, so that callers do not hear
//! one programme and the next ones another from minute to minute. Pure: `now` comes in.

use std::time::{Duration, Instant};

/// Follows the line.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    high: bool,
    /// Since when the line has been calm again.
    calm_since: Option<Instant>,
}

impl Pressure {
    /// Looks at the line; answers whether it is under load.
    ///
    /// - `busiest_percent`: the share of its time that the busiest media thread works.
    pub(crate) fn look(
        &mut self,
        now: Instant,
        calls: usize,
        max_calls: usize,
        busiest_percent: u8,
    ) -> bool {
        let full_percent = calls.saturating_mul(100) / max_calls.max(1);
        if full_percent >= HIGH_CALLS_PERCENT || busiest_percent >= HIGH_BUSY_PERCENT {
            self.high = true;
            self.calm_since = None;
        } else if full_percent < CALM_CALLS_PERCENT && busiest_percent < CALM_BUSY_PERCENT {
            let since = *self.calm_since.get_or_insert(now);
            self.high &= now.saturating_duration_since(since) < CALM_LASTS;
        } else {
            self.calm_since = None;
        }
        self.high
    }
}

/// Of the calls allowed.
const HIGH_CALLS_PERCENT: usize = 80;
const CALM_CALLS_PERCENT: usize = 60;
/// Of a media thread's time; at 80 it takes no more calls.
const HIGH_BUSY_PERCENT: u8 = 70;
const CALM_BUSY_PERCENT: u8 = 50;
/// So long the line must have been calm.
const CALM_LASTS: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_at_once_and_falls_after_half_a_minute_of_calm() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pressure = Pressure::default();

        assert!(!pressure.look(at(0), 799, 1_000, 0));
        assert!(pressure.look(at(1), 800, 1_000, 0));
        assert!(pressure.look(at(2), 599, 1_000, 0));
        assert!(pressure.look(at(31), 599, 1_000, 0));
        assert!(pressure.look(at(31), 601, 1_000, 0), "not calm any more");
        assert!(pressure.look(at(40), 599, 1_000, 0));
        assert!(pressure.look(at(69), 599, 1_000, 49));
        assert!(!pressure.look(at(70), 599, 1_000, 49));
    }

    #[test]
    fn busy_threads_count_like_many_calls() {
        let now = Instant::now();
        let mut pressure = Pressure::default();

        assert!(!pressure.look(now, 10, 1_000, 69));
        assert!(pressure.look(now, 10, 1_000, 70));
    }
}
