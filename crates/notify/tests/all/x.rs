//! X: a server that checks each signature itself, refuses words it has had, and renews tokens once each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use notify::x::{Settings, X};
use notify::{Channel, Receipt};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::samples::{self, House, TEXT, later, never};
use crate::stub::{Asked, Reply, Stub, unescaped};

#[tokio::test]
async fn a_first_text_is_posted_signed_with_its_link_and_hashtag() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .signed(&house)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/2/tweets")
    );
    assert_eq!(asked.header("content-type"), "application/json");
    let expected = format!(
        "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14\u{a0}h\u{a0}32\u{a0}: {TEXT}\n\
         https://allo.example/rouen_metropole/abcdefghijkl\n#Rouen"
    );
    assert_eq!(asked.json(), json!({ "text": expected }));
    assert_eq!(receipt.id, "5001");
    assert_eq!(receipt.url.as_deref(), Some("https://x.com/i/status/5001"));
}

#[tokio::test]
async fn what_follows_is_a_reply_to_what_was_told_last() {
    let (house, server) = (House::new(), Server::start().await);

    samples::tell_a_thread(&server.signed(&house)).await;

    let replies: Vec<_> = server
        .stub
        .asked()
        .iter()
        .map(|asked| asked.json()["reply"].clone())
        .collect();
    assert_eq!(
        replies,
        [
            Value::Null,
            json!({ "in_reply_to_tweet_id": "5001" }),
            json!({ "in_reply_to_tweet_id": "5002" })
        ]
    );
}

#[tokio::test]
async fn what_x_does_not_take_as_a_reply_is_posted_by_itself() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().refuse_replies = true;
    let told = Receipt {
        id: "5000".to_owned(),
        url: None,
    };

    let receipt = server
        .signed(&house)
        .tell(&samples::first(), &[told])
        .await
        .unwrap();

    assert_eq!(receipt.id, "5001");
    assert_eq!(server.stub.asked()[1].json().get("reply"), None);
}

#[tokio::test]
async fn a_second_try_after_a_lost_answer_finds_the_post_of_the_first() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().lose_next = true;
    let channel = server.signed(&house);
    let told = samples::of(
        bulletin::Kind::Unplanned,
        "Fumée & odeur <forte>, depuis 14 h 10.",
    );

    later(channel.tell(&told, &[]).await.unwrap_err());
    let receipt = channel.tell(&told, &[]).await.unwrap();

    assert_eq!(receipt.id, "5001");
    assert_eq!(server.state.lock().unwrap().posts.len(), 1);
    let paths: Vec<_> = server
        .stub
        .asked()
        .iter()
        .map(|asked| asked.path.clone())
        .collect();
    assert_eq!(
        paths,
        [
            "/2/tweets",
            "/2/tweets",
            "/2/users/me",
            "/2/users/42/tweets?max_results=20&tweet.fields=entities"
        ]
    );
}

#[tokio::test]
async fn a_post_that_is_there_and_not_found_again_counts_as_told() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = server.signed(&house);
    channel.tell(&samples::first(), &[]).await.unwrap();
    server.state.lock().unwrap().hide_posts = true;

    let receipt = channel.tell(&samples::first(), &[]).await.unwrap();

    assert_eq!(receipt, Receipt::default());
}

#[tokio::test]
async fn a_used_up_limit_says_when_to_come_again() {
    let (house, server) = (House::new(), Server::start().await);
    let reset = Timestamp::now().as_second() + 300;
    server.answer(429, ("x-rate-limit-reset", reset.to_string()));

    let (why, after) = later(
        server
            .signed(&house)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );

    assert!(why.contains("429"), "{why}");
    assert!((298..=300).contains(&after.unwrap()), "{after:?}");
}

#[tokio::test]
async fn a_server_in_trouble_or_silent_is_tried_again() {
    let (house, server) = (House::new(), Server::start().await);
    for status in [500, 502, 503, 504] {
        server.answer(status, ("x-any", "x".to_owned()));
        later(
            server
                .signed(&house)
                .tell(&samples::first(), &[])
                .await
                .unwrap_err(),
        );
    }
    let silent = Stub::start(|_| Reply::Hang).await;
    let channel = keys(&house, &silent.url()).open(&house.hasty()).unwrap();
    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(why.contains("did not answer"), "{why}");
}

