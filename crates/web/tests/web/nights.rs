//! The nights on which the clock is changed, the end of a year, and lifetimes across them, on the page.

use serde_json::json;

use crate::house::{House, REFINERY, flare};
use crate::pages::plain;

#[tokio::test]
async fn the_night_that_loses_an_hour_is_told_right_with_nine_days_across_it() {
    // Sunday 28 March 2027: after 1:59 comes 3:00.
    let house = House::new().await;
    let id = post(&house, "2027-03-27T12:30:00Z", json!({})).await;
    told(
        &house,
        &id,
        "samedi 27 mars à 13 h 30",
        "Saturday 27 March at 13:30",
    )
    .await;
    // Nine days of the calendar, not nine times 24 hours: 12:30 in UTC is 14:30 in summer.
    told(
        &house,
        &id,
        "lundi 5 avril à 13 h 30",
        "Monday 5 April at 13:30",
    )
    .await;
    machine(&house, &id, "2027-04-05T13:30:00+02:00").await;

    house.set_clock("2027-03-28T01:10:00Z");
    let text = json!({ "text": "La flamme diminue." }).to_string();
    house
        .post(REFINERY, &format!("/api/v1/bulletins/{id}/updates"), text)
        .await;
    told(
        &house,
        &id,
        "dimanche 28 mars à 3 h 10",
        "Sunday 28 March at 3:10",
    )
    .await;
    let page = house.get("/rouen_metropole").await.text();
    assert!(plain(&page).contains("Vérifié dimanche 28 mars à 3 h 10"));
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_told_apart_in_both_languages_with_nine_days_across_it() {
    // Sunday 31 October 2027: 2:00 to 2:59 come twice.
    let house = House::new().await;
    let window = json!({
        "kind": "planned",
        "starts_at": "2027-10-31T02:30:00+02:00",
        "ends_at": "2027-10-31T02:30:00+01:00",
    });
    let id = post(&house, "2027-10-28T10:00:00Z", window).await;
    told(
        &house,
        &id,
        "dimanche 31 octobre à 2 h 30 (heure d’été)",
        "Sunday 31 October at 2:30 (summer time)",
    )
    .await;
    told(
        &house,
        &id,
        "dimanche 31 octobre à 2 h 30 (heure d’hiver)",
        "Sunday 31 October at 2:30 (winter time)",
    )
    .await;
    machine(&house, &id, "2027-10-31T02:30:00+02:00").await;
    machine(&house, &id, "2027-10-31T02:30:00+01:00").await;
    // Posted on the 28th at noon in summer time, it leaves at noon in winter time.
    told(
        &house,
        &id,
        "samedi 6 novembre à 12 h",
        "Saturday 6 November at 12:00",
    )
    .await;
    machine(&house, &id, "2027-11-06T12:00:00+01:00").await;

    // Between its two half past two it goes on; after the second it is over.
    for (at, state) in [
        ("2027-10-31T00:29:59Z", "prévu"),
        ("2027-10-31T00:45:00Z", "en cours"),
        ("2027-10-31T01:30:00Z", "terminé"),
    ] {
        house.set_clock(at);
        house.refresh().await;
        let page = house.get(&format!("/rouen_metropole/{id}")).await.text();
        assert!(page.contains(&format!(">{state}</span>")), "{at} {state}");
    }
}

#[tokio::test]
async fn a_lifetime_across_the_end_of_the_year_says_the_year_that_is_not_the_readers() {
    let house = House::new().await;
    let id = post(&house, "2026-12-27T18:05:00Z", json!({})).await;
    told(
        &house,
        &id,
        "mardi 5 janvier 2027 à 19 h 05",
        "Tuesday 5 January 2027 at 19:05",
    )
    .await;
    told(
        &house,
        &id,
        "dimanche 27 décembre à 19 h 05",
        "Sunday 27 December at 19:05",
    )
    .await;

    house.set_clock("2026-12-31T23:00:00Z");
    house.refresh().await;
    told(
        &house,
        &id,
        "dimanche 27 décembre 2026 à 19 h 05",
        "Sunday 27 December 2026 at 19:05",
    )
    .await;
    told(
        &house,
        &id,
        "mardi 5 janvier à 19 h 05",
        "Tuesday 5 January at 19:05",
    )
    .await;
}

/// Posts at an instant, a bulletin of that instant but for what is given.
async fn post(house: &House, at: &str, with: serde_json::Value) -> String {
    house.set_clock(at);
    let mut body = flare();
    body.as_object_mut().unwrap().remove("starts_at");
    for (name, value) in with.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = house
        .post(REFINERY, "/api/v1/bulletins", body.to_string())
        .await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The words stand on the page of the territory, of the bulletin and of the site, in each language.
async fn told(house: &House, id: &str, french: &str, english: &str) {
    for (ending, words) in [("", french), (".en", english)] {
        for path in [
            "/rouen_metropole".to_owned(),
            format!("/rouen_metropole/{id}"),
            "/rouen_metropole/sites/raffinerie".to_owned(),
        ] {
            let page = plain(&house.get(&format!("{path}{ending}")).await.text());
            assert!(page.contains(words), "{path}{ending} {words}: {page}");
        }
    }
}

async fn machine(house: &House, id: &str, at: &str) {
    let page = house.get(&format!("/rouen_metropole/{id}")).await.text();
    assert!(page.contains(&format!("datetime=\"{at}\"")), "{at}: {page}");
}
