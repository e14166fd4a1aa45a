//! The public page, as a reader without JavaScript gets it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::house::{FERTILISER, House, REFINERY, by, flare, flare_with};

#[tokio::test]
async fn an_empty_page_says_so_with_its_hour_its_members_and_its_limits() {
    let page = House::new().await.get("/rouen_metropole").await.text();
    let words = plain(&page);
    assert!(words.contains("Aucun événement déclaré."));
    assert!(words.contains("Vérifié lundi 23 novembre à 14 h 32 (heure de Paris). 2 sites adhérents ; les autres sites ne sont pas couverts."));
    assert!(page.contains(r#"<time datetime="2026-11-23T14:32:00+01:00">"#));
    assert!(words.contains("Raffinerie du Méandre, Petit-Couronne"));
}

#[tokio::test]
async fn every_page_names_the_telephone_and_the_emergency_numbers() {
    let house = House::new().await;
    for path in ["/", "/rouen_metropole"] {
        let page = house.get(path).await.text();
        assert!(page.contains(r#"<a href="tel:+33805691282">"#), "{path}");
        assert!(
            plain(&page).contains("0805 691 282") && page.contains("service et appel gratuits")
        );
        for number in ["tel:18", "tel:112", "sms:114"] {
            assert!(page.contains(number), "{path} {number}");
        }
        assert!(page.contains("Information, pas alerte."));
    }
}

#[tokio::test]
async fn a_bulletin_says_who_what_since_when_and_how_late_it_was_told() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let page = house.get("/rouen_metropole").await.text();
    let words = plain(&page);
    for part in [
        "1 événement en cours ou prévu.",
        "Raffinerie du Méandre, Petit-Couronne",
        "Inopiné",
        "en cours",
        "Torche, fumée",
        "Gêne possible",
        "lundi 23 novembre à 14 h 07",
        "(heure de Paris), 25 minutes après le début",
        "mercredi 2 décembre à 14 h 32",
        "La version parlée est en préparation.",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(page.contains(&format!(
        r#"<article class="card" id="b-{id}" aria-labelledby="b-{id}-t""#
    )));
    assert!(page.contains(&format!(r#"<a href="/rouen_metropole/{id}""#)));
}

#[tokio::test]
async fn a_bulletin_whose_voice_failed_says_that_the_text_counts() {
    let bulletin = House::new().await;
    let id = bulletin.post_flare().await;
    let live = bulletin
        .store
        .live_bulletins((bulletin.app.clock)())
        .await
        .unwrap();
    let mut snapshot = web::Snapshot {
        territories: vec![],
        former_sites: vec![],
        speech: [(live[0].id.clone(), web::Speech::Failed)].into(),
        checked_at: (bulletin.app.clock)(),
        now: (bulletin.app.clock)(),
        ..bulletin.snapshot().await
    };
    let territory = bulletin.store.territories().await.unwrap().pop().unwrap();
    let programme = bulletin::programme(&live, &territory.slug, snapshot.now);
    snapshot.territories.push((territory, vec![], programme));
    bulletin
        .app
        .pages
        .store(std::sync::Arc::new(web::Pages::render(
            &snapshot,
            &web::Pages::default(),
        )));
    let page = bulletin.get(&format!("/rouen_metropole/{id}")).await.text();
    assert!(page.contains("n’a pas de version parlée"));
    assert!(
        page.contains("<h1 itemprop=\"name\">raffinerie<"),
        "a site that has left keeps its short name"
    );
}

#[tokio::test]
async fn what_a_post_does_not_change_stays_where_it_is_in_memory() {
    let house = House::new().await;
    let first = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("text", json!("Une torche.")),
        )
        .await
        .json();
    let first = format!("/rouen_metropole/{}", first["id"].as_str().unwrap());
    let before = web::Pages::render(&house.snapshot().await, &web::Pages::default());
    house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("text", json!("Une odeur.")),
        )
        .await;

    let snapshot = house.snapshot().await;
    let rendered = web::Pages::render(&snapshot, &web::Pages::default());
    let kept = web::Pages::render(&snapshot, &before);

    let place = |pages: &web::Pages, address: &str| pages.octets(address).unwrap().as_ptr();
    assert_eq!(place(&kept, &first), place(&before, &first));
    assert_ne!(place(&rendered, &first), place(&before, &first));
    assert_eq!(
        kept.octets("/rouen_metropole"),
        rendered.octets("/rouen_metropole")
    );
    assert_ne!(
        kept.octets("/rouen_metropole"),
        before.octets("/rouen_metropole")
    );
}

#[tokio::test]
async fn hostile_text_is_text_on_the_page_and_in_the_document() {
    let house = House::new().await;
    let hostile = r#"<script>alert(1)</script>&]]> "fumée" ' <img src=x onerror=x>"#;
    let id = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("text", json!(hostile)),
        )
        .await
        .json()["id"]
        .clone();
    let id = id.as_str().unwrap();
    for path in [
        "/rouen_metropole".to_owned(),
        format!("/rouen_metropole/{id}"),
        "/rouen_metropole/archives".to_owned(),
    ] {
        let page = house.get(&path).await.text();
        assert!(
            page.contains("&#60;script&#62;alert(1)&#60;/script&#62;&#38;]]&#62;"),
            "{path}"
        );
        assert!(
            !page.contains("<script") && !page.contains("<img"),
            "{path}"
        );
    }
    let document = house.get("/rouen_metropole.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["ongoing"][0]["text"], hostile);
}

#[tokio::test]
async fn an_english_text_says_that_it_is_english() {
    let house = House::new().await;
    let mut body = crate::house::flare();
    body["language"] = json!("en");
    body["text"] = json!("The flare burns with black smoke.\n\nMore news at six.");
    house
        .post(REFINERY, "/api/v1/bulletins", body.to_string())
        .await;
    let page = house.get("/rouen_metropole").await.text();
    assert!(page.contains(r#"<div class="latest" itemprop="text" lang="en">"#));
    assert!(
        page.contains("<p>The flare burns with black smoke.</p>")
            && page.contains("<p>More news at six.</p>")
    );
}

#[tokio::test]
async fn an_expired_bulletin_stays_at_its_address_and_is_marked() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    house.set_clock("2026-12-02T13:32:00Z");
    house.refresh().await;
    assert!(
        house
            .get("/rouen_metropole")
            .await
            .text()
            .contains("Aucun événement déclaré")
    );
    let page = house.get(&format!("/rouen_metropole/{id}")).await.text();
    assert!(page.contains("Ce bulletin est archivé") && page.contains("La torche brûle"));
    assert!(page.contains("<audio"), "what was said can still be heard");
    assert_eq!(
        house.get(&format!("/le_havre/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    let archive = house.get("/rouen_metropole/archives").await.text();
    assert!(archive.contains("archivé") && archive.contains(&id));
}

#[tokio::test]
async fn a_bulletin_that_left_the_page_is_read_at_its_address_while_the_rows_cannot_be() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.set_clock("2026-12-10T10:00:00Z");
    house.refresh().await;
    house.store.close().await;

    let page = house.get(&format!("/rouen_metropole/{id}")).await;

    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(
        text.contains("Ce bulletin est archivé") && text.contains("La torche brûle"),
        "{text}"
    );
    assert!(!text.contains("en préparation"), "{text}");
    let english = house.get(&format!("/rouen_metropole/{id}.en")).await.text();
    assert!(english.contains("This bulletin is archived"), "{english}");
    let unknown = house.get("/rouen_metropole/aaaaaaaaaaaa").await;
    assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE);
    let elsewhere = house.get(&format!("/le_havre/{id}")).await;
    assert_eq!(elsewhere.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_archive_is_read_page_by_page_without_loss() {
    let house = House::new().await;
    assert!(
        house
            .get("/rouen_metropole/archives")
            .await
            .text()
            .contains("Aucun bulletin n’a encore été publié.")
    );
    for minute in 0..23 {
        house.set_clock(&format!("2026-11-23T14:{minute:02}:00Z"));
        house
            .post(
                REFINERY,
                "/api/v1/bulletins",
                flare_with("text", json!(format!("Fumée numéro {minute}."))),
            )
            .await;
    }
    let first = house.get("/rouen_metropole/archives").await.text();
    let (_, rest) = first
        .split_once("/rouen_metropole/archives?avant=")
        .unwrap();
    let second = house
        .get(&format!(
            "/rouen_metropole/archives?avant={}",
            rest.split_once('"').unwrap().0
        ))
        .await
        .text();
    assert_eq!(
        (
            first.matches("<article").count(),
            second.matches("<article").count()
        ),
        (20, 3)
    );
    assert!(first.find("numéro 22.").unwrap() < first.find("numéro 21.").unwrap());
    assert!(second.contains("numéro 0.") && !second.contains("Bulletins plus anciens"));
    assert_eq!(
        house.get("/rouen_metropole/archives?avant=x").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_told_apart() {
    let house = House::new().await;
    for at in ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"] {
        house.set_clock(at);
        let body = flare_with("starts_at", json!(null));
        house.post(REFINERY, "/api/v1/bulletins", body).await;
    }
    let page = house.get("/rouen_metropole").await.text();
    let words = plain(&page);
    assert!(words.contains("dimanche 31 octobre à 2 h 30 (heure d’hiver)"));
    assert!(words.contains("dimanche 31 octobre à 2 h 30 (heure d’été)"));
    assert!(
        page.contains("2027-10-31T02:30:00+02:00") && page.contains("2027-10-31T02:30:00+01:00")
    );
}

#[tokio::test]
async fn a_reader_who_has_the_page_is_told_so() {
    let house = House::new().await;
    for path in [
        "/",
        "/rouen_metropole",
        "/en",
        "/rouen_metropole.en",
        "/rouen_metropole.json",
        "/rouen_metropole/archives",
        "/rouen_metropole/sites/raffinerie",
        "/rouen_metropole/contact.en",
    ] {
        let page = house.get(path).await;
        assert_eq!(page.header("cache-control"), "public, max-age=5", "{path}");
        let again = Request::get(path).header("if-none-match", page.header("etag"));
        let again = house.send(again.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (again.status, again.body.len()),
            (StatusCode::NOT_MODIFIED, 0),
            "{path}"
        );
        assert_eq!(again.header("etag"), page.header("etag"));
    }
    let before = house.get("/rouen_metropole").await;
    house.post_flare().await;
    assert_ne!(
        house.get("/rouen_metropole").await.header("etag"),
        before.header("etag")
    );
}

#[tokio::test]
async fn the_style_sheet_is_one_file_that_never_changes() {
    let house = House::new().await;
    let page = house.get("/").await.text();
    let (_, rest) = page.split_once(r#"<link rel="stylesheet" href=""#).unwrap();
    let sheet = house.get(rest.split_once('"').unwrap().0).await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.header("cache-control").contains("immutable"));
    for rule in [
        ":focus-visible",
        "@media print",
        "prefers-color-scheme: dark",
    ] {
        assert!(sheet.text().contains(rule), "{rule}");
    }
    assert_eq!(
        house.get("/assets/0000.css").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn no_page_has_a_script_a_cookie_or_a_third_party() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    for path in [
        "/",
        "/en",
        "/rouen_metropole",
        &format!("/rouen_metropole/{id}"),
        "/rouen_metropole/archives",
        "/rouen_metropole/archives?du=hier",
        "/rouen_metropole/sites/raffinerie",
        "/rouen_metropole/categories",
        "/rouen_metropole/accessibilite",
        "/rouen_metropole/confidentialite",
        "/rouen_metropole/contact",
        "/embed/rouen_metropole",
        "/qr/rouen_metropole",
        "/nowhere",
        "/api/v1/territories",
        "/readyz",
    ] {
        let answer = house.get(path).await;
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'; script-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(
            answer
                .header("permissions-policy")
                .contains("microphone=()")
        );
        assert!(answer.header("set-cookie").is_empty() && answer.header("server").is_empty());
        assert!(answer.header("strict-transport-security").is_empty());
        // Names of a vocabulary and links, which no browser fetches, and our own address.
        let text = answer.text();
        let text = ["https://schema.org/", r#"<a href="https://"#]
            .iter()
            .fold(text, |text, part| text.replace(part, ""));
        let text = text.replace("https://allo.example/", "/");
        for absent in ["<script", "https://", "<iframe", "onclick", "style="] {
            assert!(!text.contains(absent), "{path} {absent}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_page_in_both_languages() {
    let house = House::new().await;
    for path in [
        "/nowhere",
        "/nowhere.json",
        "/rouen_metropole/aaaaaaaaaaaa",
        "/rouen_metropole/x",
        "/a/b/c",
        "/%ff",
        "/nowhere/archives",
        "/nowhere.en",
        "/rouen_metropole/x.en",
        "/rouen_metropole/sites/nowhere",
        "/rouen_metropole/pages/nowhere",
        "/rouen_metropole/archives?site=N%C3%B6",
        "/rouen_metropole/archives?evenement=x",
    ] {
        let answer = house.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(
            answer.text().contains("<h1>Page introuvable</h1>")
                && answer.text().contains("There is no page at this address."),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn a_page_with_ten_bulletins_and_their_threads_stays_under_50_kilobytes() {
    let house = House::new().await;
    for site in 0..10 {
        let (token, slug) = if site % 2 == 0 {
            (REFINERY, "raffinerie")
        } else {
            (FERTILISER, "engrais")
        };
        let mut body = crate::house::flare();
        body["site"] = json!(slug);
        body["text"] = json!(format!(
            "{} fumée {site}.",
            "Nos équipes maîtrisent la situation. ".repeat(9)
        ));
        let id = house
            .post(token, "/api/v1/bulletins", body.to_string())
            .await
            .json()["id"]
            .clone();
        let path = format!("/api/v1/bulletins/{}/updates", id.as_str().unwrap());
        for _ in 0..2 {
            let text = json!({ "text": "Nos équipes maîtrisent la situation. ".repeat(9) });
            house.post(token, &path, text.to_string()).await;
        }
        house.speak(id.as_str().unwrap(), 3).await;
    }
    let page = house.get("/rouen_metropole").await;
    assert_eq!(page.text().matches("<audio").count(), 10);
    let style = include_str!("../../templates/style.css").len();
    assert!(
        page.body.len() + style < 50_000,
        "{} + {style} octets",
        page.body.len()
    );
}

#[tokio::test]
async fn a_page_is_built_for_keyboards_and_screen_readers() {
    let house = House::new().await;
    house.post_flare().await;
    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole/archives",
        "/nowhere",
    ] {
        let page = house.get(path).await.text();
        assert!(
            page.starts_with("<!DOCTYPE html>\n<html lang=\"fr\">"),
            "{path}"
        );
        assert!(
            page.contains(r##"<a class="skip" href="#contenu">"##)
                && page.contains(r#"<main id="contenu""#)
        );
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
        assert!(!page.contains("<title></title>"));
    }
}

/// The words of a page: no tags, ordinary spaces.
pub(crate) fn plain(page: &str) -> String {
    let mut words = String::new();
    for piece in page.split('<') {
        words.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    words.replace('\u{a0}', " ")
}

#[tokio::test]
async fn a_territory_to_learn_in_has_no_public_page_and_its_text_is_on_none() {
    let house = House::new().await;
    let school = house.open_school().await;
    let answer = house
        .post(school.token, "/api/v1/bulletins", school.flare())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    house.speak(&id, 1).await;

    for path in [
        "/ecole",
        "/ecole.json",
        "/ecole/archives",
        &format!("/ecole/{id}"),
        &format!("/rouen_metropole/{id}"),
        "/api/v1/territories/ecole/programme",
    ] {
        assert_eq!(house.get(path).await.status, 404, "{path}");
    }
    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole.json",
        "/api/v1/territories",
    ] {
        let page = house.get(path).await.text();
        assert!(
            !page.contains("Entraînement") && !page.contains("ecole"),
            "{path}: {page}"
        );
    }
}

#[tokio::test]
async fn a_site_that_is_closed_is_no_member_cannot_post_and_keeps_its_name_on_what_it_posted() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    let mut sites = house.store.sites().await.unwrap().into_iter();
    let refinery = sites.find(|one| one.slug.as_str() == "raffinerie").unwrap();

    house.store.close_site(&refinery, &[], by()).await.unwrap();
    house.refresh().await;

    let page = house.get("/rouen_metropole").await.text();
    assert!(
        !page.contains(">Raffinerie du Méandre</a>, Petit-Couronne"),
        "no member: {page}"
    );
    for path in [
        format!("/rouen_metropole/{id}"),
        "/rouen_metropole/archives".into(),
    ] {
        let page = house.get(&path).await.text();
        assert!(page.contains("Raffinerie du Méandre"), "{path}: {page}");
    }
    let refused = house
        .post(REFINERY, "/api/v1/bulletins", flare().to_string())
        .await;
    assert_eq!(refused.status, 401);
}
