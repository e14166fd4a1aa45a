//! Whose handshake goes on now: what all handshakes of TLS together may cost.
//!
//! A handshake costs a hundred times what a request does, and anybody may begin one. Together they get a fifth of the
//! thread's time; beyond it each step of one waits for its turn, first come first served, and signalling goes on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The time that handshakes have used, and connections that wait for some.
#[derive(Debug)]
pub(super) struct Handshakes {
    /// Since `begun`, or owed from before.
    spent: Duration,
    begun: Instant,
    put_off: VecDeque<u64>,
}

impl Handshakes {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            spent: Duration::ZERO,
            begun: now,
            put_off: VecDeque::new(),
        }
    }

    /// Whether a step may be taken at once: there is time left, and nobody waits for it.
    pub(super) fn is_free(&mut self, now: Instant) -> bool {
        self.put_off.is_empty() && self.has_time(now)
    }

    /// A step took so long.
    pub(super) fn took(&mut self, time: Duration) {
        self.spent += time;
    }

    /// Lets a connection wait until [`Handshakes::next_in_turn`] names it.
    pub(super) fn put_off(&mut self, token: u64) {
        self.put_off.push_back(token);
    }

    /// A connection that waits is gone.
    pub(super) fn forget(&mut self, token: u64) {
        self.put_off.retain(|&other| other != token);
    }

    /// The connections whose turn has come: a few, for nobody knows what their steps will take.
    pub(super) fn next_in_turn(&mut self, now: Instant) -> impl Iterator<Item = u64> + use<> {
        let count = if self.has_time(now) {
            self.put_off.len().min(MOST_IN_TURN)
        } else {
            0
        };
        let in_turn: Vec<u64> = self.put_off.drain(..count).collect();
        in_turn.into_iter()
    }

    /// When there may be time again, if somebody waits for it.
    pub(super) fn next_due(&self) -> Option<Instant> {
        (!self.put_off.is_empty()).then_some(self.begun + PERIOD)
    }

    fn has_time(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.begun).as_nanos() / PERIOD.as_nanos();
        let periods = u32::try_from(passed).unwrap_or(u32::MAX);
        self.spent = self.spent.saturating_sub(SHARE.saturating_mul(periods));
        self.begun += PERIOD.saturating_mul(periods);
        self.spent < SHARE
    }
}

/// Time for handshakes in each period.
const SHARE: Duration = Duration::from_millis(4);
const PERIOD: Duration = Duration::from_millis(20);
/// Steps let go on at once, after a wait.
const MOST_IN_TURN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_when_the_time_is_used_up_has_its_turn_in_order() {
        let start = Instant::now();
        let mut handshakes = Handshakes::new(start);
        for token in 0..30 {
            if handshakes.is_free(start) {
                handshakes.took(Duration::from_millis(1));
            } else {
                handshakes.put_off(token);
            }
        }
        let none = handshakes.next_in_turn(start).count();
        assert_eq!(none, 0, "four of them had a millisecond each");
        assert_eq!(handshakes.next_due(), Some(start + PERIOD));
        handshakes.forget(5);

        let later = start + PERIOD;
        let in_turn: Vec<u64> = handshakes.next_in_turn(later).collect();

        assert_eq!(in_turn, [4, 6, 7, 8, 9, 10, 11, 12]);
        assert!(
            !handshakes.is_free(later),
            "nobody overtakes those who wait"
        );
    }

    #[test]
    fn a_step_that_takes_too_long_is_paid_for_by_the_next_ones() {
        let start = Instant::now();
        let mut handshakes = Handshakes::new(start);
        handshakes.took(5 * SHARE);

        assert!(!handshakes.is_free(start + 4 * PERIOD));
        assert!(handshakes.is_free(start + 5 * PERIOD));
        assert!(handshakes.is_free(start + Duration::from_secs(86_400 * 365)));
        assert_eq!(handshakes.next_due(), None);
    }
}
