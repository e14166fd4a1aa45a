//! The calendar of announced events, read by a library that is not ours.

use serde_json::{Value, json};

use crate::house::{FERTILISER, House};
use crate::readers::{act, plain, posted, read_calendar, works};

#[tokio::test]
async fn the_calendar_holds_what_is_announced_and_a_library_reads_it() {
    let house = House::new().await;
    house.post_flare().await;
    let body = works("2026-11-24T08:00:00+01:00", "2026-11-24T18:00:00+01:00");
    let id = posted(&house, FERTILISER, body).await;
    let kept = works("2026-11-25T08:00:00+01:00", "2026-11-25T09:00:00+01:00");
    let withdrawn = posted(&house, FERTILISER, kept).await;
    house.wait(3_600);
    act(
        &house,
        FERTILISER,
        &withdrawn,
        "withdraw",
        json!({"text": "Reporté, à cause du vent; voir plus tard."}),
    )
    .await;
    house.wait(60);
    act(
        &house,
        FERTILISER,
        &id,
        "updates",
        json!({"text": "Une heure de plus, peut-être."}),
    )
    .await;

    let calendar = house.get("/rouen_metropole.ics").await;

    assert_eq!(
        calendar.header("content-type"),
        "text/calendar; charset=utf-8"
    );
    let read = read_calendar(&calendar);
    let events = read["events"].as_array().unwrap();
    assert_eq!(
        events.len(),
        2,
        "the flare nobody announced is in no calendar: {read}"
    );
    let find = |id: &str| {
        events
            .iter()
            .find(|it| it["uid"] == format!("{id}@allo"))
            .unwrap()
    };
    let event = find(&id);
    assert_eq!(
        event["summary"],
        "Engrais de l’Estuaire, Grand-Quevilly\u{a0}: maintenance ou travaux"
    );
    assert_eq!(
        (event["starts"].as_str(), event["ends"].as_str()),
        (
            Some("2026-11-24T07:00:00+00:00"),
            Some("2026-11-24T17:00:00+00:00")
        )
    );
    assert_eq!(
        (event["status"].as_str(), event["sequence"].as_i64()),
        (Some("CONFIRMED"), Some(1))
    );
    let words = plain(event["description"].as_str().unwrap());
    assert!(words.starts_with("Une heure de plus, peut-être.\n\nDébut : mardi 24 novembre 2026 à 8 h. Fin prévue : mardi 24 novembre 2026 à 18 h."), "{words}");
    let event = find(&withdrawn);
    assert_eq!(event["status"], "CANCELLED");
    assert!(
        event["description"]
            .as_str()
            .unwrap()
            .starts_with("Reporté, à cause du vent; voir plus tard.")
    );
}

#[tokio::test]
async fn the_calendar_tells_the_hours_of_changing_clocks_apart() {
    for (clock, start, end, told) in [
        // Half past two comes twice: half an hour in summer time, then half an hour in winter time.
        (
            "2027-10-25T10:00:00Z",
            "2027-10-31T02:30:00+02:00",
            "2027-10-31T02:30:00+01:00",
            "Début : dimanche 31 octobre 2027 à 2 h 30 (heure d’été). Fin prévue : dimanche 31 octobre 2027 à 2 h 30 (heure d’hiver).",
        ),
        // From half past one to half past three is an hour.
        (
            "2027-03-22T10:00:00Z",
            "2027-03-28T01:30:00+01:00",
            "2027-03-28T03:30:00+02:00",
            "Début : dimanche 28 mars 2027 à 1 h 30. Fin prévue : dimanche 28 mars 2027 à 3 h 30.",
        ),
        // Over the end of a year.
        (
            "2026-12-28T10:00:00Z",
            "2026-12-31T22:00:00+01:00",
            "2027-01-01T02:00:00+01:00",
            "Début : jeudi 31 décembre 2026 à 22 h. Fin prévue : vendredi 1er janvier 2027 à 2 h.",
        ),
    ] {
        let house = House::new().await;
        house.set_clock(clock);
        posted(&house, FERTILISER, works(start, end)).await;
        let read = read_calendar(&house.get("/rouen_metropole.ics").await);
        let event = &read["events"][0];
        let instant = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        assert_eq!(instant(event["starts"].as_str().unwrap()), instant(start));
        assert_eq!(instant(event["ends"].as_str().unwrap()), instant(end));
        let words = plain(event["description"].as_str().unwrap());
        assert!(words.contains(told), "{words}");
    }
}

#[tokio::test]
async fn an_event_that_ended_early_ends_early_in_the_calendar() {
    let house = House::new().await;
    let id = posted(
        &house,
        FERTILISER,
        works("2026-11-23T15:00:00+01:00", "2026-11-23T22:00:00+01:00"),
    )
    .await;
    house.set_clock("2026-11-23T17:00:00Z");
    act(&house, FERTILISER, &id, "end", json!({})).await;
    let read = read_calendar(&house.get("/rouen_metropole.ics").await);
    assert_eq!(read["events"][0]["ends"], "2026-11-23T17:00:00+00:00");
}

#[tokio::test]
async fn an_event_that_was_over_before_it_began_is_cancelled_in_the_calendar() {
    let house = House::new().await;
    let body = works("2026-11-24T08:00:00+01:00", "2026-11-24T18:00:00+01:00");
    let id = posted(&house, FERTILISER, body).await;
    let status = async || {
        let read = read_calendar(&house.get("/rouen_metropole.ics").await);
        read["events"][0]["status"].clone()
    };
    assert_eq!(status().await, "CONFIRMED");

    let over = json!({"text": "Les travaux n’auront pas lieu."});
    act(&house, FERTILISER, &id, "end", over).await;

    assert_eq!(status().await, "CANCELLED");
}

#[tokio::test]
async fn hostile_text_makes_no_event_of_its_own_in_a_calendar() {
    let house = House::new().await;
    let mut body: Value = serde_json::from_str(&works(
        "2026-11-24T08:00:00+01:00",
        "2026-11-24T09:00:00+01:00",
    ))
    .unwrap();
    let hostile = "Travaux\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:x\\;,\"";
    body["text"] = json!(hostile);
    posted(&house, FERTILISER, body.to_string()).await;
    let read = read_calendar(&house.get("/rouen_metropole.ics").await);
    assert_eq!(read["events"].as_array().unwrap().len(), 1);
    assert!(
        read["events"][0]["description"]
            .as_str()
            .unwrap()
            .starts_with(hostile)
    );
}
