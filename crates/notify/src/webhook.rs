//! Somebody's program, told by a signed POST.
//!
//! Source: the Standard Webhooks text, version 1.0.0 (<https://www.standardwebhooks.com>): headers `webhook-id`,
//! `webhook-timestamp` and `webhook-signature`, JSON of `type`, `timestamp` and `data`, every status but 2xx tried
//! again and 410 given up. The id is [`Announcement::key`]: a receiver drops what it has had.

mod payload;
mod signature;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, Told,
};

pub use payload::payload;
pub use signature::{SigningKey, signature};

/// The settings of a webhook.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where to post: `https://HOST/PATH`.
    pub url: String,
    /// What requests are signed with: `whsec_` and 24 to 64 octets in base64.
    pub secret: Secret,
    /// While a secret is replaced: the one before, with which requests are signed as well [default: none].
    pub previous_secret: Option<Secret>,
    /// Whether the address may lead into a private network [default: no].
    #[serde(default)]
    pub private_network: bool,
    /// The authorities (PEM) that are believed [default: those of the web].
    pub authorities: Option<PathBuf>,
}

/// Somebody's program.
#[derive(Clone, Debug)]
pub struct Webhook {
    endpoint: Endpoint,
    secrets: Vec<Secret>,
    http: Http,
}

impl Settings {
    /// Sets the channel up.
    ///
    /// # Errors
    /// One sentence that names the key and says what to write.
    pub fn open(&self, home: &Home) -> Result<Webhook, String> {
        let endpoint = Endpoint::parse(&self.url).map_err(|fault| format!("url: {fault}"))?;
        let authorities = self.authorities.as_deref();
        let reach = if self.private_network {
            Reach::Anywhere
        } else {
            Reach::Public
        };
        let http = Http::new(&[&endpoint], reach, authorities, home.patience)?;
        Ok(Webhook {
            endpoint,
            secrets: [Some(&self.secret), self.previous_secret.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            http,
        })
    }
}

impl Webhook {
    /// Posts a signed body under an id that is the same at every try.
    ///
    /// # Errors
    /// [`Failure::Later`] for all but an answer of 410, as the text wants it.
    pub async fn post(&self, id: &str, body: &Value) -> Result<(), Failure> {
        let answer = self.send(id, body).await?;
        if answer.is_success() {
            return Ok(());
        }
        let host = self.endpoint.host();
        match answer.failure(host, &answer.said()) {
            Failure::Never { why } if answer.status != 410 => Err(Failure::Later {
                why,
                after: answer.wait(Timestamp::now()),
            }),
            failure => Err(failure),
        }
    }

    async fn send(&self, id: &str, body: &Value) -> Result<Answer, Failure> {
        let keys = self
            .secrets
            .iter()
            .map(|secret| SigningKey::parse(&secret.read()?));
        // A file that is being replaced may be missing for a moment.
        let keys = keys
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::later)?;
        let body = body.to_string().into_bytes();
        let second = Timestamp::now().as_second();
        let request = Request::post(self.endpoint.as_str().to_owned())
            .header("webhook-id", id)
            .header("webhook-timestamp", &second.to_string())
            .header("webhook-signature", &signature(&keys, id, second, &body))
            .content("application/json", body);
        Ok(self.http.send(request).await?)
    }
}

impl Channel for Webhook {
    fn tell<'a>(&'a self, announcement: &'a Announcement, _: &'a [Receipt]) -> Told<'a> {
        Box::pin(async move {
            let id = announcement.key();
            self.post(&id, &payload(announcement)).await?;
            Ok(Receipt { id, url: None })
        })
    }

    /// Posts a signed `channel.checked`, a type that tells of nothing.
    fn check(&self) -> Checked<'_> {
        Box::pin(async move {
            for secret in &self.secrets {
                SigningKey::parse(&secret.check()?)?;
            }
            let now = Timestamp::now();
            let body =
                json!({ "type": "channel.checked", "timestamp": now.to_string(), "data": {} });
            let id = format!("check-{}", now.as_millisecond());
            let answer = self.send(&id, &body).await;
            let answer = answer.map_err(|failure| failure.to_string())?;
            let host = self.endpoint.host();
            match answer.status {
                200..=299 => Ok(()),
                401 | 403 => Err(format!(
                    "{host} refuses the signature ({}): give both sides the same secret, and both the right hour",
                    answer.status
                )),
                404 | 410 => Err(format!(
                    "there is nothing at url ({}): ask those who run {host} for the address",
                    answer.status
                )),
                status => Err(format!("{host} answers {status}: {}", answer.said())),
            }
        })
    }
}
