//! What belongs to one site, asked for by another: answered like what does not exist, to the last octet.
//!
//! The operations come from the description of the API, so that one that is added is tried as well.

use axum::body::Body;
use axum::http::{Method, Request, header};
use bulletin::{Event, Kind, SiteSlug};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{KeptDraft, NewToken, Scope};

use crate::house::{Answer, FERTILISER, House, REFINERY, by, flare, flare_with};

const READER: &str = "secret-of-a-reader-of-the-fertiliser-works";

#[tokio::test]
async fn every_object_of_another_site_is_answered_like_one_that_does_not_exist() {
    let house = furnished().await;
    let mut tried = 0;
    for operation in operations(&house).await {
        let Some(object) = operation.object(&house).await else {
            continue;
        };
        for stranger in [FERTILISER, "secret-of-the-depot", READER] {
            let theirs = ask(&house, stranger, &operation, &object.id).await;
            let nothing = ask(&house, stranger, &operation, &object.of_nobody).await;
            assert_alike(&operation, &theirs, &nothing);
            assert!(
                theirs.status.is_client_error(),
                "{operation:?}: {}",
                theirs.status
            );
            tried += 1;
        }
        // Last, since it may be gone afterwards.
        let own = ask(&house, REFINERY, &operation, &object.id).await;
        assert!(own.status.is_success(), "{operation:?}: {}", own.text());
    }
    assert!(tried >= 27, "{tried}: three strangers and nine operations");
}

#[tokio::test]
async fn without_a_token_every_operation_of_a_site_is_refused_alike() {
    let house = furnished().await;
    let mut refused = vec![];
    for operation in operations(&house).await {
        if !operation.needs_a_token {
            continue;
        }
        let id = operation.object(&house).await.map(|object| object.id);
        for token in ["", "nobody", "allo_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            let answer = ask(&house, token, &operation, id.as_deref().unwrap_or_default()).await;
            refused.push((operation.clone(), answer));
        }
    }
    assert!(refused.len() > 30, "{}", refused.len());
    for (operation, answer) in &refused {
        assert_alike(operation, answer, &refused[0].1);
        assert_eq!(answer.problem(), (401, "token-required".to_owned()));
    }
}

#[tokio::test]
async fn a_post_for_another_site_is_refused_whether_there_is_such_a_site_or_not() {
    let house = House::new().await;
    let mut answers = vec![];
    for site in ["engrais", "depot", "nobody", "../.."] {
        let body = flare_with("site", site.into());
        answers.push(house.post(REFINERY, "/api/v1/bulletins", body).await);
    }
    for answer in &answers {
        assert_eq!(answer.problem(), (403, "other-site".to_owned()));
        assert_eq!(
            (&answer.body, &answer.headers),
            (&answers[0].body, &answers[0].headers)
        );
    }
}

#[tokio::test]
async fn lists_hold_what_is_ones_own_only() {
    let house = furnished().await;
    for (token, count) in [(REFINERY, 1), (FERTILISER, 0), (READER, 0)] {
        let drafts = house.get_as(token, "/api/v1/drafts").await.json();
        assert_eq!(drafts["drafts"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_bulletin_is_not_heard_as_the_recording_of_another_site() {
    let house = furnished().await;
    let mut refused = vec![];
    for recording in [recording_key(), "0".repeat(64)] {
        let mut body = flare();
        body["site"] = "engrais".into();
        body["recording"] = recording.into();
        refused.push(
            house
                .post(FERTILISER, "/api/v1/bulletins", body.to_string())
                .await,
        );
    }
    assert_eq!(refused[0].problem(), (422, "unknown-recording".to_owned()));
    assert_eq!(refused[0].body, refused[1].body);
}

/// One operation of the description.
#[derive(Clone, Debug)]
struct Operation {
    method: Method,
    path: String,
    needs_a_token: bool,
    has_a_body: bool,
}

/// What an address names: one of the refinery's, and one of nobody's.
struct Object {
    id: String,
    of_nobody: String,
}

impl Operation {
    /// A new one for each operation, since some are gone afterwards; `None` for an address that names none.
    async fn object(&self, house: &House) -> Option<Object> {
        let id = match self.path.split("/{id}").next().unwrap() {
            path if path == self.path => return None,
            "/api/v1/bulletins" => {
                let id = house.post_flare().await;
                house.speak(&id, 1).await;
                id
            }
            "/api/v1/recordings" => recording_key(),
            "/api/v1/drafts" => {
                keep_draft(house).await;
                DRAFT.to_owned()
            }
            other => panic!("{other}: say here what it names"),
        };
        let of_nobody = if id.len() == 64 { "0" } else { "z" }.repeat(id.len());
        Some(Object { id, of_nobody })
    }
}

async fn operations(house: &House) -> Vec<Operation> {
    let description = house.get("/api/openapi.json").await.json();
    let mut operations = vec![];
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                needs_a_token: operation.get("security").is_some(),
                has_a_body: operation.get("requestBody").is_some(),
            });
        }
    }
    assert!(operations.len() > 15);
    operations
}

async fn ask(house: &House, token: &str, operation: &Operation, id: &str) -> Answer {
    let request = Request::builder()
        .method(&operation.method)
        .uri(operation.path.replace("{id}", id))
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = if operation.path == "/api/v1/recordings" {
        request
            .header(header::CONTENT_TYPE, "audio/wav")
            .body(Body::from("a file"))
    } else if operation.has_a_body {
        request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(r#"{"text":"Odeur."}"#))
    } else {
        request.body(Body::empty())
    };
    house.send(request.unwrap()).await
}

fn assert_alike(operation: &Operation, one: &Answer, other: &Answer) {
    assert_eq!(one.status, other.status, "{operation:?}");
    assert_eq!(one.headers, other.headers, "{operation:?}");
    assert_eq!(one.text(), other.text(), "{operation:?}");
}

/// A house in which the refinery has one of each, and the fertiliser works a token that only reads.
async fn furnished() -> House {
    let house = House::new().await;
    let sent = Request::post("/api/v1/recordings")
        .header(header::AUTHORIZATION, format!("Bearer {REFINERY}"))
        .header(header::CONTENT_TYPE, "audio/wav")
        .body(Body::from(SOUND));
    let recorded: Value = house.send(sent.unwrap()).await.json();
    assert_eq!(recorded["id"], recording_key());
    keep_draft(&house).await;
    let reader = NewToken {
        id: "reader".to_owned(),
        site: SiteSlug::parse("engrais").unwrap(),
        hash: Sha256::digest(READER).into(),
        label: "Tableau de bord".to_owned(),
        scope: Scope::Read,
    };
    house.store.insert_token(&reader, by()).await.unwrap();
    house
}

async fn keep_draft(house: &House) {
    let site = SiteSlug::parse("raffinerie").unwrap();
    let draft = KeptDraft {
        id: DRAFT.into(),
        kind: Kind::Unplanned,
        event: Event::Flaring,
        at: "2026-11-23T13:30:00Z".parse().unwrap(),
        duration_ms: 4_200,
    };
    let kept = house.store.save_draft(&site, &draft, Some(b"RIFF")).await;
    kept.unwrap();
}

/// As the house names the recording of [`SOUND`].
fn recording_key() -> String {
    let key = Sha256::digest(SOUND);
    key.iter().map(|octet| format!("{octet:02x}")).collect()
}

const SOUND: &[u8] = b"RIFF of the refinery";
const DRAFT: &str = "aaaaaaaaaaaa";
