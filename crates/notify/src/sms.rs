//! Short messages, by a provider's HTTP interface: three French ones are known, any other is described in the settings.
//!
//! Who gets them stands in the settings: the on-call numbers of a town hall, a fire service, a list that the provider
//! keeps. Numbers are never logged or shown; a failure says how many of them it concerns.
//!
//! Told at most once where the provider knows a request by its name (Octopush), and at least once elsewhere: a number that
//! was served is remembered until the service stops, and gets nothing again when the rest of the list is tried anew.

mod brevo;
mod gateway;
mod octopush;
mod ovh;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

use bulletin::DialledNumber;
use serde::{Deserialize, Serialize};

use crate::channel::in_time;
use crate::wording::{Measure, Wording};
use crate::{
    Announcement, Answer, Channel, Checked, Endpoint, Failure, Home, Http, Reach, Receipt, Request,
    Secret, SecretText, Told,
};

/// The settings of a channel of short messages. Which of them a provider needs, [`Settings::open`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who sends: `ovh`, `brevo`, `octopush`, or `gateway` for a provider that `request` describes.
    pub provider: ProviderName,
    /// The numbers that are told, in E.164 form or as they are written in France.
    pub to: Vec<String>,
    /// What telephones show as the sender: 3 to 11 letters and digits, agreed with the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The most short messages that one telling may take [default: 2, about 300 characters].
    #[serde(default = "usual_parts")]
    pub parts: usize,
    /// The provider's address, where it is not the usual one; of a gateway, the address that a telling is sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The key of the account (Brevo, Octopush); what stands for `{secret}` (gateway).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// The account: its e-mail address (Octopush), its service name such as `sms-ab12345-1` (OVH).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The application's key (OVH).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_key: Option<Secret>,
    /// Its secret (OVH).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_secret: Option<Secret>,
    /// What lets the application act for the account (OVH).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_key: Option<Secret>,
    /// How a telling is put (gateway).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Template>,
    /// A file (PEM) with the authorities that are believed [default: those of the web].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<PathBuf>,
}

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// OVHcloud.
    Ovh,
    /// Brevo.
    Brevo,
    /// Octopush.
    Octopush,
    /// Any other, by its description.
    Gateway,
}

/// A request of a gateway. In every value, `{to}` stands for the number with its `+`, `{digits}` for it without, `{text}`
/// for the words, `{sender}`, `{id}` for the name of the telling, `{secret}`; `{recipients}` alone in a value stands for
/// all numbers at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Template {
    /// How the body is written [default: json].
    #[serde(default)]
    pub format: Format,
    /// Headers besides the body's type.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The fields of the body; tables and lists for JSON, one level for forms.
    pub body: serde_json::Value,
}

