//! Posting and following a bulletin.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{FERTILISER, House, REFINERY, flare, flare_with};

#[tokio::test]
async fn a_post_is_on_the_page_and_in_the_rows_before_it_is_acknowledged() {
    let house = House::new().await;

    let answer = house
        .post(REFINERY, "/api/v1/bulletins", flare().to_string())
        .await;

    assert_eq!(answer.status, StatusCode::CREATED);
    let body = answer.json();
    let id = body["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/bulletins/{id}"));
    assert_eq!(body["state"], "ongoing");
    assert_eq!(
        body["url"],
        format!("https://allo.example/rouen_metropole/{id}")
    );
    assert_eq!(body["speech"], "queued");
    assert_eq!(body["expires_at"], "2026-12-02T14:32:00+01:00");
    assert_eq!(body["warnings"], json!([]));
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("fumée noire visible de loin")
    );
    let live = house
        .store
        .live_bulletins("2026-11-23T13:32:00Z".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(live[0].id.as_str(), id);
    assert_eq!(live[0].current().author, "token:t-raffinerie");
}

#[tokio::test]
async fn a_post_leaves_one_job_that_says_what_to_speak() {
    let house = House::new().await;
    let id = house.post_flare().await;

    let jobs = house.store.pending_jobs().await.unwrap();

    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].kind, "speak");
    let payload: serde_json::Value = serde_json::from_str(&jobs[0].payload).unwrap();
    assert_eq!(payload, json!({ "bulletin": id, "entry": 1 }));
}

#[tokio::test]
async fn a_post_wakes_all_who_wait_for_work_and_those_who_have_begun_to_look() {
    let house = House::new().await;
    let waiting = house.app.changed.notified();
    tokio::pin!(waiting);
    waiting.as_mut().enable();
    let looking = house.app.changed.notified();

    house.post_flare().await;

    waiting.await;
    looking.await;
}

#[tokio::test]
async fn a_page_that_cannot_be_rebuilt_does_not_refuse_the_post() {
    let mut house = House::new().await;
    house.serve_with(|app| {
        app.refresh = std::sync::Arc::new(|| Box::pin(async { panic!("no page today") }))
    });

    let answer = house
        .post(REFINERY, "/api/v1/bulletins", flare().to_string())
        .await;

    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_page_that_hangs_holds_the_answer_for_two_seconds_at_most() {
    let mut house = House::new().await;
    house.serve_with(|app| {
        app.refresh = std::sync::Arc::new(|| Box::pin(std::future::pending()));
    });
    let before = std::time::Instant::now();

    let answer = house
        .post(REFINERY, "/api/v1/bulletins", flare().to_string())
        .await;

    assert_eq!(answer.status, StatusCode::CREATED);
    let held = before.elapsed().as_secs_f64();
    assert!((2.0..5.0).contains(&held), "{held} s");
}

#[tokio::test]
async fn words_that_play_an_event_down_are_remarked_in_both_languages() {
    let house = House::new().await;
    let body = flare_with("text", json!("Fumée noire à la torche, sans gravité."));

    let answer = house.post(REFINERY, "/api/v1/bulletins", body).await.json();

    let remark = &answer["warnings"][0];
    assert!(remark["detail"].as_str().unwrap().contains("sans gravité"));
    assert!(
        remark["detail_en"]
            .as_str()
            .unwrap()
            .contains("sans gravité")
    );
    let state = house
        .get_as(
            REFINERY,
            &format!("/api/v1/bulletins/{}", answer["id"].as_str().unwrap()),
        )
        .await;
    assert_eq!(state.json()["warnings"], answer["warnings"]);
}

#[tokio::test]
async fn a_lifetime_can_be_given_in_days_or_in_hours() {
    let house = House::new().await;
    for (field, value, end) in [
        ("lifetime_days", 1, "2026-11-24T14:32:00+01:00"),
        ("lifetime_hours", 6, "2026-11-23T20:32:00+01:00"),
    ] {
        let answer = house
            .post(
                REFINERY,
                "/api/v1/bulletins",
                flare_with(field, json!(value)),
            )
            .await;
        assert_eq!(answer.json()["expires_at"], end);
    }
}

#[tokio::test]
async fn a_lifetime_across_the_end_of_summer_time_ends_at_the_same_hour_on_the_wall() {
    let house = House::new().await;
    house.set_clock("2026-10-20T12:30:00Z");

    let answer = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("starts_at", json!(null)),
        )
        .await;

    assert_eq!(answer.json()["expires_at"], "2026-10-29T14:30:00+01:00");
}

#[tokio::test]
async fn a_site_follows_its_bulletin_but_not_that_of_another_site() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let path = format!("/api/v1/bulletins/{id}");

    let own = house.get_as(REFINERY, &path).await;
    assert_eq!(own.status, StatusCode::OK);
    let state = own.json();
    assert_eq!(state["speech"], "queued");
    assert_eq!(state["thread"][0]["text"], flare()["text"]);
    assert_eq!(state["starts_at"], "2026-11-23T14:07:00+01:00");

    assert_eq!(
        house.get_as(FERTILISER, &path).await.problem(),
        (404, "not-found".to_owned())
    );
    assert_eq!(
        house.get(&path).await.problem(),
        (401, "token-required".to_owned())
    );
}

#[tokio::test]
async fn the_speech_state_follows_the_voice() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let speech = async || {
        house
            .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
            .await
            .json()["speech"]
            .clone()
    };

    assert_eq!(speech().await, "queued");
    house
        .store
        .set_speech_state(&format!("bulletin/{id}/1"), "failed", "no voice")
        .await
        .unwrap();
    assert_eq!(speech().await, "failed");
    house.speak(&id, 1).await;
    assert_eq!(speech().await, "ready");
}

#[tokio::test]
async fn the_programme_lists_what_callers_hear_in_order() {
    let house = House::new().await;
    let planned = json!({
        "site": "engrais", "kind": "planned", "events": ["maintenance"], "text": "Travaux de nuit.",
        "starts_at": "2026-11-24T22:00:00+01:00", "ends_at": "2026-11-25T05:00:00+01:00",
    });
    house
        .post(FERTILISER, "/api/v1/bulletins", planned.to_string())
        .await;
    let flare = house.post_flare().await;
    house.speak(&flare, 1).await;

    let programme = house
        .get("/api/v1/territories/rouen_metropole/programme")
        .await
        .json();

    assert_eq!(programme["territory"]["numbers"][0], "+33805691282");
    assert_eq!(programme["checked_at"], "2026-11-23T14:32:00+01:00");
    let order: Vec<_> = programme["ongoing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert_eq!(order, ["ongoing", "scheduled"]);
    assert_eq!(programme["ongoing"][0]["id"], flare);
    assert_eq!(programme["ongoing"][0]["duration_ms"], 41_500);
    assert_eq!(programme["ongoing"][1]["speech"], "queued");
    assert_eq!(house.get("/rouen_metropole.json").await.json(), programme);
    assert_eq!(
        house
            .get("/api/v1/territories/le_havre/programme")
            .await
            .json()["ongoing"],
        json!([])
    );
}

#[tokio::test]
async fn the_territories_are_listed_with_their_sites() {
    let house = House::new().await;

    let list = house.get("/api/v1/territories").await.json();

    assert_eq!(list["territories"][0]["slug"], "le_havre");
    assert_eq!(list["territories"][1]["sites"].as_array().unwrap().len(), 2);
    assert_eq!(
        list["territories"][1]["programme"],
        "/api/v1/territories/rouen_metropole/programme"
    );
}
