//! The channels and what is owed to them: written with the entry, claimed in order, settled by who holds them.

use std::collections::HashSet;
use std::time::Duration;

use bulletin::{Bulletin, Entry, Territory, TerritorySlug};
use jiff::Timestamp;
use store::{By, Delivery, DeliveryState, KnownChannel, Settled};
use tokio::task::JoinSet;

use crate::support::{Desk, acts, bulletin, by, hour, once, territory};

const LEASE: Duration = Duration::from_secs(60);
const HERE: &str = "here";

#[tokio::test]
async fn an_entry_is_owed_to_each_channel_of_its_territory_and_of_all_and_to_no_other() {
    let desk = told(&["codis", "mairie"]).await;
    let elsewhere = KnownChannel {
        territory: Some(TerritorySlug::parse("ailleurs").unwrap()),
        ..channel("ailleurs")
    };
    let everywhere = KnownChannel {
        territory: None,
        ..channel("subscribers")
    };
    let channels = [channel("codis"), channel("mairie"), elsewhere, everywhere];
    desk.store
        .replace_channels(&channels, hour(0))
        .await
        .unwrap();
    assert_eq!(desk.store.channels().await.unwrap().len(), 4);

    post(&desk, &bulletin(1)).await;

    let owed = owed(&desk, &bulletin(1)).await;
    assert_eq!(
        owed,
        ["codis 1 queued", "mairie 1 queued", "subscribers 1 queued"]
    );
}

#[tokio::test]
async fn what_is_not_written_is_owed_to_nobody() {
    let desk = told(&["codis"]).await;
    let once = once("token", "key");
    let (first, second) = (bulletin(1), bulletin(2));
    desk.store
        .insert_bulletin(&first, &[], Some(&once))
        .await
        .unwrap();

    let again = desk.store.insert_bulletin(&second, &[], Some(&once)).await;

    assert!(matches!(again, Err(store::Error::AlreadyDone)));
    assert!(owed(&desk, &second).await.is_empty());
}

#[tokio::test]
async fn a_territory_to_learn_in_tells_nobody_anything() {
    let desk = Desk::empty().await;
    let territory = Territory {
        numbers: vec![],
        ..territory()
    };
    desk.store
        .add_territory(&territory, true, &[], by())
        .await
        .unwrap();
    desk.store
        .upsert_site(&crate::support::site(), by())
        .await
        .unwrap();
    let everywhere = KnownChannel {
        territory: None,
        ..channel("subscribers")
    };
    let channels = [channel("codis"), everywhere];
    desk.store
        .replace_channels(&channels, hour(0))
        .await
        .unwrap();

    let mut thread = bulletin(1);
    post(&desk, &thread).await;
    end(&desk, &mut thread, hour(2)).await;

    assert!(owed(&desk, &thread).await.is_empty());
}

#[tokio::test]
async fn an_entry_kept_off_networks_is_told_by_all_other_channels() {
    let desk = Desk::open().await;
    let network = KnownChannel {
        is_network: true,
        ..channel("mastodon")
    };
    let channels = [channel("codis"), network];
    desk.store
        .replace_channels(&channels, hour(0))
        .await
        .unwrap();
    let mut thread = bulletin(1);
    thread.keep_off_networks();
    post(&desk, &thread).await;
    end(&desk, &mut thread, hour(2)).await;

    let rows = desk.store.deliveries_of(&thread.id).await.unwrap();
    let told: Vec<_> = rows.iter().map(shown).collect();
    assert_eq!(
        told,
        [
            "codis 1 queued",
            "codis 2 queued",
            "mastodon 1 skipped",
            "mastodon 2 queued"
        ]
    );
    assert_eq!(rows[2].why.as_deref(), Some("off-networks"));
    let kept = desk.store.find_bulletin(&thread.id).await.unwrap().unwrap();
    assert_eq!(kept, thread);
}

