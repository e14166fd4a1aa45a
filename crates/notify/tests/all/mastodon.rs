//! Mastodon: a server that keeps statuses by their idempotency key, judges tokens and limits, and processes sound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bulletin::Kind;
use jiff::{SignedDuration, Timestamp};
use notify::mastodon::{Mastodon, Settings, Visibility};
use notify::{Channel, Receipt, Sound};
use serde_json::{Value, json};

use crate::samples::{self, House, TEXT, later, never};
use crate::stub::{Asked, Reply, Stub};

#[tokio::test]
async fn a_first_text_is_posted_with_its_link_and_hashtag() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .channel(&house)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/api/v1/statuses")
    );
    assert_eq!(asked.header("authorization"), "Bearer tok-1");
    assert_eq!(asked.header("idempotency-key"), "allo-abcdefghijkl-1");
    let expected = format!(
        "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14\u{a0}h\u{a0}32\u{a0}: {TEXT}\n\
         https://allo.example/rouen_metropole/abcdefghijkl\n#Rouen"
    );
    let fields = [
        ("status", expected.as_str()),
        ("visibility", "public"),
        ("language", "fr"),
    ];
    let fields: HashMap<_, _> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(asked.form(), fields);
    assert_eq!(receipt.id, "1001");
    assert_eq!(
        receipt.url.as_deref(),
        Some("https://mastodon.example/@allo/1001")
    );
}

#[tokio::test]
async fn a_token_that_is_being_replaced_is_waited_for() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = server.channel(&house);
    let (token, away) = (
        house.folder.path().join("token"),
        house.folder.path().join("away"),
    );
    std::fs::rename(&token, &away).unwrap();

    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(why.contains("token"), "{why}");

    std::fs::rename(&away, &token).unwrap();
    channel.tell(&samples::first(), &[]).await.unwrap();
}

#[tokio::test]
async fn a_drill_begins_with_the_word_and_an_end_says_so() {
    let (house, server) = (House::new(), Server::start().await);
    let drill = samples::of(Kind::Drill, "La sirène du site retentit.");
    let channel = server.channel(&house);

    channel.tell(&drill, &[]).await.unwrap();
    channel.tell(&samples::end(&drill), &[]).await.unwrap();

    let statuses: Vec<_> = server
        .stub
        .asked()
        .iter()
        .map(|asked| asked.form()["status"].clone())
        .collect();
    assert!(
        statuses[0].starts_with("EXERCICE – Prévu – Raffinerie"),
        "{}",
        statuses[0]
    );
    assert!(
        statuses[1].starts_with("EXERCICE – Fin – Raffinerie"),
        "{}",
        statuses[1]
    );
}

#[tokio::test]
async fn what_follows_hangs_on_what_was_told_last() {
    let (house, server) = (House::new(), Server::start().await);

    samples::tell_a_thread(&server.channel(&house)).await;

    let parents: Vec<_> = server
        .stub
        .asked()
        .iter()
        .map(|asked| asked.form().get("in_reply_to_id").cloned())
        .collect();
    assert_eq!(
        parents,
        [None, Some("1001".to_owned()), Some("1002".to_owned())]
    );
}

#[tokio::test]
async fn what_followed_a_status_that_was_deleted_stands_by_itself() {
    let (house, server) = (House::new(), Server::start().await);
    let gone = Receipt {
        id: "77".to_owned(),
        url: None,
    };

    let receipt = server
        .channel(&house)
        .tell(&samples::first(), &[gone])
        .await
        .unwrap();

    assert_eq!(receipt.id, "1001");
    let asked = server.stub.asked();
    assert_eq!(asked[0].form()["in_reply_to_id"], "77");
    assert_eq!(asked[1].form().get("in_reply_to_id"), None);
}

#[tokio::test]
async fn a_second_try_after_a_lost_answer_finds_the_status_of_the_first() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().lose_next = true;
    let (channel, first) = (server.channel(&house), samples::first());

    later(channel.tell(&first, &[]).await.unwrap_err());
    let receipt = channel.tell(&first, &[]).await.unwrap();

    assert_eq!(receipt.id, "1001");
    assert_eq!(server.state.lock().unwrap().statuses.len(), 1);
}

