//! The plan of the sites, and the list that says the same.

use bulletin::Coordinates;

use crate::house::{FERTILISER, House, by};

#[tokio::test]
async fn the_plan_numbers_the_sites_as_the_list_does_and_marks_where_something_goes_on() {
    let house = House::new().await;
    let page = house.get("/rouen_metropole").await.text();
    assert!(!page.contains("<svg viewBox"), "no place, no plan");
    place(&house, "raffinerie", "49.38, 1.03").await;
    place(&house, "engrais", "49.41, 1.05").await;
    place(&house, "depot", "49.48, 0.17").await;
    house.post_flare().await;

    let page = house.get("/rouen_metropole").await.text();
    let (_, plan) = page.split_once("<svg viewBox").unwrap();
    let (plan, list) = plan.split_once("</svg>").unwrap();
    assert!(plan.contains(r#"role="img" aria-labelledby="carte-t""#));
    assert!(plan.contains("la liste qui suit dit la même chose"));
    assert_eq!(plan.matches("<circle").count(), 1, "quiet: {plan}");
    assert_eq!(plan.matches("<rect").count(), 1, "busy: {plan}");
    // By name: Engrais, then Raffinerie; the busy square is the second.
    let (_, busy) = plan.split_once("<rect").unwrap();
    assert!(busy.contains(">2</text>"), "{busy}");
    assert!(!plan.contains(">3</text>"), "a site of another territory");
    let english = house.get("/rouen_metropole.en").await.text();
    assert!(english.contains("Plan of the sites") && english.contains("no event declared"));

    let planned = serde_json::json!({
        "site": "engrais", "kind": "planned", "events": ["maintenance"], "text": "Des travaux bruyants.",
        "language": "fr", "starts_at": "2026-11-25T08:00:00+01:00", "ends_at": "2026-11-25T18:00:00+01:00",
    });
    house
        .post(FERTILISER, "/api/v1/bulletins", planned.to_string())
        .await;
    let later = house.get("/rouen_metropole").await.text();
    assert!(later.contains("<circle"), "what is to come does not go on");
    let (_, list) = list.split_once("<ol>").unwrap();
    let (list, _) = list.split_once("</ol>").unwrap();
    let items: Vec<_> = list.split("<li>").skip(1).collect();
    assert_eq!(items.len(), 2);
    assert!(items[0].contains(
        r#"<a href="/rouen_metropole/sites/engrais">Engrais de l’Estuaire</a>, Grand-Quevilly"#
    ));
    assert!(items[0].contains("aucun événement déclaré"));
    assert!(items[1].contains("1\u{a0}événement en cours ou prévu"));
}

#[tokio::test]
async fn a_site_has_a_page_with_what_goes_on_there_and_the_way_to_all_it_has_told() {
    let house = House::new().await;
    place(&house, "raffinerie", "49.38, 1.03").await;
    let id = house.post_flare().await;

    let page = house.get("/rouen_metropole/sites/raffinerie").await.text();
    for part in [
        r#"<h1 itemprop="name">Raffinerie du Méandre</h1>"#,
        "Petit-Couronne",
        "49.38000, 1.03000",
        r#"<meta itemprop="latitude" content="49.38000">"#,
        &format!(r#"href="/rouen_metropole/{id}""#),
        r#"href="/rouen_metropole/archives?site=raffinerie""#,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let other = house.get("/rouen_metropole/sites/engrais").await.text();
    assert!(other.contains("Aucun événement déclaré.") && !other.contains(&id));
    let elsewhere = house.get("/le_havre/sites/raffinerie").await;
    assert_eq!(elsewhere.status, 404);
}

#[tokio::test]
async fn a_site_that_takes_part_no_more_keeps_its_page_and_says_so() {
    let house = House::new().await;
    let sites = house.store.sites().await.unwrap();
    let refinery = sites.iter().find(|it| it.slug.as_str() == "raffinerie");
    house
        .store
        .close_site(refinery.unwrap(), &[], by())
        .await
        .unwrap();
    house.refresh().await;
    let page = house.get("/rouen_metropole/sites/raffinerie").await.text();
    assert!(page.contains("Ce site ne participe plus"), "{page}");
    let page = house
        .get("/rouen_metropole/sites/raffinerie.en")
        .await
        .text();
    assert!(page.contains("takes part in the service no more"), "{page}");
}

async fn place(house: &House, slug: &str, place: &str) {
    let sites = house.store.sites().await.unwrap();
    let site = sites.iter().find(|it| it.slug.as_str() == slug).unwrap();
    let place = Coordinates::parse(place).unwrap();
    house
        .store
        .set_site_place(site, Some(place), by())
        .await
        .unwrap();
    house.refresh().await;
}
