//! How the database answers, and what is still to do in it: looked at every few seconds, read by Prometheus.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use store::{JobQueue, Store};
use tokio::sync::watch;

use crate::jobs;
use crate::service::until;

/// What the last look at the database found; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct RowFigures(Arc<Mutex<Look>>);

#[derive(Debug)]
struct Look {
    answers: bool,
    took: Duration,
    queues: Vec<JobQueue>,
}

/// Few values: kinds are those of the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

impl RowFigures {
    /// A service that starts has just read its database.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Look {
            answers: true,
            took: Duration::ZERO,
            queues: vec![],
        })))
    }

    /// Looks until `stop` turns true.
    pub(crate) async fn keep(self, store: Store, stop: watch::Receiver<bool>) {
        loop {
            self.look(&store, Timestamp::now()).await;
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = until(stop.clone()) => return,
            }
        }
    }

    async fn look(&self, store: &Store, now: Timestamp) {
        let begun = Instant::now();
        let queues = store.job_queues(now).await;
        let took = begun.elapsed();
        let mut latest = self.latest();
        latest.took = took;
        latest.answers = queues.is_ok();
        // While it does not answer, what was to do last is still to do, and grows older.
        if let Ok(queues) = queues {
            latest.queues = queues;
        }
    }

    /// Puts the figures where Prometheus reads.
    pub(super) fn register(&self, registry: &mut Registry, now: Timestamp) {
        let latest = self.latest();
        registry.register(
            "database_up",
            "1 while the database answers; it is asked every 5 s",
            ConstGauge::new(i64::from(latest.answers)),
        );
        registry.register_with_unit(
            "database_answer",
            "How long the last question to the database took, also one that got no answer",
            Unit::Seconds,
            ConstGauge::new(latest.took.as_secs_f64()),
        );
        let [waiting, oldest, failing, dead] =
            [(); 4].map(|()| Family::<Kind, Gauge<i64, AtomicI64>>::default());
        let known = jobs::KINDS.map(|kind| JobQueue {
            kind: kind.to_owned(),
            ..JobQueue::default()
        });
        // Those that nothing is to be done of are there to compare with.
        for queue in known.iter().chain(&latest.queues) {
            let kind = Kind {
                kind: queue.kind.clone(),
            };
            let age = queue
                .oldest
                .map_or(0, |at| now.duration_since(at).as_secs());
            waiting.get_or_create(&kind).set(whole(queue.due));
            oldest.get_or_create(&kind).set(age.max(0));
            failing.get_or_create(&kind).set(whole(queue.failing));
            dead.get_or_create(&kind).set(whole(queue.dead));
        }
        registry.register(
            "jobs_waiting",
            "Jobs that are due and not done, by kind",
            waiting,
        );
        registry.register_with_unit(
            "jobs_oldest",
            "Since when the job that has waited longest is due, by kind; 0 when none is",
            Unit::Seconds,
            oldest,
        );
        registry.register(
            "jobs_failing",
            "Jobs that were tried in vain and will be tried again, by kind",
            failing,
        );
        registry.register(
            "jobs_dead",
            "Jobs that were given up, by kind; the log says why",
            dead,
        );
    }

    fn latest(&self) -> MutexGuard<'_, Look> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

const EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use prometheus_client::encoding::text::encode;
    use store::NewJob;

    use super::*;

    #[tokio::test]
    async fn what_is_to_do_is_counted_by_kind_and_grows_older_while_the_database_is_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now: Timestamp = "2026-11-26T03:00:00Z".parse().unwrap();
        let due = |seconds: i64| NewJob {
            kind: "speak".into(),
            payload: "{}".into(),
            run_at: now - SignedDuration::from_secs(seconds),
            unique: None,
        };
        store
            .insert_jobs(&[due(40), due(10), due(-5)])
            .await
            .unwrap();
        let figures = RowFigures::new();

        figures.look(&store, now).await;

        let there = exposition(&figures, now);
        for line in [
            "allo_database_up 1",
            "allo_jobs_waiting{kind=\"speak\"} 2",
            "allo_jobs_waiting{kind=\"purge\"} 0",
            "allo_jobs_oldest_seconds{kind=\"speak\"} 40",
            "allo_jobs_oldest_seconds{kind=\"purge\"} 0",
            "allo_jobs_failing{kind=\"speak\"} 0",
            "allo_jobs_dead{kind=\"speak\"} 0",
            "# UNIT allo_jobs_oldest_seconds seconds",
            "# UNIT allo_database_answer_seconds seconds",
        ] {
            assert!(there.lines().any(|one| one == line), "{line}\n{there}");
        }

        store.close().await;
        figures.look(&store, now).await;
        let away = exposition(&figures, now + SignedDuration::from_secs(60));
        for line in [
            "allo_database_up 0",
            "allo_jobs_waiting{kind=\"speak\"} 2",
            "allo_jobs_oldest_seconds{kind=\"speak\"} 100",
        ] {
            assert!(away.lines().any(|one| one == line), "{line}\n{away}");
        }
    }

    fn exposition(figures: &RowFigures, now: Timestamp) -> String {
        let mut registry = Registry::with_prefix("allo");
        figures.register(&mut registry, now);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }
}
