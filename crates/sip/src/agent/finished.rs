//! Remembers how requests other than INVITE were answered, to answer their repeats (Timer J,
//! RFC 3261 § 17.2.2). Of each only the decision is kept: a repeat brings all that its response
//! copies; of an UPDATE the lines and the description that answered it. At the cap the oldest is
//! forgotten.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::CallHandle;
use super::rules::Refusal;
use super::tags::{Seeded, Table};
use crate::write::reason_phrase;

/// The decisions of the last 32 seconds.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) outcomes: Table<u64, Outcome>,
    /// What a 200 said beside what it copies.
    pub(super) said: Table<u64, Said>,
    pub(super) order: VecDeque<(Instant, u64)>,
    cap: usize,
}

/// How a request inside a call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) call: CallHandle,
    pub(super) answer: Answer,
}

/// What a 200 to an UPDATE said.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Whole lines.
    pub(super) more: Vec<u8>,
    /// A description, or nothing.
    pub(super) sdp: Vec<u8>,
}

impl Said {
    /// Type and body, if it has one.
    pub(super) fn content(&self) -> Option<(&'static str, &[u8])> {
        (!self.sdp.is_empty()).then_some(("application/sdp", self.sdp.as_slice()))
    }
}

/// The final responses to BYE, CANCEL, INFO, PRACK and UPDATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200
    Ok,
    /// 500: a lower CSeq than before (RFC 3261 § 12.2.2).
    OutOfOrder,
    /// 415: an INFO that carries no key.
    NoKey,
    /// 481: a PRACK of a response that does not wait for one (RFC 3262 § 3).
    NoSuchResponse,
    /// 500 with Retry-After: another offer of the caller is being thought about (RFC 3311 § 5.2).
    Busy,
    /// This status: 491 while an offer of ours has no answer, 488 for one we cannot take.
    Refused(u16),
}

impl Answer {
    /// `None` for the 200.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Ok => None,
            Self::OutOfOrder => Some(Refusal::new(500, "Out of Order")),
            Self::NoKey => {
                let refusal = Refusal::new(415, "Unsupported Media Type");
                Some(refusal.with("Accept", &KEY_TYPES.join(", ")))
            }
            Self::NoSuchResponse => Some(Refusal::new(481, "No Such Response")),
            Self::Busy => {
                let refusal = Refusal::new(500, "Another Offer Is Pending");
                Some(refusal.with("Retry-After", "1"))
            }
            Self::Refused(status) => Some(Refusal::new(status, reason_phrase(status))),
        }
    }
}

impl Finished {
    pub(super) fn new(hasher: Seeded, cap: usize) -> Self {
        Self {
            outcomes: Table::with_hasher(hasher),
            said: Table::with_hasher(hasher),
            order: VecDeque::new(),
            cap,
        }
    }

    pub(super) fn find(&self, transaction: u64) -> Option<Outcome> {
        self.outcomes.get(&transaction).copied()
    }

    /// What the 200 to a request said, if that was kept.
    pub(super) fn said(&self, transaction: u64) -> Option<&Said> {
        self.said.get(&transaction)
    }

    /// As [`Finished::insert`], with what a repeat does not bring.
    pub(super) fn insert_said(
        &mut self,
        now: Instant,
        transaction: u64,
        outcome: Outcome,
        said: Said,
    ) {
        self.insert(now, transaction, outcome);
        self.said.insert(transaction, said);
    }

    pub(super) fn insert(&mut self, now: Instant, transaction: u64, outcome: Outcome) {
        self.forget_before(now);
        if self.order.len() >= self.cap
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.forget(oldest);
        }
        self.outcomes.insert(transaction, outcome);
        self.order.push_back((now + TIMER_J, transaction));
    }

    /// Lets go what is older than Timer J.
    pub(super) fn forget_before(&mut self, now: Instant) {
        while let Some(&(until, transaction)) = self.order.front()
            && until <= now
        {
            self.order.pop_front();
            self.forget(transaction);
        }
    }

    fn forget(&mut self, transaction: u64) {
        self.outcomes.remove(&transaction);
        self.said.remove(&transaction);
    }
}

/// The bodies of INFO that carry a key.
pub(super) const KEY_TYPES: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];
/// 64·T1 over UDP.
const TIMER_J: Duration = Duration::from_secs(32);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tags::Tags;

    #[test]
    fn forgets_after_32_seconds_and_the_oldest_at_the_cap() {
        let now = Instant::now();
        let outcome = Outcome {
            call: CallHandle(1),
            answer: Answer::Ok,
        };
        let mut finished = Finished::new(Tags::new(1).hasher(), 2);

        for transaction in 1..=3 {
            finished.insert(now, transaction, outcome);
        }
        assert_eq!(finished.find(1), None);
        assert_eq!(finished.find(3), Some(outcome));

        finished.insert(now + TIMER_J, 4, outcome);
        assert_eq!(finished.find(3), None);
        assert_eq!((finished.outcomes.len(), finished.order.len()), (1, 1));
    }
}
