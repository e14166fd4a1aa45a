//! A bulletin, its entry, its jobs and the answer to its request are on disk together or not at all.

use std::pin::pin;

use store::Error;

use crate::support::{Desk, bulletin, hour, job, once};

#[tokio::test]
async fn a_job_that_cannot_be_written_takes_its_bulletin_back() {
    let desk = Desk::open().await;
    desk.fill_the_disk_of("jobs").await;
    let failure = post(&desk, 1).await.unwrap_err();
    assert!(failure.to_string().starts_with("save a job: "), "{failure}");
    assert_untouched(&desk, 1).await;
}

#[tokio::test]
async fn an_entry_that_cannot_be_written_takes_bulletin_and_answer_back() {
    let desk = Desk::open().await;
    desk.fill_the_disk_of("entries").await;
    assert!(matches!(post(&desk, 1).await, Err(Error::Database { .. })));
    assert_untouched(&desk, 1).await;
}

#[tokio::test]
async fn a_job_that_cannot_be_written_takes_the_entry_and_the_new_expiry_back() {
    let desk = Desk::open().await;
    let it = bulletin(1);
    desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    desk.fill_the_disk_of("jobs").await;

    let mut changed = it.clone();
    changed.expires_at = hour(5);
    let entry = changed.end(None, "anne", hour(2)).unwrap();
    let jobs = [job("speak", "{}")];
    let answer = once("token", "end");
    let refused = desk
        .store
        .append_entry(&changed, &entry, &jobs, Some(&answer))
        .await;

    assert!(matches!(refused, Err(Error::Database { .. })));
    let kept = desk.store.find_bulletin(&it.id).await.unwrap();
    assert_eq!(kept, Some(it));
    assert_eq!(desk.store.find_once("token", "end").await.unwrap(), None);
}

#[tokio::test]
async fn a_post_given_up_half_way_leaves_everything_or_nothing_and_the_store_usable() {
    let desk = Desk::open().await;
    for patience in 0..40_u64 {
        give_up_after(patience, &desk).await;
        // A commit that was asked for is still carried out by the connection: whoever writes next waits for it.
        post(&desk, 40 + patience).await.unwrap();
        let posted = desk
            .store
            .find_bulletin(&bulletin(patience).id)
            .await
            .unwrap()
            .is_some();
        let answered = desk
            .store
            .find_once("token", &patience.to_string())
            .await
            .unwrap()
            .is_some();
        let payload = patience.to_string();
        let jobs = desk.store.pending_jobs().await.unwrap();
        let jobs = jobs.iter().filter(|it| it.payload == payload).count();
        assert_eq!(
            (posted, jobs),
            if answered { (true, 2) } else { (false, 0) },
            "{patience}"
        );
    }
}

/// Drops the post after it was asked `patience` times how far it is, as a server does whose client hangs up.
async fn give_up_after(patience: u64, desk: &Desk) {
    let mut post = pin!(post(desk, patience));
    for _ in 0..patience {
        tokio::select! {
            biased;
            _ = &mut post => return,
            () = tokio::task::yield_now() => {}
        }
    }
}

async fn post(desk: &Desk, number: u64) -> store::Result<()> {
    let payload = number.to_string();
    let jobs = [job("speak", &payload), job("announce", &payload)];
    let answer = once("token", &payload);
    desk.store
        .insert_bulletin(&bulletin(number), &jobs, Some(&answer))
        .await
}

async fn assert_untouched(desk: &Desk, number: u64) {
    let id = bulletin(number).id;
    assert_eq!(desk.store.find_bulletin(&id).await.unwrap(), None);
    assert_eq!(desk.store.live_bulletins(hour(0)).await.unwrap(), []);
    assert_eq!(desk.store.pending_jobs().await.unwrap(), []);
    let answer = desk.store.find_once("token", &number.to_string()).await;
    assert_eq!(answer.unwrap(), None);
}
