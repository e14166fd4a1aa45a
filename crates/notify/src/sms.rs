//! Short messages, by a provider's HTTP interface (three French ones are known, any other is described in the settings) or by
//! SMPP.
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
mod settings;
mod smpp;

pub use settings::{Format, ProviderName, Settings, Template};

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use crate::channel::in_time;
use crate::http::one_line;
use crate::wording::{Measure, Wording};
use crate::{
    Announcement, Answer, Channel, Checked, Failure, Http, Receipt, Request, Secret, SecretText,
    Told,
};

/// A list of numbers that is told by short message.
#[derive(Debug)]
pub struct Sms {
    way: Way,
    to: Vec<String>,
    sender: Option<String>,
    parts: usize,
    http: Http,
    /// Of the latest tellings, the numbers that were served.
    served: Mutex<VecDeque<(String, HashSet<String>)>>,
}

/// How a provider is spoken to.
#[derive(Debug)]
enum Way {
    /// A request for some numbers, over HTTP.
    Requests(Box<dyn Provider>),
    /// A session for all of them, over SMPP.
    Session(smpp::Smpp),
}

/// What differs from one provider of requests to the other.
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
        Box::pin(in_time("the provider of SMS", self.send(announcement)))
    }

    fn check(&self) -> Checked<'_> {
        Box::pin(self.look())
    }
}

impl Sms {
    async fn send(&self, announcement: &Announcement) -> Result<Receipt, Failure> {
        let wording = Wording::of(announcement, &[], Measure::Sms { parts: self.parts });
        let key = announcement.key();
        match &self.way {
            Way::Requests(provider) => self.send_requests(&**provider, &key, &wording.text).await,
            Way::Session(smpp) => {
                let mark = u8::try_from(announcement.entry.number % 256).unwrap_or_default();
                self.send_in_session(smpp, &key, &wording.text, mark).await
            }
        }
    }

    async fn send_requests(
        &self,
        provider: &dyn Provider,
        key: &str,
        text: &str,
    ) -> Result<Receipt, Failure> {
        let secrets = provider.secrets(Secret::read).map_err(Failure::later)?;
        let mut tally = Tally::default();
        for (place, to) in self.to.chunks(provider.at_once()).enumerate() {
            let left = self.not_served(key, to);
            if left.is_empty() {
                tally.sent.get_or_insert_default();
                continue;
            }
            let id = if place == 0 {
                key.to_owned()
            } else {
                format!("{key}-{place}")
            };
            let order = Order {
                to: &left,
                text,
                sender: self.sender.as_deref(),
                id: &id,
            };
            let outcome = self.order(provider, &order, &secrets).await;
            if outcome.is_ok() {
                self.remember(key, &left);
            }
            tally.add(left.len(), outcome);
        }
        tally.outcome()
    }

    async fn send_in_session(
        &self,
        smpp: &smpp::Smpp,
        key: &str,
        text: &str,
        mark: u8,
    ) -> Result<Receipt, Failure> {
        let left = self.not_served(key, &self.to);
        let mut tally = Tally::default();
        if left.len() < self.to.len() {
            tally.sent.get_or_insert_default();
        }
        if left.is_empty() {
            return tally.outcome();
        }
        let mut session = smpp.bind(&self.http).await?;
        for number in left {
            let outcome = session
                .submit(&number, self.sender.as_deref(), text, mark)
                .await;
            if outcome.is_ok() {
                self.remember(key, &[number]);
            }
            tally.add(1, outcome);
        }
        session.end().await;
        tally.outcome()
    }

    async fn look(&self) -> Result<(), String> {
        let provider = match &self.way {
            Way::Requests(provider) => provider,
            Way::Session(smpp) => {
                smpp.password().check()?;
                let session = smpp
                    .bind(&self.http)
                    .await
                    .map_err(|failure| failure.to_string())?;
                session.end().await;
                return Ok(());
            }
        };
        let secrets = provider.secrets(Secret::check)?;
        let Some(probe) = provider.probe(&secrets) else {
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
        let said = match provider.taken(&answer) {
            Taken::No(said) => said,
            Taken::Yes(_) => answer.said(),
        };
        Err(self
            .failure(provider.name(), &answer, &said, &secrets)
            .to_string())
    }

    async fn order(
        &self,
        provider: &dyn Provider,
        order: &Order<'_>,
        secrets: &[SecretText],
    ) -> Result<String, Failure> {
        let answer = self.http.send(provider.request(order, secrets)).await?;
        match provider.taken(&answer) {
            Taken::Yes(name) => Ok(name),
            Taken::No(said) => Err(self.failure(provider.name(), &answer, &said, secrets)),
        }
    }

    fn failure(&self, name: &str, answer: &Answer, said: &str, secrets: &[SecretText]) -> Failure {
        let mut said = one_line(said);
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

/// What became of the numbers of one telling.
#[derive(Default)]
struct Tally {
    /// The provider's name of the first that was taken over.
    sent: Option<String>,
    /// The worst that happened: a failure for later before one for good.
    worst: Option<Failure>,
    refused: usize,
}

impl Tally {
    /// Nobody else on the list waits for one who cannot be told.
    fn add(&mut self, numbers: usize, outcome: Result<String, Failure>) {
        match outcome {
            Ok(name) => {
                self.sent.get_or_insert(name);
            }
            Err(failure @ Failure::Later { .. }) => self.worst = Some(failure),
            Err(failure @ Failure::Never { .. }) => {
                self.refused += numbers;
                self.worst.get_or_insert(failure);
            }
        }
    }

    /// Numbers that are refused for good do not make others hear it again.
    fn outcome(self) -> Result<Receipt, Failure> {
        let id = match (self.sent, self.worst) {
            (_, Some(failure @ Failure::Later { .. })) | (None, Some(failure)) => {
                return Err(failure);
            }
            (Some(name), Some(Failure::Never { why })) => {
                tracing::warn!(
                    refused = self.refused,
                    why,
                    "some numbers of an SMS list are refused"
                );
                name
            }
            (sent, None) => sent.unwrap_or_default(),
        };
        Ok(Receipt { id, url: None })
    }
}

/// Tellings whose numbers are remembered: far more than wait at once.
const MOST_REMEMBERED: usize = 100;
