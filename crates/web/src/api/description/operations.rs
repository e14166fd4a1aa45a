//! What each method of each address does, takes and answers.

use std::time::Duration;

use bulletin::Refusal;
use media::Codec;
use serde_json::{Value, json};

use super::refusals::with;
use super::{examples, schemas};
use crate::api::{body, sound};
use crate::error::Error;

/// Everything under `paths`.
pub(super) fn paths() -> Value {
    let mut paths = json!({
        "/api/v1/bulletins": { "post": post_bulletin() },
        "/api/v1/bulletins/{id}": { "get": read_bulletin() },
        "/api/v1/bulletins/{id}/recording": { "get": hear_bulletin() },
        "/api/v1/recordings": { "post": send_recording() },
        "/api/v1/recordings/{id}": { "get": hear_recording() },
        "/api/v1/drafts": { "get": list_drafts() },
        "/api/v1/drafts/{id}": { "delete": delete_draft() },
        "/api/v1/drafts/{id}/recording": { "get": hear_draft() },
        "/api/v1/territories": { "get": list_territories() },
        "/api/v1/territories/{slug}/programme": { "get": read_programme() },
        "/api/openapi.json": { "get": read_description() },
        "/{territory}.json": { "get": read_page() },
        "/healthz": { "get": is_alive() },
        "/readyz": { "get": is_ready() },
    });
    for addition in ADDITIONS {
        let path = format!("/api/v1/bulletins/{{id}}/{}", addition.path);
        paths[path] = json!({ "post": addition.describe() });
    }
    paths
}

/// Everything under `#/components/parameters`.
pub(super) fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Any name for this one request. The same request with it is done once, and answered alike for 48 hours.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
            "example": "7f3a1c52-flare-1432",
        },
        "BulletinId": in_path("id", "The bulletin's name, from the answer to its post.", schemas::ID, examples::ID),
        "DraftId": in_path("id", "The draft's name, from the list of drafts.", schemas::ID, examples::ID),
        "RecordingId": in_path("id", "The recording's name, from the answer to its file.", schemas::KEY, examples::KEY),
    })
}

/// Everything under `#/components/headers`.
pub(super) fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    json!({
        "Location": text("The address of what was made."),
        "ETag": text("Send it as `If-None-Match` to get 304 while nothing has changed."),
        "WWW-Authenticate": text("The scheme of the token, and the scope that is missing (RFC 6750)."),
        "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } },
    })
}

fn post_bulletin() -> Value {
    let mut errors = posting();
    errors.extend(wording());
    errors.extend([
        Error::OtherSite,
        Refusal::NoPerception.into(),
        Refusal::EndsBeforeStart.into(),
        Refusal::AlreadyOver.into(),
        Refusal::ExpiresBeforeStart.into(),
        Error::Value {
            field: "kind",
            value: "urgent".to_owned(),
            possible: "planned, unplanned, drill, test".to_owned(),
        },
    ]);
    json!({
        "operationId": "postBulletin",
        "tags": ["bulletins"],
        "summary": "Posts a bulletin.",
        "description": "201 once the text is on disk and on the page; callers hear it some seconds later.",
        "security": with_token(),
        "parameters": [{ "$ref": "#/components/parameters/IdempotencyKey" }],
        "requestBody": json_body("NewBulletin", &examples::new_bulletins(), true),
        "responses": with(json!({ "201": posted() }), errors),
    })
}

/// One more entry of a thread.
struct Addition {
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    schema: &'static str,
    examples: fn() -> Value,
    /// Whether it has words of its own always.
    is_worded: bool,
}

const ADDITIONS: [Addition; 4] = [
    Addition {
        path: "updates",
        name: "updateBulletin",
        summary: "Tells what has changed.",
        schema: "NewUpdate",
        examples: examples::updates,
        is_worded: true,
    },
    Addition {
        path: "correct",
        name: "correctBulletin",
        summary: "Sets right what was said; the earlier text stays readable.",
        schema: "NewCorrection",
        examples: examples::corrections,
        is_worded: true,
    },
    Addition {
        path: "end",
        name: "endBulletin",
        summary: "Closes the thread: back to normal.",
        schema: "LastWords",
        examples: examples::last_words,
        is_worded: false,
    },
    Addition {
        path: "withdraw",
        name: "withdrawBulletin",
        summary: "Takes the bulletin off the line; the page keeps it, marked so.",
        schema: "LastWords",
        examples: examples::last_words,
        is_worded: false,
    },
];