#[tokio::test]
async fn the_sound_goes_with_it_and_its_words_describe_it() {
    let (house, server) = (House::new(), Server::start().await);

    server.channel(&house).tell(&spoken(), &[]).await.unwrap();

    let asked = server.stub.asked();
    let paths: Vec<_> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/api/v2/media",
            "/api/v1/media/m7",
            "/api/v1/media/m7",
            "/api/v1/statuses"
        ]
    );
    let parts = asked[0].parts();
    assert_eq!(parts["description"].1, TEXT.as_bytes());
    let (head, file) = &parts["file"];
    assert_eq!(file, b"RIFF\r\n--allo-\x00\xff");
    assert!(
        head.contains("filename=\"allo.wav\"") && head.contains("Content-Type: audio/wav"),
        "{head}"
    );
    assert_eq!(asked[3].form()["media_ids[]"], "m7");
}

#[tokio::test]
async fn words_do_not_wait_for_a_sound_that_is_refused() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().refuse_media = true;

    server.channel(&house).tell(&spoken(), &[]).await.unwrap();

    let asked = server.stub.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].form().get("media_ids[]"), None);
}

#[tokio::test]
async fn a_used_up_limit_says_when_to_come_again() {
    let (house, server) = (House::new(), Server::start().await);
    let reset = Timestamp::now() + SignedDuration::from_secs(150);
    server.answer(Some((429, "X-RateLimit-Reset", reset.to_string())));

    let (why, after) = later(
        server
            .channel(&house)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );

    assert!(
        why.contains("429") && why.contains("Too many requests"),
        "{why}"
    );
    assert!((148..=150).contains(&after.unwrap()), "{after:?}");
}

#[tokio::test]
async fn a_server_in_trouble_is_tried_again() {
    let (house, server) = (House::new(), Server::start().await);
    for status in [500, 502, 503, 504] {
        server.answer(Some((status, "Retry-After", "40".to_owned())));
        let told = server.channel(&house).tell(&samples::first(), &[]).await;
        assert_eq!(later(told.unwrap_err()).1, Some(40), "{status}");
    }
}

#[tokio::test]
async fn a_silent_server_is_left_and_tried_again() {
    let house = House::new();
    let stub = Stub::start(|_| Reply::Hang).await;
    let channel = settings(&house, &stub.url()).open(&house.hasty()).unwrap();

    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());

    assert!(why.contains("did not answer"), "{why}");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_wants_a_person_and_is_not_repeated() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = server.channel(&house);
    house.secret("token", "wrong-token");

    let why = never(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(
        why.contains("make a new one") && !why.contains("wrong-token"),
        "{why}"
    );

    // A new one needs no restart.
    house.secret("token", "tok-1");
    channel.tell(&samples::first(), &[]).await.unwrap();
}

#[tokio::test]
async fn what_the_server_says_is_told_without_the_token_in_it() {
    let (house, server) = (House::new(), Server::start().await);
    server.answer(Some((422, "X-Any", "x".to_owned())));

    let why = never(
        server
            .channel(&house)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );

    assert_eq!(
        why,
        "127.0.0.1 refused (422): Validation failed for *** in a request"
    );
}

#[tokio::test]
async fn the_check_says_what_to_change_in_one_sentence() {
    let (house, server) = (House::new(), Server::start().await);
    let check = async |settings: &Settings| settings.open(&house.home()).unwrap().check().await;
    let good = settings(&house, &server.stub.url());
    assert_eq!(check(&good).await, Ok(()));
    assert!(
        server.state.lock().unwrap().statuses.is_empty(),
        "nobody was told anything"
    );

    let more = Settings {
        characters: 5000,
        ..good.clone()
    };
    assert_eq!(
        check(&more).await.unwrap_err(),
        "127.0.0.1 takes 500 characters: set characters = 500"
    );
    let scopes = |scopes: &[&str]| server.state.lock().unwrap().scopes = json!(scopes);
    scopes(&["profile", "write:media"]);
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .ends_with("make one with the scope write:statuses")
    );
    scopes(&["profile", "write:statuses"]);
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("write:media, or set sound = false")
    );
    scopes(&["write:statuses", "write:media"]);
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("make one with the scope profile")
    );
    house.secret("token", "wrong-token");
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("make a new one under Preferences, Development")
    );
    std::fs::remove_file(house.folder.path().join("token")).unwrap();
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("cannot read the secret")
    );

    house.secret("token", "tok-1");
    let page = Stub::start(|_| Reply::Answer(404, vec![], "<html>".to_owned())).await;
    let other = settings(&house, &page.url());
    assert!(
        check(&other)
            .await
            .unwrap_err()
            .contains("does not speak the API of Mastodon")
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let house = House::new();
    let good = settings(&house, "https://mastodon.example");
    let open = |settings: Settings| settings.open(&house.home()).map(|_| ()).unwrap_err();
    let clear = Settings {
        server: "http://mastodon.example".to_owned(),
        ..good.clone()
    };
    assert!(open(clear).contains("write https://"));
    let short = Settings {
        characters: 20,
        ..good
    };
    assert!(open(short).contains("characters is 20"));
    let unknown = serde_json::from_value::<Settings>(
        json!({ "server": "x", "token": { "file": "t" }, "tags": [] }),
    );
    assert!(unknown.unwrap_err().to_string().contains("tags"));
}

