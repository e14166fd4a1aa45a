//! The clock of a media thread: 20 slots of a millisecond, round and round.
//!
//! Every call has a slot and gets one packet each time round. Slots are counted from one origin and never moved, so
//! that a late slot does not make the next one late. Pure: `now` comes in.

use std::time::{Duration, Instant};

/// Which slot is due, and when.
#[derive(Debug)]
pub(super) struct Wheel {
    origin: Instant,
    /// Slots since the origin; the next one to be sent.
    next: u64,
}

impl Wheel {
    /// The first slot is due at once.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            next: 0,
        }
    }

    /// When the next slot is due.
    pub(super) fn deadline(&self) -> Instant {
        self.origin + Duration::from_millis(self.next)
    }

    /// The place of the next slot in the round, below [`SLOTS`].
    pub(super) fn position(&self) -> usize {
        usize::try_from(self.next % SLOTS_U64).unwrap_or(0)
    }

    /// How late the next slot is.
    pub(super) fn lateness(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.deadline())
    }

    /// The next slot has been sent.
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Gives up every slot that was due before `now`, and answers their places in the round, oldest first.
    pub(super) fn give_up(&mut self, now: Instant) -> impl Iterator<Item = usize> + use<> {
        let from = self.next;
        self.start_again(now);
        (from..self.next).map(|slot| usize::try_from(slot % SLOTS_U64).unwrap_or(0))
    }

    /// Makes the slot of this millisecond the next one, after a time in which there was nothing to send.
    pub(super) fn start_again(&mut self, now: Instant) {
        let slot = now.saturating_duration_since(self.origin).as_millis();
        self.next = self.next.max(u64::try_from(slot).unwrap_or(u64::MAX));
    }
}

/// Slots in a round of 20 ms.
pub(super) const SLOTS: usize = 20;
const SLOTS_U64: u64 = 20;
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
    fn a_round_has_twenty_places() {
        let mut wheel = Wheel::new(Instant::now());
        let places: Vec<usize> = (0..41)
            .map(|_| {
                let place = wheel.position();
                wheel.advance();
                place
            })
            .collect();

        assert_eq!(
            (places[0], places[19], places[20], places[40]),
            (0, 19, 0, 0)
        );
    }

    #[test]
    fn slots_given_up_are_each_told_once_and_the_present_one_is_next() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.advance();

        let given_up: Vec<usize> = wheel.give_up(start + ms(121)).collect();

        assert_eq!(given_up.len(), 120);
        assert_eq!((given_up[0], given_up[119]), (1, 0));
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
