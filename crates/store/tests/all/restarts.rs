//! What survives a restart, and what a program finds that opens a database which is not its own.

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
