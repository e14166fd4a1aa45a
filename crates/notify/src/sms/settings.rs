//! `[[channel]]` of the kind `sms`.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

use bulletin::DialledNumber;
use serde::{Deserialize, Serialize};

use super::{Provider, Sms, Way, brevo, gateway, octopush, ovh, smpp};
use crate::{Endpoint, Home, Http, Reach, Secret};

/// The settings of a channel of short messages. Which of them a provider needs, [`Settings::open`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who sends: `ovh`, `brevo`, `octopush`, `gateway` for a provider that `request` describes, or `smpp`.
    pub provider: ProviderName,
    /// The numbers that are told, in E.164 form or as they are written in France.
    pub to: Vec<String>,
    /// What telephones show as the sender: 3 to 11 letters and digits, agreed with the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The most short messages that one telling may take [default: 2, about 300 characters].
    #[serde(default = "usual_parts")]
    pub parts: usize,
    /// The provider's address, where it is not the usual one; of a gateway, the address that a telling is sent to; of SMPP
    /// `smpps://HOST:PORT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The key of the account (Brevo, Octopush); what stands for `{secret}` (gateway); the password (SMPP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// The account: its e-mail address (Octopush), its service name such as `sms-ab12345-1` (OVH), its `system_id` (SMPP).
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
    /// A message centre that speaks SMPP 3.4.
    Smpp,
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
        let (way, server) = self.way()?;
        let at_once = match &way {
            Way::Requests(provider) => provider.at_once(),
            Way::Session(_) => 1,
        };
        if to.len() / at_once > MOST_REQUESTS {
            return Err(format!(
                "to has {} numbers, and this provider takes them one by one; write at most {MOST_REQUESTS}, or use a list of the provider's",
                to.len()
            ));
        }
        let authorities = self.authorities.as_deref();
        Ok(Sms {
            way,
            to,
            sender,
            parts: self.parts,
            http: Http::new(&[&server], Reach::Anywhere, authorities, home.patience)?,
            served: Mutex::new(VecDeque::new()),
        })
    }

    /// How the provider is spoken to, and where it is.
    fn way(&self) -> Result<(Way, Endpoint), String> {
        let usual = match self.provider {
            ProviderName::Smpp => {
                let smpp = smpp::Smpp::new(self)?;
                let server = smpp.server().clone();
                return Ok((Way::Session(smpp), server));
            }
            ProviderName::Ovh => Some(ovh::SERVER),
            ProviderName::Brevo => Some(brevo::SERVER),
            ProviderName::Octopush => Some(octopush::SERVER),
            ProviderName::Gateway => None,
        };
        let server = self.server.as_deref().or(usual);
        let server =
            server.ok_or("a gateway wants server, the address that a telling is sent to")?;
        let server = Endpoint::parse(server).map_err(|why| format!("server: {why}"))?;
        let at = server.clone();
        let provider: Box<dyn Provider> = match self.provider {
            ProviderName::Ovh => Box::new(ovh::Ovh::new(self, at)?),
            ProviderName::Brevo => Box::new(brevo::Brevo::new(self, at)?),
            ProviderName::Octopush => Box::new(octopush::Octopush::new(self, at)?),
            ProviderName::Gateway | ProviderName::Smpp => {
                Box::new(gateway::Gateway::new(self, at)?)
            }
        };
        Ok((Way::Requests(provider), server))
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
    pub(super) fn needed(&self, secret: &Option<Secret>, name: &str) -> Result<Secret, String> {
        secret
            .clone()
            .ok_or_else(|| format!("this provider wants {name}"))
    }
}

fn usual_parts() -> usize {
    2
}

/// What people read as one message; providers take eight or ten.
const MOST_PARTS: usize = 8;
/// One after the other within the time of a telling.
const MOST_REQUESTS: usize = 40;
