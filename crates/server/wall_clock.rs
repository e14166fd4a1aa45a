//! Notices that the wall clock of the machine jumps: log and audit log say so, and what depends on the hour is looked at again at once.
//!
//! Calls in progress go by the steady clock and notice nothing. No bulletin is deleted for a jump: one that is past its lifetime by
//! a clock that is wrong is told again when the clock is right. What is kept for some days is not purged for an hour (`jobs::purge`). Start with [`WallClock`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use store::{Act, By, Store};
use tokio::sync::watch;

use crate::programme::Programmes;
use crate::service::until;

/// Who is told of a jump.
pub(crate) struct WallClock {
    pub(crate) store: Store,
    pub(crate) programmes: Arc<Programmes>,
    /// How the people who run this machine call it.
    pub(crate) node: String,
}

impl WallClock {
    /// Looks every few seconds until `stop` turns true.
    pub(crate) async fn watch(self, stop: watch::Receiver<bool>) {
        let watching = async {
            let mut clocks = Clocks {
                wall: Timestamp::now(),
                steady: Instant::now(),
            };
            loop {
                tokio::time::sleep(EVERY).await;
                if let Some(jump) = clocks.jump(Timestamp::now(), Instant::now()) {
                    self.tell(jump).await;
                }
            }
        };
        tokio::select! {
            () = watching => {}
            () = until(stop) => {}
        }
    }

    async fn tell(&self, jump: SignedDuration) {
        let seconds = jump.as_secs();
        tracing::warn!(
            seconds,
            "the clock of this machine has jumped; hours and lifetimes go by the new one, and nothing is purged for an hour"
        );
        self.programmes.refresh_logged().await;
        let by = By {
            who: "service",
            at: Timestamp::now(),
        };
        let after = serde_json::json!({ "seconds": seconds });
        let act = Act::new(by, "clock.jumped", format!("node/{}", self.node)).after(&after);
        if let Err(error) = self.store.insert_act(&act).await {
            tracing::warn!(%error, "the audit log does not say that the clock has jumped");
        }
    }
}

/// The two clocks at the last look.
struct Clocks {
    wall: Timestamp,
    steady: Instant,
}

impl Clocks {
    /// How far the wall clock has jumped since the last look, forward or back; nothing for what a clock is set right by.
    fn jump(&mut self, wall: Timestamp, steady: Instant) -> Option<SignedDuration> {
        let passed = SignedDuration::try_from(steady - self.steady).unwrap_or(SignedDuration::MAX);
        let jump = wall.duration_since(self.wall).saturating_sub(passed);
        *self = Self { wall, steady };
        (jump.abs() > JUMP).then_some(jump)
    }
}

/// From one look to the next.
const EVERY: Duration = Duration::from_secs(5);
/// Smaller ones change no hour that is told.
const JUMP: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_more_than_five_minutes_is_told_once_forward_and_back() {
        let (wall, steady) = (Timestamp::UNIX_EPOCH, Instant::now());
        let mut clocks = Clocks { wall, steady };
        let mut look = |wall_s: i64, steady_s: u64| {
            let wall = wall + SignedDuration::from_secs(wall_s);
            clocks.jump(wall, steady + Duration::from_secs(steady_s))
        };

        assert_eq!(look(5, 5), None);
        assert_eq!(look(310, 10), None, "five minutes are set right, no more");
        assert_eq!(look(4_000, 15), Some(SignedDuration::from_secs(3_685)));
        assert_eq!(look(4_005, 20), None, "once");
        assert_eq!(look(410, 25), Some(SignedDuration::from_secs(-3_600)));
        assert_eq!(look(1_000, 615), None, "a look that came late is no jump");
    }
}
