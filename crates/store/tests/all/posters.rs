//! Several posters at once, in one program and in two: nothing is lost, nothing is overwritten.

use bulletin::{BulletinId, Update};
use store::{Error, Store};
use tokio::task::JoinSet;

use crate::support::{Desk, acts, bulletin, hour, job, once, territory};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_posters_keep_all() {
    let desk = Desk::open().await;
    let mut posters = JoinSet::new();
    for poster in 0..8 {
        posters.spawn(post_ten(desk.store.clone(), poster));
    }
    posters.join_all().await;
    assert_all_posted(&desk.store, 80).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_on_one_database_keep_all() {
    let desk = Desk::open().await;
    let other = desk.open_again().await;
    let mut posters = JoinSet::new();
    for poster in 0..4 {
        let store = if poster % 2 == 0 { &desk.store } else { &other };
        posters.spawn(post_ten(store.clone(), poster));
    }
    posters.join_all().await;
    assert_all_posted(&desk.store, 40).await;
    assert_all_posted(&other, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_updates_of_the_same_thread_one_is_told_to_read_again() {
    let desk = Desk::open().await;
    desk.store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    let mut operators = JoinSet::new();
    for operator in 0..6 {
        operators.spawn(update(desk.store.clone(), format!("operator {operator}")));
    }
    let results = operators.join_all().await;

    let written = results.iter().filter(|it| it.is_ok()).count();
    let conflicts = results
        .iter()
        .filter(|it| matches!(it, Err(Error::Conflict)))
        .count();
    assert_eq!((written, conflicts), (1, 5));
    let thread = desk
        .store
        .find_bulletin(&bulletin(1).id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(thread.entries.len(), 2);
    assert_eq!(thread.entries[0], bulletin(1).entries[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_never_see_half_a_thread_while_it_grows() {
    let desk = Desk::open().await;
    let mut it = bulletin(1);
    desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    let reader = tokio::spawn(read_until_ended(desk.store.clone()));
    for round in 0..30 {
        let change = Update {
            text: format!("Point {round}."),
            under_control: false,
            lifetime: Some(bulletin::Lifetime::Days(9)),
        };
        let entry = it
            .update(change, &territory(), "anne", hour(2 + round))
            .unwrap();
        desk.store
            .append_entry(&it, &entry, &[], None)
            .await
            .unwrap();
    }
    let entry = it.end(None, "anne", hour(40)).unwrap();
    desk.store
        .append_entry(&it, &entry, &[], None)
        .await
        .unwrap();
    reader.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_sent_many_times_at_once_is_carried_out_once() {
    let desk = Desk::open().await;
    let mut senders = JoinSet::new();
    for number in 1..=6 {
        let store = desk.store.clone();
        senders.spawn(async move {
            let answer = once("token", "same");
            let jobs = [job("speak", "{}")];
            store
                .insert_bulletin(&bulletin(number), &jobs, Some(&answer))
                .await
        });
    }
    let results = senders.join_all().await;
    let done = results.iter().filter(|it| it.is_ok()).count();
    let repeats = results
        .iter()
        .filter(|it| matches!(it, Err(Error::AlreadyDone)))
        .count();
    assert_eq!((done, repeats), (1, 5));
    assert_eq!(desk.store.live_bulletins(hour(0)).await.unwrap().len(), 1);
    assert_eq!(desk.store.pending_jobs().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_operators_who_click_twice_everything_is_kept_once_and_in_order() {
    let desk = Desk::open().await;
    let other = desk.open_again().await;
    let thread = bulletin(100);
    desk.store
        .insert_bulletin(&thread, &[], None)
        .await
        .unwrap();
    let mut operators = JoinSet::new();
    for operator in 1..=20 {
        let store = if operator % 2 == 0 {
            &desk.store
        } else {
            &other
        };
        operators.spawn(work_in_a_hurry(store.clone(), thread.id.clone(), operator));
    }
    operators.join_all().await;

    let mut posted = other.live_bulletins(hour(0)).await.unwrap();
    posted.reverse();
    let thread = posted.pop().unwrap();
    assert_eq!(posted, (1..=20).map(bulletin).collect::<Vec<_>>());
    assert_eq!(desk.store.pending_jobs().await.unwrap().len(), 20);
    let numbers: Vec<_> = thread.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
    let mut authors: Vec<_> = thread.entries.iter().map(|it| &*it.author).collect();
    authors.sort_unstable();
    authors.dedup();
    assert_eq!(authors.len(), 21);
    // The acts tell the entries of the thread in the order in which they stand in it.
    let mut told = acts(&desk, "bulletin.updated").await;
    told.reverse();
    let told: Vec<_> = told.iter().map(|act| &*act.who).collect();
    let entries = thread.entries[1..].iter();
    assert_eq!(told, entries.map(|it| &*it.author).collect::<Vec<_>>());
}

/// Posts with a double click, and adds to a thread that everybody adds to.
async fn work_in_a_hurry(store: Store, thread: BulletinId, operator: u64) {
    let (posted, jobs) = (bulletin(operator), [job("speak", "{}")]);
    let answer = once("token", &operator.to_string());
    let click = || store.insert_bulletin(&posted, &jobs, Some(&answer));
    let clicks = tokio::join!(click(), click());
    assert!(
        matches!(
            clicks,
            (Ok(()), Err(Error::AlreadyDone)) | (Err(Error::AlreadyDone), Ok(()))
        ),
        "{clicks:?}"
    );
    loop {
        let mut it = store.find_bulletin(&thread).await.unwrap().unwrap();
        let change = Update {
            text: format!("Point de l’opérateur {operator}."),
            under_control: false,
            lifetime: None,
        };
        let author = format!("operator {operator}");
        let entry = it.update(change, &territory(), &author, hour(101)).unwrap();
        match store.append_entry(&it, &entry, &[], None).await {
            Ok(()) => return,
            Err(Error::Conflict) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

async fn post_ten(store: Store, poster: u64) {
    for number in poster * 10..poster * 10 + 10 {
        let jobs = [job("speak", "{}"), job("announce", "{}")];
        store
            .insert_bulletin(&bulletin(number), &jobs, None)
            .await
            .unwrap();
    }
}

async fn assert_all_posted(store: &Store, count: u64) {
    let mut found = store.live_bulletins(hour(0)).await.unwrap();
    found.reverse();
    assert_eq!(found, (0..count).map(bulletin).collect::<Vec<_>>());
    let jobs = store.pending_jobs().await.unwrap();
    assert_eq!(jobs.len() as u64, count * 2);
}

async fn update(store: Store, operator: String) -> store::Result<()> {
    let mut it = bulletin(1);
    let change = Update {
        text: "La torche brûle toujours.".into(),
        under_control: false,
        lifetime: None,
    };
    let entry = it.update(change, &territory(), &operator, hour(2)).unwrap();
    store.append_entry(&it, &entry, &[], None).await
}

/// The expiry is written with the entry that moves it: seeing one without the other is half a change.
async fn read_until_ended(store: Store) {
    loop {
        let it = store.find_bulletin(&bulletin(1).id).await.unwrap().unwrap();
        let last = it.current();
        if last.kind == bulletin::EntryKind::End {
            return;
        }
        let lifetime = bulletin::Lifetime::Days(9);
        assert_eq!(it.expires_at, lifetime.expiry(last.at, &territory().zone));
    }
}
