//! The loops without which the service is worth nothing: whether each of them still goes round.
//!
//! Start with [`Rounds::standing_still`]. A loop that has ended as it should is waited for no more.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Instant;

use line::Line;

/// The threads of the line, and the loop that takes the page's connections.
#[derive(Debug)]
pub struct Rounds {
    /// Gone once the line has ended.
    pub(crate) line: Weak<Line>,
    pub(crate) page: Arc<Round>,
}

impl Rounds {
    /// The loops that have made no turn since then, by name.
    pub fn standing_still(&self, since: Instant) -> Vec<String> {
        let line = self.line.upgrade();
        let mut still = line.map_or_else(Vec::new, |line| line.standing_still(since));
        if !self.page.has_turned_since(since) {
            still.push("the accept loop of the page".to_owned());
        }
        still
    }
}

/// When a loop made its latest turn, in a form that threads can share without a lock.
#[derive(Debug)]
pub(crate) struct Round {
    origin: Instant,
    /// Milliseconds after the origin; [`ENDED`] when there are no more turns to come.
    at: AtomicU64,
}

impl Round {
    /// A loop that turns for the first time now.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            origin: now,
            at: AtomicU64::new(0),
        }
    }

    /// It turns now.
    pub(crate) fn turn(&self, now: Instant) {
        self.at.store(self.since_origin(now), Relaxed);
    }

    /// It ends as it should.
    pub(crate) fn end(&self) {
        self.at.store(ENDED, Relaxed);
    }

    fn has_turned_since(&self, since: Instant) -> bool {
        self.at.load(Relaxed) >= self.since_origin(since)
    }

    fn since_origin(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.origin).as_millis();
        u64::try_from(passed).unwrap_or(ENDED - 1)
    }
}

const ENDED: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_loop_is_named_until_it_turns_and_never_after_its_end() {
        let start = Instant::now();
        let page = Arc::new(Round::new(start));
        let rounds = Rounds {
            line: Weak::new(),
            page: Arc::clone(&page),
        };
        let then = start + Duration::from_secs(3);
        assert_eq!(rounds.standing_still(then), ["the accept loop of the page"]);

        page.turn(then);
        assert!(rounds.standing_still(then).is_empty());
        assert!(
            !rounds
                .standing_still(then + Duration::from_secs(1))
                .is_empty()
        );
        page.end();

        assert!(
            rounds
                .standing_still(then + Duration::from_secs(60))
                .is_empty()
        );
    }
}
