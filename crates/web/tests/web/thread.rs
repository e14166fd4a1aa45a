//! Updates, corrections, ends and withdrawals: the thread grows and nothing is overwritten.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{House, REFINERY};

#[tokio::test]
async fn post_update_end_gives_three_entries_in_order_with_their_hours() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.set_clock("2026-11-23T14:10:00Z");
    act(
        &house,
        &id,
        "updates",
        r#"{"text":"La flamme diminue.","under_control":true}"#,
    )
    .await;
    assert_eq!(state(&house, &id).await, "under_control");
    house.set_clock("2026-11-23T17:00:00Z");
    act(&house, &id, "end", "").await;

    let thread = house
        .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
        .await
        .json()["thread"]
        .clone();

    let seen: Vec<_> = thread
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (&entry["kind"], &entry["at"]))
        .collect();
    assert_eq!(
        seen,
        [
            (&json!("first"), &json!("2026-11-23T14:32:00+01:00")),
            (&json!("update"), &json!("2026-11-23T15:10:00+01:00")),
            (&json!("end"), &json!("2026-11-23T18:00:00+01:00")),
        ]
    );
    let page = house.get("/rouen_metropole").await.text();
    let places: Vec<_> = [
        "Retour à la normale.",
        "La flamme diminue.",
        "La torche brûle",
    ]
    .map(|text| page.find(text).unwrap())
    .to_vec();
    assert!(places.is_sorted(), "the newest text stands first");
    assert!(page.contains("18\u{a0}h</time>") && page.contains("15\u{a0}h\u{a0}10</time>"));
    assert!(page.contains("Terminés"));
}

#[tokio::test]
async fn a_correction_is_marked_and_the_old_text_stays_readable() {
    let house = House::new().await;
    let id = house.post_flare().await;

    act(
        &house,
        &id,
        "correct",
        r#"{"text":"Deux torches brûlent, et non une."}"#,
    )
    .await;

    let page = house.get(&format!("/rouen_metropole/{id}")).await.text();
    assert!(page.contains("Rectificatif"));
    assert!(page.contains("Deux torches brûlent"));
    assert!(page.contains("La torche brûle avec une fumée noire"));
    assert!(page.contains("(rectifié ensuite)"));
}

#[tokio::test]
async fn a_withdrawn_bulletin_leaves_the_line_and_stays_in_the_archive() {
    let house = House::new().await;
    let id = house.post_flare().await;

    let answer = act(&house, &id, "withdraw", r#"{"text":"Publié par erreur."}"#).await;

    assert_eq!(answer["state"], "cancelled");
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("Aucun événement déclaré")
    );
    let page = house.get(&format!("/rouen_metropole/{id}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Ce bulletin est annulé"));
    let archive = house.get("/rouen_metropole/archives").await.text();
    assert!(archive.contains("annulé") && archive.contains("La torche brûle"));
    let jobs = house.store.pending_jobs().await.unwrap();
    assert_eq!(jobs.len(), 1, "the withdrawal is not spoken");
}

#[tokio::test]
async fn each_further_entry_has_a_job_of_its_own() {
    let house = House::new().await;
    let id = house.post_flare().await;
    act(&house, &id, "updates", r#"{"text":"Encore."}"#).await;
    act(&house, &id, "end", "{}").await;

    let jobs = house.store.pending_jobs().await.unwrap();

    let entries = jobs.iter().map(|job| {
        serde_json::from_str::<serde_json::Value>(&job.payload).unwrap()["entry"].clone()
    });
    assert_eq!(entries.collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_closed_thread_refuses_more_with_the_reason() {
    let house = House::new().await;
    let id = house.post_flare().await;
    act(&house, &id, "end", "").await;
    let answer = house
        .post(
            REFINERY,
            &format!("/api/v1/bulletins/{id}/updates"),
            r#"{"text":"Encore."}"#,
        )
        .await;
    assert_eq!(answer.problem(), (422, "bulletin-ended".to_owned()));
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_is_told_to_read_again() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let change = async |text: &str| {
        let body = format!(r#"{{"text":"{text}"}}"#);
        house
            .post(REFINERY, &format!("/api/v1/bulletins/{id}/updates"), body)
            .await
    };

    let answers = tokio::join!(
        change("Un."),
        change("Deux."),
        change("Trois."),
        change("Quatre.")
    );

    let answers = [answers.0, answers.1, answers.2, answers.3];
    let (kept, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|it| it.status == StatusCode::CREATED);
    assert!(!kept.is_empty());
    for answer in refused {
        assert_eq!(answer.problem(), (409, "changed-meanwhile".to_owned()));
    }
    let thread = house
        .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
        .await
        .json();
    assert_eq!(thread["thread"].as_array().unwrap().len(), 1 + kept.len());
}

#[tokio::test]
async fn an_update_can_give_a_new_lifetime() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.set_clock("2026-11-24T13:32:00Z");
    let answer = act(
        &house,
        &id,
        "updates",
        r#"{"text":"Encore.","lifetime_days":2}"#,
    )
    .await;
    assert_eq!(answer["expires_at"], "2026-11-26T14:32:00+01:00");
}

#[tokio::test]
async fn unknown_fields_of_a_thread_request_are_refused_by_name() {
    let house = House::new().await;
    let id = house.post_flare().await;
    for (action, body) in [
        ("updates", r#"{"text":"A.","state":"x"}"#),
        ("end", r#"{"state":"x"}"#),
    ] {
        let answer = house
            .post(REFINERY, &format!("/api/v1/bulletins/{id}/{action}"), body)
            .await;
        assert_eq!(answer.problem(), (422, "unknown-field".to_owned()));
        assert!(answer.json()["detail"].as_str().unwrap().contains("state"));
    }
}

async fn act(house: &House, id: &str, action: &str, body: &'static str) -> serde_json::Value {
    let answer = house
        .post(REFINERY, &format!("/api/v1/bulletins/{id}/{action}"), body)
        .await;
    assert_eq!(
        answer.status,
        StatusCode::CREATED,
        "{action}: {}",
        answer.text()
    );
    answer.json()
}

async fn state(house: &House, id: &str) -> serde_json::Value {
    house
        .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
        .await
        .json()["state"]
        .clone()
}
