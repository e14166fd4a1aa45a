//! Memory that posts and pages left free between pieces in use.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

/// Gives it back soon after memory has grown, for as long as the program runs: each post takes tens of megabytes for a moment.
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
}

impl Growth {
    /// Takes note of what is held now; says whether giving back is worth its milliseconds.
    fn is_worth_it(&mut self, octets: u64) -> bool {
        self.least = self.least.min(octets);
        octets - self.least >= WORTH_IT
    }
}

const LOOK: Duration = Duration::from_secs(2);
/// The lines of a thousand calls, or a part of what one post takes for a moment.
const WORTH_IT: u64 = 4 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_once_it_has_grown_by_four_megabytes_since_it_was_least() {
        let mut growth = Growth { least: 100 << 20 };
        for (megabytes, is_worth_it) in [
            (100, false),
            (103, false),
            (98, false),
            (101, false),
            (102, true),
        ] {
            assert_eq!(
                growth.is_worth_it(megabytes << 20),
                is_worth_it,
                "{megabytes} MB"
            );
        }
    }
}
