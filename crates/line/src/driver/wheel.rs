//! The clock of a media thread: slots of a millisecond, counted from one origin and never moved, so that a late slot
//! does not make the next one late. Pure: `now` comes in.

use std::ops::Range;
use std::time::{Duration, Instant};

/// Which slot is due, and when.
#[derive(Debug)]
pub(super) struct Wheel {
    origin: Instant,
    /// Slots since the origin; the next one to be sent.
    next: u64,
}

impl Wheel {
    /// The first slot is due at `origin`.
    pub(super) fn new(origin: Instant) -> Self {
        Self { origin, next: 0 }
    }

    /// When the next slot is due.
    pub(super) fn deadline(&self) -> Instant {
        self.origin + Duration::from_millis(self.next)
    }

    /// The next slot, counted from the origin.
    pub(super) fn slot(&self) -> u64 {
        self.next
    }

    /// How late the next slot is.
    pub(super) fn lateness(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.deadline())
    }

    /// The next slot has been sent.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Gives up every slot that was due before `now`, and answers which ones.
    pub(super) fn give_up(&mut self, now: Instant) -> Range<u64> {
        let from = self.next;
        self.start_again(now);
        from..self.next
    }

    /// Makes the slot of this millisecond the next one, after a time in which there was nothing to send.
    pub(super) fn start_again(&mut self, now: Instant) {
        let slot = now.saturating_duration_since(self.origin).as_millis();
        self.next = self.next.max(u64::try_from(slot).unwrap_or(u64::MAX));
    }
}

/// Length of a slot.
pub(super) const SLOT: Duration = Duration::from_millis(1);
/// Behind by more than this, sound is skipped: a burst of old packets would only be thrown away by the receiver.
pub(super) const MOST_BEHIND: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_slot_does_not_move_the_following_ones() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for _ in 0..3 {
            wheel.advance();
        }

        assert_eq!(wheel.deadline(), start + ms(3));
        assert_eq!(wheel.lateness(start + ms(50)), ms(47));
        assert_eq!(wheel.lateness(start), ms(0));
    }

    #[test]
    fn slots_given_up_are_each_told_once_and_the_present_one_is_next() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.advance();

        assert_eq!(wheel.give_up(start + ms(121)), 1..121);
        assert_eq!(wheel.deadline(), start + ms(121));
    }

    #[test]
    fn starting_again_never_goes_back() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for _ in 0..10 {
            wheel.advance();
        }
        wheel.start_again(start + ms(5));
        assert_eq!(wheel.deadline(), start + ms(10));
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }
}
