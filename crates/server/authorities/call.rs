//! Tells the program of a contact: what a webhook of the configuration is told, and where to acknowledge it.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use bulletin::WebhookAddress;
use jiff::Timestamp;
use notify::webhook::{SigningKey, payload, signature};
use notify::{Announcement, Endpoint, Failure, Http, Request, SecretText, Sender};
use serde_json::{Value, json};
use store::{ClaimedDispatch, KeptContact};
use web::AuthorityLetter;

use super::tell::key;
use super::{Authorities, Done};

impl Authorities {
    pub(super) async fn call(
        &self,
        to: &WebhookAddress,
        claimed: &ClaimedDispatch,
        kept: &KeptContact,
        told: &AuthorityLetter<'_>,
    ) -> Result<Done, Failure> {
        let never = |why: String| Failure::Never { why };
        let endpoint = Endpoint::parse(to.as_str()).map_err(never)?;
        let http = Http::new(&[&endpoint], self.reach, None, PATIENCE).map_err(never)?;
        let secret = Base64::encode_string(&kept.webhook_key);
        let signing = SigningKey::parse(&SecretText::new(secret)).map_err(never)?;
        let (id, second) = (key(claimed, claimed.entry), told.now.as_second());
        let body = body(told).to_string().into_bytes();
        let request = Request::post(to.as_str().to_owned())
            .header("webhook-id", &id)
            .header("webhook-timestamp", &second.to_string())
            .header(
                "webhook-signature",
                &signature(&[signing], &id, second, &body),
            )
            .content("application/json", body);
        let answer = http.send(request).await?;
        if answer.is_success() {
            return Ok(Done::Told);
        }
        // The text of Standard Webhooks gives up at 410 only.
        match answer.failure(endpoint.host(), &answer.said()) {
            Failure::Never { why } if answer.status != 410 => Err(Failure::Later {
                why,
                after: answer.wait(Timestamp::now()),
            }),
            failure => Err(failure),
        }
    }
}

fn body(told: &AuthorityLetter<'_>) -> Value {
    let it = told.bulletin;
    let instant = |at: Timestamp| at.to_string();
    let number = told.territory.numbers.first();
    let mut body = payload(&Announcement {
        bulletin: it.clone(),
        entry: it.current().clone(),
        site: told.site.clone(),
        territory: told.territory.clone(),
        sender: Sender {
            public_url: told.public_url.to_owned(),
            number: number.map(|number| number.as_printed()),
        },
        sound: None,
    });
    let thread = it.entries.iter().map(|entry| {
        json!({
            "entry": entry.number,
            "kind": entry.kind.as_str(),
            "text": entry.text,
            "at": instant(entry.at),
        })
    });
    let acknowledge = (!told.acknowledge.is_empty()).then_some(&told.acknowledge);
    let data = &mut body["data"];
    data["state"] = json!(it.state(told.now).as_str());
    data["thread"] = thread.collect();
    data["contact"] = json!({ "name": told.contact.name, "rank": told.rank.as_str() });
    data["acknowledge_url"] = json!(acknowledge);
    data["acknowledge_until"] = json!(told.due_at.map(instant));
    body
}

/// For one whole exchange, from the name to the last octet of the answer.
const PATIENCE: Duration = Duration::from_secs(20);
