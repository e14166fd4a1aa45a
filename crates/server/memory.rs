//! Memory that posts and pages left free between pieces in use.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

/// Gives it back soon after memory has grown, for as long as the program runs: each post takes megabytes for a moment.
/// And once more when that moment is over, because what was in use at the first time is free only then.
pub(crate) async fn keep_small() {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut growth = Growth::default();
    loop {
        looks.tick().await;
        // Who cannot look cannot know that it is in vain.
        if net::anonymous_memory().is_ok_and(|octets| !growth.is_worth_it(octets)) {
            continue;
        }
        if let Err(fault) = tokio::task::spawn_blocking(net::give_free_pages_back).await {
            tracing::error!(%fault, "free pages of memory are not given back");
        }
        growth.least = net::anonymous_memory().unwrap_or_default();
    }
}

/// How much more memory is held than was needed last.
#[derive(Debug, Default)]
struct Growth {
    /// The least since free pages were last given back, in octets.
    least: u64,
    /// How many looks without growth are awaited before pages are given back once more; none when they were.
    looks_to_rest: u32,
}

impl Growth {
    /// Takes note of what is held now; says whether giving back is worth its milliseconds.
    fn is_worth_it(&mut self, octets: u64) -> bool {
        self.least = self.least.min(octets);
        if octets - self.least >= WORTH_IT {
            self.looks_to_rest = LOOKS_TO_REST;
            return true;
        }
        let was_at_rest = self.looks_to_rest == 0;
        self.looks_to_rest = self.looks_to_rest.saturating_sub(1);
        !was_at_rest && self.looks_to_rest == 0
    }
}

const LOOK: Duration = Duration::from_secs(2);
/// The lines of 250 calls, or a part of what one post takes for a moment. With four times as much, posts that need less for their
/// moment leave it where it is, and the holes grow.
const WORTH_IT: u64 = 1024 * 1024;
/// Ten seconds: by then a post is spoken, its pages are rendered, and channels have been told.
const LOOKS_TO_REST: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    #[test]
    fn memory_is_given_back_once_it_has_grown_by_a_megabyte_since_it_was_least() {
        let mut growth = at(100);
        let looks = [100 * MB, 101 * MB - 1, 98 * MB, 99 * MB - 1, 99 * MB];
        let worth_it = looks.map(|octets| growth.is_worth_it(octets));
        assert_eq!(worth_it, [false, false, false, false, true]);
    }

    #[test]
    fn memory_is_given_back_once_more_ten_seconds_after_it_last_grew() {
        let mut growth = at(100);
        assert!(growth.is_worth_it(110 * MB), "it grows");
        growth.least = 109 * MB;
        assert!(!growth.is_worth_it(109 * MB));
        assert!(growth.is_worth_it(120 * MB), "it grows on");
        growth.least = 118 * MB;
        let looks = [0, MB - 1, 0, 0, 0, 0, 0].map(|more| 118 * MB + more);
        let worth_it = looks.map(|octets| growth.is_worth_it(octets));
        assert_eq!(worth_it, [false, false, false, false, true, false, false]);
    }

    fn at(megabytes: u64) -> Growth {
        Growth {
            least: megabytes * MB,
            looks_to_rest: 0,
        }
    }
}
