//! What a person has recorded: sent, heard by the site, and then heard as a bulletin.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bulletin::{RecordingKey, SiteSlug};
use serde_json::json;
use store::Recording;
use tokio::sync::{Semaphore, mpsc};
use tower::ServiceExt;
use web::NotRecorded;

use crate::house::{Answer, FERTILISER, House, REFINERY, flare_with, wav};

#[tokio::test]
async fn a_post_an_update_and_a_correction_may_name_a_recording() {
    let house = House::new().await;
    for name in ["a", "b", "c"] {
        house.record("raffinerie", name).await;
    }
    let posted = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("recording", key("a").into()),
        )
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text());
    let id = posted.json()["id"].as_str().unwrap().to_owned();
    for (action, name) in [("updates", "b"), ("correct", "c")] {
        let path = format!("/api/v1/bulletins/{id}/{action}");
        let body = json!({ "text": "La torche est éteinte.", "recording": key(name) }).to_string();
        let answer = house.post(REFINERY, &path, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }

    let live = house
        .store
        .live_bulletins("2026-11-23T13:32:00Z".parse().unwrap())
        .await
        .unwrap();
    let heard: Vec<_> = live[0]
        .entries
        .iter()
        .map(|entry| entry.recording.clone())
        .collect();

    let expected = ["a", "b", "c"].map(|name| Some(RecordingKey::parse(&key(name)).unwrap()));
    assert_eq!(heard, expected);
    assert_eq!(house.store.pending_jobs().await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_text_stays_required_beside_a_recording() {
    let house = House::new().await;
    house.record("raffinerie", "a").await;
    let mut body: serde_json::Value =
        serde_json::from_str(&flare_with("recording", key("a").into())).unwrap();
    body.as_object_mut().unwrap().remove("text");

    let refused = house
        .post(REFINERY, "/api/v1/bulletins", body.to_string())
        .await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.json()["detail_en"]
            .as_str()
            .unwrap()
            .contains("text")
    );
}

#[tokio::test]
async fn a_recording_that_is_not_there_or_of_another_site_is_refused() {
    let house = House::new().await;
    house.record("raffinerie", "a").await;
    let id = house.post_flare().await;
    for (token, site, recording) in [
        (REFINERY, "raffinerie", key("b")),
        (REFINERY, "raffinerie", "../../etc/passwd".to_owned()),
        (FERTILISER, "engrais", key("a")),
    ] {
        let mut body: serde_json::Value =
            serde_json::from_str(&flare_with("recording", recording.as_str().into())).unwrap();
        body["site"] = site.into();
        let refused = house
            .post(token, "/api/v1/bulletins", body.to_string())
            .await;
        assert_eq!(
            refused.problem(),
            (422, "unknown-recording".to_owned()),
            "{recording}"
        );
    }
    let update = json!({ "text": "Fin proche.", "recording": key("b") }).to_string();
    let refused = house
        .post(REFINERY, &format!("/api/v1/bulletins/{id}/updates"), update)
        .await;
    assert_eq!(refused.problem(), (422, "unknown-recording".to_owned()));
}

#[tokio::test]
async fn an_upload_gets_a_name_its_measures_and_an_address_to_hear_it() {
    let house = House::new().await;
    let file = vec![0xd5; 800];

    let answer = house
        .upload(REFINERY, "audio/webm;codecs=opus", file.clone())
        .await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let body = answer.json();
    let id = body["id"].as_str().unwrap();
    assert_eq!(body["duration_ms"], 1_234);
    assert_eq!(body["level_dbov"], -31.3);
    assert_eq!(body["expires_at"], "2026-11-24T14:32:00+01:00");
    assert_eq!(body["warnings"][0]["detail_en"], "A little quiet.");
    let path = format!("/api/v1/recordings/{id}");
    assert_eq!(body["preview"], format!("https://allo.example{path}"));
    assert_eq!(answer.header("location"), body["preview"]);
    let heard = house.get_as(REFINERY, &path).await;
    assert_eq!(heard.status, StatusCode::OK);
    assert_eq!(heard.header("content-type"), "audio/wav");
    assert_eq!(heard.body.len(), 44 + 2 * file.len(), "8 kHz of 16 bits");
    let posted = house
        .post(
            REFINERY,
            "/api/v1/bulletins",
            flare_with("recording", id.into()),
        )
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.text());
}

