//! Gives memory back after a peak. A table never shrinks by itself: after a crisis with 20,000 calls
//! it would hold their room for good.

use std::time::{Duration, Instant};

use super::Agent;
use super::timers::Timer;

impl Agent {
    /// Begins the wait for the next sweep if there is something to sweep.
    pub(super) fn expect_sweep(&mut self, now: Instant) {
        let needed = || {
            !self.finished.order.is_empty()
                || is_roomy(self.calls.len(), self.calls.capacity())
                || is_roomy(self.invites.len(), self.invites.capacity())
                || is_roomy(
                    self.finished.outcomes.len(),
                    self.finished.outcomes.capacity(),
                )
                || is_roomy(self.finished.said.len(), self.finished.said.capacity())
                || is_roomy(self.finished.order.len(), self.finished.order.capacity())
                || is_roomy(self.outputs.len(), self.outputs.capacity())
        };
        if !self.is_sweep_due && needed() {
            self.is_sweep_due = true;
            self.timers.set(now + PAUSE, Timer::Sweep);
        }
    }

    /// Forgets what is over and shrinks the tables that are mostly empty.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.is_sweep_due = false;
        self.finished.forget_before(now);
        macro_rules! shrink {
            ($($table:expr),+) => {
                $(if is_roomy($table.len(), $table.capacity()) {
                    $table.shrink_to(2 * $table.len().max(FLOOR));
                })+
            };
        }
        let finished = &mut self.finished;
        shrink!(
            self.calls,
            self.invites,
            finished.outcomes,
            finished.said,
            finished.order,
            self.outputs
        );
    }
}

/// Whether less than a quarter of a table is used; small ones stay as they are.
fn is_roomy(len: usize, capacity: usize) -> bool {
    capacity > 4 * len.max(FLOOR)
}

/// Between two sweeps; how much longer than needed an answer is remembered at most.
const PAUSE: Duration = Duration::from_secs(8);
/// Entries whose room is never given back.
const FLOOR: usize = 64;
