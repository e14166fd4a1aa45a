//! Decides whether one more call is taken, before any other work on it.
//!
//! Overload hurts every caller at once, so the limit is kept strictly: who is admitted hears everything, who is not
//! is told so at once and when to try again (503 with Retry-After, RFC 3261 § 21.5.4). Start with [`Admission`].

use std::time::{Duration, Instant};

/// The gate of the line. It reads no clock: every question carries `now`.
#[derive(Debug)]
pub(crate) struct Admission {
    max_calls: usize,
    rate: u32,
    /// New calls that may come at once, refilled `rate` times a second.
    tokens: u32,
    refilled: Instant,
    draining: bool,
}

impl Admission {
    /// Open, with a full second's worth of new calls.
    pub(crate) fn new(max_calls: usize, max_call_rate: u32, now: Instant) -> Self {
        Self {
            max_calls,
            rate: max_call_rate,
            tokens: max_call_rate,
            refilled: now,
            draining: false,
        }
    }

    /// Takes no new call from now on.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
    }

    /// Says what the next new call gets.
    ///
    /// - `calls`: calls not yet over. `overloaded`: the media threads cannot keep their clock.
    pub(crate) fn verdict(&mut self, now: Instant, calls: usize, overloaded: bool) -> Verdict {
        self.refill(now);
        if self.draining {
            return Verdict::Draining;
        }
        if calls >= self.max_calls || overloaded {
            return Verdict::Refused {
                retry_after: WHEN_FULL,
            };
        }
        if self.tokens == 0 {
            return Verdict::Refused {
                retry_after: WHEN_FAST,
            };
        }
        Verdict::Admitted
    }

    /// Counts a call that was let in.
    pub(crate) fn admit(&mut self) {
        self.tokens = self.tokens.saturating_sub(1);
    }

    fn refill(&mut self, now: Instant) {
        let Some(each) = Duration::from_secs(1).checked_div(self.rate) else {
            return;
        };
        let passed = now.saturating_duration_since(self.refilled);
        let gained = u32::try_from(passed.as_nanos() / each.as_nanos().max(1)).unwrap_or(u32::MAX);
        if gained >= self.rate - self.tokens {
            self.tokens = self.rate;
            self.refilled = now;
        } else {
            self.tokens += gained;
            self.refilled += each * gained;
        }
    }
}

/// What a new call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An answer.
    Admitted,
    /// 503, with these seconds in Retry-After.
    Refused { retry_after: u32 },
    /// 503: the line is being taken out of service.
    Draining,
}

/// Seconds after which a place may be free: announcements last a minute or two.
const WHEN_FULL: u32 = 20;
/// Seconds after which a burst has passed.
const WHEN_FAST: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_line_refuses_and_takes_calls_again_when_one_is_over() {
        let now = Instant::now();
        let mut admission = Admission::new(2, 100, now);

        assert_eq!(admission.verdict(now, 1, false), Verdict::Admitted);
        assert_eq!(
            admission.verdict(now, 2, false),
            Verdict::Refused { retry_after: 20 }
        );
        assert_eq!(admission.verdict(now, 1, false), Verdict::Admitted);
    }

    #[test]
    fn more_new_calls_than_the_rate_are_refused_until_the_second_is_over() {
        let now = Instant::now();
        let mut admission = Admission::new(1_000, 10, now);

        assert_eq!(admitted(&mut admission, now, 15), 10);
        assert_eq!(
            admitted(&mut admission, now + Duration::from_millis(99), 15),
            0
        );
        assert_eq!(
            admitted(&mut admission, now + Duration::from_millis(100), 15),
            1
        );
        assert_eq!(
            admitted(&mut admission, now + Duration::from_mins(60), 15),
            10
        );
    }

    #[test]
    fn over_a_minute_of_asking_the_rate_is_reached_and_never_passed() {
        let start = Instant::now();
        let mut admission = Admission::new(1_000_000, 30, start);

        let total: usize = (0..60_000)
            .map(|ms| admitted(&mut admission, start + Duration::from_millis(ms), 1))
            .sum();

        assert!((1_798..=1_830).contains(&total), "{total}");
    }

    #[test]
    fn media_threads_that_fall_behind_close_the_gate() {
        let now = Instant::now();
        let mut admission = Admission::new(10, 10, now);

        assert_eq!(
            admission.verdict(now, 0, true),
            Verdict::Refused { retry_after: 20 }
        );
    }

    #[test]
    fn a_line_being_drained_takes_nobody() {
        let now = Instant::now();
        let mut admission = Admission::new(10, 10, now);
        admission.drain();

        assert_eq!(admission.verdict(now, 0, false), Verdict::Draining);
    }

    #[test]
    fn a_rate_of_nothing_admits_nobody() {
        let now = Instant::now();
        let mut admission = Admission::new(10, 0, now);

        assert_eq!(admitted(&mut admission, now + Duration::from_secs(9), 3), 0);
    }

    fn admitted(admission: &mut Admission, now: Instant, asked: usize) -> usize {
        (0..asked)
            .filter(|_| {
                let open = admission.verdict(now, 0, false) == Verdict::Admitted;
                if open {
                    admission.admit();
                }
                open
            })
            .count()
    }
}