/// How the body of a gateway's request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Settings {
    /// Makes the channel; nothing is sent.
    ///
    /// # Errors
    /// One sentence that says what to write instead.
    pub fn open(&self, home: &Home) -> Result<Sms, String> {
        let to = self.numbers()?;
        let sender = self.checked_sender()?;
        if !(1..=MOST_PARTS).contains(&self.parts) {
            return Err(format!("parts is {}; write 1 to {MOST_PARTS}", self.parts));
        }
        let usual = match self.provider {
            ProviderName::Ovh => Some(ovh::SERVER),
            ProviderName::Brevo => Some(brevo::SERVER),
            ProviderName::Octopush => Some(octopush::SERVER),
            ProviderName::Gateway => None,
        };
        let server = self.server.as_deref().or(usual);
        let server =
            server.ok_or("a gateway wants server, the address that a telling is sent to")?;
        let server = Endpoint::parse(server).map_err(|why| format!("server: {why}"))?;
        let provider: Box<dyn Provider> = match self.provider {
            ProviderName::Ovh => Box::new(ovh::Ovh::new(self, server.clone())?),
            ProviderName::Brevo => Box::new(brevo::Brevo::new(self, server.clone())?),
            ProviderName::Octopush => Box::new(octopush::Octopush::new(self, server.clone())?),
            ProviderName::Gateway => Box::new(gateway::Gateway::new(self, server.clone())?),
        };
        if to.len() / provider.at_once() > MOST_REQUESTS {
            return Err(format!(
                "to has {} numbers, and this provider takes them one by one; write at most {MOST_REQUESTS}, or use a list of the provider's",
                to.len()
            ));
        }
        Ok(Sms {
            provider,
            to,
            sender,
            parts: self.parts,
            http: Http::new(
                &[&server],
                Reach::Anywhere,
                self.authorities.as_deref(),
                home.patience,
            )?,
            served: Mutex::new(VecDeque::new()),
        })
    }

    fn numbers(&self) -> Result<Vec<String>, String> {
        let mut numbers = vec![];
        for written in &self.to {
            let number = DialledNumber::parse(written, "33");
            let number = number.ok_or_else(|| {
                format!("to has {written:?}, which is no number; write it as +33612345678")
            })?;
            let number = number.as_str().to_owned();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            return Err("to is empty; write the numbers that are told".to_owned());
        }
        Ok(numbers)
    }

    fn checked_sender(&self) -> Result<Option<String>, String> {
        let Some(sender) = self.sender.as_deref().map(str::trim) else {
            return Ok(None);
        };
        let good = (3..=11).contains(&sender.len())
            && sender
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == ' ')
            && sender.chars().any(|c| c.is_ascii_alphabetic());
        if good {
            Ok(Some(sender.to_owned()))
        } else {
            Err(format!(
                "sender is {sender:?}; telephones show 3 to 11 letters and digits without accents, such as \"ALLO ROUEN\""
            ))
        }
    }

    /// A secret that a provider cannot do without.
    fn needed(&self, secret: &Option<Secret>, name: &str) -> Result<Secret, String> {
        secret
            .clone()
            .ok_or_else(|| format!("this provider wants {name}"))
    }
}

/// A list of numbers that is told by short message.
#[derive(Debug)]
pub struct Sms {
    provider: Box<dyn Provider>,
    to: Vec<String>,
    sender: Option<String>,
    parts: usize,
    http: Http,
    /// Of the latest tellings, the numbers that were served.
    served: Mutex<VecDeque<(String, HashSet<String>)>>,
}

/// What differs from provider to provider.
trait Provider: Send + Sync + std::fmt::Debug {
    /// By which failures name it.
    fn name(&self) -> &str;

    /// How many numbers one request takes.
    fn at_once(&self) -> usize;

    /// The secrets of now, for requests and to be hidden in answers.
    fn secrets(
        &self,
        read: fn(&Secret) -> Result<SecretText, String>,
    ) -> Result<Vec<SecretText>, String>;

    /// The request that tells some numbers.
    fn request(&self, order: &Order<'_>, secrets: &[SecretText]) -> Request;

    /// The name of what was taken over, or why it was not.
    fn taken(&self, answer: &Answer) -> Taken;

    /// A request that tells nobody anything and fails where the settings are wrong, if there is one.
    fn probe(&self, secrets: &[SecretText]) -> Option<Request>;
}

/// What is to be sent to whom.
struct Order<'a> {
    to: &'a [String],
    text: &'a str,
    sender: Option<&'a str>,
    /// The same for every try, another for each part of the list.
    id: &'a str,
}

/// What an answer means.
enum Taken {
    /// It is on its way.
    Yes(String),
    /// Refused, in the provider's words and ours.
    No(String),
}

impl Channel for Sms {
    fn tell<'a>(&'a self, announcement: &'a Announcement, _: &'a [Receipt]) -> Told<'a> {
        Box::pin(in_time(self.provider.name(), self.send(announcement)))
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(async {
            let secrets = self.provider.secrets(Secret::check)?;
            let Some(probe) = self.provider.probe(&secrets) else {
                return Ok(());
            };
            let answer = self
                .http
                .send(probe)
                .await
                .map_err(|error| error.to_string())?;
            if answer.is_success() {
                return Ok(());
            }
            let said = match self.provider.taken(&answer) {
                Taken::No(said) => said,
                Taken::Yes(_) => answer.said(),
            };
            Err(self.failure(&answer, &said, &secrets).to_string())
        })
    }
}