fn spoken() -> notify::Announcement {
    notify::Announcement {
        sound: Some(Sound {
            octets: b"RIFF\r\n--allo-\x00\xff".as_slice().into(),
            media_type: "audio/wav",
        }),
        ..samples::first()
    }
}

fn settings(house: &House, url: &str) -> Settings {
    Settings {
        server: url.to_owned(),
        token: house.secret("token", "tok-1"),
        hashtags: vec!["Rouen".to_owned().try_into().unwrap()],
        visibility: Visibility::Public,
        characters: 500,
        sound: true,
        authorities: None,
    }
}

struct Server {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By idempotency key.
    statuses: HashMap<String, Value>,
    /// Takes the next status and loses the connection.
    lose_next: bool,
    refuse_media: bool,
    /// How often the sound was asked for.
    looked: u32,
    scopes: Value,
    /// What every status gets instead: status, a header.
    answer: Option<(u16, &'static str, String)>,
}

impl Server {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            scopes: json!(["profile", "write:statuses", "write:media"]),
            ..State::default()
        }));
        let own = Arc::clone(&state);
        let stub = Stub::start(move |asked| own.lock().unwrap().answer(asked)).await;
        Self { stub, state }
    }

    fn channel(&self, house: &House) -> Mastodon {
        settings(house, &self.stub.url())
            .open(&house.home())
            .unwrap()
    }

    fn answer(&self, answer: Option<(u16, &'static str, String)>) {
        self.state.lock().unwrap().answer = answer;
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if asked.header("authorization") != "Bearer tok-1" {
            return Reply::json(401, &json!({ "error": "The access token is invalid" }));
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/api/v1/statuses") => self.post(asked),
            ("POST", "/api/v2/media") if self.refuse_media => Reply::json(
                422,
                &json!({ "error": "Validation failed: File content type is invalid" }),
            ),
            ("POST", "/api/v2/media") => {
                Reply::json(202, &json!({ "id": "m7", "type": "audio", "url": null }))
            }
            ("GET", "/api/v1/media/m7") => {
                self.looked += 1;
                let url = (self.looked > 1).then_some("https://files.example/m7.mp3");
                let status = if url.is_some() { 200 } else { 206 };
                Reply::json(status, &json!({ "id": "m7", "url": url }))
            }
            ("GET", "/api/v1/accounts/verify_credentials") => {
                let may = self
                    .scopes
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|scope| scope == "profile");
                match may {
                    true => Reply::json(200, &json!({ "id": "9", "username": "allo" })),
                    false => Reply::json(
                        403,
                        &json!({ "error": "This action is outside the authorized scopes" }),
                    ),
                }
            }
            ("GET", "/api/v1/apps/verify_credentials") => {
                Reply::json(200, &json!({ "name": "allo", "scopes": self.scopes }))
            }
            ("GET", "/api/v2/instance") => Reply::json(
                200,
                &json!({ "domain": "mastodon.example", "configuration": { "statuses": { "max_characters": 500, "characters_reserved_per_url": 23 } } }),
            ),
            _ => Reply::json(404, &json!({ "error": "Record not found" })),
        }
    }

    fn post(&mut self, asked: &Asked) -> Reply {
        if let Some((status, name, value)) = self.answer.clone() {
            let error = match status {
                429 => "Too many requests",
                422 => "Validation failed for tok-1 in a\nrequest",
                _ => "We're sorry, but something went wrong on our end",
            };
            return Reply::json(status, &json!({ "error": error })).with(name, &value);
        }
        let fields = asked.form();
        let known = |id: &String| {
            self.statuses
                .values()
                .any(|status| status["id"] == id.as_str())
        };
        if fields.get("in_reply_to_id").is_some_and(|id| !known(id)) {
            return Reply::json(
                404,
                &json!({ "error": "The post you are trying to reply to does not appear to exist." }),
            );
        }
        let id = (1001 + self.statuses.len()).to_string();
        let new = json!({ "id": id, "url": format!("https://mastodon.example/@allo/{id}"), "content": fields["status"] });
        let key = asked.header("idempotency-key").to_owned();
        let status = self.statuses.entry(key).or_insert(new).clone();
        match std::mem::take(&mut self.lose_next) {
            true => Reply::Cut,
            false => Reply::json(200, &status),
        }
    }
}
