//! The public pages in English, beside the French ones.

use serde_json::json;

use crate::house::{House, MANAGER, REFINERY, flare, flare_with};
use crate::pages::plain;

/// Every kind of public page but that of a bulletin, by its address in French.
const PAGES: [&str; 10] = [
    "/",
    "/rouen_metropole",
    "/rouen_metropole/direct",
    "/rouen_metropole/pages/torche",
    "/rouen_metropole/archives",
    "/rouen_metropole/sites/raffinerie",
    "/rouen_metropole/categories",
    "/rouen_metropole/accessibilite",
    "/rouen_metropole/confidentialite",
    "/rouen_metropole/contact",
];

#[tokio::test]
async fn every_page_is_there_in_both_languages_and_each_leads_to_the_other() {
    let house = explained_house().await;
    let id = house.post_flare().await;
    let permalink = format!("/rouen_metropole/{id}");
    for french in PAGES.into_iter().chain([permalink.as_str()]) {
        let english = english(french);
        for (address, language, name, other) in [
            (french, "fr", "English", english.as_str()),
            (english.as_str(), "en", "Français", french),
        ] {
            let page = house.get(address).await.text();
            assert!(
                page.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\">")),
                "{address}"
            );
            for part in [
                format!(r#"<link rel="canonical" href="https://allo.example{address}">"#),
                format!(
                    r#"<link rel="alternate" hreflang="fr" href="https://allo.example{french}">"#
                ),
                format!(
                    r#"<link rel="alternate" hreflang="en" href="https://allo.example{english}">"#
                ),
            ] {
                assert!(page.contains(&part), "{address}: {part}");
            }
            let way = format!(r#"<a href="{other}" lang="#);
            assert!(page.contains(&way), "{address}: {way}");
            assert!(page.contains(&format!(">{name}</a>")), "{address}");
        }
    }
}

#[tokio::test]
async fn links_of_an_english_page_lead_to_english_pages() {
    let house = explained_house().await;
    house.post_flare().await;
    for french in PAGES {
        let page = house.get(&english(french)).await.text();
        let links = page.split("<a ").skip(1).filter_map(|link| {
            let (tag, _) = link.split_once('>')?;
            let (_, address) = tag.split_once("href=\"")?;
            (!tag.contains("lang=\"fr\"")).then(|| address.split_once('"').unwrap().0)
        });
        for link in links.filter(|it| it.starts_with('/')) {
            let path = link.split('?').next().unwrap();
            let is_english = path == "/en"
                || path.ends_with(".en")
                || path.ends_with(".json")
                || path.contains(".en.");
            assert!(is_english, "{french} leads to {link}");
            assert_eq!(
                house.get(link).await.status,
                200,
                "{french} leads to {link}"
            );
        }
    }
}

