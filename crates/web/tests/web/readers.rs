//! What stands in for those who read feeds: parsers and validators that are not ours, and short ways to bulletins.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::house::{Answer, House, REFINERY};

/// One thread with an update, a correction and an end, an hour apart; its id.
pub(crate) async fn told_to_its_end(house: &House) -> String {
    let id = house.post_flare().await;
    for (action, body) in [
        (
            "updates",
            json!({"text": "La fumée diminue.", "under_control": true}),
        ),
        (
            "correct",
            json!({"text": "La torche de l’unité 2, et non de l’unité 3, brûle."}),
        ),
        ("end", json!({})),
    ] {
        house.wait(3_600);
        act(house, REFINERY, &id, action, body).await;
    }
    id
}

pub(crate) async fn act(house: &House, token: &str, id: &str, action: &str, body: Value) {
    let answer = house
        .post(
            token,
            &format!("/api/v1/bulletins/{id}/{action}"),
            body.to_string(),
        )
        .await;
    assert!(answer.status.is_success(), "{action}: {}", answer.text());
}

pub(crate) async fn posted(house: &House, token: &str, body: impl Into<Body>) -> String {
    let answer = house.post(token, "/api/v1/bulletins", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Announced works of the fertiliser plant.
pub(crate) fn works(start: &str, end: &str) -> String {
    json!({
        "site": "engrais", "kind": "planned", "events": ["maintenance"], "nuisances": ["noise"], "language": "fr",
        "text": "Travaux sur une chaudière, avec du bruit.", "starts_at": start, "ends_at": end,
    })
    .to_string()
}

/// The texts of every element of that name that holds text alone.
pub(crate) fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(&close)?.0.to_owned()))
        .collect()
}

/// With ordinary spaces, to be compared with what a person types.
pub(crate) fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

fn schema(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/schemas")
        .join(name)
}

/// Has libxml2 hold a document against the schema of Atom.
pub(crate) fn validate_atom(document: &str) {
    validate("--relaxng", "atom.rng", document);
}

/// Has libxml2 hold a document against the schema of CAP 1.2.
pub(crate) fn validate_cap(document: &str) {
    validate("--schema", "cap-1.2.xsd", document);
}

fn validate(how: &str, name: &str, document: &str) {
    let mut reader = Command::new("xmllint");
    reader
        .args(["--noout", "--nonet", how])
        .arg(schema(name))
        .arg("-");
    let (is_valid, told) = run(&mut reader, document.as_bytes());
    assert!(is_valid, "{told}\n{document}");
}

/// Has the library icalendar read a calendar.
pub(crate) fn read_calendar(calendar: &Answer) -> Value {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = house.join("../../target/tools/icalendar");
    let mut reader = Command::new("python3");
    reader
        .arg(house.join("tests/web/read_calendar.py"))
        .env("PYTHONPATH", library);
    let (is_read, told) = run(&mut reader, &calendar.body);
    assert!(is_read, "{told}\n{}", calendar.text());
    serde_json::from_str(&told).unwrap()
}

/// Runs a program on some octets: whether it is content, and what it says.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> (bool, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is installed: run scripts/set-up.sh test");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    (
        output.status.success(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}
