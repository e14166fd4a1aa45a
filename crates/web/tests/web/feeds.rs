//! Feeds of entries: Atom and JSON Feed, validated by those who wrote the rules.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::house::{FERTILISER, House, REFINERY, by, flare_with};
use crate::readers::{all, plain, read_calendar, told_to_its_end, validate_atom, works};

/// Of markup, of the end of a section, of attributes; and a sign that no XML document may hold.
const HOSTILE: &str =
    "<script>alert(1)</script>&]]> \"fumée\" ' <img src=x onerror=x> \u{fffe} <!-- -->";

#[tokio::test]
async fn the_feed_of_a_territory_tells_every_entry_newest_first_updates_and_ends_too() {
    let house = House::new().await;
    let id = told_to_its_end(&house).await;

    let feed = house.get("/rouen_metropole.atom").await;

    assert_eq!(
        feed.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    assert_eq!(feed.header("cache-control"), "public, max-age=5");
    let text = feed.text();
    let titles = all(&text, "title");
    assert_eq!(
        titles[1..],
        [
            "Raffinerie du Méandre, Petit-Couronne\u{a0}: torche, fumée (fin)",
            "Raffinerie du Méandre, Petit-Couronne\u{a0}: torche, fumée (rectificatif)",
            "Raffinerie du Méandre, Petit-Couronne\u{a0}: torche, fumée (mise à jour)",
            "Raffinerie du Méandre, Petit-Couronne\u{a0}: torche, fumée",
        ]
    );
    assert_eq!(all(&text, "updated")[..2], ["2026-11-23T17:32:00+01:00"; 2]);
    let page = format!("https://allo.example/rouen_metropole/{id}");
    assert_eq!(
        all(&text, "id")[1..],
        [4, 3, 2, 1].map(|it| format!("{page}#{it}"))
    );
    assert!(text.contains(&format!(
        r#"<link rel="alternate" type="text/html" href="{page}"/>"#
    )));
    assert!(text.contains("La torche brûle avec une fumée noire visible de loin."));
}

#[tokio::test]
async fn a_feed_tells_with_every_bulletin_from_when_to_when() {
    let house = House::new().await;
    house.post_flare().await;
    let text = plain(&house.get("/rouen_metropole.atom").await.text());
    assert!(text.contains("Début : lundi 23 novembre 2026 à 14 h 07. Affiché jusqu’au mercredi 2 décembre 2026 à 14 h 32 (heure de Paris)."), "{text}");
    let text = plain(&house.get("/rouen_metropole.en.atom").await.text());
    assert!(text.contains("Begins: Monday 23 November 2026 at 14:07. Shown until Wednesday 2 December 2026 at 14:32"), "{text}");
    assert!(
        text.contains("xml:lang=\"en\"")
            && text.contains("Raffinerie du Méandre, Petit-Couronne: flaring, smoke")
    );
}

#[tokio::test]
async fn every_feed_validates_and_what_people_wrote_stays_text_in_it() {
    let house = House::new().await;
    told_to_its_end(&house).await;
    let hostile = flare_with("text", json!(HOSTILE));
    house.post(REFINERY, "/api/v1/bulletins", hostile).await;
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.en.atom",
        "/rouen_metropole/unplanned.atom",
        "/rouen_metropole/planned.atom",
        "/rouen_metropole/sites/raffinerie.atom",
        "/rouen_metropole/cap.atom",
        "/le_havre.atom",
    ] {
        let feed = house.get(path).await.text();
        validate_atom(&feed);
        assert!(
            !feed.contains("<script") && !feed.contains("<img"),
            "{path}"
        );
        let itself = format!(
            r#"<link rel="self" type="application/atom+xml" href="https://allo.example{path}"/>"#
        );
        assert!(feed.contains(&itself), "{path}");
        // RFC 4287 § 4.1.1 and § 4.1.2, what no schema says.
        for entry in feed.split("<entry>").skip(1) {
            assert!(
                entry.contains("<author>") && entry.contains(r#"rel="alternate""#),
                "{path}"
            );
        }
        let mut ids = all(&feed, "id");
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "every id of {path} is its own");
    }
    let feed = house.get("/rouen_metropole.atom").await.text();
    assert!(feed.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;]]&gt;"));
    assert!(feed.contains('\u{fffd}') && !feed.contains('\u{fffe}'));
}

