//! The same request twice is done once.

use axum::http::StatusCode;
use serde_json::json;

use crate::house::{Answer, FERTILISER, House, REFINERY, flare, flare_with, post_request};

const BULLETINS: &str = "/api/v1/bulletins";

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_and_one_bulletin() {
    let house = House::new().await;

    let first = post(&house, BULLETINS, "click-1", flare().to_string()).await;
    house.set_clock("2026-11-23T15:00:00Z");
    let second = post(&house, BULLETINS, "click-1", flare().to_string()).await;

    assert_eq!(
        (first.status, second.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.body, second.body);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(
        house
            .get("/api/v1/territories/rouen_metropole/programme")
            .await
            .json()["ongoing"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let house = House::new().await;
    post(&house, BULLETINS, "click-1", flare().to_string()).await;
    let other = post(
        &house,
        BULLETINS,
        "click-1",
        flare_with("text", json!("Odeur de gaz.")),
    )
    .await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused".to_owned()));
}

#[tokio::test]
async fn a_double_click_publishes_once() {
    let house = House::new().await;
    let click = || post(&house, BULLETINS, "click-1", flare().to_string());

    let (one, two, three) = tokio::join!(click(), click(), click());

    assert_eq!(
        [one.status, two.status, three.status],
        [StatusCode::CREATED; 3]
    );
    assert!(one.body == two.body && two.body == three.body);
    assert_eq!(house.store.pending_jobs().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_token() {
    let house = House::new().await;
    post(&house, BULLETINS, "click-1", flare().to_string()).await;
    let request = post_request(FERTILISER, BULLETINS).header("idempotency-key", "click-1");
    let answer = house
        .send(
            request
                .body(flare_with("site", json!("engrais")).into())
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_end_repeated_with_its_key_is_answered_as_the_first_time() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let path = format!("{BULLETINS}/{id}/end");

    let first = post(&house, &path, "end-1", String::new()).await;
    let again = post(&house, &path, "end-1", String::new()).await;
    let new = post(&house, &path, "end-2", String::new()).await;

    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(new.problem(), (422, "bulletin-ended".to_owned()));
}

#[tokio::test]
async fn a_key_used_on_one_address_is_not_good_for_another() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let body = r#"{"text":"Fin."}"#.to_owned();
    post(
        &house,
        &format!("{BULLETINS}/{id}/correct"),
        "k",
        body.clone(),
    )
    .await;
    let other = post(&house, &format!("{BULLETINS}/{id}/end"), "k", body).await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused".to_owned()));
}

#[tokio::test]
async fn a_refused_post_does_not_use_up_its_key() {
    let house = House::new().await;
    let refused = post(&house, BULLETINS, "click-1", flare_with("text", json!(""))).await;
    assert_eq!(refused.problem(), (422, "text-empty".to_owned()));
    assert_eq!(
        post(&house, BULLETINS, "click-1", flare().to_string())
            .await
            .status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() {
    let house = House::new().await;
    for key in ["", "with space", "é", &"k".repeat(256)] {
        let answer = post(&house, BULLETINS, key, flare().to_string()).await;
        assert_eq!(
            answer.problem(),
            (400, "malformed-idempotency-key".to_owned()),
            "{key}"
        );
    }
}

async fn post(house: &House, path: &str, key: &str, body: String) -> Answer {
    let request = post_request(REFINERY, path).header("idempotency-key", key.as_bytes());
    house.send(request.body(body.into()).unwrap()).await
}