impl Addition {
    fn describe(&self) -> Value {
        let mut errors = posting();
        errors.extend([
            Error::NotFound,
            Error::Changed,
            Refusal::Ended.into(),
            Refusal::Withdrawn.into(),
            Refusal::Expired.into(),
        ]);
        if self.is_worded {
            errors.extend(wording());
        } else {
            errors.push(Refusal::Empty.into());
        }
        json!({
            "operationId": self.name,
            "tags": ["bulletins"],
            "summary": self.summary,
            "security": with_token(),
            "parameters": [
                { "$ref": "#/components/parameters/BulletinId" },
                { "$ref": "#/components/parameters/IdempotencyKey" },
            ],
            "requestBody": json_body(self.schema, &(self.examples)(), self.is_worded),
            "responses": with(json!({ "201": posted() }), errors),
        })
    }
}

fn read_bulletin() -> Value {
    let mut errors = reading();
    errors.push(Error::NotFound);
    json!({
        "operationId": "readBulletin",
        "tags": ["bulletins"],
        "summary": "Tells where a bulletin of the site stands, with its thread and its sound.",
        "security": with_token(),
        "parameters": [{ "$ref": "#/components/parameters/BulletinId" }],
        "responses": with(
            json!({ "200": json_answer("The bulletin as it stands.", "Bulletin", &examples::bulletin()) }),
            errors,
        ),
    })
}

fn hear_bulletin() -> Value {
    let mut errors = reading();
    errors.extend([
        Error::NotFound,
        Error::Unspoken,
        Error::OffAir,
        Error::Value {
            field: "codec",
            value: "opus".to_owned(),
            possible: codecs().join(", "),
        },
    ]);
    json!({
        "operationId": "hearBulletin",
        "tags": ["bulletins"],
        "summary": "Gives the octets that callers are sent.",
        "description": "Lead-in and text as the line plays them back to back, in packets of 20 ms without their headers.",
        "security": with_token(),
        "parameters": [
            { "$ref": "#/components/parameters/BulletinId" },
            {
                "name": "codec", "in": "query", "required": false, "example": "pcma",
                "schema": { "type": "string", "enum": codecs(), "default": "pcma" },
            },
        ],
        "responses": with(json!({ "200": sound_answer("The octets.", "application/octet-stream") }), errors),
    })
}

fn send_recording() -> Value {
    let mut errors = reading();
    errors.extend([
        Error::ReadOnly,
        Error::NotSound,
        Error::TooLarge(sound::LIMIT),
        Error::CutShort,
        Error::Busy,
        Error::Unheard {
            code: "recording-too-long",
            french: "L’enregistrement dure plus de trois minutes : raccourcissez-le.".to_owned(),
            english: "The recording is longer than three minutes: shorten it.".to_owned(),
        },
    ]);
    let kinds = UPLOADS.map(|kind| (kind.to_owned(), json!({})));
    let mut created = json_answer(
        "Kept for a day, or for as long as a bulletin uses it.",
        "Recording",
        &examples::recording(),
    );
    created["headers"]["Location"] = json!({ "$ref": "#/components/headers/Location" });
    created["links"] = json!({
        "hear": { "operationId": "hearRecording", "parameters": { "id": "$response.body#/id" } },
    });
    json!({
        "operationId": "sendRecording",
        "tags": ["recordings"],
        "summary": "Sends a person's voice: the file as it is, at most three minutes and 20 MB.",
        "description": "wav, mp3, m4a, aac, ogg, webm or flac. Name the answer's `id` beside the text of a post.",
        "security": with_token(),
        "requestBody": { "required": true, "content": serde_json::Map::from_iter(kinds) },
        "responses": with(json!({ "201": created }), errors),
    })
}