#[tokio::test]
async fn keys_that_do_not_fit_want_a_person() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = server.signed(&house);
    house.secret("token-secret", "another");

    let why = never(channel.tell(&samples::first(), &[]).await.unwrap_err());

    assert!(
        why.contains("Keys and tokens") && !why.contains("another"),
        "{why}"
    );
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_the_next_survives_a_restart() {
    let (house, server) = (House::new(), Server::start().await);
    let settings = tokens(&house, &server.stub.url());
    let channel = settings.open(&house.home()).unwrap();
    channel.tell(&samples::first(), &[]).await.unwrap();
    channel
        .tell(&samples::update(&samples::first()), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    let paths: Vec<_> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(paths, ["/2/oauth2/token", "/2/tweets", "/2/tweets"]);
    assert_eq!(
        asked[0].header("authorization"),
        "Basic Y2xpZW50OnMzY3JldA=="
    );
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "refresh-0"),
    ];
    let fields: HashMap<_, _> = fields
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(asked[0].form(), fields);
    assert_eq!(asked[1].header("authorization"), "Bearer access-1");

    // Its two hours are over; another process goes on with what is on the disk.
    server.state.lock().unwrap().end_tokens();
    let again = settings.open(&house.home()).unwrap();
    again
        .tell(&samples::end(&samples::first()), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    let after: Vec<_> = asked[3..].iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(after, ["/2/tweets", "/2/oauth2/token", "/2/tweets"]);
    assert_eq!(asked[4].form()["refresh_token"], "refresh-1");
    assert_eq!(asked[5].header("authorization"), "Bearer access-2");
}

#[tokio::test]
async fn a_token_about_to_end_is_renewed_before_it_is_used() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().lifetime = 30;
    let channel = tokens(&house, &server.stub.url())
        .open(&house.home())
        .unwrap();

    channel.tell(&samples::first(), &[]).await.unwrap();
    channel
        .tell(&samples::update(&samples::first()), &[])
        .await
        .unwrap();

    let bearers: Vec<_> = server
        .stub
        .asked()
        .iter()
        .map(|asked| asked.header("authorization").to_owned())
        .collect();
    assert_eq!(bearers[1], "Bearer access-1");
    assert_eq!(bearers[3], "Bearer access-2");
}

#[tokio::test]
async fn tokens_on_the_disk_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let (house, server) = (House::new(), Server::start().await);
    tokens(&house, &server.stub.url())
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let file = house.folder.path().join("channels/test.tokens.json");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_public_client_names_itself_in_the_form() {
    let (house, server) = (House::new(), Server::start().await);
    let settings = Settings {
        client_secret: None,
        ..tokens(&house, &server.stub.url())
    };

    settings
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    assert_eq!(asked[0].header("authorization"), "");
    assert_eq!(asked[0].form()["client_id"], "client");
}

#[tokio::test]
async fn a_right_that_was_taken_back_wants_a_person_whose_new_token_is_taken_at_once() {
    let (house, server) = (House::new(), Server::start().await);
    let channel = tokens(&house, &server.stub.url())
        .open(&house.home())
        .unwrap();
    channel.tell(&samples::first(), &[]).await.unwrap();
    server.state.lock().unwrap().take_back();
    let update = samples::update(&samples::first());

    let why = never(channel.tell(&update, &[]).await.unwrap_err());
    assert!(
        why.contains("allow the application anew") && !why.contains("refresh-1"),
        "{why}"
    );

    server
        .state
        .lock()
        .unwrap()
        .refresh_tokens
        .insert("refresh-new".to_owned());
    house.secret("refresh", "refresh-new");
    channel.tell(&update, &[]).await.unwrap();
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_is_tried_again() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().token_trouble = true;
    let channel = tokens(&house, &server.stub.url())
        .open(&house.home())
        .unwrap();

    later(channel.tell(&samples::first(), &[]).await.unwrap_err());

    server.state.lock().unwrap().token_trouble = false;
    channel.tell(&samples::first(), &[]).await.unwrap();
}