#[tokio::test]
async fn a_site_and_a_kind_have_feeds_of_their_own() {
    let house = House::new().await;
    house.post_flare().await;
    house
        .post(
            FERTILISER,
            "/api/v1/bulletins",
            works("2026-11-24T08:00:00+01:00", "2026-11-24T18:00:00+01:00"),
        )
        .await;
    let count = async |path: &str| all(&house.get(path).await.text(), "published").len();
    assert_eq!(count("/rouen_metropole.atom").await, 2);
    assert_eq!(count("/rouen_metropole/sites/raffinerie.atom").await, 1);
    assert_eq!(count("/rouen_metropole/sites/engrais.atom").await, 1);
    assert_eq!(count("/rouen_metropole/planned.atom").await, 1);
    assert_eq!(count("/rouen_metropole/drill.atom").await, 0);
    assert_eq!(count("/le_havre.atom").await, 0);
    for nowhere in [
        "/rouen_metropole/sites/depot.atom",
        "/nowhere.atom",
        "/rouen_metropole/x.atom",
    ] {
        assert_eq!(
            house.get(nowhere).await.status,
            StatusCode::NOT_FOUND,
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn the_json_feed_has_the_fields_of_its_version() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    let answer = house.get("/rouen_metropole.feed.json").await;
    assert_eq!(answer.header("content-type"), "application/feed+json");
    let feed = answer.json();
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert_eq!(
        feed["feed_url"],
        "https://allo.example/rouen_metropole.feed.json"
    );
    assert_eq!(
        feed["home_page_url"],
        "https://allo.example/rouen_metropole"
    );
    let item = &feed["items"][0];
    assert_eq!(
        item["id"],
        format!("https://allo.example/rouen_metropole/{id}#1")
    );
    assert_eq!(item["date_published"], "2026-11-23T14:32:00+01:00");
    assert_eq!(item["authors"], json!([{"name": "Raffinerie du Méandre"}]));
    assert_eq!(item["tags"], json!(["inopiné", "torche", "fumée"]));
    let sound = &item["attachments"][0];
    assert!(
        sound["url"]
            .as_str()
            .unwrap()
            .starts_with("https://allo.example/audio/")
    );
    assert_eq!(
        (&sound["mime_type"], &sound["duration_in_seconds"]),
        (&json!("audio/wav"), &json!(42))
    );
}

#[tokio::test]
async fn a_feed_changes_with_what_it_tells_and_not_with_the_hour_of_the_check() {
    let house = House::new().await;
    house.post_flare().await;
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/rouen_metropole.ics",
        "/rouen_metropole/cap.atom",
    ] {
        let before = house.get(path).await.header("etag").to_owned();
        house.wait(20);
        house.refresh().await;
        let again = Request::get(path).header("if-none-match", &before);
        let again = house.send(again.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (again.status, again.body.len()),
            (StatusCode::NOT_MODIFIED, 0),
            "{path}"
        );
    }
    let before = house
        .get("/rouen_metropole.atom")
        .await
        .header("etag")
        .to_owned();
    house.wait(60);
    house.post_flare().await;
    assert_ne!(
        house.get("/rouen_metropole.atom").await.header("etag"),
        before
    );
}

#[tokio::test]
async fn a_feed_goes_on_telling_of_a_bulletin_weeks_after_it_left_the_page() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.set_clock("2026-12-20T10:00:00Z");
    house.refresh().await;
    assert!(
        house
            .get("/rouen_metropole.atom")
            .await
            .text()
            .contains(&id)
    );
    house.set_clock("2027-01-20T10:00:00Z");
    house.refresh().await;
    assert!(
        !house
            .get("/rouen_metropole.atom")
            .await
            .text()
            .contains(&id)
    );
}

