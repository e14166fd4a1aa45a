//! CAP 1.2: each entry as a message, held against the schema and against the table of fields of the standard.

use axum::http::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::house::{FERTILISER, House, REFINERY, flare_with};
use crate::readers::{act, all, plain, posted, told_to_its_end, validate_cap, works};

#[tokio::test]
async fn each_entry_is_a_message_that_refers_to_all_before_it() {
    let house = House::new().await;
    let id = told_to_its_end(&house).await;
    let triple = |number: u32| {
        let hour = 13 + number;
        format!("allo.example,{id}-{number},2026-11-23T{hour}:32:00+01:00")
    };
    for (number, message_type, response, earlier) in [
        (1, "Alert", "Monitor", None),
        (2, "Update", "Monitor", Some(triple(1))),
        (
            3,
            "Update",
            "Monitor",
            Some([triple(1), triple(2)].join(" ")),
        ),
        (
            4,
            "Update",
            "AllClear",
            Some([triple(1), triple(2), triple(3)].join(" ")),
        ),
    ] {
        let message = message(&house, &format!("{id}-{number}")).await;
        assert_eq!(one(&message, "identifier"), format!("{id}-{number}"));
        assert_eq!(one(&message, "msgType"), message_type);
        assert_eq!(one(&message, "responseType"), response);
        assert_eq!(all(&message, "references").pop(), earlier);
        assert_eq!(one(&message, "incidents"), id);
    }
    let latest = message(&house, &id).await;
    assert_eq!(one(&latest, "identifier"), format!("{id}-4"));
    assert_eq!(
        (one(&latest, "urgency"), one(&latest, "severity")),
        ("Past".into(), "Minor".into())
    );
}

#[tokio::test]
async fn a_withdrawal_cancels_what_was_said() {
    let house = House::new().await;
    let id = house.post_flare().await;
    act(&house, REFINERY, &id, "withdraw", json!({})).await;
    let message = message(&house, &id).await;
    assert_eq!(one(&message, "msgType"), "Cancel");
    assert_eq!(
        one(&message, "references"),
        format!("allo.example,{id}-1,2026-11-23T14:32:00+01:00")
    );
    assert_eq!(one(&message, "responseType"), "None");
}

#[tokio::test]
async fn an_exercise_and_a_test_are_never_actual_and_say_so_first() {
    let house = House::new().await;
    for (kind, status, headline, note) in [
        (
            "drill",
            "Exercise",
            "EXERCICE – Raffinerie du Méandre, Petit-Couronne\u{a0}: sirène",
            "Exercice",
        ),
        (
            "test",
            "Test",
            "ESSAI – Raffinerie du Méandre, Petit-Couronne\u{a0}: sirène",
            "Essai",
        ),
    ] {
        let mut body = crate::house::flare();
        body["kind"] = json!(kind);
        body["events"] = json!(["siren"]);
        let id = posted(&house, REFINERY, body.to_string()).await;
        let message = message(&house, &id).await;
        assert_eq!(one(&message, "status"), status);
        assert_eq!(one(&message, "headline"), headline);
        assert_eq!(one(&message, "note"), format!("{note} {id}"));
    }
    let id = house.post_flare().await;
    let actual = message(&house, &id).await;
    assert_eq!(one(&actual, "status"), "Actual");
    assert!(all(&actual, "note").is_empty());
}

#[tokio::test]
async fn every_field_of_the_standard_is_as_its_table_says() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let flare = message(&house, &id).await;
    for (field, value) in [
        ("sender", "allo.example"),
        ("sent", "2026-11-23T14:32:00+01:00"),
        ("source", "Raffinerie du Méandre, Rouen Métropole"),
        ("scope", "Public"),
        ("language", "fr"),
        ("category", "Env"),
        ("event", "torche, fumée"),
        ("urgency", "Unknown"),
        ("severity", "Unknown"),
        ("certainty", "Observed"),
        ("effective", "2026-11-23T14:32:00+01:00"),
        ("onset", "2026-11-23T14:07:00+01:00"),
        ("expires", "2026-12-02T14:32:00+01:00"),
        ("senderName", "Raffinerie du Méandre"),
        (
            "headline",
            "Raffinerie du Méandre, Petit-Couronne : torche, fumée",
        ),
        (
            "description",
            "La torche brûle avec une fumée noire visible de loin.",
        ),
        ("contact", "0805 691 282"),
        ("areaDesc", "Petit-Couronne (Rouen Métropole)"),
    ] {
        assert_eq!(plain(&one(&flare, field)), value, "{field}");
    }
    assert_eq!(
        one(&flare, "web"),
        format!("https://allo.example/rouen_metropole/{id}")
    );
    let instruction = plain(&one(&flare, "instruction"));
    assert!(
        instruction.starts_with("Information du site, et non une alerte des autorités."),
        "{instruction}"
    );

    let body = works("2026-11-24T08:00:00+01:00", "2026-11-24T18:00:00+01:00");
    let id = posted(&house, FERTILISER, body).await;
    let planned = message(&house, &id).await;
    for (field, value) in [
        ("urgency", "Future"),
        ("severity", "Minor"),
        ("certainty", "Likely"),
        ("responseType", "None"),
        ("category", "Safety"),
    ] {
        assert_eq!(one(&planned, field), value, "{field}");
    }
    assert_eq!(
        all(&planned, "value"),
        ["planned", "2026-11-24T18:00:00+01:00"]
    );
    assert!(
        plain(&one(&planned, "instruction"))
            .ends_with("Fin prévue : mardi 24 novembre 2026 à 18 h.")
    );
}

