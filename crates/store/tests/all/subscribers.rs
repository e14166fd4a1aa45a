//! People who are written to, and what they are written.

use std::collections::HashSet;
use std::time::Duration;

use bulletin::{Bulletin, EmailAddress, Entry, Kind, Language, Site, SiteSlug, Update};
use store::{AddressKey, Asked, Choice, MailOutcome, NewSubscriber, QueuedMail};
use tokio::task::JoinSet;

use crate::support::{Desk, bulletin, by, hour, site, territory};

#[tokio::test]
async fn nobody_is_written_to_but_the_question_before_they_confirm() {
    let town = Town::open().await;
    let anne = town.ask("anne@example.org", Choice::default()).await;
    town.tell(&bulletin(1)).await;

    let claimed = town.claim(1).await;
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    assert_eq!(
        (claimed[0].about.as_ref(), claimed[0].is_confirmed),
        (None, false)
    );
    assert_eq!(
        town.key
            .unseal(&anne, &claimed[0].address)
            .unwrap()
            .as_str(),
        "anne@example.org"
    );
    town.settle(&claimed, 1, |_| MailOutcome::Sent).await;

    assert!(
        town.desk
            .store
            .confirm_subscriber(&anne, hour(1))
            .await
            .unwrap()
    );
    town.tell(&bulletin(2)).await;
    let claimed = town.claim(3).await;
    assert_eq!(abouts(&claimed), [(bulletin(2).id.to_string(), 1)]);
}

#[tokio::test]
async fn an_address_is_nowhere_on_the_disk() {
    let town = Town::open().await;
    town.ask("marguerite.duras@example.org", Choice::default())
        .await;
    town.desk.store.close().await;
    let octets = town.desk.octets().await;
    for part in ["marguerite", "duras@", "Marguerite"] {
        let found = octets.windows(part.len()).any(|it| it == part.as_bytes());
        assert!(!found, "{part}");
    }
}

#[tokio::test]
async fn asking_again_asks_again_after_ten_minutes_and_never_changes_a_confirmed_choice() {
    let town = Town::open().await;
    let store = &town.desk.store;
    let unplanned = Choice {
        unplanned_only: true,
        ..Choice::default()
    };
    let anne = town.ask("anne@example.org", Choice::default()).await;
    let ask = async |choice: &Choice, at| {
        let new = town.new_subscriber("Anne@example.org", choice.clone());
        store.ask_subscription(&new, at).await.unwrap()
    };
    assert_eq!(ask(&unplanned, hour(0)).await, Asked::TooSoon);
    assert_eq!(town.claim(1).await.len(), 1);

    assert_eq!(ask(&unplanned, hour(1)).await, Asked::Written);
    assert_eq!(
        store.find_subscriber(&anne).await.unwrap().unwrap().choice,
        unplanned
    );
    store.confirm_subscriber(&anne, hour(1)).await.unwrap();
    assert_eq!(
        ask(&Choice::default(), hour(2)).await,
        Asked::TooSoon,
        "twice is enough for a day"
    );
    assert_eq!(ask(&Choice::default(), hour(26)).await, Asked::Written);
    let found = store.find_subscriber(&anne).await.unwrap().unwrap();
    assert_eq!(found.choice, unplanned, "anybody could have asked");
    let claimed = town.claim(27).await;
    assert!(
        claimed
            .iter()
            .any(|one| one.is_confirmed && one.about.is_none()),
        "{claimed:?}"
    );
}

