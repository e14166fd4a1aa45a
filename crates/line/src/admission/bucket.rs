//! One limit in calls and one in new calls a second.

use std::time::{Duration, Instant};

use crate::Limits;

/// What one line, trunk or territory has taken on.
#[derive(Debug)]
pub(super) struct Bucket {
    limits: Limits,
    calls: usize,
    /// New calls that may come at once, refilled with the rate.
    tokens: u32,
    refilled: Instant,
}

impl Bucket {
    /// Empty, with a full second's worth of new calls.
    pub(super) fn new(limits: Limits, now: Instant) -> Self {
        Self {
            limits,
            calls: 0,
            tokens: limits.rate,
            refilled: now,
        }
    }

    /// Whether one more call fits in.
    pub(super) fn room(&mut self, now: Instant) -> Room {
        self.refill(now);
        if self.calls >= self.limits.calls {
            Room::Full
        } else if self.tokens == 0 {
            Room::TooFast
        } else {
            Room::Free
        }
    }

    /// A call comes in.
    pub(super) fn take(&mut self) {
        self.calls += 1;
        self.tokens = self.tokens.saturating_sub(1);
    }

    /// A call is over.
    pub(super) fn give_back(&mut self) {
        self.calls = self.calls.saturating_sub(1);
    }

    fn refill(&mut self, now: Instant) {
        let rate = self.limits.rate;
        let Some(each) = Duration::from_secs(1).checked_div(rate) else {
            return;
        };
        let passed = now.saturating_duration_since(self.refilled);
        let gained = u32::try_from(passed.as_nanos() / each.as_nanos().max(1)).unwrap_or(u32::MAX);
        if gained >= rate - self.tokens {
            self.tokens = rate;
            self.refilled = now;
        } else {
            self.tokens += gained;
            self.refilled += each * gained;
        }
    }
}

/// Whether one more call fits in; the worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// It does.
    Free,
    /// In a moment.
    TooFast,
    /// When a call is over.
    Full,
}