#[tokio::test]
async fn a_thread_is_told_in_its_order_and_holds_up_no_other_thread_and_no_other_channel() {
    let desk = told(&["codis", "mairie"]).await;
    let mut stuck = bulletin(1);
    post(&desk, &stuck).await;
    post(&desk, &bulletin(2)).await;
    end(&desk, &mut stuck, hour(3)).await;

    let first = claim(&desk, "codis", hour(4)).await.unwrap();
    assert_eq!((&first.bulletin, first.entry), (&stuck.id, 1));
    let later = Settled::Later {
        at: hour(9),
        why: "no answer".into(),
    };
    settle(&desk, &first, &later, hour(4)).await;

    let second = claim(&desk, "codis", hour(4)).await.unwrap();
    assert_eq!((&second.bulletin, second.entry), (&bulletin(2).id, 1));
    settle(&desk, &second, &sent(), hour(4)).await;
    assert_eq!(claim(&desk, "codis", hour(4)).await, None, "the end waits");
    let elsewhere = claim(&desk, "mairie", hour(4)).await.unwrap();
    assert_eq!((&elsewhere.bulletin, elsewhere.entry), (&stuck.id, 1));

    let again = claim(&desk, "codis", hour(9)).await.unwrap();
    assert_eq!(
        (again.entry, again.attempts, again.tried_at),
        (1, 1, Some(hour(4)))
    );
    settle(&desk, &again, &sent(), hour(9)).await;
    let last = claim(&desk, "codis", hour(9)).await.unwrap();
    assert_eq!((&last.bulletin, last.entry), (&stuck.id, 2));
}

#[tokio::test]
async fn what_is_held_is_nobody_elses_until_the_lease_is_over_or_its_holder_starts_again() {
    let desk = told(&["codis"]).await;
    post(&desk, &bulletin(1)).await;
    let held = claim(&desk, "codis", hour(2)).await.unwrap();
    assert!(held.is_held);
    let seconds = |seconds| hour(2) + Duration::from_secs(seconds);
    assert_eq!(claim(&desk, "codis", seconds(59)).await, None);

    desk.store
        .release_deliveries("elsewhere", seconds(1))
        .await
        .unwrap();
    assert_eq!(claim(&desk, "codis", seconds(1)).await, None);
    desk.store
        .release_deliveries(HERE, seconds(1))
        .await
        .unwrap();
    assert!(claim(&desk, "codis", seconds(1)).await.is_some());

    let store = &desk.store;
    let taken = store
        .claim_delivery("codis", "elsewhere", seconds(61), LEASE)
        .await;
    let taken = taken.unwrap().expect("the lease is over");
    settle(&desk, &held, &Settled::Dead("late".into()), seconds(62)).await;
    assert_eq!(
        owed(&desk, &bulletin(1)).await,
        ["codis 1 queued"],
        "it is another's"
    );
    store
        .settle_delivery(&taken, "elsewhere", &sent(), seconds(63))
        .await
        .unwrap();
    assert_eq!(owed(&desk, &bulletin(1)).await, ["codis 1 sent"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_deliveries_is_in_one_hand_however_many_nodes_reach_for_it() {
    let desk = told(&["codis"]).await;
    for number in 1..=24 {
        post(&desk, &bulletin(number)).await;
    }
    let mut workers = JoinSet::new();
    for number in 0..4 {
        let (node, name) = (desk.open_again().await, format!("node {number}"));
        workers.spawn(async move {
            let mut claimed = vec![];
            let claim = || node.claim_delivery("codis", &name, hour(30), LEASE);
            while let Some(one) = claim().await.unwrap() {
                claimed.push(one.bulletin.to_string());
            }
            claimed
        });
    }
    let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), distinct.len()), (24, 24));
}

#[tokio::test]
async fn a_receipt_and_a_reason_are_kept() {
    let desk = told(&["codis"]).await;
    post(&desk, &bulletin(1)).await;
    let claimed = claim(&desk, "codis", hour(2)).await.unwrap();
    let receipt = ("42".to_owned(), Some("https://codis.example/42".to_owned()));
    let outcome = Settled::Sent {
        id: receipt.0.clone(),
        url: receipt.1.clone(),
    };
    settle(&desk, &claimed, &outcome, hour(3)).await;

    let kept = one(&desk, &bulletin(1)).await;
    assert_eq!(kept.state, DeliveryState::Sent);
    assert_eq!((kept.receipt, kept.done_at), (Some(receipt), Some(hour(3))));
    assert_eq!((kept.attempts, kept.is_held), (1, false));
}

#[tokio::test]
async fn a_queue_says_how_much_since_when_and_when_to_look_again() {
    let desk = told(&["codis"]).await;
    let nothing = desk.store.delivery_queue("codis").await.unwrap();
    assert_eq!(
        (nothing.count, nothing.oldest, nothing.next),
        (0, None, None)
    );
    let mut thread = bulletin(1);
    post(&desk, &thread).await;
    end(&desk, &mut thread, hour(2)).await;
    let claimed = claim(&desk, "codis", hour(3)).await.unwrap();
    let hold = Settled::Held {
        until: hour(7),
        why: "quiet-hours",
    };
    settle(&desk, &claimed, &hold, hour(3)).await;

    let queue = desk.store.delivery_queue("codis").await.unwrap();

    // The end is owed already, and waits behind what waits by a rule.
    assert_eq!(
        (queue.count, queue.oldest, queue.next),
        (2, Some(hour(2)), Some(hour(7)))
    );
    let held = &desk.store.deliveries_of(&thread.id).await.unwrap()[0];
    assert_eq!(
        (held.attempts, held.due_at, held.tried_at),
        (0, hour(7), None)
    );
}