fn hear_recording() -> Value {
    let mut errors = reading();
    errors.push(Error::NotFound);
    json!({
        "operationId": "hearRecording",
        "tags": ["recordings"],
        "summary": "Lets a site hear its recording as callers will.",
        "security": with_token(),
        "parameters": [{ "$ref": "#/components/parameters/RecordingId" }],
        "responses": with(json!({ "200": sound_answer("The sound.", "audio/wav") }), errors),
    })
}

fn list_drafts() -> Value {
    json!({
        "operationId": "listDrafts",
        "tags": ["drafts"],
        "summary": "Lists the drafts of the site, newest first.",
        "security": with_token(),
        "responses": with(
            json!({ "200": json_answer("At most a hundred.", "Drafts", &examples::drafts()) }),
            reading(),
        ),
    })
}

fn delete_draft() -> Value {
    let mut errors = reading();
    errors.extend([Error::NotFound, Error::ReadOnly]);
    json!({
        "operationId": "deleteDraft",
        "tags": ["drafts"],
        "summary": "Deletes a draft.",
        "security": with_token(),
        "parameters": [{ "$ref": "#/components/parameters/DraftId" }],
        "responses": with(json!({ "204": { "description": "It is gone." } }), errors),
    })
}

fn hear_draft() -> Value {
    let mut errors = reading();
    errors.push(Error::NotFound);
    json!({
        "operationId": "hearDraft",
        "tags": ["drafts"],
        "summary": "Gives what was spoken, as it came from the telephone.",
        "security": with_token(),
        "parameters": [{ "$ref": "#/components/parameters/DraftId" }],
        "responses": with(json!({ "200": sound_answer("The sound.", "audio/wav") }), errors),
    })
}

fn list_territories() -> Value {
    let list = kept_answer("The territories.", "Territories", &examples::territories());
    json!({
        "operationId": "listTerritories",
        "tags": ["public"],
        "summary": "Lists the territories with their numbers and sites.",
        "responses": with(list, vec![Error::Starting, slow(), fault()]),
    })
}

fn read_programme() -> Value {
    let programme = kept_answer(
        "What callers hear, in order.",
        "Programme",
        &examples::programme(),
    );
    json!({
        "operationId": "readProgramme",
        "tags": ["public"],
        "summary": "Tells what callers of a territory hear, in order.",
        "parameters": [in_path("slug", "The territory.", TERRITORY, "rouen_metropole")],
        "responses": with(programme, vec![Error::NotFound, Error::Starting, slow(), fault()]),
    })
}

/// The same for people's programs that begin at the page: its refusals are pages.
fn read_page() -> Value {
    let page = |about: &str| {
        json!({
            "description": about,
            "content": { "text/html": {
                "schema": { "type": "string" },
                "examples": examples::one("A page that says it in French", &json!("<!doctype html>…")),
            } },
        })
    };
    let mut responses = kept_answer(
        "What callers hear, in order.",
        "Programme",
        &examples::programme(),
    );
    responses["404"] = page("There is no such territory.");
    responses["503"] = page("The service is starting.");
    json!({
        "operationId": "readTerritoryPage",
        "tags": ["public"],
        "summary": "The page of a territory, for programs: the same document as its programme.",
        "parameters": [in_path("territory", "The territory.", TERRITORY, "rouen_metropole")],
        "responses": responses,
    })
}

fn read_description() -> Value {
    let document = examples::one("Its beginning", &json!({ "openapi": "3.1.1" }));
    json!({
        "operationId": "readDescription",
        "tags": ["public"],
        "summary": "This description.",
        "responses": with(kept_answer("OpenAPI 3.1.", "Description", &document), vec![slow(), fault()]),
    })
}

fn is_alive() -> Value {
    json!({
        "operationId": "isAlive",
        "tags": ["watching"],
        "summary": "The process answers.",
        "responses": { "200": {
            "description": "It does.",
            "content": { "text/plain": {
                "schema": { "const": "ok\n" },
                "examples": examples::one("It does", &json!("ok\n")),
            } },
        } },
    })
}