#[tokio::test]
async fn the_feed_of_a_site_stays_at_its_address_when_the_site_is_closed() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let mut sites = house.store.sites().await.unwrap().into_iter();
    let refinery = sites.find(|one| one.slug.as_str() == "raffinerie").unwrap();

    house.store.close_site(&refinery, &[], by()).await.unwrap();
    house.refresh().await;

    let feed = house.get("/rouen_metropole/sites/raffinerie.atom").await;
    assert_eq!(feed.status, StatusCode::OK);
    validate_atom(&feed.text());
    assert!(feed.text().contains(&id) && feed.text().contains("Raffinerie du Méandre"));
    let elsewhere = house.get("/le_havre/sites/raffinerie.atom").await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nine_days_across_the_nights_of_changing_clocks_and_the_end_of_the_year_end_at_the_same_hour()
 {
    for (posted, shown_until) in [
        // The night of summer time is an hour short, that of winter time an hour long.
        ("2027-03-24T19:05:00Z", "vendredi 2 avril 2027 à 20 h 05"),
        ("2027-10-27T18:05:00Z", "vendredi 5 novembre 2027 à 20 h 05"),
        ("2026-12-27T19:05:00Z", "mardi 5 janvier 2027 à 20 h 05"),
        // The hour that does not exist on the last day begins when summer time does.
        ("2027-03-19T01:30:00Z", "dimanche 28 mars 2027 à 3 h 30"),
        // The hour that exists twice is told with its season.
        (
            "2027-10-22T00:30:00Z",
            "dimanche 31 octobre 2027 à 2 h 30 (heure d’été)",
        ),
    ] {
        let house = House::new().await;
        house.set_clock(posted);
        let id = house
            .post(
                REFINERY,
                "/api/v1/bulletins",
                flare_with("starts_at", Value::Null),
            )
            .await;
        assert_eq!(id.status, StatusCode::CREATED, "{}", id.text());
        for path in ["/rouen_metropole.atom", "/rouen_metropole.feed.json"] {
            let text = plain(&house.get(path).await.text());
            assert!(
                text.contains(&format!("Affiché jusqu’au {shown_until} (heure de Paris).")),
                "{posted} {path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn a_feed_says_of_when_it_is_once_the_rows_cannot_be_read() {
    let house = House::new().await;
    house.post_flare().await;
    let now = house.now();
    house.show(
        &house
            .snapshot()
            .await
            .at(now + jiff::SignedDuration::from_secs(59)),
    );
    assert!(
        !house
            .get("/rouen_metropole.atom")
            .await
            .text()
            .contains("<subtitle>")
    );

    house.show(
        &house
            .snapshot()
            .await
            .at(now + jiff::SignedDuration::from_mins(10)),
    );

    let told = "État au lundi 23 novembre 2026 à 14 h 32";
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/rouen_metropole/cap.atom",
        "/embed/rouen_metropole",
    ] {
        let text = plain(&house.get(path).await.text());
        assert!(text.contains(told), "{path}: {text}");
    }
    let read = read_calendar(&house.get("/rouen_metropole.ics").await);
    assert!(plain(read["about"].as_str().unwrap()).contains(told));
    let feed = house.get("/rouen_metropole.atom").await.text();
    validate_atom(&feed);
}

#[tokio::test]
async fn a_document_answers_head_and_refuses_what_would_change_it() {
    let house = House::new().await;
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole",
        "/badge/rouen_metropole.svg",
    ] {
        let whole = house.get(path).await;
        let head = house
            .send(Request::head(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        assert_eq!(
            head.header("content-length"),
            whole.body.len().to_string(),
            "{path}"
        );
        assert_eq!(head.header("etag"), whole.header("etag"));
        let post = house
            .send(Request::post(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
}
