//! Programs of others: webhook, relay and consumer of CAP, against servers on loopback that answer as documented.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use bulletin::Update;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use notify::{Announcement, Channel, ChannelKind, Home, Receipt, Secret};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::samples::{self, House, TEXT, at, later, never};
use crate::stub::{Asked, Reply, Stub};

const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TOKEN: &str = "secret-of-the-site";

#[tokio::test]
async fn a_webhook_gets_each_entry_signed_under_an_id_of_its_own() {
    let (house, program) = (House::new(), that_answers(204, "").await);
    let channel = webhook(&program, &house, "");
    let first = samples::first();
    let end = samples::end(&first);

    let told = channel.tell(&first, &[]).await.unwrap();
    channel.tell(&end, &[told]).await.unwrap();

    assert_eq!(lines(&program), ["POST /allo", "POST /allo"]);
    let asked = program.asked();
    assert_eq!(asked[0].header("content-type"), "application/json");
    assert_eq!(asked[0].header("webhook-id"), "abcdefghijkl-1");
    let second: i64 = asked[0].header("webhook-timestamp").parse().unwrap();
    assert!((Timestamp::now().as_second() - second).abs() < 60);
    assert_eq!(asked[0].header("webhook-signature"), signed(&asked[0], NEW));
    assert_eq!(
        asked[0].json(),
        json!({
            "type": "bulletin.posted",
            "timestamp": "2026-11-26T13:32:00Z",
            "data": {
                "id": "abcdefghijkl",
                "entry": 1,
                "territory": { "slug": "rouen_metropole", "name": "Rouen Métropole" },
                "site": { "slug": "raffinerie-du-meandre", "name": "Raffinerie du Méandre", "commune": "Val-de-Seine" },
                "kind": "unplanned",
                "exercise": false,
                "events": ["flaring"],
                "nuisances": [],
                "language": "fr",
                "text": TEXT,
                "under_control": false,
                "starts_at": null,
                "ends_at": null,
                "posted_at": "2026-11-26T13:32:00Z",
                "expires_at": first.bulletin.expires_at.to_string(),
                "url": "https://allo.example/rouen_metropole/abcdefghijkl",
                "telephone": "0805 691 282",
            },
        })
    );
    assert_eq!(asked[1].header("webhook-id"), "abcdefghijkl-2");
    assert_eq!(asked[1].json()["type"], "bulletin.ended");
    assert_eq!(asked[1].json()["data"]["text"], "Retour à la normale.");
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_restart_and_without_a_gap() {
    let (house, program) = (House::new(), that_answers(200, "{}").await);
    let previous = format!("previous-secret = {}", place(&house.secret("old", OLD)));
    let channel = webhook(&program, &house, &previous);

    house.secret("new", OLD);
    channel.tell(&samples::first(), &[]).await.unwrap();
    house.secret("new", NEW);
    channel.tell(&samples::first(), &[]).await.unwrap();

    let asked = program.asked();
    let with = |one: &Asked, secret| format!("{} {}", signed(one, secret), signed(one, OLD));
    assert_eq!(asked[0].header("webhook-signature"), with(&asked[0], OLD));
    assert_eq!(asked[1].header("webhook-signature"), with(&asked[1], NEW));
}

#[tokio::test]
async fn a_webhook_is_tried_again_after_every_answer_but_gone() {
    let answers = [500, 404, 302, 429, 401, 410];
    let next = AtomicUsize::new(0);
    let program = Stub::start(move |_| {
        let status = answers[next.fetch_add(1, Ordering::Relaxed)];
        Reply::Answer(status, vec![], String::new())
            .with("Retry-After", "40")
            .with("Location", "http://127.0.0.1:1/")
    })
    .await;
    let house = House::new();
    let channel = webhook(&program, &house, "");

    for status in answers {
        let failure = channel.tell(&samples::first(), &[]).await.unwrap_err();
        if status == 410 {
            assert!(never(failure).contains("410"));
        } else {
            let (why, after) = later(failure);
            assert!(why.contains(&status.to_string()), "{why}");
            assert_eq!(after, Some(40), "{status}");
        }
    }
    assert_eq!(
        program.asked().len(),
        answers.len(),
        "no redirect is followed"
    );
}

#[tokio::test]
async fn an_address_that_leads_into_a_private_network_is_refused_after_it_is_resolved() {
    let house = House::new();
    let secret = place(&house.secret("new", NEW));
    for url in [
        "https://localhost:1/allo",
        "https://127.0.0.1:1/",
        "https://[::1]:1/",
        "https://10.0.0.1/",
    ] {
        let settings = format!(
            "url = '{url}'
secret = {secret}"
        );
        let channel = open("webhook", &settings, &house.home()).unwrap();
        let why = never(channel.tell(&samples::first(), &[]).await.unwrap_err());
        assert!(why.contains("private network"), "{url}: {why}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_and_one_that_never_comes_end_when_patience_does() {
    for reply in [|| Reply::Drip(Duration::from_millis(20)), || Reply::Hang] {
        let program = Stub::start(move |_| reply()).await;
        let house = House::new();
        let (url, secret) = (program.url(), place(&house.secret("new", NEW)));
        let settings = format!("url = '{url}'\nsecret = {secret}\nprivate-network = true");
        let channel = open("webhook", &settings, &house.hasty()).unwrap();

        let begin = Instant::now();
        later(channel.tell(&samples::first(), &[]).await.unwrap_err());

        assert!(
            begin.elapsed() < Duration::from_secs(3),
            "{:?}",
            begin.elapsed()
        );
    }
}

#[tokio::test]
async fn a_relay_posts_a_thread_as_its_own_and_each_entry_once() {
    let posted = json!({ "id": "mnopqrstuvwx", "url": "https://voisin.example/r/mnopqrstuvwx" });
    let (house, program) = (House::new(), that_answers(201, &posted.to_string()).await);
    let channel = relay(&program, &house);
    let mut announcement = samples::first();
    announcement.entry = announcement.bulletin.keep_off_networks();
    let mut told = vec![channel.tell(&announcement, &[]).await.unwrap()];
    let acts = [
        "updates", "correct", "withdraw", "restore", "end", "correct",
    ];
    for (number, act) in (1..).zip(acts) {
        announcement = further(&announcement, act, number);
        told.push(channel.tell(&announcement, &told).await.unwrap());
    }

    let receipt = Receipt {
        id: "mnopqrstuvwx".into(),
        url: Some("https://voisin.example/r/mnopqrstuvwx".into()),
    };
    assert_eq!(told[0], receipt);
    let first = "POST /api/v1/bulletins";
    let at = |act: &str| format!("{first}/mnopqrstuvwx/{act}");
    let [updates, correct, withdraw, end] = ["updates", "correct", "withdraw", "end"].map(at);
    let expected = [first, &updates, &correct, &withdraw, first, &end, &correct];
    assert_eq!(lines(&program), expected);
    let asked = program.asked();
    for (number, one) in (1..).zip(&asked) {
        assert_eq!(one.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(
            one.header("idempotency-key"),
            format!("abcdefghijkl-{number}")
        );
    }
    let body = asked[0].json();
    // Of the entry and not of the hour: a try that comes late asks for the same.
    let hours = 9 * 24 + 1;
    assert_eq!(
        body,
        json!({
            "site": "usine", "kind": "unplanned", "events": ["flaring"], "nuisances": [], "text": TEXT,
            "language": "fr", "starts_at": null, "ends_at": null, "lifetime_hours": hours, "networks": false,
        })
    );
    assert_eq!(
        asked[1].json(),
        json!({ "text": "Le bruit diminue.", "under_control": true, "networks": true })
    );
    assert_eq!(
        asked[2].json(),
        json!({ "text": "Rectificatif.", "networks": true })
    );
}

#[tokio::test]
async fn what_another_allo_refuses_is_told_in_its_words_without_the_token() {
    let problem = json!({ "detail_en": format!("This bulletin of {TOKEN} has ended.") });
    let (house, program) = (House::new(), that_answers(409, &problem.to_string()).await);

    let refused = relay(&program, &house).tell(&samples::first(), &[]).await;

    let why = never(refused.unwrap_err());
    assert!(
        why.contains("(409): This bulletin of *** has ended."),
        "{why}"
    );
}

#[tokio::test]
async fn a_consumer_of_cap_gets_the_document_as_it_is() {
    let (house, program) = (House::new(), that_answers(202, "").await);
    let (url, token) = (program.url(), place(&house.secret("token", TOKEN)));
    let settings = format!("url = '{url}/cap'\nprivate-network = true\ntoken = {token}");
    let channel = open("cap", &settings, &house.home()).unwrap();

    channel.tell(&samples::first(), &[]).await.unwrap();

    assert_eq!(lines(&program), ["POST /cap"]);
    let asked = program.only();
    assert_eq!(asked.header("content-type"), "application/cap+xml");
    assert_eq!(asked.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(asked.header("idempotency-key"), "abcdefghijkl-1");
    assert_eq!(asked.body, b"<alert>abcdefghijkl</alert>");
}

#[tokio::test]
async fn a_check_tells_nobody_anything_and_says_what_to_change() {
    let house = House::new();
    for (status, said) in [
        (200, None),
        (401, Some("give both sides the same secret")),
        (404, Some("there is nothing at url")),
        (500, Some("answers 500")),
    ] {
        let program = that_answers(status, "{}").await;
        told(webhook(&program, &house, "").check().await, said);
        let body: Value = program.only().json();
        assert_eq!(body["type"], "channel.checked");
    }
    let known = json!({ "detail_en": "There is nothing here." }).to_string();
    for (status, body, said) in [
        (404, known.as_str(), None),
        (404, "<html>", Some("is no Allo")),
        (401, "", Some("does not know the token")),
    ] {
        let program = that_answers(status, body).await;
        told(relay(&program, &house).check().await, said);
        assert_eq!(lines(&program), ["GET /api/v1/bulletins/nobodys"]);
    }
    for (status, said) in [
        (405, None),
        (403, Some("refuses the token")),
        (503, Some("in trouble")),
    ] {
        let program = that_answers(status, "").await;
        let settings = format!("url = '{}'\nprivate-network = true", program.url());
        told(
            open("cap", &settings, &house.home()).unwrap().check().await,
            said,
        );
    }
}

#[test]
fn settings_that_cannot_be_are_refused_by_their_key() {
    for (kind, settings, said) in [
        ("webhook", "secret = { file = 'x' }", "missing field `url`"),
        (
            "webhook",
            "url = 'codis.example'\nsecret = { file = 'x' }",
            "url: ",
        ),
        (
            "webhook",
            "url = 'https://codis.example'",
            "missing field `secret`",
        ),
        (
            "relay",
            "url = 'https://a.example'\nsite = 'a'\ntoken = { file = 'x' }\ncolour = 1",
            "colour",
        ),
    ] {
        let refused = open(kind, settings, &Home::new("test", "/nowhere"))
            .err()
            .unwrap();
        assert!(refused.contains(said), "{kind}: {refused}");
    }
}

fn told(checked: Result<(), String>, said: Option<&str>) {
    match (checked, said) {
        (Ok(()), None) => {}
        (Err(fault), Some(said)) => assert!(fault.contains(said), "{fault}"),
        (checked, said) => panic!("{checked:?}, {said:?}"),
    }
}

/// What the text says: base64 of the HMAC-SHA256 over `id.timestamp.body`.
fn signed(heard: &Asked, secret: &str) -> String {
    let key = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
    let (id, second) = (
        heard.header("webhook-id"),
        heard.header("webhook-timestamp"),
    );
    mac.update(format!("{id}.{second}.").as_bytes());
    mac.update(&heard.body);
    format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
}

fn webhook(program: &Stub, house: &House, more: &str) -> Arc<dyn Channel> {
    let (url, secret) = (program.url(), place(&house.secret("new", NEW)));
    let settings = format!("url = '{url}/allo'\nsecret = {secret}\nprivate-network = true\n{more}");
    open("webhook", &settings, &house.home()).unwrap()
}

fn relay(program: &Stub, house: &House) -> Arc<dyn Channel> {
    let (url, token) = (program.url(), place(&house.secret("token", TOKEN)));
    let settings = format!("url = '{url}/'\nsite = 'usine'\ntoken = {token}");
    open("relay", &settings, &house.home()).unwrap()
}

fn open(kind: &str, settings: &str, home: &Home) -> Result<Arc<dyn Channel>, String> {
    let kind = ChannelKind::find(kind).unwrap();
    kind.open(toml::from_str(settings).unwrap(), home, &samples::tools())
}

/// As a configuration names it.
fn place(secret: &Secret) -> String {
    match secret {
        Secret::File(path) => format!("{{ file = '{}' }}", path.display()),
        other => panic!("{other:?}"),
    }
}

async fn that_answers(status: u16, body: &str) -> Stub {
    let body = body.to_owned();
    Stub::start(move |_| Reply::Answer(status, vec![], body.clone())).await
}

/// What comes after an entry: the thread with one more.
fn further(announcement: &Announcement, act: &str, number: usize) -> Announcement {
    let mut next = announcement.clone();
    let now = at(&format!("2026-11-26T14:00:{number:02}Z"));
    let thread = &mut next.bulletin;
    let entry = match act {
        "updates" => {
            let change = Update {
                text: "Le bruit diminue.".into(),
                under_control: true,
                lifetime: None,
            };
            thread.update(change, &next.territory, "op", now)
        }
        "correct" => thread.correct("Rectificatif.", "op", now),
        "withdraw" => thread.withdraw(None, "op", now),
        "restore" => thread.restore("op", now),
        "end" => thread.end(None, "op", now),
        other => panic!("{other}"),
    };
    next.entry = entry.unwrap();
    next
}

fn lines(program: &Stub) -> Vec<String> {
    let asked = program.asked().into_iter();
    asked
        .map(|one| format!("{} {}", one.method, one.path))
        .collect()
}
