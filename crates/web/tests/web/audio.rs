//! What is heard: on the page as WAV, on the telephone as octets of G.711.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::house::{Answer, FERTILISER, House, REFINERY, wav};

#[tokio::test]
async fn a_page_plays_lead_in_and_body_as_one_sound() {
    let (house, id) = spoken().await;

    let address = audio_address(&house.get("/rouen_metropole").await.text());
    let answer = house.get(&address).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "audio/wav");
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.body, wav(&[[2; 64], [3; 64]].concat()));
    assert_eq!(
        audio_address(&house.get(&format!("/rouen_metropole/{id}")).await.text()),
        address
    );
}

#[tokio::test]
async fn a_recording_alone_has_an_address_too() {
    let (house, id) = spoken().await;
    let key = key_of(&house, &id, "body").await;

    let answer = house.get(&format!("/audio/{key}.wav")).await;

    assert_eq!(answer.body, wav(&[3; 64]));
}

#[tokio::test]
async fn the_programme_tells_everybody_where_the_octets_that_callers_hear_stand() {
    let (house, _) = spoken().await;
    let programme = house.get("/rouen_metropole.json").await.json();
    let address = programme["ongoing"][0]["telephone"].as_str().unwrap();

    let answer = house.get(address).await;

    assert_eq!(answer.header("content-type"), "audio/PCMA");
    assert_eq!(answer.body, vec![3; 100]);
    let queued = House::new().await;
    queued.post_flare().await;
    let programme = queued.get("/rouen_metropole.json").await.json();
    assert!(programme["ongoing"][0]["telephone"].is_null());
}

#[tokio::test]
async fn a_part_of_a_recording_can_be_asked_for() {
    let (house, _) = spoken().await;
    let address = audio_address(&house.get("/rouen_metropole").await.text());
    let whole = house.get(&address).await;

    let first = ranged(&house, &address, "bytes=0-1").await;
    assert_eq!(first.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        first.header("content-range"),
        format!("bytes 0-1/{}", whole.body.len())
    );
    assert_eq!(first.body, whole.body[..2]);
    assert_eq!(first.header("etag"), whole.header("etag"));

    let end = ranged(&house, &address, "bytes=-4").await;
    assert_eq!(end.body, whole.body[whole.body.len() - 4..]);

    let beyond = ranged(&house, &address, "bytes=9999-").await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", whole.body.len())
    );
}

