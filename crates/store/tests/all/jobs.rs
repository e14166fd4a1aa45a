//! The queue: order, leases, repeats, the dead.

use std::collections::HashSet;
use std::time::Duration;

use store::{Job, NewJob, Store};
use tokio::task::JoinSet;

use crate::support::{Desk, hour, job};

const LEASE: Duration = Duration::from_secs(60);
const NODE: &str = "00000000000000aa";

#[tokio::test]
async fn jobs_come_when_due_the_longest_due_first_and_of_the_asked_kinds_only() {
    let desk = Desk::open().await;
    let due = |hours, kind, payload| NewJob {
        run_at: hour(hours),
        ..job(kind, payload)
    };
    let jobs = [
        due(3, "speak", "c"),
        due(2, "speak", "b"),
        due(1, "expire", "x"),
        due(2, "speak", "b2"),
    ];
    desk.store.insert_jobs(&jobs).await.unwrap();

    assert_eq!(claim(&desk.store, 1).await, None);
    let mut payloads = vec![];
    while let Some(job) = claim(&desk.store, 2).await {
        payloads.push(job.payload);
    }
    assert_eq!(payloads, ["b", "b2"]);
    assert_eq!(claim(&desk.store, 3).await.unwrap().payload, "c");
    assert_eq!(
        desk.store
            .claim_job(&[], NODE, hour(9), LEASE)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_claimed_job_is_nobody_elses_until_its_lease_runs_out() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[job("speak", "a")]).await.unwrap();
    let claim = |second| {
        let now = hour(1) + Duration::from_secs(second);
        desk.store.claim_job(&["speak"], NODE, now, LEASE)
    };
    let first = claim(0).await.unwrap().unwrap();
    assert_eq!(first.attempts, 1);
    assert_eq!(claim(59).await.unwrap(), None);
    let second = claim(60).await.unwrap().unwrap();
    assert_eq!((second.id, second.attempts), (first.id, 2));
}

#[tokio::test]
async fn a_completed_job_is_gone_and_completing_it_twice_is_harmless() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[job("speak", "a")]).await.unwrap();
    let claimed = claim(&desk.store, 1).await.unwrap();
    assert_eq!(desk.store.pending_jobs().await.unwrap().len(), 1);
    desk.store.complete_job(&claimed).await.unwrap();
    desk.store.complete_job(&claimed).await.unwrap();
    assert_eq!(desk.store.pending_jobs().await.unwrap(), []);
    assert_eq!(claim(&desk.store, 900).await, None);
}

#[tokio::test]
async fn a_job_put_back_waits_and_remembers_why() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[job("speak", "a")]).await.unwrap();
    let claimed = claim(&desk.store, 1).await.unwrap();
    desk.store
        .retry_job(&claimed, hour(5), "voice engine is silent")
        .await
        .unwrap();
    assert_eq!(claim(&desk.store, 4).await, None);
    let again = claim(&desk.store, 5).await.unwrap();
    assert_eq!((again.id, again.attempts), (claimed.id, 2));
    assert_eq!(again.why.as_deref(), Some("voice engine is silent"));
}

#[tokio::test]
async fn a_dead_job_is_kept_with_its_reason_and_never_runs_again() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[job("speak", "a")]).await.unwrap();
    let claimed = claim(&desk.store, 1).await.unwrap();
    desk.store
        .kill_job(&claimed, "no word to read")
        .await
        .unwrap();
    assert_eq!(claim(&desk.store, 900).await, None);
    desk.store
        .retry_job(&claimed, hour(2), "late worker")
        .await
        .unwrap();
    desk.store.complete_job(&claimed).await.unwrap();

    assert_eq!(desk.store.pending_jobs().await.unwrap(), []);
    let dead = desk.store.dead_jobs().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].why.as_deref(), Some("no word to read"));
}

#[tokio::test]
async fn what_is_to_do_is_counted_by_kind() {
    let desk = Desk::open().await;
    assert_eq!(desk.store.job_queues(hour(1)).await.unwrap(), []);
    let all = [
        job("speak", "a"),
        job("speak", "b"),
        job("publish", "c"),
        job("speak", "d"),
    ];
    desk.store.insert_jobs(&all).await.unwrap();
    let claimed = claim(&desk.store, 1).await.unwrap();
    desk.store.kill_job(&claimed, "no word").await.unwrap();
    let claimed = claim(&desk.store, 1).await.unwrap();
    let later = desk.store.retry_job(&claimed, hour(5), "silence").await;
    later.unwrap();

    let queues = desk.store.job_queues(hour(2)).await.unwrap();

    let figures = queues
        .iter()
        .map(|it| (&*it.kind, it.due, it.oldest, it.failing, it.dead));
    let due = Some(hour(0));
    assert_eq!(
        figures.collect::<Vec<_>>(),
        [("publish", 1, due, 0, 0), ("speak", 1, due, 1, 1)]
    );
}

#[tokio::test]
async fn the_same_work_waits_only_once() {
    let desk = Desk::open().await;
    let jobs = [named("a"), named("b")];
    desk.store.insert_jobs(&jobs).await.unwrap();
    desk.store.insert_jobs(&[named("c")]).await.unwrap();
    let waiting = desk.store.pending_jobs().await.unwrap();
    assert_eq!(payloads(&waiting), ["a"]);
}

#[tokio::test]
async fn work_asked_for_while_it_runs_is_done_once_more() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[named("a")]).await.unwrap();
    let running = claim(&desk.store, 1).await.unwrap();
    desk.store.insert_jobs(&[named("b")]).await.unwrap();
    desk.store.complete_job(&running).await.unwrap();
    assert_eq!(claim(&desk.store, 1).await.unwrap().payload, "b");
}

