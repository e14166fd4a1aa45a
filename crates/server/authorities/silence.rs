//! Follows a silence up: the second contact is told, and then an alert says that only a telephone helps.

use std::time::Duration;

use bulletin::Silence;
use jiff::Timestamp;
use store::{Alert, AlertKind, By, DueSilence, Store};
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
///
/// # Errors
/// The first one; what can be followed up nevertheless was.
async fn look(store: &Store, figures: &LookoutFigures, now: Timestamp) -> Result<(), store::Error> {
    let mut result = Ok(());
    for due in store.due_silences(now).await? {
        let done = match due {
            Ok(due) => follow_up(store, figures, &due, by_service(now)).await,
            Err(error) => Err(error),
        };
        result = result.and(done);
    }
    for alert in store.open_alerts().await? {
        if alert.what.kind == AlertKind::Silence {
            result = result.and(end_if_over(store, &alert, now).await);
        }
    }
    result
}

async fn end_if_over(store: &Store, alert: &Alert, now: Timestamp) -> Result<(), store::Error> {
    let about = match &alert.what.bulletin {
        Some(id) => store.find_bulletin(id).await?,
        None => None,
    };
    if !about.is_some_and(|bulletin| bulletin.goes_on(now)) {
        store.end_alert(alert.id, now).await?;
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
    use std::process::Command;

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

    #[tokio::test]
    async fn a_bulletin_that_is_withdrawn_and_restored_is_followed_up_again_with_one_alert() {
        let house = House::open().await;
        let mut it = house.post(1).await;
        house.withdraw(&mut it, 10).await;
        house.look(10).await;
        house.restore(&mut it, 11).await;
        house.look(20).await;
        assert_eq!(house.second_told(1).await, 0, "the minutes begin anew");
        house.look(21).await;
        assert_eq!(house.second_told(1).await, 1);
        house.look(31).await;
        assert_eq!(house.alerts().await, 1);

        house.withdraw(&mut it, 40).await;
        house.look(40).await;
        assert_eq!(house.alerts().await, 0);
        house.restore(&mut it, 41).await;
        house.look(51).await;
        assert_eq!(house.alerts().await, 1);

        house.withdraw(&mut it, 60).await;
        house.restore(&mut it, 60).await;
        house.look(99).await;
        assert_eq!(house.alerts().await, 1, "it has gone on all along");
    }

    #[tokio::test]
    async fn a_row_that_cannot_be_read_hides_no_other_silence() {
        let house = House::open().await;
        house.post(1).await;
        house.post(2).await;
        let number = id(1);
        house.meddle(&format!(
            "UPDATE acknowledgements SET silence = 'no word' WHERE bulletin = '{number}'"
        ));
        let figures = LookoutFigures::default();
        let looked = look(&house.store, &figures, house.at(11)).await;
        assert!(looked.is_err());
        assert_eq!(house.second_told(2).await, 1);
    }

    /// The demonstration with one contact.
    struct House {
        store: Store,
        example: Bulletin,
        begun: Timestamp,
        folder: tempfile::TempDir,
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
                folder,
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

        async fn withdraw(&self, it: &mut Bulletin, minutes: i64) {
            let entry = it.withdraw(None, "anne", self.at(minutes)).unwrap();
            let store = &self.store;
            store.append_entry(it, &entry, &[], None).await.unwrap();
        }

        async fn restore(&self, it: &mut Bulletin, minutes: i64) {
            let entry = it.restore("anne", self.at(minutes)).unwrap();
            let store = &self.store;
            store.append_entry(it, &entry, &[], None).await.unwrap();
        }

        /// Runs a statement that the store itself never would.
        fn meddle(&self, statement: &str) {
            let mut sqlite3 = Command::new("sqlite3");
            let sqlite3 = sqlite3
                .arg(self.folder.path().join("allo.db"))
                .arg(statement);
            assert!(sqlite3.status().unwrap().success());
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
