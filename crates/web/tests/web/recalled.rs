//! The pages of what an earlier start of the program had read, where the rows cannot be read.

use axum::http::StatusCode;
use web::Snapshot;

use crate::house::House;
use crate::readers::plain;

#[tokio::test]
async fn pages_and_feeds_of_what_was_recalled_say_at_once_of_when_they_are() {
    let house = House::new().await;
    let archived = house.post_flare().await;
    house.set_clock("2026-12-10T13:32:00Z");
    let id = house.post_flare().await;

    house.show(&Snapshot {
        is_recalled: true,
        ..house.snapshot().await
    });

    let told = "État au jeudi 10 décembre 2026 à 14 h 32";
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/embed/rouen_metropole",
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let text = plain(&answer.text());
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
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let text = plain(&answer.text());
        assert!(text.contains(told), "{path}: {text}");
    }
    let text = house.get("/rouen_metropole.json").await.text();
    assert!(text.contains("2026-12-10T14:32:00+01:00"), "{text}");
    let text = plain(&house.get("/badge/rouen_metropole.svg").await.text());
    assert!(text.contains("état inconnu"), "{text}");
    let answer = house.get("/embed/rouen_metropole").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors https://www.rouen.example"));
}
