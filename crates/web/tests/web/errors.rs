//! Every refusal is a problem document with a status, a stable code and two sentences.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, StatusCode};
use hyper::body::Frame;
use serde_json::json;

use crate::house::{FERTILISER, House, REFINERY, flare, flare_with, post_request};

const BULLETINS: &str = "/api/v1/bulletins";

#[tokio::test]
async fn each_field_that_is_wrong_is_refused_with_its_reason() {
    let house = House::new().await;
    let cases = [
        ("site", json!(null), 422, "missing-field"),
        ("kind", json!(null), 422, "missing-field"),
        ("text", json!(null), 422, "missing-field"),
        ("kind", json!("urgent"), 422, "unknown-value"),
        ("events", json!(["flaring", "ufo"]), 422, "unknown-value"),
        ("nuisances", json!(["boredom"]), 422, "unknown-value"),
        ("language", json!("de"), 422, "unknown-value"),
        ("starts_at", json!("demain"), 422, "unknown-value"),
        (
            "starts_at",
            json!("2026-11-23T14:07:00"),
            422,
            "unknown-value",
        ),
        (
            "ends_at",
            json!("2026-11-23T13:00:00+01:00"),
            422,
            "ends-before-start",
        ),
        ("lifetime_days", json!(0), 422, "lifetime-out-of-range"),
        ("lifetime_days", json!(300), 422, "lifetime-out-of-range"),
        ("lifetime_hours", json!(-1), 422, "lifetime-out-of-range"),
        ("lifetime_days", json!("neuf"), 422, "unexpected-shape"),
        ("text", json!(7), 422, "unexpected-shape"),
        ("text", json!("   "), 422, "text-empty"),
        ("text", json!("x".repeat(1201)), 422, "text-too-long"),
        (
            "text",
            json!("fumée\u{202e}"),
            422,
            "text-direction-control",
        ),
        ("text", json!("🔥🔥"), 422, "text-without-words"),
        ("lifetime", json!(3), 422, "unknown-field"),
        ("site", json!("engrais"), 403, "other-site"),
        ("site", json!("nobody"), 403, "other-site"),
        ("site", json!("../.."), 403, "other-site"),
    ];
    for (field, value, status, code) in cases {
        let answer = house
            .post(REFINERY, BULLETINS, flare_with(field, value.clone()))
            .await;
        assert_eq!(
            answer.problem(),
            (status, code.to_owned()),
            "{field}: {value}"
        );
    }
    assert!(house.store.pending_jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_names_the_field_and_the_possible_values() {
    let house = House::new().await;
    let unknown = house
        .post(REFINERY, BULLETINS, flare_with("lifetyme", json!(3)))
        .await
        .json();
    assert!(unknown["detail"].as_str().unwrap().contains("lifetyme"));
    assert!(unknown["detail_en"].as_str().unwrap().contains("lifetyme"));
    let value = house
        .post(REFINERY, BULLETINS, flare_with("kind", json!("urgent")))
        .await
        .json();
    assert!(
        value["detail"]
            .as_str()
            .unwrap()
            .contains("planned, unplanned, drill, test")
    );
}

#[tokio::test]
async fn two_lifetimes_exclude_each_other() {
    let house = House::new().await;
    let mut body = flare();
    body["lifetime_days"] = json!(2);
    body["lifetime_hours"] = json!(2);
    let answer = house.post(REFINERY, BULLETINS, body.to_string()).await;
    assert_eq!(answer.problem(), (422, "exclusive-fields".to_owned()));
}

#[tokio::test]
async fn an_unplanned_event_without_a_perception_is_refused() {
    let house = House::new().await;
    let body =
        json!({ "site": "raffinerie", "kind": "unplanned", "text": "Anomalie sur une unité." });
    let answer = house.post(REFINERY, BULLETINS, body.to_string()).await;
    assert_eq!(answer.problem(), (422, "no-perception".to_owned()));
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused_by_kind() {
    let house = House::new().await;
    for (body, status, code) in [
        ("", 400, "malformed-json"),
        ("{", 400, "malformed-json"),
        ("bonjour", 400, "malformed-json"),
        ("{\"text\":\"\u{1}\"}", 400, "malformed-json"),
        ("[]", 422, "unexpected-shape"),
        ("null", 422, "unexpected-shape"),
        ("{\"text\":\"a\",\"text\":\"b\"}", 422, "unexpected-shape"),
    ] {
        let answer = house.post(REFINERY, BULLETINS, body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
    }
    let nested = "[".repeat(60_000);
    assert_eq!(
        house.post(REFINERY, BULLETINS, nested).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let house = House::new().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request =
            Request::post(BULLETINS).header("authorization", format!("Bearer {REFINERY}"));
        let request = request
            .header("content-type", kind)
            .body(Body::from(flare().to_string()));
        let answer = house.send(request.unwrap()).await;
        assert_eq!(answer.problem(), (415, "not-json".to_owned()), "{kind}");
    }
    let request = Request::post(BULLETINS).header("authorization", format!("bearer {REFINERY}"));
    let request = request.header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(
        house
            .send(request.body(Body::from(flare().to_string())).unwrap())
            .await
            .status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_body_of_more_than_64_kib_is_refused() {
    let house = House::new().await;
    let body = flare_with("text", json!("x".repeat(65 * 1024)));
    let answer = house.post(REFINERY, BULLETINS, body).await;
    assert_eq!(answer.problem(), (413, "body-too-large".to_owned()));
}

#[tokio::test]
async fn without_a_known_token_nothing_is_read_or_written() {
    let house = House::new().await;
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nobody",
        "Basic c2VjcmV0",
        REFINERY,
    ] {
        let request = Request::post(BULLETINS).header("content-type", "application/json");
        let request = request
            .header("authorization", value)
            .body(Body::from(flare().to_string()));
        let answer = house.send(request.unwrap()).await;
        assert_eq!(
            answer.problem(),
            (401, "token-required".to_owned()),
            "{value}"
        );
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test]
async fn a_token_of_another_site_cannot_touch_a_thread() {
    let house = House::new().await;
    let id = house.post_flare().await;
    for action in ["updates", "correct", "end", "withdraw"] {
        let answer = house
            .post(
                FERTILISER,
                &format!("{BULLETINS}/{id}/{action}"),
                r#"{"text":"Odeur."}"#,
            )
            .await;
        assert_eq!(answer.problem(), (404, "not-found".to_owned()), "{action}");
    }
}

#[tokio::test]
async fn a_bulletin_that_does_not_exist_is_not_found() {
    let house = House::new().await;
    for id in ["aaaaaaaaaaaa", "x", "%00", "..%2f..%2fetc"] {
        for action in ["updates", "correct", "end", "withdraw"] {
            let answer = house
                .post(
                    REFINERY,
                    &format!("{BULLETINS}/{id}/{action}"),
                    r#"{"text":"Odeur."}"#,
                )
                .await;
            assert_eq!(answer.problem().0, 404, "{id} {action}");
        }
        assert_eq!(
            house
                .get_as(REFINERY, &format!("{BULLETINS}/{id}"))
                .await
                .problem()
                .0,
            404
        );
    }
}

#[tokio::test]
async fn unknown_addresses_under_the_api_answer_to_programs() {
    let house = House::new().await;
    for path in [
        "/api",
        "/api/",
        "/api/v2/bulletins",
        "/api/v1/territories/nowhere/programme",
    ] {
        assert_eq!(
            house.get(path).await.problem(),
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_refused_with_the_right_ones() {
    let house = House::new().await;
    for (method, path, allowed) in [
        (Method::GET, BULLETINS, "POST"),
        (Method::DELETE, "/api/v1/bulletins/aaaaaaaaaaaa", "GET,HEAD"),
        (Method::PUT, "/api/v1/territories", "GET,HEAD"),
        (Method::TRACE, BULLETINS, "POST"),
    ] {
        let answer = house
            .send(
                Request::builder()
                    .method(&method)
                    .uri(path)
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(
            answer.problem(),
            (405, "method-not-allowed".to_owned()),
            "{method} {path}"
        );
        assert_eq!(answer.header("allow"), allowed);
    }
    let page = house
        .send(
            Request::post("/rouen_metropole")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(page.header("allow"), "GET,HEAD");
    assert!(page.text().contains("<h1>Méthode refusée</h1>"));
}

#[tokio::test]
async fn options_lists_the_methods_and_head_sends_no_body() {
    let house = House::new().await;
    let options = |path: &str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .body(Body::empty())
            .unwrap()
    };
    for (path, allowed) in [
        (BULLETINS, "POST,OPTIONS"),
        ("/", "GET,HEAD,OPTIONS"),
        ("/readyz", "GET,HEAD,OPTIONS"),
    ] {
        let answer = house.send(options(path)).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::NO_CONTENT, allowed)
        );
    }
    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole.json",
        "/api/v1/territories",
        "/healthz",
    ] {
        let head = house
            .send(Request::head(path).body(Body::empty()).unwrap())
            .await;
        let get = house.get(path).await;
        assert_eq!(
            (head.status, head.body.len()),
            (StatusCode::OK, 0),
            "{path}"
        );
        assert_eq!(
            head.header("content-length"),
            get.body.len().to_string(),
            "{path}"
        );
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_refuses_posts_and_leaves_the_page() {
    let house = House::new().await;
    house.store.close().await;

    let answer = house.post(REFINERY, BULLETINS, flare().to_string()).await;

    assert_eq!(answer.problem(), (503, "store-unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(house.get("/rouen_metropole").await.status, StatusCode::OK);
    assert_eq!(
        house.get("/rouen_metropole/archives").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn before_the_first_snapshot_the_service_says_that_it_starts() {
    let house = House::new().await;
    house.app.pages.store(std::sync::Arc::default());
    assert_eq!(
        house.get("/api/v1/territories").await.problem(),
        (503, "starting".to_owned())
    );
    assert_eq!(
        house.get("/rouen_metropole").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn a_fault_in_a_route_is_an_apology() {
    let mut house = House::new().await;
    house.serve_with(|app| app.random = std::sync::Arc::new(|| panic!("no more randomness")));
    let answer = house.post(REFINERY, BULLETINS, flare().to_string()).await;
    assert_eq!(answer.problem(), (500, "fault".to_owned()));
    assert!(!answer.text().contains("randomness"));
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let house = House::new().await;
    let answer = house
        .send(
            post_request(REFINERY, BULLETINS)
                .body(Body::new(Silence))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.problem(), (408, "too-slow".to_owned()));
}

/// A client that sends nothing and does not hang up.
struct Silence;

impl HttpBody for Silence {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}