#[tokio::test]
async fn the_check_says_what_to_change_in_one_sentence() {
    let (house, server) = (House::new(), Server::start().await);
    let check = async |settings: &Settings| settings.open(&house.home()).unwrap().check().await;
    let good = keys(&house, &server.stub.url());
    assert_eq!(check(&good).await, Ok(()));
    assert_eq!(check(&tokens(&house, &server.stub.url())).await, Ok(()));
    assert!(
        server.state.lock().unwrap().posts.is_empty(),
        "nobody was told anything"
    );

    server.state.lock().unwrap().level = "read";
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("give the application \"Read and write\"")
    );
    server.state.lock().unwrap().level = "read-write";
    house.secret("api-key", "another");
    assert!(check(&good).await.unwrap_err().contains("make them anew"));
    house.secret("api-key", "");
    assert!(check(&good).await.unwrap_err().contains("is empty"));
    house.secret("api-key", "key");
    server.state.lock().unwrap().forbidden = true;
    assert!(
        check(&good)
            .await
            .unwrap_err()
            .contains("plan of its project")
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let house = House::new();
    let open = |settings: Settings| settings.open(&house.home()).map(|_| ()).unwrap_err();
    let (signs, renews) = (
        keys(&house, "https://api.x.com"),
        tokens(&house, "https://api.x.com"),
    );
    assert!(
        open(Settings {
            access_token: None,
            ..signs.clone()
        })
        .contains("wants all of api-key")
    );
    assert!(
        open(Settings {
            refresh_token: None,
            ..renews.clone()
        })
        .contains("wants client-id and refresh-token")
    );
    assert!(
        open(Settings {
            client_id: renews.client_id.clone(),
            ..signs
        })
        .contains("of OAuth 1.0a and of OAuth 2.0")
    );
    let none = Settings {
        client_id: None,
        client_secret: None,
        refresh_token: None,
        ..renews
    };
    assert!(open(none).contains("no way to sign in"));
}

fn keys(house: &House, url: &str) -> Settings {
    Settings {
        api_key: Some(house.secret("api-key", "key")),
        api_key_secret: Some(house.secret("api-key-secret", "key&secret")),
        access_token: Some(house.secret("token", "42-token")),
        access_token_secret: Some(house.secret("token-secret", "token+secret")),
        client_id: None,
        client_secret: None,
        refresh_token: None,
        hashtags: vec!["Rouen".to_owned().try_into().unwrap()],
        server: url.to_owned(),
    }
}

fn tokens(house: &House, url: &str) -> Settings {
    Settings {
        api_key: None,
        api_key_secret: None,
        access_token: None,
        access_token_secret: None,
        client_id: Some("client".to_owned()),
        client_secret: Some(house.secret("client-secret", "s3cret")),
        refresh_token: Some(house.secret("refresh", "refresh-0")),
        ..keys(house, url)
    }
}

