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
        assert!(
            text.contains("État au lundi 23 novembre 2026 à 14 h 32"),
            "{path}: {text}"
        );
    }
    for path in [
        "/",
        "/rouen_metropole",
        &format!("/rouen_metropole/{id}"),
        "/rouen_metropole.json",
    ] {
        assert_eq!(get(path).await.0.status, StatusCode::OK, "{path}");
    }
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