#[tokio::test]
async fn the_address_changes_with_the_sound_and_an_old_one_is_gone() {
    let (house, id) = spoken().await;
    let before = audio_address(&house.get("/rouen_metropole").await.text());
    let body = key_of(&house, &id, "body").await;
    house
        .store
        .link_speech(&format!("bulletin/{id}/1"), "dated", &body)
        .await
        .unwrap();
    house.refresh().await;

    let after = audio_address(&house.get("/rouen_metropole").await.text());

    assert_ne!(before, after);
    assert_eq!(house.get(&after).await.status, StatusCode::OK);
    assert_eq!(house.get(&before).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_other_sound_can_be_made_of_the_recordings() {
    let (house, id) = spoken().await;
    for path in [
        format!("/audio/{id}-1-0123456789abcdef.wav"),
        format!("/audio/{id}-2-0123456789abcdef.wav"),
        format!("/audio/{}.wav", "0".repeat(64)),
        format!("/audio/{id}.wav"),
        format!("/audio/{}.pcma", "0".repeat(64)),
        format!("/audio/{id}.pcma"),
        "/audio/..%2F..%2Fetc%2Fpasswd.wav".to_owned(),
        "/audio/x".to_owned(),
    ] {
        assert_eq!(
            house.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_recording_that_was_heard_is_still_there_when_the_database_is_gone() {
    let (house, _) = spoken().await;
    let address = audio_address(&house.get("/rouen_metropole").await.text());
    house.get(&address).await;
    house.store.close().await;
    assert_eq!(house.get(&address).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_caller_hears_whole_packets_of_lead_in_then_body() {
    let (house, id) = spoken().await;
    for (codec, lead_in, silence) in [("pcma", 1, 0xD5), ("pcmu", 11, 0xFF), ("g722", 21, 0xFD)] {
        let answer = recording(&house, &id, &format!("?codec={codec}")).await;
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        let packet = |level: u8| [vec![level; 100], vec![silence; 60]].concat();
        assert_eq!(answer.body, [packet(lead_in), packet(lead_in + 2)].concat());
    }
    assert_eq!(
        recording(&house, &id, "").await.body,
        recording(&house, &id, "?codec=pcma").await.body
    );
}

#[tokio::test]
async fn a_recording_from_before_the_wide_band_is_heard_in_g722_all_the_same() {
    let house = House::new().await;
    let id = house.post_flare().await;
    let old = store::Recording {
        key: "old".to_owned(),
        text: "Torche.".to_owned(),
        engine: "test".to_owned(),
        master_wav: vec![],
        pcma: vec![0xD5; 320],
        pcmu: vec![0xFF; 320],
        g722: None,
        duration_ms: 40,
    };
    house.store.save_recording(&old).await.unwrap();
    let owner = format!("bulletin/{id}/1");
    for part in ["today", "dated", "body"] {
        house.store.link_speech(&owner, part, "old").await.unwrap();
    }
    let octets = recording(&house, &id, "?codec=g722").await.body;
    let heard = media::Codec::G722.decoder().decode(&octets);
    assert_eq!(heard.len(), 2 * 640);
    assert!(heard.iter().all(|sample| sample.abs() < 300), "{heard:?}");
}

#[tokio::test]
async fn after_midnight_in_the_territory_the_lead_in_says_the_date() {
    let (house, id) = spoken().await;
    house.set_clock("2026-11-23T22:59:59Z");
    assert_eq!(recording(&house, &id, "").await.body[0], 1);
    house.set_clock("2026-11-23T23:00:00Z");
    assert_eq!(recording(&house, &id, "").await.body[0], 2);
}

#[tokio::test]
async fn what_callers_do_not_hear_has_no_recording() {
    let house = House::new().await;
    let id = house.post_flare().await;
    assert_eq!(
        recording(&house, &id, "").await.problem(),
        (404, "recording-not-ready".to_owned())
    );
    assert_eq!(
        recording(&house, &id, "?codec=opus").await.problem(),
        (422, "unknown-value".to_owned())
    );
    house.speak(&id, 1).await;
    house.set_clock("2026-12-02T13:32:00Z");
    assert_eq!(
        recording(&house, &id, "").await.problem(),
        (404, "off-air".to_owned())
    );
    let path = format!("/api/v1/bulletins/{id}/recording");
    assert_eq!(
        house.get_as(FERTILISER, &path).await.problem(),
        (404, "not-found".to_owned())
    );
    assert_eq!(
        house.get(&path).await.problem(),
        (401, "token-required".to_owned())
    );
}

async fn spoken() -> (House, String) {
    let house = House::new().await;
    let id = house.post_flare().await;
    house.speak(&id, 1).await;
    (house, id)
}

async fn key_of(house: &House, id: &str, part: &str) -> String {
    let parts = house
        .store
        .speech_of(&format!("bulletin/{id}/1"))
        .await
        .unwrap();
    parts.into_iter().find(|(name, _)| name == part).unwrap().1
}

async fn recording(house: &House, id: &str, query: &str) -> Answer {
    house
        .get_as(
            REFINERY,
            &format!("/api/v1/bulletins/{id}/recording{query}"),
        )
        .await
}

async fn ranged(house: &House, path: &str, range: &str) -> Answer {
    house
        .send(
            Request::get(path)
                .header("range", range)
                .body(Body::empty())
                .unwrap(),
        )
        .await
}

fn audio_address(page: &str) -> String {
    let (_, rest) = page
        .split_once("<audio controls preload=\"none\" src=\"")
        .expect("the page has a player");
    rest.split_once('"').unwrap().0.to_owned()
}
