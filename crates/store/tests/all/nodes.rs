//! Nodes as they say how they are, and duties that one of them has.

use std::collections::BTreeMap;
use std::time::Duration;

use store::KnownNode;
use tokio::task::JoinSet;

use crate::support::{Desk, bulletin, hour, territory};

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_node_is_known_as_it_last_said_it_is_and_forgotten_when_it_is_long_gone() {
    let desk = Desk::empty().await;
    let store = &desk.store;
    let first = node("a");
    let second = KnownNode {
        seen_at: hour(1),
        is_leaving: true,
        calls: 3,
        held: BTreeMap::from([(bulletin(1).id, (2, hour(0)))]),
        ..node("b")
    };
    for one in [&first, &second] {
        store.see_node(one, hour(-24)).await.unwrap();
    }
    assert_eq!(store.nodes().await.unwrap(), [first, second.clone()]);

    let later = KnownNode {
        seen_at: hour(2),
        held: BTreeMap::new(),
        ..second
    };
    store.see_node(&later, hour(1)).await.unwrap();
    assert_eq!(store.nodes().await.unwrap(), [later], "the first is gone");
}

#[tokio::test]
async fn what_a_newer_node_says_otherwise_is_left_out_of_what_is_known_of_it() {
    let desk = Desk::empty().await;
    desk.store.see_node(&node("a"), hour(-24)).await.unwrap();
    desk.meddle("UPDATE nodes SET held = '[]', crowds = '{\"boucles_de_seine\": {\"live\": 5}}'")
        .await;
    let known = desk.store.nodes().await.unwrap();
    assert!(known[0].crowds.is_empty() && known[0].held.is_empty());
}

#[tokio::test]
async fn a_duty_is_one_nodes_until_it_gives_it_back_or_its_lease_is_over() {
    let desk = Desk::empty().await;
    let take = async |holder: &str, seconds| {
        let now = hour(0) + Duration::from_secs(seconds);
        let taken = desk.store.take_duty("mails", holder, now, LEASE).await;
        taken.unwrap()
    };
    assert!(take("a", 0).await);
    assert!(!take("b", 59).await);
    assert!(take("a", 59).await, "kept for another minute");
    assert!(!take("b", 118).await);
    assert!(take("b", 119).await);
    assert!(!take("a", 120).await);

    desk.store.leave_duty("mails", "a").await.unwrap();
    assert!(!take("a", 121).await, "it was not a's to give");
    desk.store.leave_duty("mails", "b").await.unwrap();
    assert!(take("a", 122).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_nodes_that_reach_for_a_duty_one_has_it() {
    let desk = Desk::empty().await;
    let mut nodes = JoinSet::new();
    for number in 0..8 {
        let node = desk.open_again().await;
        nodes.spawn(async move {
            let name = number.to_string();
            let taken = node.take_duty("mails", &name, hour(0), LEASE).await;
            taken.unwrap()
        });
    }
    let taken = nodes.join_all().await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
}

fn node(name: &str) -> KnownNode {
    KnownNode {
        id: format!("id-{name}"),
        name: name.to_owned(),
        role: "all".into(),
        version: "0.1.0".into(),
        since: hour(-2),
        seen_at: hour(0),
        calls: 0,
        is_leaving: false,
        programme: "0123456789ab".into(),
        crowds: BTreeMap::from([(territory().slug, 5)]),
        held: BTreeMap::new(),
    }
}