#[tokio::test]
async fn an_english_reader_reads_everything_of_the_page_in_english_and_the_text_as_it_was_written()
{
    let house = House::new().await;
    let empty = plain(&house.get("/rouen_metropole.en").await.text());
    assert!(
        empty.contains("No event declared.")
            && empty.contains(
                "Checked Monday 23 November at 14:32 (Paris time). 2 member sites; other sites are not covered."
            ),
        "{empty}"
    );
    let id = house.post_flare().await;
    house.speak(&id, 1).await;

    let page = house.get("/rouen_metropole.en").await.text();
    let words = plain(&page);
    for part in [
        "1 event going on or planned.",
        "Happening now",
        "Unplanned",
        "ongoing",
        "Flaring, smoke",
        "What may bother",
        "Monday 23 November at 14:07",
        "(Paris time), 25 minutes after the start",
        "Shown until",
        "Language of the text",
        "Listen to this bulletin (42 seconds), as by telephone:",
        "By telephone: 0805 691 282 (free of charge)",
        "Information, not alert. In an emergency call 18 or 112.",
        "Member sites",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(page.contains(r#"<div class="latest" itemprop="text" lang="fr">"#));
    for french in [
        "Vérifié",
        "Publié",
        "événement",
        "Écouter",
        "adhérent",
        "Gêne",
    ] {
        assert!(!words.contains(french), "{french}: {words}");
    }
}

#[tokio::test]
async fn a_thread_is_told_in_english_with_its_correction_and_its_end() {
    let house = House::new().await;
    let id = house.post_flare().await;
    for (act, text) in [
        ("updates", "La flamme diminue."),
        ("correct", "La fumée est grise."),
        ("end", "C'est fini."),
    ] {
        let path = format!("/api/v1/bulletins/{id}/{act}");
        let body = json!({ "text": text }).to_string();
        let answer = house.post(REFINERY, &path, body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    let page = house.get(&format!("/rouen_metropole/{id}.en")).await.text();
    let words = plain(&page);
    let places: Vec<_> = [
        "C'est fini.",
        "Correction,",
        "La fumée est grise.",
        "Update,",
        "(corrected since)",
        "First message,",
    ]
    .map(|part| {
        let part = part.replace('\'', "&#39;");
        words
            .find(&part)
            .unwrap_or_else(|| panic!("{part}: {words}"))
    })
    .to_vec();
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn a_bulletin_tells_when_the_next_news_comes_while_there_is_more_to_tell() {
    let house = House::new().await;
    let text = "La torche brûle. Prochain point vers 18h30.";
    let answer = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("text", json!(text)),
        )
        .await;
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let row = |label: &str, lang: &str| {
        format!("<dt>{label}</dt><dd lang=\"{lang}\">Prochain point vers 18h30.</dd>")
    };
    let page = house.get("/rouen_metropole").await.text();
    assert!(page.contains(&row("Prochaines nouvelles", "fr")), "{page}");
    let page = house.get("/rouen_metropole.en").await.text();
    assert!(page.contains(&row("Next news", "fr")), "{page}");

    house
        .post(REFINERY, &format!("/api/v1/bulletins/{id}/end"), "{}")
        .await;
    let page = house.get("/rouen_metropole").await.text();
    assert!(!page.contains("Prochaines nouvelles"));
}

#[tokio::test]
async fn what_happens_stands_newest_first_and_what_was_planned_apart_from_it() {
    let house = House::new().await;
    for (minute, kind, text) in [
        (0, "unplanned", "Une fumée grise."),
        (1, "planned", "Des travaux bruyants."),
        (2, "unplanned", "Une flamme haute."),
        (3, "drill", "Un exercice avec sirène."),
    ] {
        house.set_clock(&format!("2026-11-23T14:{minute:02}:00Z"));
        let mut body = flare();
        body["kind"] = json!(kind);
        body["text"] = json!(text);
        if kind != "unplanned" {
            body["starts_at"] = json!("2026-11-25T08:00:00+01:00");
            body["ends_at"] = json!("2026-11-25T18:00:00+01:00");
        }
        let answer = house
            .post(REFINERY, "/api/v1/bulletins", body.to_string())
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let page = plain(&house.get("/rouen_metropole").await.text());
    let places: Vec<_> = [
        "En cours",
        "Une flamme haute.",
        "Une fumée grise.",
        "Programmés : travaux, exercices, essais",
        "Un exercice avec sirène.",
        "Des travaux bruyants.",
    ]
    .map(|part| page.find(part).unwrap_or_else(|| panic!("{part}: {page}")))
    .to_vec();
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn a_link_to_a_page_tells_elsewhere_what_it_is_about() {
    let house = House::new().await;
    let body = flare_with("text", json!("Essai de sirène \"du\" <midi>."));
    let answer = house.post(REFINERY, "/api/v1/bulletins", body).await;
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    house.speak(&id, 1).await;
    house.refresh_at("https://allo.example").await;

    let page = house.get(&format!("/rouen_metropole/{id}.en")).await.text();
    for part in [
        r#"<meta property="og:type" content="website">"#.to_owned(),
        r#"<meta property="og:site_name" content="Allo">"#.to_owned(),
        r#"<meta property="og:title" content="Unplanned, Raffinerie du Méandre, ongoing – Rouen Métropole – Allo">"#.to_owned(),
        r#"<meta property="og:description" content="Essai de sirène &#34;du&#34; &#60;midi&#62;.">"#.to_owned(),
        format!(r#"<meta property="og:url" content="https://allo.example/rouen_metropole/{id}.en">"#),
        r#"<meta property="og:locale" content="en_GB">"#.to_owned(),
        format!(r#"<meta property="og:audio" content="https://allo.example/audio/{id}-1-"#),
        format!(r#"<link rel="alternate" hreflang="fr" href="https://allo.example/rouen_metropole/{id}">"#),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
    let page = house.get("/rouen_metropole").await.text();
    let about = "content=\"1\u{a0}événement en cours ou prévu. 2\u{a0}sites adhérents.\"";
    assert!(page.contains(about), "{page}");
}

#[tokio::test]
async fn a_bulletin_is_a_special_announcement_of_schema_org_and_a_site_is_a_place() {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    for path in [
        "/rouen_metropole".to_owned(),
        format!("/rouen_metropole/{id}"),
    ] {
        let page = house.get(&path).await.text();
        for part in [
            r#"itemscope itemtype="https://schema.org/SpecialAnnouncement""#,
            r#"itemprop="name""#,
            r#"itemprop="text""#,
            r#"itemprop="url""#,
            r#"itemprop="audio""#,
            r#"<time datetime="2026-11-23T14:32:00+01:00" itemprop="datePosted">"#,
            r#"<time datetime="2026-12-02T14:32:00+01:00" itemprop="expires">"#,
            r#"<meta itemprop="spatialCoverage" content="Rouen Métropole">"#,
            r#"<meta itemprop="inLanguage" content="fr">"#,
            r#"itemprop="author" itemscope itemtype="https://schema.org/Organization""#,
        ] {
            assert!(page.contains(part), "{path} {part}: {page}");
        }
    }
    let site = house.get("/rouen_metropole/sites/raffinerie").await.text();
    assert!(site.contains(r#"itemscope itemtype="https://schema.org/Place""#));
}

/// A house with a page that explains.
async fn explained_house() -> House {
    let house = House::new().await;
    let written = [
        ("slug", "torche"),
        ("title", "Pourquoi la torche brûle"),
        ("text", "C’est une sécurité."),
    ];
    let mut manager = house.sign_in(MANAGER).await;
    let pages = "/admin/territories/rouen_metropole/pages";
    manager.submit(pages, &written).await;
    house
}

fn english(french: &str) -> String {
    match french {
        "/" => "/en".to_owned(),
        _ => format!("{french}.en"),
    }
}
