//! Drafts of dictations: each site sees, hears and deletes its own, nobody else's.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bulletin::{Event, Kind, SiteSlug};
use store::KeptDraft;

use crate::house::{FERTILISER, House, REFINERY};

#[tokio::test]
async fn a_site_lists_hears_and_deletes_what_its_operators_dictated() {
    let house = House::new().await;
    keep(&house, "aaaaaaaaaaaa", Some(b"RIFF of words")).await;
    keep(&house, "bbbbbbbbbbbb", None).await;

    let list = house.get_as(REFINERY, "/api/v1/drafts").await.json();
    assert_eq!(list["drafts"].as_array().unwrap().len(), 2);
    let spoken = &list["drafts"][0];
    assert_eq!(spoken["id"], "aaaaaaaaaaaa");
    assert_eq!(
        (&spoken["kind"], &spoken["events"][0]),
        (&"unplanned".into(), &"flaring".into())
    );
    assert_eq!(spoken["at"], "2026-11-23T14:30:00+01:00");
    assert_eq!(list["drafts"][1]["recording"], serde_json::Value::Null);

    let path = spoken["recording"].as_str().unwrap();
    let heard = house.get_as(REFINERY, path).await;
    assert_eq!(heard.headers[header::CONTENT_TYPE], "audio/wav");
    assert_eq!(&heard.body[..], b"RIFF of words");

    let gone = delete(&house, REFINERY, "aaaaaaaaaaaa").await;
    assert_eq!(gone, StatusCode::NO_CONTENT);
    assert_eq!(
        house.get_as(REFINERY, path).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        delete(&house, REFINERY, "aaaaaaaaaaaa").await,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn another_site_and_a_stranger_find_nothing() {
    let house = House::new().await;
    keep(&house, "aaaaaaaaaaaa", Some(b"RIFF")).await;
    let path = "/api/v1/drafts/aaaaaaaaaaaa/recording";

    let other = house.get_as(FERTILISER, "/api/v1/drafts").await.json();
    assert_eq!(other["drafts"].as_array().unwrap().len(), 0);
    assert_eq!(
        house.get_as(FERTILISER, path).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        delete(&house, FERTILISER, "aaaaaaaaaaaa").await,
        StatusCode::NOT_FOUND
    );
    for path in ["/api/v1/drafts", path] {
        assert_eq!(house.get(path).await.status, StatusCode::UNAUTHORIZED);
    }
}

async fn keep(house: &House, id: &str, wav: Option<&[u8]>) {
    let site = SiteSlug::parse("raffinerie").unwrap();
    let draft = KeptDraft {
        id: id.into(),
        kind: Kind::Unplanned,
        event: Event::Flaring,
        at: "2026-11-23T13:30:00Z".parse().unwrap(),
        duration_ms: if wav.is_some() { 4_200 } else { 0 },
    };
    house.store.save_draft(&site, &draft, wav).await.unwrap();
}

async fn delete(house: &House, token: &str, id: &str) -> StatusCode {
    let request = Request::delete(format!("/api/v1/drafts/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    house.send(request).await.status
}
