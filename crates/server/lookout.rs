//! Looks out for what people should be told: callers without a bulletin, bulletins that nobody has ended, and those that
//! a channel has not got.
//!
//! It reads counters of the line and rows of the store, once a second, and writes alerts; no call ever waits for it.
//! What an alert means is decided by `bulletin` ([`bulletin::SurgeWatch`], [`Bulletin::overdue_since`]).
//!
//! [`Bulletin::overdue_since`]: bulletin::Bulletin::overdue_since

mod figures;
mod remind;
mod surge;
mod undelivered;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bulletin::{SurgeThresholds, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use line::Line;
use store::{By, Store};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

pub(crate) use self::figures::LookoutFigures;
use self::surge::Surges;
use crate::calls::CallFigures;
use crate::service::until;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct LookoutConfig {
    /// How many callers of which territory are worth an alert; the others have the defaults.
    pub thresholds: HashMap<TerritorySlug, SurgeThresholds>,
    /// After how long a silence the site of a bulletin is asked whether it is over.
    pub patience: SignedDuration,
}

/// Everything that is looked at.
pub(crate) struct Lookout {
    pub(crate) store: Store,
    /// None on a node that answers no calls.
    pub(crate) line: Option<Arc<Line>>,
    /// Whether this node also looks at what concerns no call.
    pub(crate) looks_at_rows: bool,
    pub(crate) calls: CallFigures,
    pub(crate) figures: LookoutFigures,
    pub(crate) config: LookoutConfig,
}

impl Lookout {
    /// Looks until `stop` turns true. A store that does not answer is asked again a second later: nothing is forgotten
    /// meanwhile.
    pub(crate) async fn keep(self, stop: watch::Receiver<bool>) {
        let mut surges = Surges::new(self.config.thresholds.clone());
        let mut refused = self.refused();
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = 0_u64;
        let mut was_failing = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = until(stop.clone()) => return,
            }
            let outcome = self.look(&mut surges, &mut refused, look).await;
            look += 1;
            match outcome {
                Err(error) if !was_failing => {
                    tracing::error!(%error, "alerts wait for the database");
                    was_failing = true;
                }
                Ok(()) => was_failing = false,
                Err(_) => {}
            }
        }
    }

    async fn look(
        &self,
        surges: &mut Surges,
        refused: &mut u64,
        look: u64,
    ) -> Result<(), store::Error> {
        let now = Timestamp::now();
        if let Some(line) = &self.line {
            let (crowds, noticed) = (line.crowds(), self.calls.noticed_so_far());
            surges
                .look(&self.store, &self.figures, &crowds, &noticed, now)
                .await?;
        }
        if !look.is_multiple_of(SELDOM) {
            return Ok(());
        }
        let so_far = self.refused();
        if so_far > *refused {
            self.store.add_refusals(now, so_far - *refused).await?;
            *refused = so_far;
        }
        if self.looks_at_rows {
            remind::look(&self.store, &self.figures, self.config.patience, now).await?;
            undelivered::look(&self.store, &self.figures, now).await?;
        }
        Ok(())
    }

    fn refused(&self) -> u64 {
        let line = self.line.as_ref();
        line.map_or(0, |line| line.health().calls_refused)
    }
}

/// How the audit log names what the service does by itself.
pub(crate) fn by_service(at: Timestamp) -> By<'static> {
    By { who: "service", at }
}

/// An alert is raised this soon after the call that makes it one.
const EVERY: Duration = Duration::from_secs(1);
/// Reminders and refusals are looked after at every so many looks.
const SELDOM: u64 = 10;
