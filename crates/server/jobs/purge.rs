//! Forgets the records of calls whose time is up, and what people recorded and never used, once an hour.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{NewJob, Store};

use super::Failure;

/// Its name in the queue.
pub(crate) const KIND: &str = "purge";

/// The job that purges when the program starts, whatever waits from before: the days may be others now.
pub(crate) fn at_start(now: Timestamp) -> NewJob {
    job(now, "purge at start")
}

/// At most one of a name waits.
fn job(run_at: Timestamp, name: &str) -> NewJob {
    NewJob {
        kind: KIND.into(),
        payload: String::new(),
        run_at,
        unique: Some(name.into()),
    }
}

/// Forgets every call that started so many days ago and every unused take of yesterday, and asks to be run again
/// in an hour.
pub(crate) async fn perform(store: &Store, now: Timestamp, days: u16) -> Result<(), Failure> {
    let before = now - SignedDuration::from_hours(24 * i64::from(days));
    let mut forgotten = 0;
    loop {
        let some = store.purge_calls(before, AT_ONCE).await?;
        forgotten += some;
        if some < u64::from(AT_ONCE) {
            break;
        }
    }
    if forgotten > 0 {
        tracing::info!(forgotten, days, "the records of old calls are deleted");
    }
    let abandoned = store.purge_takes(now - TAKES_KEPT).await?;
    if abandoned > 0 {
        tracing::info!(abandoned, "recordings that no bulletin uses are deleted");
    }
    let drafts = store.purge_drafts(now - DRAFTS_KEPT).await?;
    if drafts > 0 {
        tracing::info!(drafts, "old drafts of dictations are deleted");
    }
    let written = store.purge_desk_drafts(now - DRAFTS_KEPT).await?;
    if written > 0 {
        tracing::info!(written, "old drafts of the desk are deleted");
    }
    store.insert_jobs(&[job(now + EVERY, KIND)]).await?;
    Ok(())
}

/// Rows deleted in one transaction, so that a post need not wait for all of them.
const AT_ONCE: u32 = 2_000;
const EVERY: Duration = Duration::from_secs(3_600);
/// Time to listen, to ask a colleague, and to publish.
const TAKES_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Time to come back to what was dictated or written at night: a week.
const DRAFTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

#[cfg(test)]
mod tests {
    use store::CallPlace;

    use super::*;
    use crate::calls::tests::row_at;

    #[tokio::test]
    async fn calls_older_than_the_days_go_and_younger_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let ago = |hours| row_at(now - SignedDuration::from_hours(hours));
        let old = (0..4_500).map(|_| ago(24 * 180 + 1)).collect::<Vec<_>>();
        store.insert_calls(&old).await.unwrap();
        store
            .insert_calls(&[ago(24 * 180 - 1), ago(1)])
            .await
            .unwrap();

        perform(&store, now, 180).await.unwrap();

        let left = all(&store).await;
        assert_eq!(
            left,
            [
                now - SignedDuration::from_hours(24 * 180 - 1),
                now - SignedDuration::from_hours(1)
            ]
        );
        perform(&store, now, 0).await.unwrap();
        assert!(all(&store).await.is_empty());
    }

    #[tokio::test]
    async fn the_next_purge_waits_in_the_queue_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();

        perform(&store, now, 180).await.unwrap();
        perform(&store, now, 180).await.unwrap();

        let waiting = store.pending_jobs().await.unwrap();
        let due: Vec<_> = waiting
            .iter()
            .map(|job| (job.kind.as_str(), job.run_at))
            .collect();
        assert_eq!(due, [(KIND, now + EVERY)]);
    }

    #[tokio::test]
    async fn a_recording_that_no_bulletin_has_used_for_a_day_goes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();
        crate::demo::seed(&store, folder.path(), now).await.unwrap();
        let site = &store.sites().await.unwrap()[0].slug;
        let pause = |ms| {
            let pause = speech::Recording::pause(ms, bulletin::Language::French);
            crate::jobs::speak::as_row(&pause)
        };
        let (old, young) = (pause(100), pause(200));
        let ago = |hours| now - SignedDuration::from_hours(hours);
        store.save_take(site, &old, ago(25)).await.unwrap();
        store.save_take(site, &young, ago(23)).await.unwrap();

        perform(&store, now, 180).await.unwrap();

        assert_eq!(store.find_recording(&old.key).await.unwrap(), None);
        assert_eq!(store.find_recording(&young.key).await.unwrap(), Some(young));
    }

    async fn all(store: &Store) -> Vec<Timestamp> {
        let place = CallPlace::before(Timestamp::MIN);
        let calls = store.calls(&place, Timestamp::MAX, 10_000).await.unwrap();
        calls.iter().map(|(_, call)| call.started_at).collect()
    }
}
