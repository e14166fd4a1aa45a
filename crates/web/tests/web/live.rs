//! The page that looks for news by itself, for those who have chosen it.

use crate::house::{FERTILISER, House, MANAGER};
use crate::readers::{plain, posted, works};

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
async fn the_feed_tells_the_page_that_looks_for_news_also_of_what_no_entry_tells() {
    let house = House::new().await;
    let body = works("2026-11-23T16:00:00+01:00", "2026-11-23T22:00:00+01:00");
    posted(&house, FERTILISER, body).await;
    let marks = async || {
        let feed = house.get("/rouen_metropole.feed.json").await.json();
        let mark = feed["_allo"]["state"].as_str().unwrap().to_owned();
        let page = house.get("/rouen_metropole/direct").await.text();
        let shown = format!("data-state=\"{mark}\"");
        assert!(page.contains(&shown), "{shown}: {page}");
        mark
    };
    let mut seen = vec![marks().await];
    house.wait(20);
    house.refresh().await;
    assert_eq!(marks().await, seen[0], "nothing has changed");

    let line = "/admin/territories/rouen_metropole/line";
    let mut manager = house.sign_in(MANAGER).await;
    manager
        .submit(line, &[("crisis", "Fermez vos fenêtres.")])
        .await;
    seen.push(marks().await);
    let decided = [("crisis", "Fermez vos fenêtres."), ("authorities", "on")];
    manager.submit(line, &decided).await;
    seen.push(marks().await);
    house.set_clock("2026-11-23T15:00:00Z");
    house.refresh().await;
    seen.push(marks().await);
    let later = house.now() + jiff::SignedDuration::from_mins(2);
    house.show(&house.snapshot().await.at(later));
    seen.push(marks().await);

    let different: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), 5, "{seen:?}");
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
