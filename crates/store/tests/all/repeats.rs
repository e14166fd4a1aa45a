//! Requests that are sent again.

use store::{Error, Once};

use crate::support::{Desk, bulletin, hour, job, once};

#[tokio::test]
async fn a_repeat_is_told_apart_and_its_answer_is_kept() {
    let desk = Desk::open().await;
    let answer = once("token", "first");
    desk.store
        .insert_bulletin(&bulletin(1), &[], Some(&answer))
        .await
        .unwrap();
    let repeat = desk
        .store
        .insert_bulletin(&bulletin(2), &[job("speak", "{}")], Some(&answer))
        .await;

    assert!(matches!(repeat, Err(Error::AlreadyDone)), "{repeat:?}");
    let kept = desk.store.find_once("token", "first").await.unwrap();
    assert_eq!(kept, Some(answer));
    assert_eq!(
        desk.store.find_bulletin(&bulletin(2).id).await.unwrap(),
        None
    );
    assert_eq!(desk.store.pending_jobs().await.unwrap(), []);
}

#[tokio::test]
async fn a_repeat_is_no_conflict_although_its_entry_is_there() {
    let desk = Desk::open().await;
    let mut it = bulletin(1);
    desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    let entry = it.end(None, "anne", hour(2)).unwrap();
    let answer = once("token", "end");
    let append = || desk.store.append_entry(&it, &entry, &[], Some(&answer));
    append().await.unwrap();
    assert!(matches!(append().await, Err(Error::AlreadyDone)));
}

#[tokio::test]
async fn keys_of_different_tokens_do_not_meet() {
    let desk = Desk::open().await;
    for (number, token) in [(1, "one"), (2, "two")] {
        desk.store
            .insert_bulletin(&bulletin(number), &[], Some(&once(token, "key")))
            .await
            .unwrap();
    }
    assert_eq!(desk.store.find_once("three", "key").await.unwrap(), None);
}

#[tokio::test]
async fn a_key_is_remembered_for_48_hours_and_free_afterwards() {
    let desk = Desk::open().await;
    let post = async |number, key: &str| {
        desk.store
            .insert_bulletin(&bulletin(number), &[], Some(&once("token", key)))
            .await
    };
    post(1, "first").await.unwrap();
    post(49, "at 48 hours").await.unwrap();
    assert!(
        desk.store
            .find_once("token", "first")
            .await
            .unwrap()
            .is_some()
    );
    post(50, "at 49 hours").await.unwrap();
    assert_eq!(desk.store.find_once("token", "first").await.unwrap(), None);
    post(51, "first").await.unwrap();
}

#[tokio::test]
async fn a_refused_post_does_not_use_its_key_up() {
    let desk = Desk::open().await;
    let answer: Once = once("token", "key");
    desk.store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    let refused = desk
        .store
        .insert_bulletin(&bulletin(1), &[], Some(&answer))
        .await;
    assert!(matches!(refused, Err(Error::Conflict)));
    desk.store
        .insert_bulletin(&bulletin(2), &[], Some(&answer))
        .await
        .unwrap();
}
