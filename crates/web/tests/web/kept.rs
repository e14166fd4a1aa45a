//! The pages that were kept on disk, served where the rows cannot be read.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;
use web::{Kept, Pages};

use crate::house::House;
use crate::readers::plain;

#[tokio::test]
async fn pages_and_feeds_are_served_from_what_was_kept_and_say_of_when_they_are() {
    let house = House::new().await;
    let archived = house.post_flare().await;
    house.set_clock("2026-12-10T13:32:00Z");
    let id = house.post_flare().await;
    let file = Kept::write(&Pages::render(&house.snapshot().await.as_kept()));
    drop(house);

    let router = Kept::read(&file).unwrap().router("no such file");

    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts, plain(&String::from_utf8_lossy(&body)))
    };
    let told = "État au jeudi 10 décembre 2026 à 14 h 32";
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/embed/rouen_metropole",
    ] {
        let (parts, text) = get(path).await;
        assert_eq!(parts.status, StatusCode::OK, "{path}");
        assert!(
            text.contains("La torche brûle") || text.contains("torche, fumée"),
            "{path}"
        );
        assert!(text.contains(told), "{path}: {text}");
    }
    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole/direct",
        "/rouen_metropole/sites/raffinerie",
        &format!("/rouen_metropole/{id}"),
        &format!("/rouen_metropole/{archived}"),
    ] {
        let (parts, text) = get(path).await;
        assert_eq!(parts.status, StatusCode::OK, "{path}");
        assert!(text.contains(told), "{path}: {text}");
    }
    let (_, text) = get("/rouen_metropole.json").await;
    assert!(text.contains("2026-12-10T14:32:00+01:00"), "{text}");
    let (_, text) = get("/badge/rouen_metropole.svg").await;
    assert!(text.contains("état inconnu"), "{text}");
    let (parts, _) = get("/embed/rouen_metropole").await;
    let policy = parts.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("frame-ancestors https://www.rouen.example"));

    let (parts, text) = get("/readyz").await;
    assert_eq!(parts.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("no such file"), "{text}");
    assert_eq!(get("/healthz").await.0.status, StatusCode::OK);
    let (parts, text) = get("/admin").await;
    assert_eq!(parts.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("momentanément"), "{text}");
}