#[tokio::test]
async fn a_job_put_back_gives_way_to_the_same_work_asked_for_meanwhile() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[named("a")]).await.unwrap();
    let running = claim(&desk.store, 1).await.unwrap();
    desk.store.insert_jobs(&[named("b")]).await.unwrap();
    desk.store
        .retry_job(&running, hour(2), "later")
        .await
        .unwrap();
    let waiting = desk.store.pending_jobs().await.unwrap();
    assert_eq!(payloads(&waiting), ["b"]);
}

#[tokio::test]
async fn the_same_work_is_in_one_hand_at_a_time_as_long_as_its_lease_lasts() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[named("a")]).await.unwrap();
    let claim = |second| {
        let now = hour(1) + Duration::from_secs(second);
        desk.store.claim_job(&["speak"], NODE, now, LEASE)
    };
    let dead = claim(0).await.unwrap().unwrap();
    desk.store.insert_jobs(&[named("b")]).await.unwrap();
    assert_eq!(claim(59).await.unwrap(), None, "it is being spoken");
    let again = claim(60).await.unwrap().unwrap();
    assert_eq!((again.id, again.payload.as_str()), (dead.id, "a"));
    assert_eq!(claim(61).await.unwrap(), None);
    desk.store.complete_job(&again).await.unwrap();
    assert_eq!(claim(61).await.unwrap().unwrap().payload, "b");
}

#[tokio::test]
async fn a_worker_whose_lease_has_run_out_changes_nothing_of_a_job_that_is_anothers() {
    let desk = Desk::open().await;
    desk.store.insert_jobs(&[job("speak", "a")]).await.unwrap();
    let claim = |second| {
        let now = hour(1) + Duration::from_secs(second);
        desk.store.claim_job(&["speak"], NODE, now, LEASE)
    };
    let late = claim(0).await.unwrap().unwrap();
    let holder = claim(60).await.unwrap().unwrap();

    let store = &desk.store;
    store.retry_job(&late, hour(1), "late").await.unwrap();
    store.kill_job(&late, "late").await.unwrap();
    store.complete_job(&late).await.unwrap();

    assert_eq!(claim(61).await.unwrap(), None, "it is in hand");
    assert_eq!(store.pending_jobs().await.unwrap().len(), 1);
    store.complete_job(&holder).await.unwrap();
    assert_eq!(store.pending_jobs().await.unwrap(), []);
    assert_eq!(store.dead_jobs().await.unwrap(), []);
}

#[tokio::test]
async fn a_node_that_starts_again_has_at_once_what_it_had_in_hand_and_nothing_of_others() {
    let desk = Desk::open().await;
    let jobs = [
        job("speak", "its own"),
        job("speak", "another's"),
        job("alert", "of another kind"),
    ];
    desk.store.insert_jobs(&jobs).await.unwrap();
    let claim = async |kind, node, second| {
        let now = hour(1) + Duration::from_secs(second);
        let claimed = desk.store.claim_job(&[kind], node, now, LEASE).await;
        claimed.unwrap().map(|job| job.payload)
    };
    assert_eq!(claim("speak", NODE, 0).await.unwrap(), "its own");
    assert_eq!(claim("speak", "another", 0).await.unwrap(), "another's");
    assert_eq!(claim("alert", NODE, 0).await.unwrap(), "of another kind");

    let release = async |second| {
        let now = hour(1) + Duration::from_secs(second);
        desk.store.release_jobs(&["speak"], NODE, 2, now).await
    };
    assert_eq!(release(1).await.unwrap(), 1);
    assert_eq!(claim("alert", NODE, 1).await, None);
    assert_eq!(claim("speak", NODE, 1).await.unwrap(), "its own");
    assert_eq!(claim("speak", NODE, 1).await, None);

    assert_eq!(release(2).await.unwrap(), 1);
    assert_eq!(claim("speak", NODE, 2).await.unwrap(), "its own");
    assert_eq!(release(3).await.unwrap(), 0, "claimed three times");
    assert_eq!(claim("speak", NODE, 59).await, None);
    assert_eq!(claim("speak", NODE, 60).await.unwrap(), "another's");
    assert_eq!(claim("speak", NODE, 62).await.unwrap(), "its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_jobs_is_in_one_hand_however_many_nodes_reach_for_it() {
    let desk = Desk::open().await;
    let jobs: Vec<NewJob> = (0..80).map(|it| job("speak", &it.to_string())).collect();
    desk.store.insert_jobs(&jobs).await.unwrap();
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let node = desk.open_again().await;
        for _ in 0..4 {
            workers.spawn(claim_all(node.clone()));
        }
    }
    let claimed: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<i64> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), distinct.len()), (80, 80));
}

async fn claim(store: &Store, hours: i64) -> Option<Job> {
    store
        .claim_job(
            &["speak"],
            NODE,
            hour(hours),
            Duration::from_secs(3600 * 1000),
        )
        .await
        .unwrap()
}

async fn claim_all(store: Store) -> Vec<i64> {
    let mut ids = vec![];
    while let Some(job) = claim(&store, 1).await {
        ids.push(job.id);
    }
    ids
}

fn named(payload: &str) -> NewJob {
    NewJob {
        unique: Some("speak/territory/boucles_de_seine".into()),
        ..job("speak", payload)
    }
}

fn payloads(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|it| it.payload.as_str()).collect()
}
