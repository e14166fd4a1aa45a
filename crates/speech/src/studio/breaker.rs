//! Leaves a failing voice alone for a while.

use std::time::{Duration, Instant};

/// Counts failures in a row; open after three, or after a long silence, for 60 s.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether the voice may be tried.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It kept somebody waiting: that costs too much to be tried three times.
    pub(super) fn rest(&mut self, now: Instant) {
        self.until = Some(now + REST);
    }

    pub(super) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= MOST_FAILURES {
            self.until = Some(now + REST);
        }
    }
}

const MOST_FAILURES: u32 = 3;
const REST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_three_failures_in_a_row_for_a_minute() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        breaker.failed(start);
        breaker.failed(start);
        breaker.succeeded();
        breaker.failed(start);
        breaker.failed(start);
        assert!(breaker.allows(start));
        breaker.failed(start);
        assert!(!breaker.allows(start + Duration::from_secs(59)));
        assert!(breaker.allows(start + REST));

        breaker.failed(start + REST);
        assert!(!breaker.allows(start + REST + Duration::from_secs(59)));
    }

    #[test]
    fn opens_at_once_after_a_long_silence() {
        let (mut breaker, start) = (Breaker::default(), Instant::now());
        breaker.rest(start);
        assert!(!breaker.allows(start + Duration::from_secs(59)));
        assert!(breaker.allows(start + REST));
        breaker.rest(start);
        breaker.succeeded();
        assert!(breaker.allows(start));
    }
}
