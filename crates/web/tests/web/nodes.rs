//! What administrators see of the nodes.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use store::KnownNode;

use crate::house::{ADMINISTRATOR, House};

#[tokio::test]
async fn administrators_see_every_node_with_its_part_and_what_no_node_does() {
    let house = House::new().await;
    let mut administrator = house.sign_in(ADMINISTRATOR).await;
    let page = administrator.get("/admin/nodes").await.text();
    assert!(
        page.contains("Aucun nœud ne s’est encore annoncé"),
        "{page}"
    );

    let ready = node(&house, "rouen-1", "line", 0);
    let leaving = KnownNode {
        is_leaving: true,
        ..node(&house, "rouen-2", "web", 5)
    };
    let gone = node(&house, "rouen-3", "jobs", 300);
    for one in [&ready, &leaving, &gone] {
        let long_ago = house.now() - SignedDuration::from_hours(24);
        house.store.see_node(one, long_ago).await.unwrap();
    }
    let page = administrator.get("/admin/nodes").await.text();
    for words in [
        "rouen-1",
        "<strong>prêt</strong>",
        "3 appels en cours",
        "s’arrête, et ne prend plus rien de nouveau",
        "on ne l’a plus vu depuis <time",
        "en ce moment : les pages, les tâches (voix, canaux, courriels).",
        "<code>0123456789ab</code>",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(page.matches("appels en cours").count(), 1, "one has a line");
    assert!(!page.contains("pas tous le même programme"));

    let other = KnownNode {
        programme: "ba9876543210".into(),
        ..node(&house, "rouen-4", "all", 1)
    };
    let store = &house.store;
    store
        .see_node(&other, house.now() - SignedDuration::from_hours(24))
        .await
        .unwrap();
    let page = administrator.get("/admin/nodes").await.text();
    assert!(page.contains("pas tous le même programme"), "{page}");
    assert!(!page.contains("en ce moment :"), "{page}");
}

fn node(house: &House, name: &str, role: &str, seconds_ago: i64) -> KnownNode {
    let seen_at = house.now() - SignedDuration::from_secs(seconds_ago);
    KnownNode {
        id: name.to_owned(),
        name: name.to_owned(),
        role: role.to_owned(),
        version: "0.1.0".into(),
        since: seen_at - SignedDuration::from_hours(2),
        seen_at,
        calls: 3,
        is_leaving: false,
        programme: "0123456789ab".into(),
        crowds: BTreeMap::new(),
        held: BTreeMap::new(),
    }
}
