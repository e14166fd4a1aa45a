//! Forgets what has been kept long enough, once an hour: records of calls, acts, alerts, and what people recorded and
//! never used.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{NewJob, Store};

use super::Failure;
use crate::lookout::by_service;

/// For how many days what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The records of calls; 0 keeps none.
    pub calls: u16,
    /// The acts of the audit log, at least 366: the database keeps those of a year by itself.
    pub acts: u16,
    /// Alerts that are over, and what authorities were told.
    pub alerts: u16,
}

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

/// Forgets everything whose days are over and every unused take of yesterday, and asks to be run again in an hour.
///
/// - `due`: when it was to be run. Much later than that nothing is forgotten yet: perhaps it is the clock that is wrong.
pub(crate) async fn perform(
    store: &Store,
    due: Timestamp,
    now: Timestamp,
    retention: Retention,
) -> Result<(), Failure> {
    if now.duration_since(due) > LATE {
        tracing::warn!(%due, "nothing is forgotten for an hour: the clock may have jumped");
        store.insert_jobs(&[job(now + EVERY, KIND)]).await?;
        return Ok(());
    }
    let ago = |days: u16| now - SignedDuration::from_hours(24 * i64::from(days));
    let (days, before) = (retention.calls, ago(retention.calls));
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
    while store
        .purge_acts(ago(retention.acts), AT_ONCE, by_service(now))
        .await?
        == u64::from(AT_ONCE)
    {}
    store.purge_alerts(ago(retention.alerts)).await?;
    store.purge_dispatches(ago(retention.alerts)).await?;
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
    store.purge_logins(now - ENDED_LOGINS_KEPT).await?;
    let unconfirmed = store.purge_subscribers(now - UNCONFIRMED_KEPT).await?;
    if unconfirmed > 0 {
        tracing::info!(unconfirmed, "addresses that nobody confirmed are deleted");
    }
    while store.purge_mails(now - MAILS_KEPT, AT_ONCE).await? == u64::from(AT_ONCE) {}
    store.insert_jobs(&[job(now + EVERY, KIND)]).await?;
    Ok(())
}

/// Rows deleted in one transaction, so that a post need not wait for all of them.
const AT_ONCE: u32 = 2_000;
const EVERY: Duration = Duration::from_secs(3_600);
/// No queue is so long; a machine that was off purges when it starts.
const LATE: SignedDuration = SignedDuration::from_hours(2);
/// Time to listen, to ask a colleague, and to publish.
const TAKES_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// What was typed when a login ended is kept with it, to be sent again the next day.
const ENDED_LOGINS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Time to find the mail that asks whether it was they.
const UNCONFIRMED_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// Who was written to of a bulletin, after it has expired: nothing can be added to it then.
const MAILS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Time to come back to what was dictated or written at night: a week.
const DRAFTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

#[cfg(test)]
mod tests {
    use store::CallPlace;

    use super::*;
    use crate::calls::tests::row_at;

    const RETENTION: Retention = Retention {
        calls: 180,
        acts: 1_095,
        alerts: 365,
    };

    #[tokio::test]
    async fn acts_of_three_years_ago_and_alerts_of_a_year_ago_go_once_they_are_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();
        let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
        let slug = |text: &str| bulletin::TerritorySlug::parse(text).unwrap();
        for (territory, days) in [("rouen", 1_096), ("berre", 366), ("havre", 3)] {
            let alert = store::NewAlert {
                kind: store::AlertKind::Surge,
                territory: slug(territory),
                site: None,
                bulletin: None,
                told: serde_json::json!({}),
            };
            let by = by_service(days_ago(days));
            let id = store.open_alert(&alert, by).await.unwrap().unwrap();
            if territory == "berre" {
                store.end_alert(id, days_ago(days)).await.unwrap();
            }
        }

        perform(&store, now, now, RETENTION).await.unwrap();

