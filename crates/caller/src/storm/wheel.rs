//! When each caller speaks: twenty slots of a millisecond, so that they do not speak all at once.
//!
//! Pure: `now` comes in, slots come out.

use std::time::{Duration, Instant};

/// The callers in their slots.
#[derive(Debug)]
pub(super) struct Wheel {
    slots: [Vec<usize>; SLOTS],
    next: Instant,
    turns: usize,
}

impl Wheel {
    /// Nobody speaks yet; the first slot is due at once.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            slots: Default::default(),
            next: now,
            turns: 0,
        }
    }

    /// Lets a caller speak, in the slot with the fewest.
    pub(super) fn join(&mut self, who: usize) {
        if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.len()) {
            slot.push(who);
        }
    }

    /// When the next slot is due.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Visits the callers of the slot that is due; those for whom `speak` answers `false` leave.
    /// Answers whether there was a slot to visit.
    pub(super) fn visit(&mut self, now: Instant, mut speak: impl FnMut(usize) -> bool) -> bool {
        if now < self.next {
            return false;
        }
        // A storm that was held up does not make up for it in one burst of slots.
        if now - self.next > MOST_BEHIND {
            self.next = now;
        }
        self.next += SLOT;
        let slot = self.turns % SLOTS;
        self.turns = self.turns.wrapping_add(1);
        self.slots[slot].retain(|&who| speak(who));
        true
    }
}

/// Spreads presses over time and over those who listen.
#[derive(Debug)]
pub(super) struct Presses {
    /// Presses a caller and slot.
    share: f64,
    due: f64,
    turn: usize,
}

impl Presses {
    /// - `share`: of those who listen, each second.
    pub(super) fn new(share: f64) -> Self {
        Self {
            share: share * SLOT.as_secs_f64(),
            due: 0.0,
            turn: 0,
        }
    }

    /// Whose turn it is in this slot: a place among those who listen. `None` when enough have
    /// pressed; ask again until then.
    pub(super) fn next(&mut self, listening: usize) -> Option<usize> {
        if self.due < 1.0 || listening == 0 {
            return None;
        }
        self.due -= 1.0;
        self.turn = self.turn.wrapping_add(1);
        Some(self.turn % listening)
    }

    /// A slot has come.
    #[expect(
        clippy::cast_precision_loss,
        reason = "there are far fewer callers than 2^52"
    )]
    pub(super) fn tick(&mut self, listening: usize) {
        // What was not pressed in a slot is not pressed later: a storm keeps its rate.
        self.due = self.due.fract() + self.share * listening as f64;
    }
}

/// As many as milliseconds in the packet of a caller.
const SLOTS: usize = 20;
const SLOT: Duration = Duration::from_millis(1);
const MOST_BEHIND: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_spread_and_each_is_visited_every_twenty_milliseconds() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        (0..40).for_each(|who| wheel.join(who));

        let mut visited = [0; 40];
        for ms in 0..100 {
            let mut at_once = 0;
            let now = start + Duration::from_millis(ms);
            assert!(wheel.visit(now, |who| {
                visited[who] += 1;
                at_once += 1;
                true
            }));
            assert_eq!(at_once, 2);
            assert!(!wheel.visit(now, |_| true), "one slot a millisecond");
        }
        assert!(visited.iter().all(|&visits| visits == 5));
    }

    #[test]
    fn who_has_nothing_to_say_leaves() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.join(7);
        wheel.visit(start, |_| false);

        let mut visits = 0;
        for ms in 1..40 {
            wheel.visit(start + Duration::from_millis(ms), |_| {
                visits += 1;
                true
            });
        }
        assert_eq!(visits, 0);
    }

    #[test]
    fn after_a_long_pause_the_slots_go_on_from_the_present() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let late = start + Duration::from_millis(500);

        assert!(wheel.visit(late, |_| true));
        assert!(!wheel.visit(late, |_| true));
        assert_eq!(wheel.next(), late + SLOT);
    }

    #[test]
    fn one_in_a_hundred_presses_each_second_and_all_get_their_turn() {
        let mut presses = Presses::new(0.01);
        let mut pressed = vec![0; 250];
        for _ in 0..100_000 {
            presses.tick(250);
            while let Some(place) = presses.next(250) {
                pressed[place] += 1;
            }
        }

        assert!((249..=251).contains(&pressed.iter().sum::<i32>()));
        assert!(pressed.iter().all(|&times| (0..=2).contains(&times)));
        assert_eq!(presses.next(0), None);
    }
}
