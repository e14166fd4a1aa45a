//! What is due when: one ordered set, from which a cancelled timer leaves at once.

use std::collections::BTreeSet;
use std::time::Instant;

use super::CallHandle;

/// The deadlines of one agent.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeSet<(Instant, Timer)>,
}

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A 200 or a BYE of this call is to be repeated.
    Call(CallHandle),
    /// This call's session must be refreshed, or nobody has refreshed it in time.
    Session(CallHandle),
    /// Our refresh of this call's session is to be sent again.
    Refresh(CallHandle),
    /// An INVITE transaction: a refusal is to be repeated, or the transaction ends.
    Invite(u64),
    /// Memory is to be given back.
    Sweep,
}

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.due.insert((at, timer));
    }

    pub(super) fn cancel(&mut self, at: Option<Instant>, timer: Timer) {
        if let Some(at) = at {
            self.due.remove(&(at, timer));
        }
    }

    /// Takes out the first timer that is due.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let &(at, timer) = self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        Some(timer)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|&(at, _)| at)
    }
}
