//! The archive, looked through by site, by event and by day.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::house::{FERTILISER, House, REFINERY, flare, flare_with};
use crate::pages::plain;

#[tokio::test]
async fn the_archive_is_searched_by_site_by_event_and_by_day_in_both_languages() {
    let house = House::new().await;
    post(&house, "2026-11-20T08:00:00Z", "raffinerie", "noise", "Un").await;
    post(&house, "2026-11-21T08:00:00Z", "engrais", "noise", "Deux").await;
    post(&house, "2026-11-22T08:00:00Z", "engrais", "odour", "Trois").await;

    for (search, found) in [
        ("", vec!["Trois", "Deux", "Un"]),
        ("?site=engrais", vec!["Trois", "Deux"]),
        ("?evenement=noise", vec!["Deux", "Un"]),
        ("?evenement=smoke", vec!["Trois", "Deux", "Un"]),
        ("?site=engrais&evenement=noise", vec!["Deux"]),
        ("?du=2026-11-21&au=2026-11-21", vec!["Deux"]),
        ("?du=21/11/2026", vec!["Trois", "Deux"]),
        ("?au=2026-11-20&site=&evenement=", vec!["Un"]),
        ("?site=raffinerie&evenement=odour", vec![]),
    ] {
        for path in ["/rouen_metropole/archives", "/rouen_metropole/archives.en"] {
            let page = house.get(&format!("{path}{search}")).await.text();
            let texts: Vec<_> = ["Trois", "Deux", "Un"]
                .into_iter()
                .filter(|it| page.contains(&format!("<p>{it} bruit.</p>")))
                .collect();
            assert_eq!(texts, found, "{path}{search}");
            if found.is_empty() {
                let none = ["Aucun bulletin ne correspond", "No bulletin fits"];
                assert!(none.iter().any(|words| page.contains(words)), "{page}");
            }
        }
    }
}

#[tokio::test]
async fn a_search_stays_in_its_form_in_the_other_language_and_on_the_next_page() {
    let house = House::new().await;
    for minute in 0..21 {
        let at = format!("2026-11-23T14:{minute:02}:00Z");
        post(&house, &at, "engrais", "noise", "Un").await;
    }
    let page = house
        .get("/rouen_metropole/archives?site=engrais&evenement=noise&du=2026-11-01")
        .await
        .text();
    for part in [
        r#"<option value="engrais" selected>"#,
        r#"<option value="noise" selected>Bruit</option>"#,
        r#"value="2026-11-01""#,
        r#"href="/rouen_metropole/archives.en?site=engrais&#38;evenement=noise&#38;du=2026-11-01" lang="en""#,
        r#"href="/rouen_metropole/archives?site=engrais&#38;evenement=noise&#38;du=2026-11-01&#38;avant="#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn bulletins_of_one_instant_are_each_on_one_page() {
    let house = House::new().await;
    let mut posted = std::collections::BTreeSet::new();
    for _ in 0..25 {
        posted.insert(house.post_flare().await);
    }
    let mut seen = vec![];
    let mut next = Some("/rouen_metropole/archives".to_owned());
    while let Some(address) = next {
        let page = house.get(&address).await.text();
        seen.extend(
            posted
                .iter()
                .filter(|id| page.contains(&format!(r#"<h2 id="b-{id}-t">"#)))
                .cloned(),
        );
        next = page
            .split_once("Bulletins plus anciens")
            .map(|(before, _)| {
                let (_, address) = before.rsplit_once("href=\"").unwrap();
                address.split_once('"').unwrap().0.to_owned()
            });
    }
    assert_eq!(seen.len(), 25, "none is on two pages");
    assert_eq!(
        seen.into_iter().collect::<std::collections::BTreeSet<_>>(),
        posted
    );
}

#[tokio::test]
async fn a_day_of_the_search_is_a_day_of_the_territory_also_when_it_has_25_hours() {
    let house = House::new().await;
    // Sunday 31 October 2027 in Paris: from Saturday 22:00 to Sunday 23:00 in UTC.
    for (at, text) in [
        ("2027-10-30T21:59:59Z", "Avant"),
        ("2027-10-30T22:00:00Z", "Minuit"),
        ("2027-10-31T22:59:59Z", "Soir"),
        ("2027-10-31T23:00:00Z", "Lendemain"),
    ] {
        post(&house, at, "raffinerie", "noise", text).await;
    }
    let page = house
        .get("/rouen_metropole/archives?du=2027-10-31&au=2027-10-31")
        .await
        .text();
    for (text, found) in [
        ("Avant", false),
        ("Minuit", true),
        ("Soir", true),
        ("Lendemain", false),
    ] {
        assert_eq!(page.contains(&format!("{text} bruit.")), found, "{text}");
    }
}

#[tokio::test]
async fn a_date_that_is_none_is_refused_with_what_to_write() {
    let house = House::new().await;
    for (path, words) in [
        ("/rouen_metropole/archives?du=hier", "Écrivez la date"),
        (
            "/rouen_metropole/archives.en?au=2026-13-01",
            "Write the date",
        ),
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let page = answer.text();
        assert!(plain(&page).contains(words) && page.contains(r#"role="alert""#));
    }
    // A browser that has the page of the refusal asks with what it knows, and gets it again.
    let asked = Request::get("/rouen_metropole/archives?du=hier").header("if-none-match", "*");
    let again = house.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text().contains("Écrivez la date"));
    assert_eq!(again.header("cache-control"), "no-store");
    assert_eq!(again.header("etag"), "");
    let hostile = "/rouen_metropole/archives?du=%22%3E%3Cscript%3E%26site=x";
    let page = house.get(hostile).await.text();
    assert!(!page.contains("<script") && page.contains("value=\"&#34;&#62;&#60;script&#62;"));
    assert!(
        page.contains(
            r#"<link rel="canonical" href="https://allo.example/rouen_metropole/archives">"#
        ),
        "{page}"
    );
    let french = "/rouen_metropole/archives?du=23/11/2026";
    let page = house.get(french).await.text();
    assert!(
        page.contains(r#"name="du" type="date" value="2026-11-23""#),
        "{page}"
    );
}

/// A bulletin of a site, about smoke and something else.
async fn post(house: &House, at: &str, site: &str, event: &str, text: &str) {
    house.set_clock(at);
    let mut body = flare();
    body["site"] = json!(site);
    body["events"] = json!(["smoke", event]);
    body["text"] = json!(format!("{text} bruit."));
    body.as_object_mut().unwrap().remove("starts_at");
    let token = if site == "engrais" {
        FERTILISER
    } else {
        REFINERY
    };
    let answer = house
        .post(token, "/api/v1/bulletins", body.to_string())
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

#[tokio::test]
async fn a_search_finds_what_expired_and_nothing_of_another_territory() {
    let house = House::new().await;
    let body = flare_with("text", json!("De la fumée se voit."));
    house.post(REFINERY, "/api/v1/bulletins", body).await;
    house.set_clock("2027-01-10T08:00:00Z");
    house.refresh().await;

    let found = house.get("/rouen_metropole/archives?evenement=smoke").await;
    assert!(found.text().contains("De la fumée se voit."));
    let elsewhere = house.get("/le_havre/archives?site=raffinerie").await.text();
    assert!(!elsewhere.contains("De la fumée") && !elsewhere.contains("Raffinerie du Méandre"));
}