#[tokio::test]
async fn each_hears_of_the_sites_communes_and_kinds_they_chose() {
    let town = Town::open().await;
    let other = Site {
        slug: SiteSlug::parse("verrerie").unwrap(),
        commune: "Autreville".into(),
        ..site()
    };
    town.desk.store.upsert_site(&other, by()).await.unwrap();
    let of = |sites: &[&SiteSlug], communes: &[&str], unplanned_only| Choice {
        unplanned_only,
        sites: sites.iter().map(|&slug| slug.clone()).collect(),
        communes: communes.iter().map(|&name| name.to_owned()).collect(),
    };
    for (name, choice) in [
        ("all", of(&[], &[], false)),
        ("unplanned", of(&[], &[], true)),
        ("site", of(&[&site().slug], &[], false)),
        ("othersite", of(&[&other.slug], &[], false)),
        ("commune", of(&[], &["Port-Mérieux"], true)),
        ("othercommune", of(&[], &["Autreville"], false)),
        ("either", of(&[&other.slug], &["Port-Mérieux"], false)),
    ] {
        town.confirmed(&format!("{name}@example.org"), choice).await;
    }
    let planned = Bulletin {
        kind: Kind::Planned,
        ..bulletin(2)
    };

    town.tell(&bulletin(1)).await;
    assert_eq!(
        town.readers(1).await,
        ["all", "commune", "either", "site", "unplanned"]
    );
    town.tell(&planned).await;
    assert_eq!(town.readers(2).await, ["all", "either", "site"]);
    let counts = town
        .desk
        .store
        .subscriber_counts(&territory().slug)
        .await
        .unwrap();
    assert_eq!(
        (counts.everything, counts.unplanned_only, counts.unconfirmed),
        (5, 2, 0)
    );
    assert_eq!(
        counts.sites,
        [
            ("raffinerie-du-meandre".to_owned(), 1),
            ("verrerie".to_owned(), 2)
        ]
    );
    assert_eq!(
        counts.communes,
        [("Autreville".to_owned(), 1), ("Port-Mérieux".to_owned(), 2)]
    );
}

#[tokio::test]
async fn the_end_goes_to_whoever_got_the_start_and_to_nobody_else() {
    let town = Town::open().await;
    town.confirmed("early@example.org", Choice::default()).await;
    let mut it = bulletin(1);
    town.tell(&it).await;
    assert_eq!(town.readers(1).await, ["early"]);
    town.confirmed("late@example.org", Choice::default()).await;
    let early = town.id("early@example.org").await;
    // Who wishes to hear less since then is still told how it ends.
    let elsewhere = Choice {
        communes: vec!["Autreville".into()],
        ..Choice::default()
    };
    town.desk
        .store
        .change_subscriber(&early, &elsewhere, Language::French)
        .await
        .unwrap();

    let end = it.end(None, "anne", hour(2)).unwrap();
    town.append(&it, &end).await;
    assert_eq!(town.readers(2).await, ["early"]);
}

#[tokio::test]
async fn an_update_reaches_those_who_came_later_too() {
    let town = Town::open().await;
    town.confirmed("early@example.org", Choice::default()).await;
    let mut it = bulletin(1);
    town.tell(&it).await;
    town.readers(1).await;
    town.confirmed("late@example.org", Choice::default()).await;

    let update = town.update(&mut it, 2);
    town.append(&it, &update).await;
    assert_eq!(town.readers(2).await, ["early", "late"]);
}

