//! Callers without a bulletin: one watch for each territory, and its alert.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bulletin::{
    Bulletin, NewCallers, Noticed, SurgeThresholds, SurgeTurn, SurgeWatch, TerritorySlug, Told,
};
use jiff::Timestamp;
use line::Crowd;
use serde_json::json;
use store::{AlertKind, NewAlert, Store};

use super::by_service;
use super::figures::LookoutFigures;

/// What callers of each territory said so far that they notice.
pub(super) type NoticedSoFar = BTreeMap<TerritorySlug, BTreeMap<Noticed, u64>>;

/// The watches of all territories.
pub(super) struct Surges {
    thresholds: HashMap<TerritorySlug, SurgeThresholds>,
    watched: BTreeMap<TerritorySlug, Watched>,
    is_resumed: bool,
}

#[derive(Clone)]
struct Watched {
    watch: SurgeWatch,
    /// What has been counted already.
    begun: u64,
    noticed: BTreeMap<Noticed, u64>,
}

impl Surges {
    pub(super) fn new(thresholds: HashMap<TerritorySlug, SurgeThresholds>) -> Self {
        Self {
            thresholds,
            watched: BTreeMap::new(),
            is_resumed: false,
        }
    }

    /// Counts those who have called since the last look; raises and ends alerts.
    ///
    /// What could not be written is not counted as seen: the next look finds it again.
    pub(super) async fn look(
        &mut self,
        store: &Store,
        figures: &LookoutFigures,
        crowds: &[Crowd],
        noticed: &NoticedSoFar,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        self.resume(store, figures).await?;
        let called = crowds.iter().map(|crowd| &crowd.territory);
        let known = self.watched.keys();
        let all: BTreeSet<_> = called.chain(noticed.keys()).chain(known).cloned().collect();
        let mut live: Option<Vec<Bulletin>> = None;
        for territory in all {
            let mut watched = self.watched(&territory, false);
            let crowd = crowds.iter().find(|crowd| crowd.territory == territory);
            let new = watched.count(crowd, noticed.get(&territory));
            if new == NewCallers::default() && watched.watch.is_idle() {
                continue;
            }
            let live = match &live {
                Some(live) => live,
                None => live.insert(store.live_bulletins(now).await?),
            };
            let told = Told::by(live.iter().filter(|one| one.territory == territory), now);
            match watched.watch.look(now, &new, &told) {
                Some(SurgeTurn::Begins(surge)) => {
                    let noticed: BTreeMap<_, _> = surge
                        .noticed
                        .iter()
                        .map(|(what, count)| (what.as_str(), count))
                        .collect();
                    let alert = NewAlert {
                        kind: AlertKind::Surge,
                        territory: territory.clone(),
                        site: None,
                        bulletin: None,
                        told: json!({
                            "calls": surge.calls,
                            "noticed": noticed,
                            "minutes": surge.minutes,
                        }),
                    };
                    if store.open_alert(&alert, by_service(now)).await?.is_some() {
                        figures.raised(AlertKind::Surge);
                    }
                    figures.surge(&territory, true);
                }
                Some(SurgeTurn::Ends) => {
                    end(store, &territory, now).await?;
                    figures.surge(&territory, false);
                    tracing::info!(%territory, "callers are as few as before, or a bulletin tells them why");
                }
                None => {}
            }
            self.watched.insert(territory, watched);
        }
        Ok(())
    }

    /// Takes up the episodes that went on when the program was started.
    async fn resume(
        &mut self,
        store: &Store,
        figures: &LookoutFigures,
    ) -> Result<(), store::Error> {
        if self.is_resumed {
            return Ok(());
        }
        for alert in store.open_alerts().await? {
            if alert.what.kind == AlertKind::Surge {
                let territory = alert.what.territory;
                let watched = self.watched(&territory, true);
                figures.surge(&territory, true);
                self.watched.insert(territory, watched);
            }
        }
        self.is_resumed = true;
        Ok(())
    }

    fn watched(&self, territory: &TerritorySlug, is_open: bool) -> Watched {
        let thresholds = self.thresholds.get(territory).copied().unwrap_or_default();
        self.watched
            .get(territory)
            .cloned()
            .unwrap_or_else(|| Watched {
                watch: SurgeWatch::new(thresholds, is_open),
                begun: 0,
                noticed: BTreeMap::new(),
            })
    }
}

impl Watched {
    /// Those who are new.
    fn count(
        &mut self,
        crowd: Option<&Crowd>,
        noticed: Option<&BTreeMap<Noticed, u64>>,
    ) -> NewCallers {
        let begun = crowd.map_or(0, |crowd| crowd.begun);
        let calls = begun.saturating_sub(self.begun);
        self.begun = begun;
        let mut new = NewCallers {
            calls,
            noticed: BTreeMap::new(),
        };
        for (what, count) in noticed.into_iter().flatten() {
            let seen = self.noticed.insert(*what, *count).unwrap_or(0);
            if *count > seen {
                new.noticed.insert(*what, count - seen);
            }
        }
        new
    }
}

/// Ends the alert of a territory, whichever node has raised it.
async fn end(store: &Store, territory: &TerritorySlug, now: Timestamp) -> Result<(), store::Error> {
    for alert in store.open_alerts().await? {
        if alert.what.kind == AlertKind::Surge && alert.what.territory == *territory {
            store.end_alert(alert.id, now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn one_alert_is_raised_for_an_episode_and_ended_with_it_even_by_another_start() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let figures = LookoutFigures::default();
        let mut surges = Surges::new(HashMap::new());
        let start: Timestamp = "2026-11-25T22:00:00Z".parse().unwrap();
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        let none = BTreeMap::new();
        for second in 0..30 {
            let crowds = [crowd(u64::try_from(second).unwrap())];
            surges
                .look(&store, &figures, &crowds, &none, at(second))
                .await
                .unwrap();
        }
        let open = store.open_alerts().await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].what.told["calls"], 10);
        assert_eq!(open[0].at, at(10));
        let jobs = store.pending_jobs().await.unwrap();
        assert_eq!(jobs.len(), 1, "a channel finds it in the queue");
        assert_eq!(jobs[0].kind, "alert");

        let mut again = Surges::new(HashMap::new());
        for minute in 0..12 {
            again
                .look(&store, &figures, &[], &none, at(60 * minute))
                .await
                .unwrap();
        }
        assert_eq!(store.open_alerts().await.unwrap(), []);
        assert_eq!(store.alerts(None, 9).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn callers_who_come_while_the_database_is_gone_are_counted_when_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let gone = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let figures = LookoutFigures::default();
        let mut surges = Surges::new(HashMap::new());
        let (now, none) = (Timestamp::now(), BTreeMap::new());
        surges
            .look(&gone, &figures, &[crowd(1)], &none, now)
            .await
            .unwrap();
        gone.close().await;
        let failed = surges.look(&gone, &figures, &[crowd(50)], &none, now).await;
        assert!(failed.is_err());

        surges
            .look(&store, &figures, &[crowd(50)], &none, now)
            .await
            .unwrap();

        assert_eq!(store.open_alerts().await.unwrap()[0].what.told["calls"], 50);
    }

    fn crowd(begun: u64) -> Crowd {
        Crowd {
            territory: TerritorySlug::parse("rouen_metropole").unwrap(),
            live: 0,
            begun,
        }
    }
}
