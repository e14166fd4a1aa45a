//! Short messages: the providers' servers, which check signatures, keys and numbers, and count what they send.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use bulletin::Kind;
use jiff::Timestamp;
use notify::Channel;
use notify::sms::{Format, ProviderName, Settings, Sms, Template};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use crate::samples::{self, House, later, never};
use crate::stub::{Asked, Reply, Stub};

pub(crate) const WORDS: &str = "Raffinerie du Méandre (Val-de-Seine), 26/11 à 14 h 32 : Torche visible depuis 14 h 10, sans gene attendue. Prochain point à 16 h. https://allo.example/rouen_metropole/abcdefghijkl";

#[tokio::test]
async fn ovh_gets_one_signed_job_for_all_numbers() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .channel(&house, ovh)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/sms/sms-ab12345-1/jobs")
    );
    assert_eq!(
        asked.json(),
        json!({
            "receivers": ["+33612345678", "+33698765432"],
            "message": WORDS,
            "charset": "UTF-8",
            "coding": "7bit",
            "noStopClause": true,
            "priority": "high",
            "tag": "abcdefghijkl-1",
            "sender": "ALLO ROUEN",
        })
    );
    assert_eq!(receipt.id, "27814656");
}

#[tokio::test]
async fn ovh_answers_by_a_short_number_where_no_sender_is_agreed() {
    let (house, server) = (House::new(), Server::start().await);
    let settings = Settings {
        sender: None,
        ..ovh(&house, &server.stub.url())
    };

    settings
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let body = server.stub.only().json();
    assert_eq!(
        (&body["senderForResponse"], body.get("sender")),
        (&json!(true), None)
    );
}

#[tokio::test]
async fn letters_that_telephones_lack_are_sent_in_the_wide_alphabet_and_cut_sooner() {
    let (house, server) = (House::new(), Server::start().await);
    let told = samples::of(Kind::Unplanned, &"Odeur à 工場, fumée visible. ".repeat(10));

    server.channel(&house, ovh).tell(&told, &[]).await.unwrap();

    let body = server.stub.only().json();
    assert_eq!(body["coding"], "8bit");
    let length = body["message"].as_str().unwrap().encode_utf16().count();
    assert!((100..=134).contains(&length), "two parts of 67: {length}");
}

#[tokio::test]
async fn a_job_of_ovh_that_reaches_nobody_is_refused_without_the_numbers_in_the_words() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().bad = vec!["33612345678".to_owned(), "33698765432".to_owned()];

    let why = never(
        server
            .channel(&house, ovh)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );

    assert_eq!(
        why,
        "OVHcloud took nothing: none of 2 numbers can be reached"
    );
}

#[tokio::test]
async fn brevo_gets_a_request_for_each_number() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .channel(&house, brevo)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    assert_eq!(asked.len(), 2);
    for (asked, number) in asked.iter().zip(["33612345678", "33698765432"]) {
        assert_eq!(
            (asked.method.as_str(), asked.path.as_str()),
            ("POST", "/v3/transactionalSMS/send")
        );
        assert_eq!(asked.header("api-key"), "brevo-key");
        let body = json!({
            "type": "transactional",
            "sender": "ALLO ROUEN",
            "recipient": number,
            "content": WORDS,
            "unicodeEnabled": false,
            "tag": asked.json()["tag"],
        });
        assert_eq!(asked.json(), body);
    }
    assert_eq!(asked[0].json()["tag"], "abcdefghijkl-1");
    assert_eq!(receipt.id, "1511882900176220");
}

#[tokio::test]
async fn a_second_try_spares_those_who_were_told() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().trouble_for = Some("33698765432".to_owned());
    let channel = server.channel(&house, brevo);

    let (why, _) = later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    assert!(!why.contains("98765432"), "{why}");
    server.state.lock().unwrap().trouble_for = None;
    channel.tell(&samples::first(), &[]).await.unwrap();

    let sent = server.state.lock().unwrap().sent.clone();
    assert_eq!(sent, ["33612345678", "33698765432"]);

    // Another entry is for all of them.
    channel
        .tell(&samples::update(&samples::first()), &[])
        .await
        .unwrap();
    assert_eq!(server.state.lock().unwrap().sent.len(), 4);
}