fn is_ready() -> Value {
    let answer = |about, ready| json_answer(about, "Readiness", &examples::readiness(ready));
    json!({
        "operationId": "isReady",
        "tags": ["watching"],
        "summary": "Whether callers can be answered, and what else is not as it should be.",
        "responses": {
            "200": answer("They can.", true),
            "503": answer("They cannot: send them elsewhere.", false),
        },
    })
}

/// What any operation of a site can answer.
fn reading() -> Vec<Error> {
    vec![
        Error::Token,
        Error::Store(store::Error::Conflict),
        slow(),
        fault(),
    ]
}

/// What any operation with a JSON body can answer.
fn posting() -> Vec<Error> {
    let mut errors = reading();
    errors.extend([
        Error::ReadOnly,
        Error::Key,
        Error::KeyReused,
        Error::NotJson,
        Error::TooLarge(body::LIMIT),
        Error::CutShort,
        Error::Malformed("EOF while parsing an object at line 1 column 1".to_owned()),
        Error::Shape("invalid type: integer `7`, expected a string at line 1 column 9".to_owned()),
        Error::UnknownFields(vec!["lifetyme".to_owned()]),
    ]);
    errors
}

/// What a text, a lifetime or a recording can be refused for.
fn wording() -> Vec<Error> {
    vec![
        Error::Missing("text"),
        Refusal::Empty.into(),
        Refusal::TooLong {
            length: 1_300,
            limit: bulletin::MAX_TEXT_CHARACTERS,
        }
        .into(),
        Refusal::ControlCharacter { position: 12 }.into(),
        Refusal::DirectionControl { position: 12 }.into(),
        Refusal::NoWords.into(),
        Refusal::Lifetime.into(),
        Error::Both("lifetime_days", "lifetime_hours"),
        Refusal::UnknownRecording.into(),
    ]
}

fn with_token() -> Value {
    json!([{ "token": [] }])
}

fn slow() -> Error {
    Error::TooSlow(Duration::from_secs(20))
}

fn fault() -> Error {
    Error::Fault(String::new())
}

/// The 201 of every post, and where one goes from there.
fn posted() -> Value {
    let mut response = json_answer("Kept, and on the page.", "Answer", &examples::answer());
    response["headers"]["Location"] = json!({ "$ref": "#/components/headers/Location" });
    let mut links = json!({});
    let operations = ADDITIONS.iter().map(|addition| addition.name);
    for operation in operations.chain(["readBulletin", "hearBulletin"]) {
        links[operation] =
            json!({ "operationId": operation, "parameters": { "id": "$response.body#/id" } });
    }
    response["links"] = links;
    response
}

fn json_answer(about: &str, schema: &str, examples: &Value) -> Value {
    json!({
        "description": about,
        "content": { "application/json": {
            "schema": { "$ref": format!("#/components/schemas/{schema}") },
            "examples": examples,
        } },
    })
}

/// The 200 of what is kept in memory for all its readers, and the 304 of those who have it.
fn kept_answer(about: &str, schema: &str, examples: &Value) -> Value {
    let mut answer = json_answer(about, schema, examples);
    let headers = json!({ "ETag": { "$ref": "#/components/headers/ETag" } });
    answer["headers"] = headers.clone();
    json!({ "200": answer, "304": { "description": "You have it already.", "headers": headers } })
}

fn sound_answer(about: &str, kind: &str) -> Value {
    json!({ "description": about, "content": { kind: {} } })
}

fn json_body(schema: &str, examples: &Value, required: bool) -> Value {
    json!({
        "required": required,
        "content": { "application/json": {
            "schema": { "$ref": format!("#/components/schemas/{schema}") },
            "examples": examples,
        } },
    })
}

fn in_path(name: &str, about: &str, pattern: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": about, "example": example,
        "schema": { "type": "string", "pattern": pattern },
    })
}

fn codecs() -> Vec<String> {
    Codec::ALL.map(|codec| codec.name().to_lowercase()).to_vec()
}

/// Files that browsers and people send.
const UPLOADS: [&str; 7] = [
    "application/octet-stream",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
];
const TERRITORY: &str = "^[a-z0-9_]{2,40}$";
