//! Bluesky: a server of the AT Protocol that keeps records by their names, and ends sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bulletin::Kind;
use jiff::Timestamp;
use notify::Channel;
use notify::bluesky::{Bluesky, Settings};
use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::samples::{self, House, TEXT, later, never};
use crate::stub::{Asked, Reply, Stub};

#[tokio::test]
async fn a_first_text_is_put_with_its_link_hashtag_and_card() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .channel(&house)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    assert_eq!(asked[0].path, "/xrpc/com.atproto.server.createSession");
    assert_eq!(
        asked[0].json(),
        json!({ "identifier": "allo-rouen.bsky.social", "password": "app-pass" })
    );
    let (method, path) = (asked[1].method.as_str(), asked[1].path.as_str());
    assert_eq!((method, path), ("POST", "/xrpc/com.atproto.repo.putRecord"));
    assert_eq!(asked[1].header("authorization"), "Bearer access-1");
    let mut body = asked[1].json();
    let link = "https://allo.example/rouen_metropole/abcdefghijkl";
    let head = "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14\u{a0}h\u{a0}32\u{a0}: ";
    let text = format!("{head}{TEXT}\n{link}\n#Rouen");
    // Facets count octets.
    let place = |piece: &str| {
        let start = text.find(piece).unwrap();
        json!({ "byteStart": start, "byteEnd": start + piece.len() })
    };
    let rkey = body["rkey"].take();
    assert_eq!(rkey.as_str().unwrap().len(), 13);
    assert_eq!(
        body,
        json!({
            "repo": "did:plc:allo",
            "collection": "app.bsky.feed.post",
            "rkey": null,
            "record": {
                "$type": "app.bsky.feed.post",
                "text": text,
                "langs": ["fr"],
                "createdAt": "2026-11-26T13:32:00.000Z",
                "facets": [
                    { "index": place(link), "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": link }] },
                    { "index": place("#Rouen"), "features": [{ "$type": "app.bsky.richtext.facet#tag", "tag": "Rouen" }] },
                ],
                "embed": {
                    "$type": "app.bsky.embed.external",
                    "external": { "uri": link, "title": "Raffinerie du Méandre – Rouen Métropole", "description": TEXT },
                },
            },
        })
    );
    let rkey = rkey.as_str().unwrap();
    assert_eq!(
        receipt.id,
        format!("at://did:plc:allo/app.bsky.feed.post/{rkey} cid-1")
    );
    assert_eq!(
        receipt.url.unwrap(),
        format!("https://bsky.app/profile/did:plc:allo/post/{rkey}")
    );
}

#[tokio::test]
async fn what_follows_is_a_reply_with_root_and_parent_in_one_session() {
    let (house, server) = (House::new(), Server::start().await);

    let [told, again] = samples::tell_a_thread(&server.channel(&house)).await;

    let asked = server.stub.asked();
    assert_eq!(asked.len(), 4, "one session for all");
    let named = |receipt: &notify::Receipt| {
        let (uri, cid) = receipt.id.split_once(' ').unwrap();
        json!({ "uri": uri, "cid": cid })
    };
    let (root, parent) = (named(&told), named(&again));
    assert_eq!(asked[1].json()["record"].get("reply"), None);
    assert_eq!(
        asked[2].json()["record"]["reply"],
        json!({ "root": root, "parent": root })
    );
    assert_eq!(
        asked[3].json()["record"]["reply"],
        json!({ "root": root, "parent": parent })
    );
}

#[tokio::test]
async fn a_second_try_after_a_lost_answer_puts_the_same_record() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().lose_next = true;
    let (channel, first) = (server.channel(&house), samples::first());

    later(channel.tell(&first, &[]).await.unwrap_err());
    let receipt = channel.tell(&first, &[]).await.unwrap();

    assert!(receipt.id.ends_with(" cid-1"), "{}", receipt.id);
    let state = server.state.lock().unwrap();
    assert_eq!((state.records.len(), state.commits), (1, 1));
}