        let left = store.alerts(None, 9).await.unwrap();
        let left: Vec<_> = left.iter().map(|one| one.what.territory.as_str()).collect();
        assert_eq!(left, ["havre", "rouen"], "one is over, the other goes on");
        let acts = store.acts(&store::WantedActs::default(), 9).await.unwrap();
        let words: Vec<_> = acts.iter().map(|(_, act)| act.what.as_str()).collect();
        assert_eq!(words, ["acts.purged", "surge.raised", "surge.raised"]);
    }

    #[tokio::test]
    async fn a_login_that_has_ended_is_kept_for_a_day_with_what_its_writer_sent_too_late() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();
        let ago = |hours| now - SignedDuration::from_hours(hours);
        let person = store::Person {
            email: "anne@example.org".into(),
            name: "Anne".into(),
            role: store::Role::Operator,
            language: bulletin::Language::French,
            sites: [].into(),
            territories: [].into(),
        };
        let keys = store::Keys::default();
        store
            .insert_user(&person, &keys, by_service(now))
            .await
            .unwrap();
        for hours in [1, 23, 25] {
            let hash = [u8::try_from(hours).unwrap(); 32];
            let login = store::NewLogin {
                id: hours.to_string(),
                hash,
                email: person.email.clone(),
                stage: store::Stage::Open,
                opened_at: ago(hours + 12),
                ends_at: ago(hours),
                place: String::new(),
                browser: String::new(),
                totp_proposed: None,
            };
            store.open_login(&login).await.unwrap();
        }

        perform(&store, now, now, RETENTION).await.unwrap();

        for (hours, is_kept) in [(1, true), (23, true), (25, false)] {
            let found = store.find_login([hours; 32]).await.unwrap();
            assert_eq!(found.is_some(), is_kept, "ended {hours} hours ago");
        }
    }

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

        perform(&store, now, now, RETENTION).await.unwrap();

        let left = all(&store).await;
        assert_eq!(
            left,
            [
                now - SignedDuration::from_hours(24 * 180 - 1),
                now - SignedDuration::from_hours(1)
            ]
        );
        perform(
            &store,
            now,
            now,
            Retention {
                calls: 0,
                ..RETENTION
            },
        )
        .await
        .unwrap();
        assert!(all(&store).await.is_empty());
    }

    #[tokio::test]
    async fn the_next_purge_waits_in_the_queue_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();

        perform(&store, now, now, RETENTION).await.unwrap();
        perform(&store, now, now, RETENTION).await.unwrap();

        let waiting = store.pending_jobs().await.unwrap();
        let due: Vec<_> = waiting
            .iter()
            .map(|job| (job.kind.as_str(), job.run_at))
            .collect();
        assert_eq!(due, [(KIND, now + EVERY)]);
    }

    #[tokio::test]
    async fn nothing_is_forgotten_by_a_clock_that_has_jumped_until_it_has_been_right_for_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let due: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let old = row_at(due - SignedDuration::from_hours(24 * 179));
        store.insert_calls(&[old]).await.unwrap();
        let jumped = due + SignedDuration::from_hours(24 * 10);

        perform(&store, due, jumped, RETENTION).await.unwrap();

        assert_eq!(all(&store).await.len(), 1);
        let [next] = &store.pending_jobs().await.unwrap()[..] else {
            panic!("one purge waits");
        };
        assert_eq!(next.run_at, jumped + EVERY);
        perform(&store, next.run_at, next.run_at, RETENTION)
            .await
            .unwrap();
        assert!(all(&store).await.is_empty());
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

        perform(&store, now, now, RETENTION).await.unwrap();

        assert_eq!(store.find_recording(&old.key).await.unwrap(), None);
        assert_eq!(store.find_recording(&young.key).await.unwrap(), Some(young));
    }

    async fn all(store: &Store) -> Vec<Timestamp> {
        let place = CallPlace::before(Timestamp::MIN);
        let calls = store.calls(&place, Timestamp::MAX, 10_000).await.unwrap();
        calls.iter().map(|(_, call)| call.started_at).collect()
    }
}
