//! How often a code may be tried: five wrong PINs, then longer and longer pauses that no hanging up shortens. Pure.
//!
//! A code is counted whether a site has it or not, so that pauses tell nobody which codes exist.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The wrong tries of the latest codes.
#[derive(Debug, Default)]
pub(super) struct Tries {
    codes: HashMap<String, Wrong>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    times: u32,
    last: Instant,
}

impl Wrong {
    /// Nothing of this code is looked at before.
    fn locked_until(self) -> Instant {
        let Some(beyond) = self.times.checked_sub(FREE) else {
            return self.last;
        };
        self.last
            + FIRST_PAUSE
                .saturating_mul(1 << beyond.min(10))
                .min(LONGEST_PAUSE)
    }
}

impl Tries {
    /// Whether a PIN may be tried for this code. One that may counts as wrong until [`Tries::forget`].
    pub(super) fn begin(&mut self, code: &str, now: Instant) -> bool {
        if let Some(wrong) = self.codes.get_mut(code) {
            if now.saturating_duration_since(wrong.last) >= FORGOTTEN_AFTER {
                wrong.times = 0;
            }
            if now < wrong.locked_until() {
                return false;
            }
            wrong.times += 1;
            wrong.last = now;
            return true;
        }
        if self.codes.len() >= MOST_CODES {
            self.make_room(now);
        }
        let wrong = Wrong {
            times: 1,
            last: now,
        };
        self.codes.insert(code.to_owned(), wrong);
        true
    }

    /// The PIN was right: whoever dials again begins with five.
    pub(super) fn forget(&mut self, code: &str) {
        self.codes.remove(code);
    }

    /// Nobody could say whether the PIN was right: the try does not count.
    pub(super) fn take_back(&mut self, code: &str) {
        if let Some(wrong) = self.codes.get_mut(code) {
            wrong.times = wrong.times.saturating_sub(1);
        }
    }

    /// Forgets the code that has been left alone longest, of those that are not locked if there is one.
    fn make_room(&mut self, now: Instant) {
        let oldest = self
            .codes
            .iter()
            .min_by_key(|(_, wrong)| (now < wrong.locked_until(), wrong.last))
            .map(|(code, _)| code.clone());
        if let Some(code) = oldest {
            self.codes.remove(&code);
        }
    }
}

/// Tries without a pause.
const FREE: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Codes remembered.
const MOST_CODES: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_five_wrong_tries_a_code_rests_longer_and_longer() {
        let (mut tries, mut now) = (Tries::default(), Instant::now());
        for _ in 0..5 {
            assert!(tries.begin("4711", now));
        }
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = Duration::from_secs(60 * minutes);
            assert!(!tries.begin("4711", now + pause - Duration::from_secs(1)));
            now += pause;
            assert!(tries.begin("4711", now), "after {minutes} minutes");
        }
        assert!(tries.begin("4712", now), "another code is another matter");
    }

    #[test]
    fn a_right_pin_clears_the_account_and_a_try_that_nobody_judged_is_none() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for _ in 0..50 {
            assert!(tries.begin("1", now));
            tries.forget("1");
            assert!(tries.begin("2", now));
            tries.take_back("2");
        }
        for _ in 0..5 {
            tries.begin("3", now);
        }
        assert!(!tries.begin("3", now));
        assert!(tries.begin("3", now + FORGOTTEN_AFTER));
        for _ in 0..4 {
            assert!(
                tries.begin("3", now + FORGOTTEN_AFTER),
                "a day is a new beginning"
            );
        }
    }

    #[test]
    fn memory_is_bounded_and_a_locked_code_is_forgotten_last() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        for _ in 0..8 {
            tries.begin("4711", start);
        }
        for code in 0..5_000u32 {
            let now = start + Duration::from_millis(code.into());
            assert!(tries.begin(&format!("x{code}"), now));
        }

        assert_eq!(tries.codes.len(), MOST_CODES);
        assert!(!tries.begin("4711", start + Duration::from_secs(6)));
    }
}