#[tokio::test]
async fn one_number_that_is_refused_keeps_nobody_else_from_being_told() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().bad = vec!["33612345678".to_owned()];

    server
        .channel(&house, brevo)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    assert_eq!(server.state.lock().unwrap().sent, ["33698765432"]);
    server
        .state
        .lock()
        .unwrap()
        .bad
        .push("33698765432".to_owned());
    let why = never(
        server
            .channel(&house, brevo)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );
    assert!(
        why.contains("Invalid telephone number a number (invalid_parameter)"),
        "{why}"
    );
}

#[tokio::test]
async fn octopush_gets_all_contacts_at_once_and_a_name_for_the_request() {
    let (house, server) = (House::new(), Server::start().await);

    let receipt = server
        .channel(&house, octopush)
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.only();
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str()),
        ("POST", "/v1/public/sms-campaign/send")
    );
    assert_eq!(
        (asked.header("api-login"), asked.header("api-key")),
        ("astreinte@example.org", "octo-key")
    );
    assert_eq!(
        asked.json(),
        json!({
            "recipients": [{ "phone_number": "+33612345678" }, { "phone_number": "+33698765432" }],
            "text": WORDS,
            "type": "sms_premium",
            "purpose": "alert",
            "request_id": "abcdefghijkl-1",
            "auto_optimize_text": true,
            "sender": "ALLO ROUEN",
        })
    );
    assert_eq!(receipt.id, "sms_5f6c4ba715694");
}

#[tokio::test]
async fn octopush_knows_a_second_try_by_the_name_of_its_request() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().lose_next = true;
    let channel = server.channel(&house, octopush);

    later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    channel.tell(&samples::first(), &[]).await.unwrap();

    assert_eq!(
        server.state.lock().unwrap().sent.len(),
        2,
        "each number once"
    );
}

#[tokio::test]
async fn octopush_has_sent_nothing_where_it_complains_of_the_name_of_the_request() {
    let (house, server) = (House::new(), Server::start().await);
    server.state.lock().unwrap().refuse_request_id = true;

    let failure = server
        .channel(&house, octopush)
        .tell(&samples::first(), &[])
        .await;

    let why = never(failure.unwrap_err());
    assert!(why.contains("request_id is too long"), "{why}");
    assert!(server.state.lock().unwrap().sent.is_empty());
}

#[tokio::test]
async fn a_gateway_gets_json_as_its_description_says() {
    let (house, server) = (House::new(), Server::start().await);
    let settings = |url: &str| {
        gateway(
            &house,
            url,
            Format::Json,
            json!({
                "from": "{sender}", "messages": [{ "to": "{to}", "text": "{text}", "ref": "{id}" }], "urgent": true, "ttl": 60,
            }),
        )
    };

    settings(&format!("{}/gate/send", server.stub.url()))
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let asked = server.stub.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].path, "/gate/send");
    assert_eq!(asked[0].header("authorization"), "Token gate-key");
    assert_eq!(
        asked[1].json(),
        json!({
            "from": "ALLO ROUEN",
            "messages": [{ "to": "+33698765432", "text": WORDS, "ref": "abcdefghijkl-1-1" }],
            "urgent": true,
            "ttl": 60,
        })
    );
}

#[tokio::test]
async fn a_gateway_gets_all_numbers_in_one_request_where_it_takes_them() {
    let (house, server) = (House::new(), Server::start().await);
    let body = json!({ "to": "{recipients}", "text": "{text}" });
    let settings = gateway(
        &house,
        &format!("{}/gate/send", server.stub.url()),
        Format::Json,
        body,
    );

    settings
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    assert_eq!(
        server.stub.only().json()["to"],
        json!(["+33612345678", "+33698765432"])
    );
}

#[tokio::test]
async fn a_gateway_gets_a_form_as_its_description_says() {
    let (house, server) = (House::new(), Server::start().await);
    let body = json!({ "username": "allo", "password": "{secret}", "to": "{digits}", "msg": "{text}", "coding": 0 });
    let settings = gateway(
        &house,
        &format!("{}/gate/send", server.stub.url()),
        Format::Form,
        body,
    );

    settings
        .open(&house.home())
        .unwrap()
        .tell(&samples::first(), &[])
        .await
        .unwrap();

    let form = server.stub.asked()[0].form();
    let fields: BTreeMap<_, _> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("username", "allo"),
        ("password", "gate-key"),
        ("to", "33612345678"),
        ("msg", WORDS),
        ("coding", "0"),
    ];
    assert_eq!(fields, BTreeMap::from(expected));
}