impl Sms {
    async fn send(&self, announcement: &Announcement) -> Result<Receipt, Failure> {
        let secrets = self
            .provider
            .secrets(Secret::read)
            .map_err(Failure::never)?;
        let wording = Wording::of(announcement, &[], Measure::Sms { parts: self.parts });
        let key = announcement.key();
        let (mut sent, mut worst, mut refused) = (None, None, 0);
        for (place, to) in self.to.chunks(self.provider.at_once()).enumerate() {
            let left = self.not_served(&key, to);
            if left.is_empty() {
                sent.get_or_insert_default();
                continue;
            }
            let id = if place == 0 {
                key.clone()
            } else {
                format!("{key}-{place}")
            };
            let order = Order {
                to: &left,
                text: &wording.text,
                sender: self.sender.as_deref(),
                id: &id,
            };
            match self.order(&order, &secrets).await {
                Ok(name) => {
                    self.remember(&key, &left);
                    sent.get_or_insert(name);
                }
                // Nobody else on the list waits for one who cannot be told now.
                Err(failure @ Failure::Later { .. }) => worst = Some(failure),
                Err(Failure::Never { why }) => {
                    refused += left.len();
                    worst.get_or_insert(Failure::Never { why });
                }
            }
        }
        match (sent, worst) {
            (_, Some(failure @ Failure::Later { .. })) | (None, Some(failure)) => Err(failure),
            (Some(name), Some(Failure::Never { why })) => {
                tracing::warn!(refused, why, "some numbers of an SMS list are refused");
                Ok(Receipt {
                    id: name,
                    url: None,
                })
            }
            (sent, None) => Ok(Receipt {
                id: sent.unwrap_or_default(),
                url: None,
            }),
        }
    }

    async fn order(&self, order: &Order<'_>, secrets: &[SecretText]) -> Result<String, Failure> {
        let answer = self
            .http
            .send(self.provider.request(order, secrets))
            .await?;
        match self.provider.taken(&answer) {
            Taken::Yes(name) => Ok(name),
            Taken::No(said) => Err(self.failure(&answer, &said, secrets)),
        }
    }

    fn failure(&self, answer: &Answer, said: &str, secrets: &[SecretText]) -> Failure {
        let name = self.provider.name();
        let mut said = said.to_owned();
        for number in &self.to {
            let bare = number.trim_start_matches('+');
            said = said.replace(number, "a number").replace(bare, "a number");
        }
        let secrets: Vec<_> = secrets.iter().collect();
        match answer.status {
            200..=299 => Failure::never(format!("{name} took nothing: {said}")),
            401 | 403 => {
                let (Failure::Later { why, .. } | Failure::Never { why }) =
                    Failure::of(name, answer, &said, &secrets);
                Failure::never(format!("{why}; look at the keys and at what they allow"))
            }
            402 => Failure::never(format!(
                "{name} wants credit: buy messages, then tell again"
            )),
            _ => Failure::of(name, answer, &said, &secrets),
        }
    }

    fn not_served(&self, key: &str, to: &[String]) -> Vec<String> {
        let served = self
            .served
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let done = served
            .iter()
            .find(|(told, _)| told == key)
            .map(|(_, numbers)| numbers);
        let is_left = |number: &&String| done.is_none_or(|done| !done.contains(*number));
        to.iter().filter(is_left).cloned().collect()
    }

    fn remember(&self, key: &str, to: &[String]) {
        let mut served = self
            .served
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, numbers)) = served.iter_mut().find(|(told, _)| told == key) {
            numbers.extend(to.iter().cloned());
            return;
        }
        if served.len() == MOST_REMEMBERED {
            served.pop_front();
        }
        served.push_back((key.to_owned(), to.iter().cloned().collect()));
    }
}

fn usual_parts() -> usize {
    2
}

/// What people read as one message; providers take eight or ten.
const MOST_PARTS: usize = 8;
/// One after the other within the time of a telling.
const MOST_REQUESTS: usize = 40;
/// Tellings whose numbers are remembered: far more than wait at once.
const MOST_REMEMBERED: usize = 100;