#[tokio::test]
async fn a_recording_is_heard_by_its_own_site_alone() {
    let house = House::new().await;
    let answer = house.upload(REFINERY, "audio/wav", vec![1; 8]).await;
    let path = answer.json()["preview"].as_str().unwrap().to_owned();

    assert_eq!(
        house.get_as(FERTILISER, &path).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(house.get(&path).await.status, StatusCode::UNAUTHORIZED);
    let unknown = house.get_as(REFINERY, "/api/v1/recordings/..%2Fetc").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_recording_is_refused_in_words() {
    let house = House::new().await;
    let upload =
        |kind: &'static str, file: &'static [u8]| house.upload(REFINERY, kind, file.to_vec());

    let refused = upload("audio/wav", b"x").await;
    assert_eq!(refused.problem(), (422, "recording-not-sound".to_owned()));
    for kind in [
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ] {
        let refused = upload(kind, b"a").await;
        assert_eq!(refused.problem(), (415, "recording-required".to_owned()));
    }
    let refused = house.upload("not-a-token", "audio/wav", vec![1]).await;
    assert_eq!(refused.problem(), (401, "token-required".to_owned()));
}

#[tokio::test]
async fn a_file_of_twenty_megabytes_fits_and_a_longer_one_does_not() {
    let house = House::new().await;
    let most = 20 * 1024 * 1024;
    let answer = house.upload(REFINERY, "audio/wav", vec![1; most]).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let refused = house.upload(REFINERY, "audio/wav", vec![1; most + 1]).await;
    assert_eq!(refused.problem(), (413, "body-too-large".to_owned()));
}

#[tokio::test]
async fn beyond_four_uploads_at_once_one_is_asked_to_come_back() {
    let mut house = House::new().await;
    let (gate, (arrive, mut arrivals)) = (Arc::new(Semaphore::new(0)), mpsc::unbounded_channel());
    let held = Arc::clone(&gate);
    house.serve_with(move |app| {
        app.recorder = Arc::new(move |_| {
            let (held, arrive) = (Arc::clone(&held), arrive.clone());
            Box::pin(async move {
                arrive.send(()).unwrap();
                held.acquire().await.unwrap().forget();
                Err(NotRecorded::Failed("let go".to_owned()))
            })
        });
    });
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(
                house
                    .router()
                    .oneshot(upload_of(REFINERY, "audio/wav", vec![1])),
            )
        })
        .collect();
    for _ in 0..4 {
        arrivals.recv().await.unwrap();
    }

    let refused = house.upload(REFINERY, "audio/wav", vec![1]).await;

    assert_eq!(refused.problem(), (503, "busy".to_owned()));
    assert_eq!(refused.header("retry-after"), "5");
    gate.add_permits(100);
    for one in waiting {
        let status = one.await.unwrap().unwrap().status();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

fn upload_of(token: &str, kind: &str, file: Vec<u8>) -> Request<Body> {
    Request::post("/api/v1/recordings")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, kind)
        .body(file.into())
        .unwrap()
}

impl House {
    async fn upload(&self, token: &str, kind: &str, file: Vec<u8>) -> Answer {
        self.send(upload_of(token, kind, file)).await
    }

    /// Keeps a recording for a site, as an upload does.
    async fn record(&self, site: &str, name: &str) {
        let recording = Recording {
            key: key(name),
            text: String::new(),
            engine: "person 1".to_owned(),
            master_wav: wav(&[1; 64]),
            pcma: vec![0xd5; 160],
            pcmu: vec![0xff; 160],
            g722: Some(vec![0xfd; 160]),
            duration_ms: 20,
        };
        let at = "2026-11-23T13:00:00Z".parse().unwrap();
        let site = SiteSlug::parse(site).unwrap();
        self.store.save_take(&site, &recording, at).await.unwrap();
    }
}

fn key(name: &str) -> String {
    name.repeat(64)
}