#[tokio::test]
async fn a_used_up_limit_and_missing_credit_are_told_apart() {
    let (house, server) = (House::new(), Server::start().await);
    server.answer(429, Some(("x-sib-ratelimit-reset", "30")));
    let (_, after) = later(
        server
            .channel(&house, brevo)
            .tell(&samples::first(), &[])
            .await
            .unwrap_err(),
    );
    assert_eq!(after, Some(30));

    server.answer(402, None);
    for settings in [ovh, brevo, octopush] {
        let why = never(
            server
                .channel(&house, settings)
                .tell(&samples::first(), &[])
                .await
                .unwrap_err(),
        );
        assert!(
            why.ends_with("wants credit: buy messages, then tell again"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn a_provider_in_trouble_or_silent_is_tried_again() {
    let (house, server) = (House::new(), Server::start().await);
    for status in [500, 502, 503, 504] {
        server.answer(status, None);
        for settings in [ovh, brevo, octopush] {
            later(
                server
                    .channel(&house, settings)
                    .tell(&samples::first(), &[])
                    .await
                    .unwrap_err(),
            );
        }
    }
    let silent = Stub::start(|_| Reply::Hang).await;
    for settings in [ovh, brevo, octopush] {
        let channel = settings(&house, &silent.url())
            .open(&house.hasty())
            .unwrap();
        later(channel.tell(&samples::first(), &[]).await.unwrap_err());
    }
}

#[tokio::test]
async fn the_check_says_what_to_change_in_one_sentence_and_sends_nothing() {
    let (house, server) = (House::new(), Server::start().await);
    let url = server.stub.url();
    let check = async |settings: &Settings| settings.open(&house.home()).unwrap().check().await;
    for settings in [
        ovh(&house, &url),
        brevo(&house, &url),
        octopush(&house, &url),
    ] {
        assert_eq!(check(&settings).await, Ok(()), "{:?}", settings.provider);
    }
    assert!(server.state.lock().unwrap().sent.is_empty());

    let all: [(Described, _, _); 4] = [
        (ovh, "ovh-consumer", "This credential is not valid"),
        (ovh, "ovh-secret", "Invalid signature"),
        (brevo, "key-brevo", "Key not found"),
        (octopush, "key-octopush", "Wrong credentials"),
    ];
    for (settings, name, said) in all {
        let settings = settings(&house, &url);
        house.secret(name, "wrong-key");
        let why = check(&settings).await.unwrap_err();
        assert!(
            why.contains(said) && why.ends_with("look at the keys and at what they allow"),
            "{why}"
        );
        assert!(!why.contains("wrong-key"), "{why}");
    }
    std::fs::remove_file(house.folder.path().join("key-brevo")).unwrap();
    let gone = Settings {
        key: Some(notify::Secret::File(house.folder.path().join("key-brevo"))),
        ..octopush(&house, &url)
    };
    assert!(
        check(&gone)
            .await
            .unwrap_err()
            .contains("cannot read the secret")
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let house = House::new();
    let open = |settings: Settings| settings.open(&house.home()).map(|_| ()).unwrap_err();
    let (o, b) = (
        ovh(&house, "https://eu.api.ovh.com/1.0"),
        brevo(&house, "https://api.brevo.com"),
    );
    let of = |body: Value| gateway(&house, "https://gate.example/send", Format::Form, body);
    let good = json!({ "to": "{to}", "text": "{text}" });
    for (settings, said) in [
        (
            Settings {
                to: vec![],
                ..b.clone()
            },
            "to is empty",
        ),
        (
            Settings {
                to: vec!["0612".to_owned()],
                ..b.clone()
            },
            "which is no number",
        ),
        (
            Settings {
                to: (0..41).map(|n| format!("+336123456{n:02}")).collect(),
                ..b.clone()
            },
            "takes them one by one",
        ),
        (
            Settings {
                sender: Some("Métropole de Rouen".to_owned()),
                ..b.clone()
            },
            "3 to 11 letters",
        ),
        (
            Settings {
                sender: None,
                ..b.clone()
            },
            "Brevo wants sender",
        ),
        (
            Settings {
                key: None,
                ..b.clone()
            },
            "this provider wants key",
        ),
        (
            Settings {
                parts: 0,
                ..b.clone()
            },
            "parts is 0",
        ),
        (
            Settings {
                server: Some("http://api.brevo.com".to_owned()),
                ..b
            },
            "write https://",
        ),
        (
            Settings {
                account: Some("ab12345".to_owned()),
                ..o.clone()
            },
            "such as sms-ab12345-1",
        ),
        (
            Settings {
                consumer_key: None,
                ..o
            },
            "this provider wants consumer-key",
        ),
        (
            Settings {
                account: None,
                ..octopush(&house, "https://api.octopush.com")
            },
            "Octopush wants account",
        ),
        (
            Settings {
                server: None,
                ..of(good.clone())
            },
            "a gateway wants server",
        ),
        (
            Settings {
                request: None,
                ..of(good.clone())
            },
            "a gateway wants request",
        ),
        (
            Settings {
                key: None,
                ..of(good.clone())
            },
            "say where it is with key",
        ),
        (of(json!({ "to": "{to}" })), "needs {text}"),
        (
            of(json!({ "text": "{text}" })),
            "{to}, {digits} or {recipients}",
        ),
        (
            of(json!({ "to": ["{to}"], "text": "{text}" })),
            "a form has fields of one level",
        ),
        (of(json!("{to} {text}")), "no table of fields"),
    ] {
        let why = open(settings);
        assert!(why.contains(said), "{said}: {why}");
    }
}

pub(crate) fn base(house: &House, url: &str, provider: ProviderName) -> Settings {
    Settings {
        provider,
        to: vec![
            "06 12 34 56 78".to_owned(),
            "+33698765432".to_owned(),
            "0033612345678".to_owned(),
        ],
        sender: Some("ALLO ROUEN".to_owned()),
        parts: 2,
        server: Some(url.to_owned()),
        key: Some(house.secret("key", "gate-key")),
        account: None,
        application_key: None,
        application_secret: None,
        consumer_key: None,
        request: None,
        authorities: None,
    }
}

fn ovh(house: &House, url: &str) -> Settings {
    Settings {
        account: Some("sms-ab12345-1".to_owned()),
        application_key: Some(house.secret("ovh-key", "ovh-app")),
        application_secret: Some(house.secret("ovh-secret", "ovh-sec")),
        consumer_key: Some(house.secret("ovh-consumer", "ovh-con")),
        ..base(house, url, ProviderName::Ovh)
    }
}

fn brevo(house: &House, url: &str) -> Settings {
    Settings {
        key: Some(house.secret("key-brevo", "brevo-key")),
        ..base(house, url, ProviderName::Brevo)
    }
}

fn octopush(house: &House, url: &str) -> Settings {
    Settings {
        key: Some(house.secret("key-octopush", "octo-key")),
        account: Some("astreinte@example.org".to_owned()),
        ..base(house, url, ProviderName::Octopush)
    }
}

fn gateway(house: &House, url: &str, format: Format, body: Value) -> Settings {
    let headers = [("authorization".to_owned(), "Token {secret}".to_owned())];
    Settings {
        request: Some(Template {
            format,
            headers: headers.into(),
            body,
        }),
        ..base(house, url, ProviderName::Gateway)
    }
}

/// The settings of a provider at an address.
type Described = fn(&House, &str) -> Settings;

struct Server {
    stub: Stub,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    origin: String,
    /// Numbers as they were served, without `+`.
    sent: Vec<String>,
    /// Numbers that do not exist.
    bad: Vec<String>,
    trouble_for: Option<String>,
    request_ids: HashSet<String>,
    refuse_request_id: bool,
    lose_next: bool,
    answer: Option<(u16, Option<(&'static str, &'static str)>)>,
}

impl Server {
    async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let own = Arc::clone(&state);
        let stub = Stub::start(move |asked| own.lock().unwrap().answer(asked)).await;
        state.lock().unwrap().origin = stub.url();
        Self { stub, state }
    }

    fn channel(&self, house: &House, settings: Described) -> Sms {
        settings(house, &self.stub.url())
            .open(&house.home())
            .unwrap()
    }

    fn answer(&self, status: u16, header: Option<(&'static str, &'static str)>) {
        self.state.lock().unwrap().answer = Some((status, header));
    }
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Reply {
        if let Some((status, header)) = self.answer {
            let body = json!({ "message": "not now", "code": "any" });
            let reply = Reply::json(status, &body);
            return match header {
                Some((name, value)) => reply.with(name, value),
                None => reply,
            };
        }
        match asked.path.split('?').next().unwrap() {
            "/sms/sms-ab12345-1/jobs" => self.ovh(asked),
            "/v3/transactionalSMS/send" | "/v3/account" => self.brevo(asked),
            "/v1/public/sms-campaign/send" | "/v1/public/wallet/check-balance" => {
                self.octopush(asked)
            }
            "/gate/send" => Reply::Answer(202, vec![], "queued".to_owned()),
            _ => Reply::Answer(404, vec![], String::new()),
        }
    }

    fn ovh(&mut self, asked: &Asked) -> Reply {
        let stamp = asked.header("x-ovh-timestamp");
        let body = String::from_utf8(asked.body.clone()).unwrap();
        let address = format!("{}{}", self.origin, asked.path);
        let signed = format!("ovh-sec+ovh-con+{}+{address}+{body}+{stamp}", asked.method);
        let hash: String = Sha1::digest(signed.as_bytes())
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let age = Timestamp::now().as_second() - stamp.parse::<i64>().unwrap();
        if asked.header("x-ovh-application") != "ovh-app"
            || asked.header("x-ovh-consumer") != "ovh-con"
        {
            let message = "This credential is not valid";
            return Reply::json(
                403,
                &json!({ "errorCode": "INVALID_CREDENTIAL", "httpCode": "403 Forbidden", "message": message }),
            );
        }
        if asked.header("x-ovh-signature") != format!("$1${hash}") || age.abs() > 30 {
            return Reply::json(
                403,
                &json!({ "httpCode": "403 Forbidden", "message": "Invalid signature" }),
            );
        }
        if asked.method == "GET" {
            return Reply::json(200, &json!([]));
        }
        let receivers = asked.json()["receivers"].clone();
        let all = receivers
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().trim_start_matches('+').to_owned());
        let (bad, good): (Vec<_>, Vec<_>) = all.partition(|number| self.bad.contains(number));
        let ids: Vec<_> = (27_814_656..).take(good.len()).collect();
        self.sent.extend(good.iter().cloned());
        let body = json!({ "totalCreditsRemoved": good.len(), "invalidReceivers": bad, "ids": ids, "validReceivers": good });
        Reply::json(200, &body)
    }

    fn brevo(&mut self, asked: &Asked) -> Reply {
        if asked.header("api-key") != "brevo-key" {
            return Reply::json(
                401,
                &json!({ "message": "Key not found", "code": "unauthorized" }),
            );
        }
        if asked.method == "GET" {
            return Reply::json(
                200,
                &json!({ "email": "astreinte@example.org", "plan": [] }),
            );
        }
        let number = asked.json()["recipient"].as_str().unwrap().to_owned();
        if self.bad.contains(&number) {
            let message = format!("Invalid telephone number {number}");
            return Reply::json(
                400,
                &json!({ "code": "invalid_parameter", "message": message }),
            );
        }
        if self.trouble_for.as_ref() == Some(&number) {
            return Reply::json(
                500,
                &json!({ "code": "internal", "message": format!("no route to +{number}") }),
            );
        }
        self.sent.push(number);
        let body = json!({ "reference": "ab1cde2fgh3i4jklmno", "messageId": 1_511_882_900_176_220_u64, "smsCount": 2, "usedCredits": 0.7, "remainingCredits": 82.85 });
        Reply::json(201, &body)
    }

    fn octopush(&mut self, asked: &Asked) -> Reply {
        if asked.header("api-key") != "octo-key"
            || asked.header("api-login") != "astreinte@example.org"
        {
            return Reply::json(403, &json!({ "code": 101, "message": "Wrong credentials" }));
        }
        if asked.method == "GET" {
            return Reply::json(200, &json!({ "amount": 12.5, "unit": "€" }));
        }
        if self.refuse_request_id {
            let message = "The request_id is too long.";
            return Reply::json(400, &json!({ "code": 100, "message": message }));
        }
        let body = asked.json();
        if !self
            .request_ids
            .insert(body["request_id"].as_str().unwrap().to_owned())
        {
            let message = "A SMS with the same request_id has already been sent.";
            return Reply::json(400, &json!({ "code": 120, "message": message }));
        }
        let contacts = body["recipients"].as_array().unwrap();
        let numbers = contacts
            .iter()
            .map(|contact| contact["phone_number"].as_str().unwrap().to_owned());
        self.sent.extend(numbers);
        match std::mem::take(&mut self.lose_next) {
            true => Reply::Cut,
            false => Reply::json(
                201,
                &json!({ "sms_ticket": "sms_5f6c4ba715694", "number_of_contacts": 2, "total_cost": 0.124 }),
            ),
        }
    }
}