#[tokio::test]
async fn what_is_over_before_it_was_sent_is_not_sent_and_an_update_takes_the_place_of_what_waits() {
    let town = Town::open().await;
    town.confirmed("anne@example.org", Choice::default()).await;
    let mut it = bulletin(1);
    town.tell(&it).await;
    let update = town.update(&mut it, 2);
    town.append(&it, &update).await;
    let waiting = town.desk.store.waiting_mails().await.unwrap();
    assert_eq!(waiting.0, 1, "the update tells the whole thread");

    let end = it.end(None, "anne", hour(3)).unwrap();
    town.append(&it, &end).await;
    assert_eq!(town.desk.store.waiting_mails().await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_start_in_hand_when_the_end_comes_is_followed_by_the_end_or_dropped() {
    for (outcome, left) in [
        (MailOutcome::Sent, 1),
        (
            MailOutcome::Later {
                at: hour(4),
                why: "greylisted".into(),
            },
            1,
        ),
        (MailOutcome::Untried, 1),
    ] {
        let town = Town::open().await;
        town.confirmed("anne@example.org", Choice::default()).await;
        let mut it = bulletin(1);
        town.tell(&it).await;
        let in_hand = town.claim(1).await;
        let end = it.end(None, "anne", hour(2)).unwrap();
        town.append(&it, &end).await;
        town.settle(&in_hand, 3, |_| outcome.clone()).await;

        let waiting = town.claim(9).await;
        assert_eq!(abouts(&waiting), [(it.id.to_string(), 2)], "{outcome:?}");
        assert_eq!(waiting.len(), left);
    }
}

#[tokio::test]
async fn a_start_with_which_a_worker_died_is_not_told_beside_the_end() {
    let town = Town::open().await;
    town.confirmed("anne@example.org", Choice::default()).await;
    let mut it = bulletin(1);
    town.tell(&it).await;
    assert_eq!(town.claim(1).await.len(), 1);
    let end = it.end(None, "anne", hour(2)).unwrap();
    town.append(&it, &end).await;

    let waiting = town.claim(9).await;
    assert_eq!(abouts(&waiting), [(it.id.to_string(), 2)]);
    assert_eq!(town.desk.rows_of("mails").await, 1);
}

#[tokio::test]
async fn telling_twice_writes_once() {
    let town = Town::open().await;
    town.confirmed("anne@example.org", Choice::default()).await;
    let it = bulletin(1);
    town.tell(&it).await;
    let store = &town.desk.store;
    assert_eq!(
        store.queue_mails(&it, it.current(), hour(1)).await.unwrap(),
        0
    );
    town.readers(1).await;
    assert_eq!(
        store.queue_mails(&it, it.current(), hour(2)).await.unwrap(),
        0
    );
    assert!(town.claim(3).await.is_empty());
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_mails_to_the_next_one() {
    let town = Town::open().await;
    town.confirmed("anne@example.org", Choice::default()).await;
    town.tell(&bulletin(1)).await;
    assert_eq!(town.claim(1).await.len(), 1);
    assert!(town.claim(1).await.is_empty(), "leased");
    let again = town.claim(3).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].attempts, 2);
}

#[tokio::test]
async fn of_a_mail_whose_lease_has_run_out_only_that_it_was_sent_is_written() {
    let town = Town::open().await;
    town.confirmed("anne@example.org", Choice::default()).await;
    town.tell(&bulletin(1)).await;
    let late = town.claim(1).await;
    assert_eq!(town.claim(3).await.len(), 1);

    let why = || "late".to_owned();
    for outcome in [
        MailOutcome::Later {
            at: hour(3),
            why: why(),
        },
        MailOutcome::Untried,
        MailOutcome::Dropped,
        MailOutcome::Refused { why: why() },
        MailOutcome::NoSuchAddress { why: why() },
    ] {
        town.settle(&late, 3, |_| outcome.clone()).await;
        assert!(town.claim(3).await.is_empty(), "{outcome:?}");
        assert_eq!(town.desk.store.waiting_mails().await.unwrap().0, 1);
    }
    town.settle(&late, 3, |_| MailOutcome::Sent).await;
    assert_eq!(town.desk.store.waiting_mails().await.unwrap().0, 0);
}

#[tokio::test]
async fn a_mail_whose_row_cannot_be_read_is_named_and_put_off_and_keeps_no_other_one_back() {
    let town = Town::open().await;
    let broken = town.confirmed("anne@example.org", Choice::default()).await;
    town.confirmed("bob@example.org", Choice::default()).await;
    town.tell(&bulletin(1)).await;
    let no_language = format!("UPDATE subscribers SET language = 'xx' WHERE id = '{broken}'");
    town.desk.meddle(&no_language).await;

    let store = &town.desk.store;
    let lease = Duration::from_secs(60);
    let claimed = store.claim_mails(9, hour(1), lease).await.unwrap();
    assert_eq!(claimed.mails.len(), 1, "the other one");
    let [(_, error)] = &claimed.unreadable[..] else {
        panic!("{claimed:?}");
    };
    assert!(error.to_string().contains("“xx”"), "{error}");

    let soon = hour(1) + Duration::from_secs(59);
    let again = store.claim_mails(9, soon, lease).await.unwrap();
    assert!(again.mails.is_empty() && again.unreadable.is_empty());
    let mended = format!("UPDATE subscribers SET language = 'fr' WHERE id = '{broken}'");
    town.desk.meddle(&mended).await;
    let later = store.claim_mails(9, hour(2), lease).await.unwrap();
    assert!(later.mails.iter().any(|one| one.subscriber == broken));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_mails_is_in_one_hand_however_many_nodes_reach_for_it() {
    let town = Town::open().await;
    for number in 0..60 {
        town.ask(&format!("reader{number}@example.org"), Choice::default())
            .await;
    }
    let mut postmen = JoinSet::new();
    for _ in 0..4 {
        let node = town.desk.open_again().await;
        postmen.spawn(async move {
            let mut ids = vec![];
            loop {
                let lease = Duration::from_secs(60);
                let claimed = node.claim_mails(3, hour(1), lease).await.unwrap();
                if claimed.mails.is_empty() {
                    return ids;
                }
                ids.extend(claimed.mails.iter().map(|one| one.id));
            }
        });
    }
    let ids: Vec<i64> = postmen.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<i64> = ids.iter().copied().collect();
    assert_eq!((ids.len(), distinct.len()), (60, 60));
}

#[tokio::test]
async fn an_address_that_refuses_three_times_in_a_row_is_forgotten() {
    let town = Town::open().await;
    let store = &town.desk.store;
    let no_such = |_: &QueuedMail| MailOutcome::NoSuchAddress { why: "550".into() };
    town.confirmed("gone@example.org", Choice::default()).await;
    for (number, outcome) in [(1, "550"), (2, "550"), (3, "ok"), (4, "550"), (5, "550")] {
        town.tell(&bulletin(number)).await;
        let claimed = town.claim(9).await;
        match outcome {
            "ok" => town.settle(&claimed, 9, |_| MailOutcome::Sent).await,
            _ => town.settle(&claimed, 9, no_such).await,
        };
    }
    let counts = store.subscriber_counts(&territory().slug).await.unwrap();
    assert_eq!(counts.everything, 1, "two in a row, twice");
    let id = town.id("gone@example.org").await;
    assert!(
        store.count_returned_mail(&id, hour(9)).await.unwrap(),
        "the third came back later"
    );
    assert_eq!(store.find_subscriber(&id).await.unwrap(), None);

    let typo = town.ask("typo@example.org", Choice::default()).await;
    let claimed = town.claim(10).await;
    assert_eq!(town.settle(&claimed, 10, no_such).await, 1);
    assert_eq!(
        store.find_subscriber(&typo).await.unwrap(),
        None,
        "never confirmed: at once"
    );
}

#[tokio::test]
async fn an_address_from_which_three_mails_come_back_in_a_year_is_forgotten_though_the_server_takes_each()
 {
    let town = Town::open().await;
    let store = &town.desk.store;
    let id = town.confirmed("gone@example.org", Choice::default()).await;
    let a_year = 366 * 24;
    for (number, hours) in [(1, 1), (2, 2)] {
        town.tell(&bulletin(number)).await;
        assert_eq!(town.readers(hours).await, ["gone"]);
        assert!(!store.count_returned_mail(&id, hour(hours)).await.unwrap());
    }
    town.tell(&bulletin(3)).await;
    let claimed = town.claim(a_year).await;
    let no_such = |_: &QueuedMail| MailOutcome::NoSuchAddress { why: "550".into() };
    let forgotten = town.settle(&claimed, a_year, no_such).await;
    assert_eq!(forgotten, 0, "the two are of another year");
    for (number, hours, is_last) in [
        (4, a_year, false),
        (5, a_year + 1, false),
        (6, a_year + 2, true),
    ] {
        town.tell(&bulletin(number)).await;
        assert_eq!(town.readers(hours).await, ["gone"]);
        let forgotten = store.count_returned_mail(&id, hour(hours)).await.unwrap();
        assert_eq!(forgotten, is_last, "the mail {number}");
    }
    assert_eq!(store.find_subscriber(&id).await.unwrap(), None);
}

#[tokio::test]
async fn who_leaves_or_never_confirms_leaves_no_row() {
    let town = Town::open().await;
    let store = &town.desk.store;
    let anne = town
        .confirmed(
            "anne@example.org",
            Choice {
                communes: vec!["A".into()],
                ..Choice::default()
            },
        )
        .await;
    town.tell(&bulletin(1)).await;
    town.ask("b@example.org", Choice::default()).await;

    assert!(store.remove_subscriber(&anne).await.unwrap());
    assert!(!store.remove_subscriber(&anne).await.unwrap());
    assert_eq!(store.purge_subscribers(hour(0)).await.unwrap(), 0);
    assert_eq!(store.purge_subscribers(hour(1)).await.unwrap(), 1);
    for table in ["subscribers", "subscriber_places", "mails"] {
        assert_eq!(town.desk.rows_of(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn to_whom_a_bulletin_was_written_is_forgotten_in_portions_once_it_has_expired() {
    let town = Town::open().await;
    for address in ["anne@example.org", "bob@example.org", "claire@example.org"] {
        town.confirmed(address, Choice::default()).await;
    }
    let it = bulletin(1);
    town.tell(&it).await;
    town.readers(1).await;
    let store = &town.desk.store;
    assert_eq!(store.purge_mails(it.expires_at, 2).await.unwrap(), 0);
    let later = it.expires_at + Duration::from_secs(1);
    for forgotten in [2, 1, 0] {
        assert_eq!(store.purge_mails(later, 2).await.unwrap(), forgotten);
    }
}

/// A territory with a site, and the key of its subscribers.
struct Town {
    desk: Desk,
    key: AddressKey,
}

impl Town {
    async fn open() -> Self {
        let desk = Desk::open().await;
        let key = AddressKey::open(&desk.path().with_file_name("addresses.key")).unwrap();
        Self { desk, key }
    }

    fn new_subscriber(&self, address: &str, choice: Choice) -> NewSubscriber {
        let address = EmailAddress::parse(address).unwrap();
        let id = self.key.draw_id().unwrap();
        NewSubscriber {
            address: self.key.seal(&id, &address).unwrap(),
            mark: self.key.mark(&territory().slug, &address),
            id,
            territory: territory().slug,
            language: Language::French,
            choice,
        }
    }

    async fn ask(&self, address: &str, choice: Choice) -> String {
        let new = self.new_subscriber(address, choice);
        self.desk
            .store
            .ask_subscription(&new, hour(0))
            .await
            .unwrap();
        new.id
    }

    /// Somebody who has confirmed, and had their question.
    async fn confirmed(&self, address: &str, choice: Choice) -> String {
        let id = self.ask(address, choice).await;
        let asked = self.claim(0).await;
        self.settle(&asked, 0, |_| MailOutcome::Sent).await;
        self.desk
            .store
            .confirm_subscriber(&id, hour(0))
            .await
            .unwrap();
        id
    }

    async fn tell(&self, it: &Bulletin) {
        let store = &self.desk.store;
        store.insert_bulletin(it, &[], None).await.unwrap();
        store
            .queue_mails(it, it.current(), it.posted_at)
            .await
            .unwrap();
    }

    async fn append(&self, it: &Bulletin, entry: &Entry) {
        let store = &self.desk.store;
        store.append_entry(it, entry, &[], None).await.unwrap();
        store.queue_mails(it, entry, entry.at).await.unwrap();
    }

    fn update(&self, it: &mut Bulletin, at: i64) -> Entry {
        let change = Update {
            text: "Le bruit diminue.".into(),
            under_control: false,
            lifetime: None,
        };
        it.update(change, &territory(), "anne", hour(at)).unwrap()
    }

    async fn claim(&self, at: i64) -> Vec<QueuedMail> {
        let lease = Duration::from_secs(3_600);
        self.desk
            .store
            .claim_mails(1_000, hour(at), lease)
            .await
            .unwrap()
            .mails
    }

    async fn settle(
        &self,
        claimed: &[QueuedMail],
        at: i64,
        outcome: impl Fn(&QueuedMail) -> MailOutcome,
    ) -> u64 {
        let outcomes: Vec<_> = claimed
            .iter()
            .map(|one| (one.claim(), outcome(one)))
            .collect();
        let settled = self.desk.store.settle_mails(&outcomes, hour(at));
        settled.await.unwrap()
    }

    /// The names of those who are written to now, in their order.
    async fn readers(&self, at: i64) -> Vec<String> {
        let claimed = self.claim(at).await;
        self.settle(&claimed, at, |_| MailOutcome::Sent).await;
        let name = |one: &QueuedMail| {
            let address = self.key.unseal(&one.subscriber, &one.address).unwrap();
            address.as_str().split('@').next().unwrap().to_owned()
        };
        let mut names: Vec<_> = claimed.iter().map(name).collect();
        names.sort();
        names
    }

    /// The name in rows of an address.
    async fn id(&self, address: &str) -> String {
        let mark = self.new_subscriber(address, Choice::default()).mark;
        self.desk
            .text_of("SELECT id FROM subscribers WHERE mark = $1", &mark)
            .await
    }
}

fn abouts(mails: &[QueuedMail]) -> Vec<(String, u32)> {
    let about = |one: &QueuedMail| {
        let (id, entry) = one.about.clone()?;
        Some((id.to_string(), entry))
    };
    mails.iter().filter_map(about).collect()
}