struct Server {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

struct State {
    origin: String,
    posts: Vec<Value>,
    lose_next: bool,
    refuse_replies: bool,
    hide_posts: bool,
    forbidden: bool,
    token_trouble: bool,
    level: &'static str,
    answer: Option<(u16, (&'static str, String))>,
    nonces: HashSet<String>,
    granted: u32,
    lifetime: i64,
    access_tokens: HashSet<String>,
    refresh_tokens: HashSet<String>,
}

impl Server {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            origin: String::new(),
            posts: vec![],
            lose_next: false,
            refuse_replies: false,
            hide_posts: false,
            forbidden: false,
            token_trouble: false,
            level: "read-write",
            answer: None,
            nonces: HashSet::new(),
            granted: 0,
            lifetime: 7200,
            access_tokens: HashSet::new(),
            refresh_tokens: HashSet::from(["refresh-0".to_owned()]),
        }));
        let own = Arc::clone(&state);
        let stub = Stub::start(move |asked| own.lock().unwrap().answer(asked)).await;
        state.lock().unwrap().origin = stub.url();
        Self { stub, state }
    }

    fn signed(&self, house: &House) -> X {
        keys(house, &self.stub.url()).open(&house.home()).unwrap()
    }

    fn answer(&self, status: u16, header: (&'static str, String)) {
        self.state.lock().unwrap().answer = Some((status, header));
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if asked.path == "/2/oauth2/token" {
            return self.grant(asked);
        }
        if !self.is_allowed(asked) {
            let body = json!({ "title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized" });
            return Reply::json(401, &body);
        }
        if self.forbidden {
            let body = json!({ "title": "Client Forbidden", "type": "https://api.x.com/2/problems/client-forbidden", "detail": "not enrolled" });
            return Reply::json(403, &body);
        }
        if let Some((status, (name, value))) = self.answer.clone() {
            let body = json!({ "title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": status });
            return Reply::json(status, &body).with(name, &value);
        }
        match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
            ("POST", "/2/tweets") => self.post(&asked.json()),
            ("GET", "/2/users/me") => {
                let body =
                    json!({ "data": { "id": "42", "name": "Allo", "username": "AlloRouen" } });
                Reply::json(200, &body).with("x-access-level", self.level)
            }
            ("GET", "/2/users/42/tweets") if self.hide_posts => {
                Reply::json(200, &json!({ "meta": { "result_count": 0 } }))
            }
            ("GET", "/2/users/42/tweets") => {
                Reply::json(200, &json!({ "data": self.posts, "meta": {} }))
            }
            _ => Reply::json(404, &json!({ "title": "Not Found" })),
        }
    }

    fn post(&mut self, body: &Value) -> Reply {
        if self.refuse_replies && body.get("reply").is_some() {
            let detail = "You can only reply to posts whose author mentioned or quoted you.";
            return Reply::json(
                403,
                &json!({ "title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403 }),
            );
        }
        // As X shows it: escaped, with its own short address in the place of the link.
        let text = body["text"].as_str().unwrap();
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let link = text
            .lines()
            .find(|line| line.starts_with("https://"))
            .unwrap()
            .to_owned();
        let shown = text.replace(&link, "https://t.co/abc");
        let same = |post: &Value| {
            post["text"] == shown.as_str()
                && post["entities"]["urls"][0]["expanded_url"] == link.as_str()
        };
        if self.posts.iter().any(same) {
            let detail = "You are not allowed to create a Tweet with duplicate content.";
            return Reply::json(
                403,
                &json!({ "detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403 }),
            );
        }
        let id = (5001 + self.posts.len()).to_string();
        let urls = json!([{ "url": "https://t.co/abc", "expanded_url": link }]);
        self.posts.insert(
            0,
            json!({ "id": id, "text": shown, "entities": { "urls": urls } }),
        );
        match std::mem::take(&mut self.lose_next) {
            true => Reply::Cut,
            false => Reply::json(201, &json!({ "data": { "id": id, "text": shown } })),
        }
    }

    fn grant(&mut self, asked: &Asked) -> Reply {
        if self.token_trouble {
            return Reply::Answer(503, vec![], "Service Unavailable".to_owned());
        }
        let fields = asked.form();
        let known = asked.header("authorization") == "Basic Y2xpZW50OnMzY3JldA=="
            || fields.get("client_id").is_some_and(|id| id == "client");
        // Each works once.
        if !known || !self.refresh_tokens.remove(&fields["refresh_token"]) {
            let body = json!({ "error": "invalid_request", "error_description": "Value passed for the token was invalid." });
            return Reply::json(400, &body);
        }
        self.granted += 1;
        let (access, refresh) = (
            format!("access-{}", self.granted),
            format!("refresh-{}", self.granted),
        );
        self.access_tokens = HashSet::from([access.clone()]);
        self.refresh_tokens.insert(refresh.clone());
        let body = json!({
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "access_token": access,
            "refresh_token": refresh,
            "scope": "tweet.read tweet.write users.read offline.access",
        });
        Reply::json(200, &body)
    }

    fn end_tokens(&mut self) {
        self.access_tokens.clear();
    }

    fn take_back(&mut self) {
        self.access_tokens.clear();
        self.refresh_tokens.clear();
    }

    fn is_allowed(&mut self, asked: &Asked) -> bool {
        let header = asked.header("authorization");
        if let Some(token) = header.strip_prefix("Bearer ") {
            return self.access_tokens.contains(token);
        }
        let Some(parameters) = header.strip_prefix("OAuth ") else {
            return false;
        };
        let mut parameters: BTreeMap<_, _> = parameters
            .split(", ")
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), unescaped(value.trim_matches('"'))))
            .collect();
        let signature = parameters.remove("oauth_signature").unwrap();
        let fresh = self.nonces.insert(parameters["oauth_nonce"].clone());
        let age =
            Timestamp::now().as_second() - parameters["oauth_timestamp"].parse::<i64>().unwrap();
        let named = parameters["oauth_consumer_key"] == "key"
            && parameters["oauth_token"] == "42-token"
            && parameters["oauth_version"] == "1.0"
            && parameters["oauth_signature_method"] == "HMAC-SHA1";
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            parameters.insert(name.to_owned(), unescaped(value));
        }
        let pairs: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        let base = format!(
            "{}&{}&{}",
            asked.method,
            escaped(&format!("{}{path}", self.origin)),
            escaped(&pairs.join("&"))
        );
        let mut mac = Hmac::<Sha1>::new_from_slice(b"key%26secret&token%2Bsecret").unwrap();
        mac.update(base.as_bytes());
        let right = base64(&mac.finalize().into_bytes());
        fresh && named && age.abs() < 300 && signature == right
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|octet| match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(octet).to_string()
            }
            _ => format!("%{octet:02X}"),
        })
        .collect()
}

fn base64(octets: &[u8]) -> String {
    use base64ct::{Base64, Encoding};

    Base64::encode_string(octets)
}
