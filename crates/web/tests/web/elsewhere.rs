//! What stands elsewhere than on our pages: frame, badge, poster.

use std::process::Command;

use axum::http::StatusCode;

use crate::house::{House, MANAGER};
use crate::readers::{plain, run};

#[tokio::test]
async fn a_frame_is_for_the_town_halls_of_its_territory_and_nobody_else() {
    let house = House::new().await;
    let policy = async |path: &str| {
        house
            .get(path)
            .await
            .header("content-security-policy")
            .to_owned()
    };
    for path in ["/embed/rouen_metropole", "/embed/rouen_metropole.en"] {
        let policy = policy(path).await;
        assert!(
            policy.contains("frame-ancestors https://www.rouen.example;"),
            "{policy}"
        );
        assert!(policy.contains("script-src 'none'"), "{policy}");
    }
    assert!(
        policy("/embed/le_havre")
            .await
            .contains("frame-ancestors 'none'")
    );
    assert!(
        policy("/rouen_metropole")
            .await
            .contains("frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn a_frame_tells_what_goes_on_and_leads_out_of_itself() {
    let house = House::new().await;
    let page = plain(&house.get("/embed/rouen_metropole").await.text());
    assert!(page.contains("aucun événement déclaré") && page.contains("lang=\"fr\""));
    let id = house.post_flare().await;
    let page = plain(&house.get("/embed/rouen_metropole").await.text());
    assert!(page.contains("1 événement en cours ou prévu"));
    assert!(page.contains(&format!(r#"<a href="https://allo.example/rouen_metropole/{id}" target="_blank" rel="noopener">Raffinerie du Méandre, Petit-Couronne : torche, fumée"#)), "{page}");
    assert!(!page.contains("<script"));
    let page = plain(&house.get("/embed/rouen_metropole.en").await.text());
    assert!(page.contains("1 event going on or planned") && page.contains("lang=\"en\""));
}

#[tokio::test]
async fn a_badge_says_in_words_what_goes_on() {
    let house = House::new().await;
    let badge = house.get("/badge/rouen_metropole.svg").await;
    assert_eq!(badge.header("content-type"), "image/svg+xml");
    assert!(
        plain(&badge.text())
            .contains("<title id=\"t\">Allo, Rouen Métropole : aucun événement déclaré</title>"),
        "{}",
        badge.text()
    );
    house.post_flare().await;
    house.post_flare().await;
    let badge = house.get("/badge/rouen_metropole.svg").await.text();
    assert!(plain(&badge).contains(">2 événements en cours ou prévus</text>"));
    let (is_read, told) = run(
        Command::new("xmllint").args(["--noout", "--nonet", "-"]),
        badge.as_bytes(),
    );
    assert!(is_read, "{told}");
    assert!(
        plain(&house.get("/badge/rouen_metropole.en.svg").await.text())
            .contains("2 events going on or planned")
    );
}

#[tokio::test]
async fn a_badge_says_that_nothing_is_known_once_the_rows_cannot_be_read() {
    let house = House::new().await;
    house.post_flare().await;
    let snapshot = house.snapshot().await;
    for (seconds, said, colour) in [
        (60, "1 événement en cours ou prévu", "#9b1c10"),
        (61, "état inconnu", "#454b52"),
    ] {
        house.show(&snapshot.at(house.now() + jiff::SignedDuration::from_secs(seconds)));
        let badge = plain(&house.get("/badge/rouen_metropole.svg").await.text());
        assert!(badge.contains(&format!(">{said}</text>")), "{badge}");
        assert!(badge.contains(colour), "{badge}");
        assert_eq!(badge.contains("événement"), seconds == 60, "{badge}");
    }
    let badge = house.get("/badge/rouen_metropole.en.svg").await.text();
    assert!(badge.contains(">state unknown</text>"), "{badge}");
}

#[tokio::test]
async fn what_everybody_is_told_first_stands_wherever_a_territory_is_shown() {
    let house = House::new().await;
    let badge = async || {
        plain(&house.get("/badge/rouen_metropole.svg").await.text())
            .split_once("<title")
            .map(|(_, rest)| rest.to_owned())
            .unwrap()
    };
    let decide = async |authorities: bool| {
        let mut manager = house.sign_in(MANAGER).await;
        let mut decided = vec![("crisis", "Fermez vos fenêtres.")];
        decided.extend(authorities.then_some(("authorities", "on")));
        let path = "/admin/territories/rouen_metropole/line";
        manager.submit(path, &decided).await;
    };
    decide(false).await;
    assert!(badge().await.contains("message important à lire"));
    decide(true).await;
    assert!(badge().await.contains("les autorités ont pris la main"));

    for path in [
        "/",
        "/rouen_metropole",
        "/rouen_metropole/direct",
        "/rouen_metropole/sites/raffinerie",
        "/embed/rouen_metropole",
    ] {
        let english = match path {
            "/" => "/en".to_owned(),
            _ => format!("{path}.en"),
        };
        for (path, lang, authorities) in [
            (path, "fr", "Les autorités ont pris la main."),
            (&english, "en", "The authorities are now in charge."),
        ] {
            let page = house.get(path).await.text();
            // The first page has the territories one below the other.
            let (_, page) = page
                .split_once(">Rouen Métropole</a></h2>")
                .unwrap_or(("", &page));
            let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{path}: {page}"));
            let crisis = place(r#"<p class="standing" lang="fr">Fermez vos fenêtres.</p>"#);
            let authorities = place(&format!(
                r#"<p class="standing" lang="{lang}">{authorities}"#
            ));
            assert!(crisis < authorities && authorities < place(r#"class="summary""#));
        }
    }
    let elsewhere = house.get("/").await.text();
    assert_eq!(elsewhere.matches("Fermez").count(), 1, "Le Havre has none");
    let page = house.get("/embed/rouen_metropole").await.text();
    assert!(page.contains("<title>les autorités ont pris la main – Rouen Métropole"));
}

#[tokio::test]
async fn a_camera_reads_the_address_of_the_page_from_the_poster() {
    let house = House::new().await;
    for (path, address) in [
        (
            "/qr/rouen_metropole.svg",
            "https://allo.example/rouen_metropole",
        ),
        (
            "/qr/rouen_metropole.en.svg",
            "https://allo.example/rouen_metropole.en",
        ),
        ("/qr/le_havre", "https://allo.example/le_havre"),
    ] {
        let text = house.get(path).await.text();
        assert_eq!(decode(&text), address, "{path}");
        assert!(text.contains(address), "{path}: it is written, too");
    }
    let poster = house.get("/qr/le_havre").await.text();
    assert!(poster.contains("0800 101 092") && poster.contains("18 ou 112"));
    assert_eq!(
        house.get("/qr/nowhere.svg").await.status,
        StatusCode::NOT_FOUND
    );
}

/// Has zbar read the code that a drawing shows.
fn decode(svg: &str) -> String {
    let (_, rest) = svg.split_once("<path d=\"").unwrap();
    let path = rest.split_once('"').unwrap().0;
    let (_, side) = svg.split_once("viewBox=\"0 0 ").unwrap();
    let side: usize = side.split_once(' ').unwrap().0.parse().unwrap();
    let mut dark = vec![false; side * side];
    for square in path.split('M').skip(1) {
        let (column, row) = square.split_once('h').unwrap().0.split_once(' ').unwrap();
        dark[row.parse::<usize>().unwrap() * side + column.parse::<usize>().unwrap()] = true;
    }
    let width = side * SCALE;
    let mut picture = format!("P5 {width} {width} 255\n").into_bytes();
    let pixels = (0..width * width).map(|at| dark[at / width / SCALE * side + at % width / SCALE]);
    picture.extend(pixels.map(|is_dark| if is_dark { 0 } else { 255 }));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code.pgm");
    std::fs::write(&file, picture).unwrap();
    let (is_read, told) = run(Command::new("zbarimg").args(["--raw", "-q"]).arg(file), b"");
    assert!(is_read, "{told}");
    told.trim().to_owned()
}

/// Pixels along a square of a code.
const SCALE: usize = 6;
