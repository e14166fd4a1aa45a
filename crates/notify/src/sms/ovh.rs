//! OVHcloud.
//!
//! Source: OVHcloud's guides "First steps with the API" (signature, and its example) and "API SMS cookbook"
//! (`POST /sms/{serviceName}/jobs`); the API console for the answer (`ids`, `invalidReceivers`) and for errors (`message`).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sha1::{Digest, Sha1};

use super::{Order, Provider, Settings, Taken};
use crate::wording::is_plain_sms;
use crate::{Answer, Endpoint, Request, Secret, SecretText};

pub(super) const SERVER: &str = "https://eu.api.ovh.com/1.0";

/// An SMS service of OVHcloud.
#[derive(Debug)]
pub(super) struct Ovh {
    server: Endpoint,
    account: String,
    /// Application key, application secret, consumer key.
    secrets: [Secret; 3],
}

impl Ovh {
    pub(super) fn new(settings: &Settings, server: Endpoint) -> Result<Self, String> {
        let account = settings.account.clone().unwrap_or_default();
        let good = account.starts_with("sms-")
            && account
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !good {
            return Err(format!(
                "account is {account:?}; OVHcloud names it in its list of SMS services, such as sms-ab12345-1"
            ));
        }
        Ok(Self {
            server,
            account,
            secrets: [
                settings.needed(&settings.application_key, "application-key")?,
                settings.needed(&settings.application_secret, "application-secret")?,
                settings.needed(&settings.consumer_key, "consumer-key")?,
            ],
        })
    }

    fn signed(&self, request: Request, secrets: &[SecretText], body: &str) -> Request {
        let [application, secret, consumer] = secrets else {
            return request;
        };
        let now = Timestamp::now().as_second().to_string();
        let signature = signature(
            secret,
            consumer,
            request.method(),
            request.address(),
            body,
            &now,
        );
        request
            .header("x-ovh-application", application.expose())
            .header("x-ovh-consumer", consumer.expose())
            .header("x-ovh-timestamp", &now)
            .header("x-ovh-signature", &signature)
    }
}

impl Provider for Ovh {
    fn name(&self) -> &'static str {
        "OVHcloud"
    }

    fn at_once(&self) -> usize {
        500
    }

    fn secrets(
        &self,
        read: fn(&Secret) -> Result<SecretText, String>,
    ) -> Result<Vec<SecretText>, String> {
        self.secrets.iter().map(read).collect()
    }

    fn request(&self, order: &Order<'_>, secrets: &[SecretText]) -> Request {
        let mut body = json!({
            "receivers": order.to,
            "message": order.text,
            "charset": "UTF-8",
            "coding": if is_plain_sms(order.text) { "7bit" } else { "8bit" },
            "noStopClause": true,
            "priority": "high",
            "tag": order.id,
        });
        match order.sender {
            Some(sender) => body["sender"] = json!(sender),
            None => body["senderForResponse"] = json!(true),
        }
        let request = Request::post(self.server.join(&format!("/sms/{}/jobs", self.account)));
        self.signed(request.json(&body), secrets, &body.to_string())
    }

    fn taken(&self, answer: &Answer) -> Taken {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Report {
            ids: Vec<u64>,
            #[serde(default)]
            invalid_receivers: Vec<String>,
        }
        let report: Option<Report> = answer.json();
        match report.filter(|_| answer.is_success()) {
            Some(Report { ids, .. }) if !ids.is_empty() => {
                let first = ids.first().map(u64::to_string);
                Taken::Yes(first.unwrap_or_default())
            }
            Some(Report {
                invalid_receivers, ..
            }) => Taken::No(format!(
                "none of {} numbers can be reached",
                invalid_receivers.len()
            )),
            None => Taken::No(said(answer)),
        }
    }

    fn probe(&self, secrets: &[SecretText]) -> Option<Request> {
        let request = Request::get(self.server.join(&format!("/sms/{}/jobs", self.account)));
        Some(self.signed(request, secrets, ""))
    }
}

fn said(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Refused {
        message: String,
    }
    let refused: Option<Refused> = answer.json();
    refused.map_or_else(|| answer.said(), |refused| refused.message)
}

/// `$1$` and the SHA-1 of secret, consumer key, method, address, body and seconds, with `+` between them.
fn signature(
    secret: &SecretText,
    consumer: &SecretText,
    method: &str,
    address: &str,
    body: &str,
    timestamp: &str,
) -> String {
    let signed = [
        secret.expose(),
        consumer.expose(),
        method,
        address,
        body,
        timestamp,
    ]
    .join("+");
    let hash = Sha1::digest(signed.as_bytes());
    let hash: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("$1${hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_ovhs_guide_gets_its_signature() {
        // "First steps with the API", request for the list of domains.
        let secret = SecretText::new("EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF".to_owned());
        let consumer = SecretText::new("MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1".to_owned());
        let address = "https://eu.api.ovh.com/1.0/domains/";
        assert_eq!(
            signature(&secret, &consumer, "GET", address, "", "1366560945"),
            "$1$d3705e8afb27a0d2970a322b96550abfc67bb798"
        );
    }
}
