//! What survives a restart, and what a program finds that opens a database which is not its own.

use std::time::{Duration, Instant};

use store::Store;

use crate::support::{Desk, bulletin, hour, job, once, site, territory};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    desk.store.close().await;
    assert_full(&desk.open_again().await).await;
}

#[tokio::test]
async fn opening_twice_changes_nothing() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    for _ in 0..3 {
        assert_full(&desk.open_again().await).await;
    }
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let desk = Desk::open().await;
    desk.store.check().await.unwrap();
    desk.store.close().await;
    let refused = desk.store.check().await.unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("ask the database for a sign of life: "),
        "{refused}"
    );
}

#[tokio::test]
async fn rows_that_are_not_open_are_refused_at_once_and_every_clone_has_them_afterwards() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    let store = desk.unopened().await;
    let clone = store.clone();

    let begin = Instant::now();
    let reads = clone.live_bulletins(hour(0)).await.unwrap_err();
    let writes = clone.insert_jobs(&[job("speak", "b")]).await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(1));
    for refused in [reads, writes] {
        let told = refused.to_string();
        assert!(told.ends_with(": the database is not open"), "{told}");
    }

    store.join().await.unwrap();
    store.join().await.unwrap();
    assert_full(&clone).await;
}

pub(crate) async fn fill(store: &Store) {
    let mut it = bulletin(1);
    let jobs = [job("speak", "a")];
    let answer = once("token", "key");
    store
        .insert_bulletin(&it, &jobs, Some(&answer))
        .await
        .unwrap();
    let entry = it.end(None, "anne", hour(2)).unwrap();
    store.append_entry(&it, &entry, &[], None).await.unwrap();
}

async fn assert_full(store: &Store) {
    let mut expected = bulletin(1);
    expected.end(None, "anne", hour(2)).unwrap();
    assert_eq!(store.territories().await.unwrap(), [territory()]);
    assert_eq!(store.sites().await.unwrap(), [site()]);
    assert_eq!(store.live_bulletins(hour(3)).await.unwrap(), [expected]);
    assert_eq!(store.pending_jobs().await.unwrap()[0].payload, "a");
    let answer = store.find_once("token", "key").await.unwrap();
    assert_eq!(answer, Some(once("token", "key")));
}
