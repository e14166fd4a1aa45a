//! Tokens of a site: what each scope allows, when it was last of use, and its end.

use std::time::Duration;

use axum::http::StatusCode;
use bulletin::SiteSlug;
use sha2::{Digest, Sha256};
use store::{NewToken, Scope};

use crate::house::{House, REFINERY, by, flare, post_request};

const READER: &str = "secret-of-a-reader";

#[tokio::test]
async fn a_token_that_reads_follows_its_site_and_changes_nothing() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let reader = reader();
    house.store.insert_token(&reader, by()).await.unwrap();

    for path in [format!("/api/v1/bulletins/{id}"), "/api/v1/drafts".into()] {
        let answer = house.get_as(READER, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/api/v1/bulletins".to_owned(),
        format!("/api/v1/bulletins/{id}/updates"),
        format!("/api/v1/bulletins/{id}/correct"),
        format!("/api/v1/bulletins/{id}/end"),
        format!("/api/v1/bulletins/{id}/withdraw"),
        "/api/v1/recordings".to_owned(),
    ] {
        let answer = house.post(READER, &path, flare().to_string()).await;
        assert_eq!(
            answer.problem(),
            (403, "read-only-token".to_owned()),
            "{path}"
        );
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
    }
    let live = house
        .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
        .await;
    assert_eq!(live.json()["thread"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_revoked_is_refused_from_the_next_request_on() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let path = format!("/api/v1/bulletins/{id}");
    assert_eq!(house.get_as(REFINERY, &path).await.status, StatusCode::OK);

    assert!(
        house
            .store
            .revoke_token("t-raffinerie", by())
            .await
            .unwrap()
    );

    assert_eq!(
        house.get_as(REFINERY, &path).await.problem(),
        (401, "token-required".to_owned())
    );
    // Not even the answer that was kept for a repeat.
    let again = post_request(REFINERY, "/api/v1/bulletins").header("idempotency-key", "click-1");
    let again = house.send(again.body(flare().to_string().into()).unwrap());
    assert_eq!(again.await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_last_use_of_a_token_is_written_once_in_ten_minutes() {
    let house = House::new().await;
    house.post_flare().await;
    let first = used_at(&house, None).await;
    house.set_clock("2026-11-23T13:41:00Z");
    house.get_as(REFINERY, "/api/v1/drafts").await;
    house.set_clock("2026-11-23T13:42:00Z");
    house.get_as(REFINERY, "/api/v1/drafts").await;

    assert_eq!(first, "2026-11-23T13:32:00Z");
    let second = used_at(&house, Some(&first)).await;
    assert_eq!(
        second, "2026-11-23T13:42:00Z",
        "not the one of nine minutes"
    );
}

/// It is written beside the request: asks until it is another than `before`.
async fn used_at(house: &House, before: Option<&str>) -> String {
    for _ in 0..1_000 {
        let tokens = house.store.tokens().await.unwrap();
        let token = tokens.iter().find(|it| it.id == "t-raffinerie").unwrap();
        match token.used_at.map(|at| at.to_string()) {
            Some(at) if before != Some(&at) => return at,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("no use was written");
}

fn reader() -> NewToken {
    NewToken {
        id: "reader".to_owned(),
        site: SiteSlug::parse("raffinerie").unwrap(),
        hash: Sha256::digest(READER).into(),
        label: "Tableau de bord".to_owned(),
        scope: Scope::Read,
    }
}