#[tokio::test]
async fn a_session_that_is_over_is_renewed_and_one_that_cannot_be_is_begun_anew() {
    let (house, server) = (House::new(), Server::start().await);
    let (channel, first) = (server.channel(&house), samples::first());
    channel.tell(&first, &[]).await.unwrap();

    server.state.lock().unwrap().end_access();
    channel.tell(&samples::update(&first), &[]).await.unwrap();
    {
        let mut state = server.state.lock().unwrap();
        state.end_access();
        state.refresh.clear();
    }
    channel.tell(&samples::end(&first), &[]).await.unwrap();

    let asked = server.stub.asked();
    let steps: Vec<_> = asked
        .iter()
        .map(|asked| asked.path.rsplit('.').next().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "createSession",
            "putRecord",
            "putRecord",
            "refreshSession",
            "putRecord",
            "putRecord",
            "refreshSession",
            "createSession",
            "putRecord"
        ]
    );
    assert_eq!(asked[3].header("authorization"), "Bearer refresh-1");
}

#[tokio::test]
async fn a_long_text_is_cut_at_300_characters_with_its_link_whole() {
    let (house, server) = (House::new(), Server::start().await);
    let text = "Une fumée noire est visible à l’est du site. ".repeat(20);

    server
        .channel(&house)
        .tell(&samples::of(Kind::Unplanned, &text), &[])
        .await
        .unwrap();

    let record = server.stub.asked()[1].json()["record"].clone();
    let told = record["text"].as_str().unwrap();
    assert!(
        (250..=300).contains(&told.graphemes(true).count()),
        "{told}"
    );
    assert!(
        told.contains("site…\nhttps://allo.example/rouen_metropole/abcdefghijkl"),
        "{told}"
    );
    let link = &record["facets"][0]["index"];
    let place = |name: &str| usize::try_from(link[name].as_u64().unwrap()).unwrap();
    assert_eq!(
        &told[place("byteStart")..place("byteEnd")],
        "https://allo.example/rouen_metropole/abcdefghijkl"
    );
}

#[tokio::test]
async fn a_used_up_limit_says_when_to_come_again_for_sessions_too() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = server.channel(&house);
    let reset = (Timestamp::now().as_second() + 240).to_string();
    server.answer("createSession", 429, &reset);
    let (why, after) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(
        why.contains("429") && why.contains("Rate Limit Exceeded"),
        "{why}"
    );
    assert!((238..=240).contains(&after.unwrap()), "{after:?}");

    server.answer("putRecord", 429, &reset);
    let (_, after) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!((238..=240).contains(&after.unwrap()), "{after:?}");
}

#[tokio::test]
async fn a_server_in_trouble_or_silent_is_tried_again() {
    let (house, server) = (House::new(), Server::start().await);
    for status in [500, 502, 503, 504] {
        for step in ["createSession", "putRecord"] {
            server.answer(step, status, "0");
            later(
                server
                    .channel(&house)
                    .tell(&samples::first(), &[])
                    .await
                    .unwrap_err(),
            );
        }
    }
    let silent = Stub::start(|_| Reply::Hang).await;
    let channel = settings(&house, &silent.url())
        .open(&house.hasty())
        .unwrap();
    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(why.contains("did not answer"), "{why}");
}

#[tokio::test]
async fn a_refused_record_is_for_good() {
    let (house, server) = (House::new(), Server::start().await);
    server.answer("putRecord", 400, "0");

    let why = never(
        server
            .channel(&house)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );

    assert_eq!(
        why,
        "127.0.0.1 refused (400): Invalid app.bsky.feed.post record"
    );
}

#[tokio::test]
async fn the_check_says_what_to_change_in_one_sentence() {
    let (house, server) = (House::new(), Server::start().await);
    let check = async |settings: &Settings| settings.open(&house.home()).unwrap().check().await;
    let good = settings(&house, &server.stub.url());
    assert_eq!(check(&good).await, Ok(()));
    assert!(
        server.state.lock().unwrap().records.is_empty(),
        "nobody was told anything"
    );

    house.secret("password", "wrong-pass");
    let why = check(&good).await.unwrap_err();
    assert!(
        why.contains("does not know allo-rouen.bsky.social") && !why.contains("wrong-pass"),
        "{why}"
    );
    house.secret("password", "own-password");
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("make an app password in its settings")
    );
    house.secret("password", "app-pass");
    server.state.lock().unwrap().taken_down = true;
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("has suspended the account")
    );
    std::fs::remove_file(house.folder.path().join("password")).unwrap();
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("cannot read the secret")
    );

    let at = Settings {
        handle: "@allo-rouen.bsky.social".to_owned(),
        ..good
    };
    assert!(
        at.open(&house.home())
            .map(|_| ())
            .unwrap_err()
            .contains("write it without @")
    );
}

