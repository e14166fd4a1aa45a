use std::time::Duration;

use serde_json::json;

use crate::support::{House, eventually};

#[test]
fn a_posted_message_is_heard_to_the_octet() {
    let house = House::open();
    let text = "Un bruit de vapeur est audible depuis 14h30. Nos équipes interviennent.";

    let answer = house.post("engrais-de-la-boucle", text);
    let id = answer["id"].as_str().expect("an id");
    // `make bench` says how soon.
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording("engrais-de-la-boucle", id)
    });
    let heard = house.dial("0805691282", "@0.3:#", Duration::from_secs(20));

    assert!(
        heard.has(&octets),
        "the recording is in the payload, octet for octet"
    );
    assert_eq!(heard.report.counts.lost, 0);
    assert_eq!(
        heard.report.counts.timestamp_steps, 0,
        "sequence and timestamp go on across prompts"
    );
    assert!(
        heard.report.first_sound_ms < Some(500.0),
        "{:?} ms",
        heard.report.first_sound_ms
    );
}

#[test]
fn who_presses_nothing_hears_greeting_bulletins_closing_once_more_and_goodbye() {
    let house = House::open();
    // What else there is would be heard twice, too.
    let programme = house.read_json("/le_havre.json");
    for one in programme["ongoing"].as_array().expect("a list") {
        let [site, id] = [&one["site"]["slug"], &one["id"]].map(|name| name.as_str());
        let (site, id) = (site.expect("a site"), id.expect("an id"));
        house.act(
            site,
            id,
            "end",
            &json!({"text": "Tout est rentré dans l'ordre."}),
        );
    }
    let answer = house.post("raffinerie-du-cap", "Sifflement bref, terminé ce soir.");
    let id = answer["id"].as_str().expect("an id");
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording("raffinerie-du-cap", id)
    });

    let heard = house.dial("0800101092", "", Duration::from_secs(240));

    let first = heard.frame_of(&octets).expect("heard once");
    let rest = &heard.report.octets[(first * 160 + octets.len())..];
    assert!(
        crate::support::find(rest, &octets).is_some(),
        "and once more"
    );
    assert_eq!(
        heard.report.ended_by,
        caller::EndedBy::Line,
        "the line says goodbye and hangs up"
    );
    assert_eq!(heard.report.counts.lost, 0);
    assert_eq!(heard.report.counts.timestamp_steps, 0);
}

#[test]
fn the_text_is_on_the_page_when_the_201_arrives() {
    let house = House::open();

    house.post(
        "raffinerie-du-cap",
        "Grondement passager, sans suite prévue.",
    );

    let (_, page) = house.read("/le_havre");
    assert!(page.contains("Grondement passager"));
}
