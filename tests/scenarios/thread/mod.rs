use std::time::Duration;

use serde_json::json;

use crate::support::{House, eventually};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn update_correction_and_end_are_heard_and_read_in_order() {
    let house = House::open();
    let answer = house.post(SITE, "Bruit de soupape au nord du site.");
    let id = answer["id"].as_str().expect("an id");
    let first = spoken_after(&house, id, &[]);

    house.act(
        SITE,
        id,
        "updates",
        &json!({"text": "Le bruit diminue, la soupape se referme."}),
    );
    let update = spoken_after(&house, id, &first);
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    assert!(heard.has(&update), "the update is heard");
    assert!(!heard.has(body(&first)), "in place of the first message");

    house.act(
        SITE,
        id,
        "correct",
        &json!({"text": "Le bruit venait de l'ouest du site."}),
    );
    let correction = spoken_after(&house, id, &update);
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    assert!(heard.has(&correction));

    house.act(
        SITE,
        id,
        "end",
        &json!({"text": "Retour au calme complet."}),
    );
    let end = spoken_after(&house, id, &correction);
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    assert!(
        !heard.has(body(&correction)) && !heard.has(body(&end)),
        "off the first round"
    );
    let heard = house.dial("0805691282", "@0.2:8", Duration::from_secs(20));
    assert!(heard.has(&end), "behind key 8");

    let (_, page) = house.read(&format!("/rouen_metropole/{id}"));
    let places: Vec<_> = [
        "au nord du site",
        "Le bruit diminue",
        "ouest du site",
        "Retour au calme",
    ]
    .iter()
    .map(|text| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} is on the page"))
    })
    .collect();
    let newest_first = places.is_sorted_by(|one, next| one > next);
    assert!(
        places.is_sorted() || newest_first,
        "in one order: {places:?}"
    );
    let thread = house.read_json("/rouen_metropole.json").to_string();
    assert!(thread.contains("Retour au calme"));
}

#[test]
fn what_is_withdrawn_is_neither_heard_nor_active() {
    let house = House::open();
    let answer = house.post(SITE, "Bruit signalé par erreur sur un autre site.");
    let id = answer["id"].as_str().expect("an id");
    let octets = spoken_after(&house, id, &[]);

    house.act(
        SITE,
        id,
        "withdraw",
        &json!({"text": "Message posté par erreur."}),
    );

    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(12));
    assert!(!heard.has(body(&octets)));
    let programme = house.read_json("/api/v1/territories/rouen_metropole/programme");
    assert!(!programme.to_string().contains(id));
    let (_, page) = house.read(&format!("/rouen_metropole/{id}"));
    assert!(
        page.contains("signalé par erreur") && page.contains("annulé"),
        "still readable"
    );
}

/// The recording of the latest entry, once it is another than `before`.
fn spoken_after(house: &House, id: &str, before: &[u8]) -> Vec<u8> {
    eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, id).filter(|octets| octets != before)
    })
}

/// The last second, which the lead-in has no part in.
fn body(octets: &[u8]) -> &[u8] {
    &octets[octets.len() - 8000..]
}
