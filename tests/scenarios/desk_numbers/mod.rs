use std::time::Duration;

use bulletin::TerritorySlug;
use serde_json::json;
use store::{AlertKind, By, NewAlert, Role, Store};
use tokio::runtime::Runtime;

use crate::support::{House, eventually, take_turn, walk};

#[test]
fn an_auditor_reads_and_an_alert_is_seen_at_320_and_1280_px_by_keys_alone_and_without_javascript() {
    let _turn = take_turn();
    let house = House::open();
    let text = "Un échappement de vapeur s’entend depuis ce matin.";
    let posted = house.post("raffinerie-du-meandre", text);
    for _ in 0..3 {
        house.dial("0805691282", "#", Duration::from_secs(3));
    }
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(Store::open(&house.data().join("allo.db")));
    let store = store.expect("the rows");
    let rouen = slug("rouen_metropole");
    let calls = eventually("the figures", Duration::from_secs(10), || {
        let (since, until) = (jiff::Timestamp::MIN, jiff::Timestamp::now());
        let quarters = runtime.block_on(store.call_quarters(&rouen, since, until));
        let calls: u64 = quarters.expect("figures").iter().map(|it| it.calls).sum();
        (calls == 3).then_some(calls)
    });
    for territory in [rouen, slug("le_havre")] {
        let alert = NewAlert {
            kind: AlertKind::Surge,
            territory,
            site: None,
            bulletin: None,
            told: json!({ "calls": 12, "minutes": 5, "noticed": { "smell": 3 } }),
        };
        let by = By {
            who: "service",
            at: jiff::Timestamp::now(),
        };
        runtime
            .block_on(store.open_alert(&alert, by))
            .expect("an alert");
    }
    let input = json!({
        "url": house.url(""),
        "auditor": house.hire("aude@allo.example", Role::Auditor),
        "administrator": house.sign_in(None),
        "bulletin": posted["id"],
        "text": text,
        "calls": calls,
    });

    let walked = walk("auditor", &input);

    assert_eq!(walked["visits"], 3);
}

fn slug(text: &str) -> TerritorySlug {
    TerritorySlug::parse(text).expect("a slug")
}
