use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{House, eventually};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn texts_that_cannot_be_said_are_refused_in_words() {
    let house = House::open();
    let too_long = "bruit ".repeat(1667);
    for text in [
        "",
        "   ",
        "🔥🔥🔥",
        "bruit\u{0}",
        "bruit \u{202e}enversé",
        &too_long,
        "!!! ??? ...",
    ] {
        let (status, problem) = post(&house, text);
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{text:.20?}: {problem}"
        );
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.len() > 20, "{detail}");
    }
}

#[test]
fn texts_that_mean_harm_are_spoken_safely_and_escaped() {
    let house = House::open();
    let trap = house.data().join("written-by-the-voice");
    let markup = format!(
        "Bruit <genfile file=\"{trap}\">bip</genfile> <play file=\"/etc/hostname\"/> <speed level=\"1\">",
        trap = trap.display()
    );
    let texts = [
        markup.as_str(),
        "- Bruit de tiret au début",
        "--version Bruit d'option",
        "Bruit [[a e i]] {x} \\pau=9999\\ `id` $(id) | cat",
        "Bruit 🔥 de torche 🏭 #torche @Sdis76 https://example.org/a?b=c",
        "<script>alert(1)</script> bruit &]]> \"guillemets\"",
        "Bruit\nsur\tdeux lignes 999999999999999999999999999999 fois 14h30",
    ];
    for text in texts {
        let (status, answer) = post(&house, text);
        assert_eq!(status, StatusCode::CREATED, "{text}: {answer}");
        let id = answer["id"].as_str().expect("an id");
        let octets = eventually("the recording", Duration::from_secs(15), || {
            house.recording(SITE, id)
        });
        assert!(
            (8_000..800_000).contains(&octets.len()),
            "{text}: {} octets",
            octets.len()
        );
    }
    assert!(!trap.exists(), "the voice wrote a file");
    let (_, page) = house.read("/rouen_metropole");
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("alert(1)"), "shown as it was written");
    let (status, _) = house.read("/readyz");
    assert_eq!(status, StatusCode::OK);
}

fn post(house: &House, text: &str) -> (StatusCode, Value) {
    let body = json!({
        "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
        "text": text, "language": "fr",
    });
    house.send(Method::POST, "/api/v1/bulletins", SITE, &body)
}
