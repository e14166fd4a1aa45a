//! How fast mails leave. Pure: the instants come in as arguments.

use std::time::{Duration, Instant};

/// Slots for mails, evenly apart.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// - `per_minute`: above 0.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            gap: A_MINUTE / per_minute.max(1),
            next: None,
        }
    }

    /// Takes the next slot and says how long it is until then. Slots that nobody took are gone, but for the last few:
    /// a clock that wakes late does not slow the rate down.
    pub(super) fn take_slot(&mut self, now: Instant) -> Duration {
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let slot = self.next.map_or(now, |next| next.max(earliest));
        self.next = Some(slot + self.gap);
        slot.saturating_duration_since(now)
    }

    /// How many mails are taken in hand at once: those of a second.
    pub(super) fn portion(&self) -> u32 {
        let a_second = Duration::from_secs(1).as_nanos() / self.gap.as_nanos().max(1);
        u32::try_from(a_second)
            .unwrap_or(u32::MAX)
            .clamp(1, MOST_AT_ONCE)
    }
}

const A_MINUTE: Duration = Duration::from_secs(60);
const SLACK: Duration = Duration::from_millis(50);
/// A program that is killed sends these again.
const MOST_AT_ONCE: u32 = 250;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_leave_in_a_minute_as_was_agreed_and_no_more() {
        for per_minute in [1, 60, 600, 6_000, 120_000] {
            let (mut pace, start) = (Pace::new(per_minute), Instant::now());
            let (mut now, mut sent) = (start, 0);
            while now < start + A_MINUTE {
                now += pace.take_slot(now);
                sent += u32::from(now < start + A_MINUTE);
                // A clock that wakes two milliseconds late, each time.
                now += Duration::from_millis(2).min(pace.gap / 2);
            }
            assert!(sent <= per_minute, "{sent} of {per_minute}");
            assert!(
                sent >= per_minute - per_minute / 20,
                "{sent} of {per_minute}"
            );
        }
    }

    #[test]
    fn a_quiet_hour_is_not_made_up_for() {
        let (mut pace, start) = (Pace::new(600), Instant::now());
        pace.take_slot(start);
        let later = start + Duration::from_secs(3_600);
        let at_once = (0..10).filter(|_| pace.take_slot(later).is_zero());
        assert_eq!(at_once.count(), 1);
    }

    #[test]
    fn a_portion_is_what_leaves_in_a_second() {
        let portions = [1, 600, 6_000, 1_000_000].map(|it| Pace::new(it).portion());
        assert_eq!(portions, [1, 10, 100, 250]);
    }
}
