//! Servers that answer what nobody has documented: a channel says so, and neither falls nor believes it.

use notify::{Channel, Failure, bluesky, mastodon, sms, x};
use serde_json::{Value, json};

use crate::samples::{self, House};
use crate::stub::{Reply, Stub};

const BODIES: [&str; 9] = [
    "",
    "null",
    "[]",
    "{}",
    "{\"id\":5,\"data\":{\"id\":{}}}",
    "{\"data\":[],\"uri\":1,\"did\":null,\"access_token\":true}",
    "<html>maintenance</html>",
    "\u{fffd}\u{202e}\r\nX-Other: 1",
    "{\"error\":\"a\\nb\",\"message\":\"\\u0000\"}",
];

#[tokio::test]
async fn nonsense_is_told_as_a_failure_on_one_line() {
    for status in [200, 201, 202, 204, 301, 400, 401, 403, 418, 500, 599] {
        for body in BODIES {
            let stub = Stub::start(move |_| Reply::Answer(status, vec![], body.to_owned())).await;
            let house = House::new();
            for (name, channel) in channels(&house, &stub.url()) {
                let told = channel.tell(&samples::first(), &[]).await;
                let (Failure::Later { why, .. } | Failure::Never { why }) =
                    told.expect_err(&format!("{name} believed {status} {body:?}"));
                assert!(!why.contains(['\n', '\r', '\0']), "{name}: {why:?}");
                assert!(!why.contains("hunter2"), "{name}: {why}");
                if status != 200 {
                    // Some checks have nothing to look at but that the answer is a good one.
                    let _ = channel.check().await;
                }
            }
        }
    }
}

/// Those whose answers say more than that they came.
fn channels(house: &House, url: &str) -> Vec<(&'static str, Box<dyn Channel>)> {
    let secret = house.secret("secret", "hunter2");
    let place = serde_json::to_value(&secret).unwrap();
    let home = house.home();
    let mastodon: mastodon::Settings =
        serde_json::from_value(json!({ "server": url, "token": place })).unwrap();
    let bluesky: bluesky::Settings = serde_json::from_value(
        json!({ "server": url, "handle": "a.example", "app-password": place }),
    )
    .unwrap();
    let signed: x::Settings = serde_json::from_value(json!({
        "server": url, "api-key": place, "api-key-secret": place,
        "access-token": place, "access-token-secret": place,
    }))
    .unwrap();
    let renewed: x::Settings =
        serde_json::from_value(json!({ "server": url, "client-id": "c", "refresh-token": place }))
            .unwrap();
    let to_one = |provider: &str, more: Value| {
        let mut settings = json!({ "server": url, "provider": provider, "to": ["+33612345678"], "sender": "ALLO", "key": place });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let settings: sms::Settings = serde_json::from_value(settings).unwrap();
        Box::new(settings.open(&home).unwrap()) as Box<dyn Channel>
    };
    vec![
        ("mastodon", Box::new(mastodon.open(&home).unwrap())),
        ("bluesky", Box::new(bluesky.open(&home).unwrap())),
        ("x by OAuth 1.0a", Box::new(signed.open(&home).unwrap())),
        ("x by OAuth 2.0", Box::new(renewed.open(&home).unwrap())),
        ("brevo", to_one("brevo", json!({}))),
        (
            "octopush",
            to_one("octopush", json!({ "account": "a@b.example" })),
        ),
        (
            "ovh",
            to_one(
                "ovh",
                json!({ "account": "sms-a-1", "application-key": place, "application-secret": place, "consumer-key": place }),
            ),
        ),
    ]
}
