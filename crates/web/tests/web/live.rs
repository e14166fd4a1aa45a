//! The page that looks for news by itself, for those who have chosen it.

use crate::house::House;
use crate::readers::plain;

#[tokio::test]
async fn only_the_page_that_looks_for_news_has_a_script_and_may_ask() {
    let house = House::new().await;
    let id = house.post_flare().await;
    for (path, feed) in [
        ("/rouen_metropole/direct", "/rouen_metropole.feed.json"),
        (
            "/rouen_metropole/direct.en",
            "/rouen_metropole.en.feed.json",
        ),
    ] {
        let page = house.get(path).await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy.contains("script-src 'self'; connect-src 'self';"),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
        let text = page.text();
        assert_eq!(text.matches("<script").count(), 1, "{path}");
        let (_, script) = text.split_once("<script src=\"").unwrap();
        let script = house.get(script.split_once('"').unwrap().0).await;
        assert_eq!(
            script.header("content-type"),
            "text/javascript; charset=utf-8"
        );
        let newest = format!("data-last=\"https://allo.example/rouen_metropole/{id}#1\"");
        assert!(text.contains(&newest), "{text}");
        assert!(text.contains(&format!("role=\"status\" data-feed=\"{feed}\"")));
        assert_eq!(
            house.get(feed).await.json()["items"][0]["id"],
            format!("https://allo.example/rouen_metropole/{id}#1")
        );
        assert!(text.contains("La torche brûle avec une fumée noire visible de loin."));
    }
    let page = house.get("/rouen_metropole").await;
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'none'")
    );
    assert!(!page.text().contains("<script"));
    assert!(
        page.text()
            .contains(r#"<a href="/rouen_metropole/direct">"#)
    );
}

#[tokio::test]
async fn the_page_leads_to_what_can_be_followed_without_an_account() {
    let house = House::new().await;
    let page = plain(&house.get("/rouen_metropole").await.text());
    assert!(page.contains(
        r#"<link rel="alternate" type="application/atom+xml" title="Atom" href="/rouen_metropole.atom">"#
    ));
    for address in [
        "/rouen_metropole.atom",
        "/rouen_metropole.ics",
        "/qr/rouen_metropole",
    ] {
        assert!(
            page.contains(&format!("<a href=\"{address}\">")),
            "{address}"
        );
        assert_eq!(house.get(address).await.status, 200, "{address}");
    }
}

#[tokio::test]
async fn a_page_says_of_when_it_is_once_the_rows_cannot_be_read() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let later = house.now() + jiff::SignedDuration::from_mins(10);
    house.show(&house.snapshot().await.at(later));
    for path in [
        "/",
        "/rouen_metropole",
        &format!("/rouen_metropole/{id}"),
        "/rouen_metropole/direct",
    ] {
        let page = plain(&house.get(path).await.text());
        assert!(
            page.contains("État au lundi 23 novembre 2026 à 14 h 32 : ce qui a été publié depuis"),
            "{path}"
        );
    }
    let page = plain(&house.get("/rouen_metropole.en").await.text());
    assert!(page.contains("As of Monday 23 November 2026 at 14:32"));
}
