//! Brevo.
//!
//! Source: Brevo's reference, "Send SMS message to a mobile number" (`POST /v3/transactionalSMS/send`, answer 201 with
//! `messageId`), errors with `code` and `message`, 402 without credit; `x-sib-ratelimit-reset`.

use serde::Deserialize;
use serde_json::json;

use super::{Order, Provider, Settings, Taken};
use crate::wording::is_plain_sms;
use crate::{Answer, Endpoint, Request, Secret, SecretText};

pub(super) const SERVER: &str = "https://api.brevo.com";

/// An account of Brevo.
#[derive(Debug)]
pub(super) struct Brevo {
    server: Endpoint,
    key: Secret,
}

impl Brevo {
    pub(super) fn new(settings: &Settings, server: Endpoint) -> Result<Self, String> {
        if settings.sender.is_none() {
            return Err("Brevo wants sender, the name that telephones show".to_owned());
        }
        let key = settings.needed(&settings.key, "key, the API key of the account")?;
        Ok(Self { server, key })
    }
}

impl Provider for Brevo {
    fn name(&self) -> &'static str {
        "Brevo"
    }

    fn at_once(&self) -> usize {
        1
    }

    fn secrets(
        &self,
        read: fn(&Secret) -> Result<SecretText, String>,
    ) -> Result<Vec<SecretText>, String> {
        Ok(vec![read(&self.key)?])
    }

    fn request(&self, order: &Order<'_>, secrets: &[SecretText]) -> Request {
        let recipient = order.to.first().map_or("", String::as_str);
        let body = json!({
            "type": "transactional",
            "sender": order.sender,
            "recipient": recipient.trim_start_matches('+'),
            "content": order.text,
            "unicodeEnabled": !is_plain_sms(order.text),
            "tag": order.id,
        });
        keyed(
            Request::post(self.server.join("/v3/transactionalSMS/send")),
            secrets,
        )
        .json(&body)
    }

    fn taken(&self, answer: &Answer) -> Taken {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Sent {
            message_id: u64,
        }
        let sent: Option<Sent> = answer.json();
        match sent.filter(|_| answer.is_success()) {
            Some(sent) => Taken::Yes(sent.message_id.to_string()),
            None => Taken::No(said(answer)),
        }
    }

    fn probe(&self, secrets: &[SecretText]) -> Option<Request> {
        Some(keyed(
            Request::get(self.server.join("/v3/account")),
            secrets,
        ))
    }
}

fn keyed(request: Request, secrets: &[SecretText]) -> Request {
    let key = secrets.first().map_or("", SecretText::expose);
    request
        .header("accept", "application/json")
        .header("api-key", key)
}

fn said(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Refused {
        code: String,
        message: String,
    }
    let refused: Option<Refused> = answer.json();
    refused.map_or_else(
        || answer.said(),
        |it| format!("{} ({})", it.message, it.code),
    )
}
