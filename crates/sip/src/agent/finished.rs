//! Remembers final responses to requests other than INVITE, to answer their repeats (Timer J,
//! RFC 3261 § 17.2.2). Of each only the datagram is kept; at the cap the oldest is forgotten.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::tags::{Seeded, Table};

/// The responses of the last 32 seconds.
#[derive(Debug)]
pub(super) struct Finished {
    responses: Table<u64, (SocketAddr, Box<[u8]>)>,
    order: VecDeque<(Instant, u64)>,
    cap: usize,
}

impl Finished {
    pub(super) fn new(hasher: Seeded, cap: usize) -> Self {
        Self {
            responses: Table::with_hasher(hasher),
            order: VecDeque::new(),
            cap,
        }
    }

    pub(super) fn find(&self, transaction: u64) -> Option<(SocketAddr, Vec<u8>)> {
        let (to, octets) = self.responses.get(&transaction)?;
        Some((*to, octets.to_vec()))
    }

    pub(super) fn insert(&mut self, now: Instant, transaction: u64, to: SocketAddr, octets: &[u8]) {
        self.forget_before(now);
        if self.order.len() >= self.cap
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.responses.remove(&oldest);
        }
        self.responses.insert(transaction, (to, octets.into()));
        self.order.push_back((now + TIMER_J, transaction));
    }

    fn forget_before(&mut self, now: Instant) {
        while let Some(&(until, transaction)) = self.order.front()
            && until <= now
        {
            self.order.pop_front();
            self.responses.remove(&transaction);
        }
    }
}

/// 64·T1 over UDP.
const TIMER_J: Duration = Duration::from_secs(32);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::tags::Tags;

    #[test]
    fn forgets_after_32_seconds_and_the_oldest_at_the_cap() {
        let now = Instant::now();
        let to = "192.0.2.9:5060".parse().unwrap();
        let mut finished = Finished::new(Tags::new(1).hasher(), 2);

        for transaction in 1..=3 {
            finished.insert(now, transaction, to, b"SIP/2.0 200 OK");
        }
        assert_eq!(finished.find(1), None);
        assert_eq!(finished.find(3), Some((to, b"SIP/2.0 200 OK".to_vec())));

        finished.insert(now + TIMER_J, 4, to, b"");
        assert_eq!(finished.find(3), None);
        assert_eq!(finished.responses.len(), 1);
    }
}
