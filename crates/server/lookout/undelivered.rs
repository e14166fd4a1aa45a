//! Bulletins that a channel has not got, or will not get: those who posted them are told, once for each bulletin.

use std::collections::BTreeMap;

use bulletin::BulletinId;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{AlertKind, NewAlert, Store};

use super::by_service;
use super::figures::LookoutFigures;

/// Raises an alert for what was given up or is late, and ends those whose bulletins have arrived since, or expired.
pub(super) async fn look(
    store: &Store,
    figures: &LookoutFigures,
    now: Timestamp,
) -> Result<(), store::Error> {
    let mut missing: BTreeMap<BulletinId, Vec<String>> = BTreeMap::new();
    for delivery in store.undelivered(now - PATIENCE, now).await? {
        let channels = missing.entry(delivery.bulletin).or_default();
        if !channels.contains(&delivery.channel) {
            channels.push(delivery.channel);
        }
    }
    let open = store.open_alerts().await?;
    let ours = open
        .iter()
        .filter(|it| it.what.kind == AlertKind::Undelivered);
    for alert in ours {
        let about = alert.what.bulletin.as_ref();
        if about.and_then(|id| missing.remove(id)).is_none() {
            store.end_alert(alert.id, now).await?;
        }
    }
    for (id, channels) in missing {
        let Some(bulletin) = store.find_bulletin(&id).await? else {
            continue;
        };
        let alert = NewAlert {
            kind: AlertKind::Undelivered,
            territory: bulletin.territory,
            site: Some(bulletin.site),
            bulletin: Some(id),
            told: json!({ "channels": channels }),
        };
        if store.open_alert(&alert, by_service(now)).await?.is_some() {
            figures.raised(AlertKind::Undelivered);
        }
    }
    Ok(())
}

/// Longer than a restart of a network's server; short enough for somebody to take the telephone.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use store::{Alert, By, KnownChannel, Settled};

    use super::*;

    #[tokio::test]
    async fn what_was_given_up_is_told_once_and_over_when_it_has_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
        let now = Timestamp::now();
        crate::demo::seed(&store, folder.path(), now).await.unwrap();
        let channel = KnownChannel {
            name: "codis".into(),
            territory: None,
            kind: "webhook".into(),
            is_network: false,
        };
        store.replace_channels(&[channel], now).await.unwrap();
        let mut bulletin = store.live_bulletins(now).await.unwrap().remove(0);
        let entry = bulletin.correct("Rectificatif.", "anne", now).unwrap();
        store
            .append_entry(&bulletin, &entry, &[], None)
            .await
            .unwrap();

        let at = |minutes| now + SignedDuration::from_mins(minutes);
        assert!(seen(&store, at(4)).await.is_empty(), "it is not late yet");
        let late = seen(&store, at(6)).await;
        assert_eq!(late[0].what.told["channels"][0], "codis");
        assert_eq!(late[0].what.bulletin.as_ref(), Some(&bulletin.id));
        assert_eq!(seen(&store, at(7)).await.len(), 1, "told once");

        settle(&store, &Settled::Dead("403".into()), at(8)).await;
        assert!(seen(&store, at(9)).await[0].ended_at.is_none());
        let by = By {
            who: "anne",
            at: at(10),
        };
        assert_eq!(store.owe_again(&bulletin, by).await.unwrap(), 1);
        let sent = Settled::Sent {
            id: String::new(),
            url: None,
        };
        settle(&store, &sent, at(11)).await;
        let over = seen(&store, at(12)).await;
        assert_eq!((over.len(), over[0].ended_at), (1, Some(at(12))));
    }

    async fn seen(store: &Store, now: Timestamp) -> Vec<Alert> {
        look(store, &LookoutFigures::default(), now).await.unwrap();
        let mut all = store.alerts(None, 99).await.unwrap();
        all.retain(|alert| alert.what.kind == AlertKind::Undelivered);
        all
    }

    async fn settle(store: &Store, outcome: &Settled, now: Timestamp) {
        let lease = Duration::from_secs(60);
        let claimed = store.claim_delivery("codis", "here", now, lease).await;
        let delivery = claimed.unwrap().expect("it is owed");
        store
            .settle_delivery(&delivery, "here", outcome, now)
            .await
            .unwrap();
    }
}
