use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::{House, eventually};

#[test]
fn a_restart_keeps_everything() {
    const SITE: &str = "engrais-de-la-boucle";
    let mut house = House::open();
    let answer = house.post(SITE, "Bruit de ventilation.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    house.act(SITE, &id, "updates", &json!({"text": "Le bruit continue."}));
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let token = house.token(SITE);
    let programme = house.read_json("/api/v1/territories/rouen_metropole/programme");

    house.stop();
    house.start(Path::new(env!("CARGO_BIN_EXE_allo")));

    assert_eq!(house.token(SITE), token);
    assert_eq!(
        house.recording(SITE, &id).as_ref(),
        Some(&octets),
        "without speaking again"
    );
    let again = house.read_json("/api/v1/territories/rouen_metropole/programme");
    assert_eq!(texts(&again), texts(&programme));
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    assert!(heard.has(&octets));
}

/// Every `text` of a programme, in order.
fn texts(programme: &serde_json::Value) -> Vec<String> {
    match programme {
        serde_json::Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value.as_str() {
                Some(text) if name == "text" => vec![text.to_owned()],
                _ => texts(value),
            })
            .collect(),
        serde_json::Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => vec![],
    }
}
