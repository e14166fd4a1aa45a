//! How often something may be tried: some times at once, then after longer and longer pauses. Pure, and bounded.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

/// How many tries are free, and how long the pauses are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Tries without a pause.
    pub(crate) free: u32,
    /// After the last free one; each further wrong one doubles it.
    pub(crate) first: Duration,
    /// No pause is longer.
    pub(crate) longest: Duration,
}

/// The wrong tries of the latest names: of accounts, of addresses.
#[derive(Debug)]
pub(crate) struct Throttle {
    patience: Patience,
    tries: HashMap<String, Wrong>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    times: u32,
    last: Timestamp,
}

impl Throttle {
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            patience,
            tries: HashMap::new(),
        }
    }

    /// How long nothing may be tried under this name; nothing when it may.
    pub(crate) fn pause(&self, name: &str, now: Timestamp) -> Option<Duration> {
        let until = self.rests_until(*self.tries.get(name)?);
        let left = Duration::try_from(until.duration_since(now)).ok()?;
        (left > Duration::ZERO).then_some(left)
    }

    /// Counts a try as wrong, until it is forgiven.
    pub(crate) fn count(&mut self, name: &str, now: Timestamp) {
        if !self.tries.contains_key(name) && self.tries.len() >= MOST_NAMES {
            self.make_room(now);
        }
        let none = Wrong {
            times: 0,
            last: now,
        };
        let wrong = self.tries.entry(name.to_owned()).or_insert(none);
        if now.duration_since(wrong.last).as_secs() >= FORGOTTEN_AFTER_SECONDS {
            wrong.times = 0;
        }
        wrong.times = wrong.times.saturating_add(1);
        wrong.last = now;
    }

    /// All was right: whoever tries again begins anew.
    pub(super) fn forget(&mut self, name: &str) {
        self.tries.remove(name);
    }

    /// The last try was right, which says nothing about those before it.
    pub(super) fn take_back(&mut self, name: &str) {
        if let Some(wrong) = self.tries.get_mut(name) {
            wrong.times = wrong.times.saturating_sub(1);
        }
    }

    fn rests_until(&self, wrong: Wrong) -> Timestamp {
        let Some(beyond) = wrong.times.checked_sub(self.patience.free) else {
            return wrong.last;
        };
        let pause = self.patience.first.saturating_mul(1 << beyond.min(16));
        let until = wrong.last.saturating_add(pause.min(self.patience.longest));
        until.unwrap_or(Timestamp::MAX)
    }

    /// Forgets the name that has been left alone longest, of those that do not rest if there is one.
    fn make_room(&mut self, now: Timestamp) {
        let oldest = self
            .tries
            .iter()
            .min_by_key(|(_, wrong)| (now < self.rests_until(**wrong), wrong.last))
            .map(|(name, _)| name.clone());
        if let Some(name) = oldest {
            self.tries.remove(&name);
        }
    }
}

const FORGOTTEN_AFTER_SECONDS: i64 = 24 * 3_600;
/// Names remembered.
const MOST_NAMES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_free_tries_a_name_rests_longer_and_longer() {
        let (mut throttle, mut now) = (throttle(), start());
        for _ in 0..5 {
            assert_eq!(throttle.pause("anne", now), None);
            throttle.count("anne", now);
        }
        for seconds in [30, 60, 120, 240, 480, 900, 900] {
            let pause = Duration::from_secs(seconds);
            assert_eq!(throttle.pause("anne", now), Some(pause));
            now += pause;
            assert_eq!(throttle.pause("anne", now), None, "after {seconds} s");
            throttle.count("anne", now);
        }
        assert_eq!(throttle.pause("bruno", now), None, "another is another");
    }

    #[test]
    fn a_right_try_clears_a_name_or_takes_itself_back() {
        let (mut throttle, now) = (throttle(), start());
        for _ in 0..50 {
            throttle.count("anne", now);
            throttle.forget("anne");
            throttle.count("bruno", now);
            throttle.take_back("bruno");
        }
        assert_eq!(throttle.pause("anne", now), None);
        assert_eq!(throttle.pause("bruno", now), None);
    }

    #[test]
    fn a_day_is_a_new_beginning() {
        let (mut throttle, now) = (throttle(), start());
        for _ in 0..5 {
            throttle.count("anne", now);
        }
        let tomorrow = now + Duration::from_secs(24 * 3_600);
        throttle.count("anne", tomorrow);
        assert_eq!(throttle.pause("anne", tomorrow), None);
    }

    #[test]
    fn memory_is_bounded_and_a_resting_name_is_forgotten_last() {
        let (mut throttle, start) = (throttle(), start());
        for _ in 0..8 {
            throttle.count("anne", start);
        }
        for number in 0..12_000u32 {
            let now = start + Duration::from_millis(number.into());
            throttle.count(&format!("x{number}"), now);
        }
        assert_eq!(throttle.tries.len(), MOST_NAMES);
        assert!(
            throttle
                .pause("anne", start + Duration::from_secs(12))
                .is_some()
        );
    }

    fn throttle() -> Throttle {
        Throttle::new(Patience {
            free: 5,
            first: Duration::from_secs(30),
            longest: Duration::from_secs(900),
        })
    }

    fn start() -> Timestamp {
        "2026-11-25T02:00:00Z".parse().unwrap()
    }
}
