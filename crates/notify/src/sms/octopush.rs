//! Octopush.
//!
//! Source: Octopush's gateway documentation, "Send SMS" (`POST /v1/public/sms-campaign/send`, up to 500 contacts,
//! `request_id` known for 24 h) and its client's examples (`sms_ticket`, `wallet/check-balance`); "return codes" (120, a
//! request that was sent already).

use serde::Deserialize;
use serde_json::json;

use super::{Order, Provider, Settings, Taken};
use crate::wording::is_plain_sms;
use crate::{Answer, Endpoint, Request, Secret, SecretText};

pub(super) const SERVER: &str = "https://api.octopush.com";

/// An account of Octopush.
#[derive(Debug)]
pub(super) struct Octopush {
    server: Endpoint,
    login: String,
    key: Secret,
}

impl Octopush {
    pub(super) fn new(settings: &Settings, server: Endpoint) -> Result<Self, String> {
        let login = settings.account.clone().filter(|login| login.contains('@'));
        let login = login.ok_or("Octopush wants account, the e-mail address that signs in")?;
        let key = settings.needed(&settings.key, "key, the API key of the account")?;
        Ok(Self { server, login, key })
    }

    fn keyed(&self, request: Request, secrets: &[SecretText]) -> Request {
        let key = secrets.first().map_or("", SecretText::expose);
        request
            .header("api-login", &self.login)
            .header("api-key", key)
    }
}

impl Provider for Octopush {
    fn name(&self) -> &'static str {
        "Octopush"
    }

    fn at_once(&self) -> usize {
        500
    }

    fn secrets(
        &self,
        read: fn(&Secret) -> Result<SecretText, String>,
    ) -> Result<Vec<SecretText>, String> {
        Ok(vec![read(&self.key)?])
    }

    fn request(&self, order: &Order<'_>, secrets: &[SecretText]) -> Request {
        let recipients: Vec<_> = order
            .to
            .iter()
            .map(|number| json!({ "phone_number": number }))
            .collect();
        let mut body = json!({
            "recipients": recipients,
            "text": order.text,
            "type": "sms_premium",
            "purpose": "alert",
            "request_id": order.id,
            // Letters that the small alphabet lacks are kept where we kept them on purpose.
            "auto_optimize_text": is_plain_sms(order.text),
        });
        if let Some(sender) = order.sender {
            body["sender"] = json!(sender);
        }
        let request = Request::post(self.server.join("/v1/public/sms-campaign/send"));
        self.keyed(request, secrets).json(&body)
    }

    fn taken(&self, answer: &Answer) -> Taken {
        #[derive(Deserialize)]
        struct Sent {
            sms_ticket: String,
        }
        let sent: Option<Sent> = answer.json();
        if let Some(sent) = sent.filter(|_| answer.is_success()) {
            return Taken::Yes(sent.sms_ticket);
        }
        let refused: Option<Refused> = answer.json();
        match refused {
            Some(refused) if refused.code == Some(KNOWN) => Taken::Yes(String::new()),
            Some(refused) => Taken::No(refused.message),
            None => Taken::No(answer.said()),
        }
    }

    fn probe(&self, secrets: &[SecretText]) -> Option<Request> {
        let path = "/v1/public/wallet/check-balance?product_name=sms_premium&with_details=0";
        Some(self.keyed(Request::get(self.server.join(path)), secrets))
    }
}

#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
    message: String,
}

/// The return code of a request that was sent already.
const KNOWN: u32 = 120;
