//! Which authorities were told of a bulletin, and what they answered.

use bulletin::{Bulletin, Contact, Language, Means, Rank, Silence, Territory};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Acknowledgement, Dispatch, DispatchState, Store};

use crate::error::Error;
use crate::words::{Moment, clock};

/// A contact that was to be told of a bulletin.
pub(super) struct ToldContact {
    contact: Contact,
    /// What it was sent, in the order in which it was queued.
    dispatches: Vec<Dispatch>,
    asked: Acknowledgement,
}

/// How it stands with a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// Somebody there has said that it was read, or nothing has to be waited for.
    Well,
    /// It is on its way, or an answer is waited for.
    Waiting,
    /// Nobody there is known to have read it, and the machine can do no more.
    Badly,
}

impl ToldContact {
    /// Every contact that a bulletin was or is to be told to, by kind and name.
    pub(super) async fn of(store: &Store, bulletin: &Bulletin) -> Result<Vec<Self>, Error> {
        let asked = store.acknowledgements(&bulletin.id).await?;
        if asked.is_empty() {
            return Ok(vec![]);
        }
        let dispatches = store.dispatches(&bulletin.id).await?;
        let mut told = Vec::with_capacity(asked.len());
        for asked in asked {
            let Some(kept) = store.find_contact(&asked.contact).await? else {
                continue;
            };
            let of_contact = |it: &&Dispatch| it.contact == asked.contact;
            told.push(Self {
                dispatches: dispatches.iter().filter(of_contact).cloned().collect(),
                contact: kept.contact,
                asked,
            });
        }
        told.sort_by(|a, b| {
            let order = |it: &Self| (it.contact.authority, it.contact.name.clone());
            order(a).cmp(&order(b))
        });
        Ok(told)
    }

    pub(super) fn name(&self) -> &str {
        &self.contact.name
    }

    /// How it stands at an instant.
    pub(super) fn stands(&self, bulletin: &Bulletin, now: Timestamp) -> Reached {
        let mut waits = self.dispatches.iter();
        let is_late = |it: &Dispatch| now.duration_since(it.queued_at) > PATIENCE;
        if self.asked.answer.is_some() {
            Reached::Well
        } else if self.first_told().is_none() {
            let mut states = self.dispatches.iter().map(|it| it.state);
            if states.all(|state| state == DispatchState::Cancelled) {
                Reached::Well
            } else if waits.any(|it| it.state == DispatchState::Queued && !is_late(it)) {
                Reached::Waiting
            } else {
                Reached::Badly
            }
        } else if !bulletin.goes_on(now) {
            Reached::Well
        } else if self.asked.silence == Silence::OfAll {
            Reached::Badly
        } else if self.asked.due_at.is_some() {
            Reached::Waiting
        } else {
            Reached::Well
        }
    }

    /// What was done and answered, in a sentence or two.
    pub(super) fn in_words(
        &self,
        language: Language,
        territory: &Territory,
        now: Timestamp,
    ) -> String {
        let say = |french: &str, english: &str| match language {
            Language::French => french.to_owned(),
            Language::English => english.to_owned(),
        };
        let at = |at| Moment::told(language, at, &territory.zone, now).words;
        let mut words = match (self.first_told(), self.trouble()) {
            (Some(told), _) => format!(
                "{} {}",
                say("prévenu", "told"),
                at(told.done_at.unwrap_or(told.queued_at))
            ),
            (None, Some(why)) => format!("{} ({why})", say("pas encore prévenu", "not told yet")),
            (None, None) => say("pas encore prévenu", "not told yet"),
        };
        if let Some(second) = self.told_at(Rank::Second) {
            words += &format!(
                ", {} {}",
                say("second contact prévenu", "second contact told"),
                at(second)
            );
        }
        match (&self.asked.answer, self.asked.due_at) {
            (Some(answer), _) => {
                let who = match (answer.rank, &answer.name) {
                    (_, Some(name)) => name.clone(),
                    (Rank::First, None) => say("premier contact", "first contact"),
                    (Rank::Second, None) => say("second contact", "second contact"),
                };
                words += &format!(
                    ", {} {} ({who})",
                    say("accusé de réception", "acknowledged"),
                    at(answer.at)
                );
            }
            (None, Some(due)) => {
                words += &format!(
                    ", {} {}",
                    say(
                        "accusé de réception attendu d’ici",
                        "to be acknowledged until"
                    ),
                    clock(language, due, &territory.zone)
                );
            }
            (None, None) => words += &say(", sans accusé de réception", ", not acknowledged"),
        }
        if !self.contact.telephone.is_empty() && self.asked.answer.is_none() {
            let telephone = &self.contact.telephone;
            words += &format!(". {} {telephone}", say("Téléphone :", "Telephone:"));
        }
        words
    }

    /// The same for programs.
    pub(super) fn as_json(&self) -> Value {
        let exact = |at: Timestamp| format!("{at:.3}");
        let dispatches = self.dispatches.iter().map(|it| {
            json!({
                "entry": it.entry,
                "rank": it.rank.as_str(),
                "means": it.means.as_str(),
                "state": it.state.as_str(),
                "queued_at": exact(it.queued_at),
                "done_at": it.done_at.map(exact),
            })
        });
        let answer = self.asked.answer.as_ref().map(|it| {
            json!({
                "at": exact(it.at),
                "rank": it.rank.as_str(),
                "entry": it.entry,
                "name": it.name,
            })
        });
        json!({
            "name": self.contact.name,
            "authority": self.contact.authority.as_str(),
            "dispatches": dispatches.collect::<Vec<_>>(),
            "acknowledged": answer,
        })
    }

    /// The first thing that anybody there was sent.
    fn first_told(&self) -> Option<&Dispatch> {
        let mut sent = self.dispatches.iter();
        sent.find(|it| it.state == DispatchState::Sent)
    }

    fn told_at(&self, rank: Rank) -> Option<Timestamp> {
        let mut sent = self.dispatches.iter();
        let sent = sent.find(|it| it.rank == rank && it.state == DispatchState::Sent)?;
        sent.done_at
    }

    /// Why the latest attempt did not arrive, as the log says it.
    fn trouble(&self) -> Option<String> {
        let mut latest = self.dispatches.iter().rev();
        latest.find_map(|it| {
            let means = match it.means {
                Means::Mail => "mail",
                Means::Webhook => "webhook",
            };
            it.why.as_ref().map(|why| format!("{means}: {why}"))
        })
    }
}

/// Within this time a mail server has taken a mail, or something is wrong.
const PATIENCE: SignedDuration = SignedDuration::from_secs(120);