#[tokio::test]
async fn what_was_given_up_is_undelivered_until_it_is_owed_again_and_arrives() {
    let desk = told(&["codis"]).await;
    let thread = bulletin(1);
    post(&desk, &thread).await;
    let late = |before, now| desk.store.undelivered(before, now);
    assert!(late(hour(1), hour(2)).await.unwrap().is_empty());
    assert_eq!(
        late(hour(2), hour(2)).await.unwrap().len(),
        1,
        "owed for long"
    );
    let claimed = claim(&desk, "codis", hour(2)).await.unwrap();
    settle(&desk, &claimed, &Settled::Dead("403".into()), hour(2)).await;
    assert_eq!(late(hour(0), hour(3)).await.unwrap().len(), 1, "given up");
    assert!(late(hour(0), thread.expires_at).await.unwrap().is_empty());

    let by = By {
        who: "anne@example.org",
        at: hour(4),
    };
    assert_eq!(desk.store.owe_again(&thread, by).await.unwrap(), 1);
    assert_eq!(desk.store.owe_again(&thread, by).await.unwrap(), 0);

    assert_eq!(acts(&desk, "bulletin.retold").await.len(), 1);
    let again = claim(&desk, "codis", hour(4)).await.unwrap();
    assert_eq!(
        (again.entry, again.tried_at, again.attempts),
        (1, None, 0),
        "a day begins anew, and its pauses"
    );
}

#[tokio::test]
async fn a_channel_that_is_gone_is_owed_nothing_any_more() {
    let desk = told(&["codis", "mairie"]).await;
    post(&desk, &bulletin(1)).await;

    desk.store
        .replace_channels(&[channel("mairie")], hour(2))
        .await
        .unwrap();

    assert_eq!(
        owed(&desk, &bulletin(1)).await,
        ["codis 1 cancelled", "mairie 1 queued"]
    );
    let twice = [channel("mairie"), channel("mairie")];
    let refused = desk.store.replace_channels(&twice, hour(2)).await;
    assert!(matches!(refused, Err(store::Error::Conflict)));
    assert_eq!(desk.store.channels().await.unwrap().len(), 1);
}

async fn told(names: &[&str]) -> Desk {
    let desk = Desk::open().await;
    let channels: Vec<_> = names.iter().map(|name| channel(name)).collect();
    desk.store
        .replace_channels(&channels, hour(0))
        .await
        .unwrap();
    desk
}

fn channel(name: &str) -> KnownChannel {
    KnownChannel {
        name: name.into(),
        territory: Some(territory().slug),
        kind: "webhook".into(),
        is_network: false,
    }
}

async fn post(desk: &Desk, bulletin: &Bulletin) {
    desk.store
        .insert_bulletin(bulletin, &[], None)
        .await
        .unwrap();
}

async fn end(desk: &Desk, thread: &mut Bulletin, at: Timestamp) -> Entry {
    let entry = thread.end(None, "anne", at).unwrap();
    desk.store
        .append_entry(thread, &entry, &[], None)
        .await
        .unwrap();
    entry
}

async fn claim(desk: &Desk, channel: &str, now: Timestamp) -> Option<Delivery> {
    desk.store
        .claim_delivery(channel, HERE, now, LEASE)
        .await
        .unwrap()
}

async fn settle(desk: &Desk, delivery: &Delivery, outcome: &Settled, now: Timestamp) {
    desk.store
        .settle_delivery(delivery, HERE, outcome, now)
        .await
        .unwrap();
}

async fn one(desk: &Desk, about: &Bulletin) -> Delivery {
    desk.store.deliveries_of(&about.id).await.unwrap().remove(0)
}

async fn owed(desk: &Desk, about: &Bulletin) -> Vec<String> {
    let rows = desk.store.deliveries_of(&about.id).await.unwrap();
    rows.iter().map(shown).collect()
}

fn shown(one: &Delivery) -> String {
    format!("{} {} {}", one.channel, one.entry, one.state.as_str())
}

fn sent() -> Settled {
    Settled::Sent {
        id: String::new(),
        url: None,
    }
}
