//! Bulletins that nobody has ended: their sites are asked, once for each silence.

use bulletin::Bulletin;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{Alert, AlertKind, NewAlert, Store};

use super::by_service;
use super::figures::LookoutFigures;

/// Raises reminders for what is overdue, and ends those that were heeded.
///
/// Whoever has seen one of an event without a known end is asked again when the same patience is over once more.
pub(super) async fn look(
    store: &Store,
    figures: &LookoutFigures,
    patience: SignedDuration,
    now: Timestamp,
) -> Result<(), store::Error> {
    let live = store.live_bulletins(now).await?;
    let open = store.open_alerts().await?;
    let reminders = open.iter().filter(|it| it.what.kind == AlertKind::Reminder);
    let mut asked = vec![];
    for alert in reminders {
        let about = live
            .iter()
            .find(|one| Some(&one.id) == alert.what.bulletin.as_ref());
        match about {
            Some(one) if goes_on(alert, one, patience, now) => asked.push(&one.id),
            _ => store.end_alert(alert.id, now).await?,
        }
    }
    for one in &live {
        let Some(since) = one.overdue_since(patience, now) else {
            continue;
        };
        if asked.contains(&&one.id) {
            continue;
        }
        let alert = NewAlert {
            kind: AlertKind::Reminder,
            territory: one.territory.clone(),
            site: Some(one.site.clone()),
            bulletin: Some(one.id.clone()),
            told: json!({ "since": since.to_string(), "author": one.current().author }),
        };
        if store.open_alert(&alert, by_service(now)).await?.is_some() {
            figures.raised(AlertKind::Reminder);
        }
    }
    Ok(())
}

/// Whether a reminder is still to be shown, or was seen not long ago.
fn goes_on(alert: &Alert, one: &Bulletin, patience: SignedDuration, now: Timestamp) -> bool {
    let is_overdue = one
        .overdue_since(patience, now)
        .is_some_and(|since| since <= alert.at);
    let was_seen = |(at, _): &(Timestamp, String)| {
        !one.kind.has_window() && now.duration_since(*at) >= patience
    };
    is_overdue && !alert.acknowledged.as_ref().is_some_and(was_seen)
}

#[cfg(test)]
mod tests {
    use store::By;

    use super::*;

    const PATIENCE: SignedDuration = SignedDuration::from_hours(4);

    #[tokio::test]
    async fn a_site_is_reminded_once_again_after_it_has_seen_it_and_not_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let posted = Timestamp::now();
        crate::demo::seed(&store, folder.path(), posted)
            .await
            .unwrap();
        let live = store.live_bulletins(posted).await.unwrap();
        let unplanned = live
            .iter()
            .find(|one| !one.kind.has_window() && one.overdue_since(PATIENCE, posted).is_none())
            .unwrap()
            .clone();
        let mut unplanned = unplanned;
        let at = |hours| unplanned.updated_at() + SignedDuration::from_hours(hours);
        let (later, much_later, end) = (at(5), at(9), at(10));

        for now in [later, later] {
            look_at(&store, now).await;
        }
        let ours = ours(&store, &unplanned).await;
        assert_eq!((ours.len(), ours[0].at), (1, later));
        assert_eq!(ours[0].what.site.as_ref(), Some(&unplanned.site));

        let by = By {
            who: "anne@example.org",
            at: later,
        };
        store.acknowledge_alert(ours[0].id, by).await.unwrap();
        look_at(&store, later).await;
        assert_eq!(self::ours(&store, &unplanned).await.len(), 1);
        look_at(&store, much_later).await;
        assert_eq!(self::ours(&store, &unplanned).await.len(), 2);

        let entry = unplanned.end(None, "anne@example.org", end).unwrap();
        store
            .append_entry(&unplanned, &entry, &[], None)
            .await
            .unwrap();
        look_at(&store, end).await;
        let ours = self::ours(&store, &unplanned).await;
        assert!(ours.iter().all(|alert| alert.ended_at.is_some()));
    }

    async fn look_at(store: &Store, now: Timestamp) {
        look(store, &LookoutFigures::default(), PATIENCE, now)
            .await
            .unwrap();
    }

    async fn ours(store: &Store, about: &Bulletin) -> Vec<Alert> {
        let mut all = store.alerts(None, 99).await.unwrap();
        all.retain(|alert| alert.what.bulletin.as_ref() == Some(&about.id));
        all
    }
}
