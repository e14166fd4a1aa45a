//! Follows a silence up: the second contact is told, and then an alert says that only a telephone helps.

use std::time::Duration;

use bulletin::Silence;
use jiff::Timestamp;
use store::{AlertKind, By, DueSilence, Store};
use tokio::sync::watch;

use crate::lookout::{LookoutFigures, by_service};
use crate::service::until;

/// Looks for silences that have lasted too long until `stop` turns true.
pub(super) async fn follow(store: &Store, figures: &LookoutFigures, stop: watch::Receiver<bool>) {
    let mut was_failing = false;
    while !*stop.borrow() {
        match look(store, figures, Timestamp::now()).await {
            Err(error) if !was_failing => {
                tracing::error!(%error, "silences wait for the database");
                was_failing = true;
            }
            Ok(()) => was_failing = false,
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = until(stop.clone()) => {}
        }
    }
}

/// Follows up what is due, and ends the alerts of bulletins that are over.
async fn look(store: &Store, figures: &LookoutFigures, now: Timestamp) -> Result<(), store::Error> {
    for due in store.due_silences(now).await? {
        follow_up(store, figures, &due, by_service(now)).await?;
    }
    for alert in store.open_alerts().await? {
        if alert.what.kind != AlertKind::Silence {
            continue;
        }
        let about = match &alert.what.bulletin {
            Some(id) => store.find_bulletin(id).await?,
            None => None,
        };
        if !about.is_some_and(|bulletin| bulletin.goes_on(now)) {
            store.end_alert(alert.id, now).await?;
        }
    }
    Ok(())
}

async fn follow_up(
    store: &Store,
    figures: &LookoutFigures,
    due: &DueSilence,
    by: By<'_>,
) -> Result<(), store::Error> {
    let kept = store.find_contact(&due.contact).await?;
    let bulletin = store.find_bulletin(&due.bulletin).await?;
    let kept = kept.filter(|kept| !kept.is_removed);
    let bulletin = bulletin.filter(|bulletin| bulletin.goes_on(by.at));
    let (Some(kept), Some(bulletin)) = (kept, bulletin) else {
        return store.let_silence_be(due).await;
    };
    let contact = kept.contact;
    let lists = store.contact_lists(&contact.territory).await?;
    let list = lists
        .iter()
        .find(|list| list.authority == contact.authority);
    let Some(list) = list else {
        return store.let_silence_be(due).await;
    };
    if store
        .follow_silence_up(due, &bulletin, &contact, list, by)
        .await?
    {
        if due.silence.goes_on(&contact) == Silence::OfAll {
            figures.raised(AlertKind::Silence);
        }
        tracing::warn!(
            bulletin.id = %bulletin.id,
            contact = %contact.id,
            silent = due.silence.as_str(),
            "an authority has not acknowledged in time"
        );
    }
    Ok(())
}

/// A second is little beside the minutes of a patience.
const EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use bulletin::{
        Authority, Bulletin, BulletinId, Contact, ContactId, EmailAddress, Language, Rank, Reach,
    };
    use jiff::SignedDuration;

    use super::*;

    #[tokio::test]
    async fn an_event_that_is_over_leads_to_no_second_contact_and_ends_its_alert() {
        let house = House::open().await;
        let (over, mut goes_on) = (house.post(1).await, house.post(2).await);
        house.end(over).await;

        house.look(11).await;
        assert_eq!(house.second_told(1).await, 0);
        assert_eq!(house.second_told(2).await, 1);
        house.look(15).await;
        assert_eq!(
            house.alerts().await,
            0,
            "the second contact has its own minutes"
        );
        house.look(22).await;
        assert_eq!(house.alerts().await, 1);
        house.look(99).await;
        assert_eq!((house.second_told(2).await, house.alerts().await), (1, 1));

        let entry = goes_on.end(None, "anne", house.at(100)).unwrap();
        house
            .store
            .append_entry(&goes_on, &entry, &[], None)
            .await
            .unwrap();
        house.look(101).await;
        assert_eq!(house.alerts().await, 0);
    }

    /// The demonstration with one contact.
    struct House {
        store: Store,
        example: Bulletin,
        begun: Timestamp,
        _folder: tempfile::TempDir,
    }

    impl House {
        async fn open() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("allo.db")).await.unwrap();
            let begun = Timestamp::now();
            crate::demo::seed(&store, folder.path(), begun)
                .await
                .unwrap();
            let live = store.live_bulletins(begun).await.unwrap();
            let example = live.iter().find(|one| !one.kind.has_window()).unwrap();
            let email = |text| Reach {
                email: EmailAddress::parse(text).ok(),
                webhook: None,
            };
            let contact = Contact {
                id: ContactId::parse("codisaaaaaaa").unwrap(),
                territory: example.territory.clone(),
                authority: Authority::FireService,
                name: "CODIS 76".into(),
                communes: vec![],
                language: Language::French,
                telephone: String::new(),
                first: email("codis@example.org"),
                second: email("officier@example.org"),
            };
            store
                .add_contact(&contact, &[7; 24], by_service(begun))
                .await
                .unwrap();
            Self {
                store,
                example: example.clone(),
                begun,
                _folder: folder,
            }
        }

        fn at(&self, minutes: i64) -> Timestamp {
            self.begun + SignedDuration::from_mins(minutes)
        }

        async fn post(&self, number: u64) -> Bulletin {
            let mut it = Bulletin {
                id: id(number),
                posted_at: self.begun,
                ..self.example.clone()
            };
            it.entries.truncate(1);
            it.entries[0].at = self.begun;
            self.store.insert_bulletin(&it, &[], None).await.unwrap();
            it
        }

        async fn end(&self, mut it: Bulletin) {
            let entry = it.end(None, "anne", self.at(1)).unwrap();
            self.store
                .append_entry(&it, &entry, &[], None)
                .await
                .unwrap();
        }

        async fn look(&self, minutes: i64) {
            let figures = LookoutFigures::default();
            look(&self.store, &figures, self.at(minutes)).await.unwrap();
        }

        async fn second_told(&self, number: u64) -> usize {
            let all = self.store.dispatches(&id(number)).await.unwrap();
            all.iter().filter(|one| one.rank == Rank::Second).count()
        }

        async fn alerts(&self) -> usize {
            let open = self.store.open_alerts().await.unwrap();
            let silent = open.iter().filter(|it| it.what.kind == AlertKind::Silence);
            silent.count()
        }
    }

    fn id(number: u64) -> BulletinId {
        BulletinId::from_random(number.to_be_bytes())
    }
}