fn settings(house: &House, url: &str) -> Settings {
    Settings {
        handle: "allo-rouen.bsky.social".to_owned(),
        app_password: house.secret("password", "app-pass"),
        hashtags: vec!["Rouen".to_owned().try_into().unwrap()],
        server: url.to_owned(),
    }
}

struct Server {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sessions: u32,
    access: String,
    refresh: String,
    /// By name: content and cid.
    records: HashMap<String, (Value, String)>,
    commits: u32,
    lose_next: bool,
    taken_down: bool,
    /// What one step gets instead: its name, status, reset.
    answer: Option<(&'static str, u16, String)>,
}

impl Server {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let own = Arc::clone(&state);
        let stub = Stub::start(move |asked| own.lock().unwrap().answer(asked)).await;
        Self { stub, state }
    }

    fn channel(&self, house: &House) -> Bluesky {
        settings(house, &self.stub.url())
            .open(&house.home())
            .unwrap()
    }

    fn answer(&self, step: &'static str, status: u16, reset: &str) {
        self.state.lock().unwrap().answer = Some((step, status, reset.to_owned()));
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        let step = asked.path.rsplit('.').next().unwrap();
        if let Some((_, status, reset)) = self.answer.as_ref().filter(|(other, ..)| *other == step)
        {
            let body = match status {
                429 => json!({ "error": "RateLimitExceeded", "message": "Rate Limit Exceeded" }),
                400 => {
                    json!({ "error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record" })
                }
                _ => json!({ "error": "InternalServerError", "message": "Internal Server Error" }),
            };
            return Reply::json(*status, &body)
                .with("RateLimit-Remaining", "0")
                .with("RateLimit-Reset", reset);
        }
        let bearer = asked.header("authorization").trim_start_matches("Bearer ");
        match step {
            "createSession" => self.sign_in(&asked.json()),
            "refreshSession" if bearer == self.refresh && !self.refresh.is_empty() => {
                self.session()
            }
            "putRecord" | "getSession" if bearer == self.access => match step {
                "putRecord" => self.put(&asked.json()),
                _ => Reply::json(
                    200,
                    &json!({ "did": "did:plc:allo", "handle": "allo-rouen.bsky.social" }),
                ),
            },
            // The reference server answers 400 to a token that is over.
            _ => Reply::json(
                400,
                &json!({ "error": "ExpiredToken", "message": "Token has expired" }),
            ),
        }
    }

    fn sign_in(&mut self, body: &Value) -> Reply {
        if self.taken_down {
            return Reply::json(
                401,
                &json!({ "error": "AccountTakedown", "message": "Account has been taken down" }),
            );
        }
        match body["password"].as_str() {
            Some("app-pass") => self.session(),
            Some("own-password") => Reply::json(
                401,
                &json!({ "error": "AuthFactorTokenRequired", "message": "A sign in code has been sent to your email address" }),
            ),
            _ => Reply::json(
                401,
                &json!({ "error": "AuthenticationRequired", "message": "Invalid identifier or password" }),
            ),
        }
    }

    fn session(&mut self) -> Reply {
        self.sessions += 1;
        self.access = format!("access-{}", self.sessions);
        self.refresh = format!("refresh-{}", self.sessions);
        let body = json!({
            "did": "did:plc:allo",
            "handle": "allo-rouen.bsky.social",
            "accessJwt": self.access,
            "refreshJwt": self.refresh,
            "active": true,
        });
        Reply::json(200, &body)
    }

    /// As the reference server: writes nothing when the record is there with the same content.
    fn put(&mut self, body: &Value) -> Reply {
        let name = body["rkey"].as_str().unwrap().to_owned();
        let record = body["record"].clone();
        if self
            .records
            .get(&name)
            .is_none_or(|(there, _)| *there != record)
        {
            self.commits += 1;
            self.records
                .insert(name.clone(), (record, format!("cid-{}", self.commits)));
        }
        let cid = &self.records[&name].1;
        let uri = format!("at://did:plc:allo/app.bsky.feed.post/{name}");
        match std::mem::take(&mut self.lose_next) {
            true => Reply::Cut,
            false => Reply::json(
                200,
                &json!({ "uri": uri, "cid": cid, "validationStatus": "valid" }),
            ),
        }
    }

    fn end_access(&mut self) {
        self.access = "over".to_owned();
    }
}