#[tokio::test]
async fn an_english_bulletin_is_an_english_message() {
    let house = House::new().await;
    let mut body = crate::house::flare();
    body["language"] = json!("en");
    body["text"] = json!("The flare burns with black smoke.");
    let id = posted(&house, REFINERY, body.to_string()).await;
    let message = message(&house, &id).await;
    assert_eq!(
        (one(&message, "language"), one(&message, "event")),
        ("en".into(), "flaring, smoke".into())
    );
    assert!(one(&message, "instruction").starts_with("Information of the site, not an alert"));
}

#[tokio::test]
async fn hostile_names_and_texts_are_text_in_a_message() {
    let house = House::new().await;
    let hostile = "<script>&]]> \"fumée\" \u{fffe}".to_owned();
    let id = posted(&house, REFINERY, flare_with("text", json!(hostile))).await;
    let message = message(&house, &id).await;
    assert_eq!(
        one(&message, "description"),
        "&lt;script&gt;&amp;]]&gt; &quot;fumée&quot; \u{fffd}"
    );
}

#[tokio::test]
async fn a_headline_is_never_longer_than_the_standard_recommends() {
    let house = House::new().await;
    let mut body = crate::house::flare();
    let every: Vec<_> = bulletin::Event::ALL.iter().map(|it| it.as_str()).collect();
    body["events"] = json!(every);
    let id = posted(&house, REFINERY, body.to_string()).await;
    let message = message(&house, &id).await;
    let headline = one(&message, "headline");
    assert_eq!(
        (headline.chars().count(), headline.chars().last()),
        (160, Some('…'))
    );
    assert_eq!(
        all(&message, "category"),
        ["Env", "Safety", "Fire", "CBRNE", "Transport"]
    );
}

#[tokio::test]
async fn the_index_leads_to_every_message_and_its_signature() {
    let house = House::new().await;
    let id = told_to_its_end(&house).await;
    let index = house.get("/rouen_metropole/cap.atom").await.text();
    for number in 1..=4 {
        let path = format!("/rouen_metropole/{id}-{number}.cap.xml");
        assert!(index.contains(&format!(r#"<link rel="alternate" type="application/cap+xml" href="https://allo.example{path}"/>"#)));
        assert!(index.contains(&format!(
            r#"title="Ed25519" href="https://allo.example{path}.sig"/>"#
        )));
        let message = house.get(&path).await;
        let signature = house.get(&format!("{path}.sig")).await;
        assert_eq!(signature.header("content-type"), "application/octet-stream");
        assert_eq!(signature.body, Sha256::digest(&message.body).repeat(2));
    }
    let key = house.get("/signing-key.pem").await;
    assert!(key.text().starts_with("-----BEGIN PUBLIC KEY-----"));
}

#[tokio::test]
async fn a_message_keeps_its_address_and_its_words_for_ever() {
    let house = House::new().await;
    let id = told_to_its_end(&house).await;
    let paths = ["-2.cap.xml", "-2.cap.xml.sig", ".cap.xml", ".cap.xml.sig"]
        .map(|end| format!("/rouen_metropole/{id}{end}"));
    let mut before = vec![];
    for path in &paths {
        before.push(house.get(path).await);
    }
    house.set_clock("2030-01-01T00:00:00Z");
    house.refresh().await;
    for (path, before) in paths.iter().zip(before) {
        let after = house.get(path).await;
        assert_eq!(
            (after.status, &after.body),
            (StatusCode::OK, &before.body),
            "{path}"
        );
        assert_eq!(after.header("content-type"), before.header("content-type"));
    }
    for nowhere in [
        format!("/le_havre/{id}.cap.xml"),
        format!("/rouen_metropole/{id}-9.cap.xml"),
        format!("/rouen_metropole/{id}-0.cap.xml"),
    ] {
        assert_eq!(
            house.get(&nowhere).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn universal_time_is_written_as_the_standard_wants_it() {
    let house = House::new().await;
    let territories = house.store.territories().await.unwrap();
    let mut rouen = territories
        .into_iter()
        .find(|it| it.slug.as_str() == "rouen_metropole")
        .unwrap();
    rouen.zone = jiff::tz::TimeZone::get("Etc/UTC").unwrap();
    house
        .store
        .upsert_territory(&rouen, crate::house::by())
        .await
        .unwrap();
    house.refresh().await;
    let id = house.post_flare().await;
    assert_eq!(
        one(&message(&house, &id).await, "sent"),
        "2026-11-23T13:32:00-00:00"
    );
}

/// A message by the name of its file, which the schema allows.
async fn message(house: &House, name: &str) -> String {
    let answer = house.get(&format!("/rouen_metropole/{name}.cap.xml")).await;
    assert_eq!(answer.status, StatusCode::OK, "{name}");
    assert_eq!(
        answer.header("content-type"),
        "application/cap+xml; charset=utf-8"
    );
    let message = answer.text();
    validate_cap(&message);
    message
}

/// The one element of that name.
fn one(message: &str, name: &str) -> String {
    let mut found = all(message, name);
    assert_eq!(found.len(), 1, "{name}: {message}");
    found.remove(0)
}
