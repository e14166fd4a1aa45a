//! A bulletin on a network, with the sound of the line.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use server::Settings;

use crate::support::service::{Request, Service, reply};
use crate::support::{House, eventually};

const SITE: &str = "raffinerie-du-meandre";
const TOKEN: &str = "token-of-the-account";
const TEXT: &str = "Torche visible depuis quelques minutes, sans gêne attendue.";

#[test]
fn a_post_is_told_on_mastodon_with_the_sound_of_the_line_and_its_end_answers_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).expect("it is written");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let server = Service::start(mastodon);
    let settings: Settings = toml::from_str(&format!(
        "[[channel]]\nname = \"mastodon-rouen\"\nterritory = \"rouen_metropole\"\nkind = \"mastodon\"\n\
         server = \"http://{}\"\ntoken = {{ file = {token:?} }}\nhashtags = [\"Rouen\"]\n",
        server.address
    ))
    .expect("a table");
    let house = House::open_with(settings, |_| {});
    let body = json!({
        "site": SITE, "kind": "unplanned", "events": ["flaring"], "nuisances": ["none_expected"], "text": TEXT, "language": "fr",
    });

    let post = || {
        let (status, posted) = house.send(Method::POST, "/api/v1/bulletins", SITE, &body);
        assert_eq!(status, StatusCode::CREATED, "{posted}");
        posted["id"].as_str().expect("an id").to_owned()
    };
    // What a voice has said once it has at once, however slow this machine is: a status waits for no voice.
    let said = format!("/api/v1/bulletins/{}/recording?codec=pcma", post());
    eventually("its voice", Duration::from_secs(30), || {
        house.find(SITE, &said)
    });

    let id = post();
    let told = |count: usize| {
        let asked = server.requests();
        let statuses: Vec<_> = asked
            .into_iter()
            .filter(|it| it.path == "/api/v1/statuses" && it.body.contains(&id))
            .collect();
        (statuses.len() == count).then_some(statuses)
    };
    let first = eventually("the status", Duration::from_secs(20), || told(1)).remove(0);

    assert!(first.body.contains("media_ids%5B%5D=m1"), "{}", first.body);
    assert!(
        first
            .body
            .contains(&format!("%2Frouen_metropole%2F{id}%0A%23Rouen")),
        "{}",
        first.body
    );
    assert!(!first.body.contains("in_reply_to_id"), "{}", first.body);
    let asked = server.requests();
    let upload = asked
        .iter()
        .rfind(|it| it.path == "/api/v2/media")
        .expect("the sound");
    assert!(upload.body.contains(TEXT) && upload.body.contains("RIFF"));
    // A part of a form, its sound that of the page, and little more than that.
    let sound = eventually("a player", Duration::from_secs(20), || {
        let (_, page) = house.read(&format!("/rouen_metropole/{id}"));
        let sound = page.split("/audio/").nth(1)?.split('"').next()?;
        Some(sound.to_owned())
    });
    let heard = house
        .find(SITE, &format!("/audio/{sound}"))
        .expect("the sound of the page")
        .len();
    let sent: usize = upload.header("content-length").parse().expect("a length");
    assert!((heard..heard + 1000).contains(&sent), "{heard} {sent}");

    let (status, ended) = house.send(
        Method::POST,
        &format!("/api/v1/bulletins/{id}/end"),
        SITE,
        &json!({}),
    );
    assert!(status.is_success(), "{ended}");
    let last = eventually("the end", Duration::from_secs(20), || told(2)).remove(1);
    assert!(last.body.contains("in_reply_to_id=s1"), "{}", last.body);
    assert!(last.body.starts_with("status=Fin%20"), "{}", last.body);
}

/// Takes everything, as a server with one account would.
fn mastodon(request: &Request, stream: &mut TcpStream) {
    let known = request.header("authorization") == format!("Bearer {TOKEN}");
    let (status, body) = match (request.method.as_str(), request.path.as_str()) {
        _ if !known => (
            "401 Unauthorized",
            json!({ "error": "The access token is invalid" }),
        ),
        ("POST", "/api/v2/media") => ("200 OK", json!({ "id": "m1", "type": "audio" })),
        ("POST", "/api/v1/statuses") => {
            let id = if request.body.contains("in_reply_to_id") {
                "s2"
            } else {
                "s1"
            };
            (
                "200 OK",
                json!({ "id": id, "url": format!("https://mastodon.example/@allo/{id}") }),
            )
        }
        _ => ("404 Not Found", json!({ "error": "Record not found" })),
    };
    reply(
        stream,
        status,
        "application/json",
        body.to_string().as_bytes(),
    );
}
