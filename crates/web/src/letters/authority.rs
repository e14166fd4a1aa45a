//! What an authority is told of a bulletin by mail.

use bulletin::{Bulletin, Contact, Entry, EntryKind, Kind, Language, Rank, Site, Territory};
use jiff::Timestamp;

use super::Letter;
use crate::words::{Moment, clock};

/// A bulletin, and the authority that is told of it.
#[derive(Clone, Debug)]
pub struct AuthorityLetter<'a> {
    /// The thread as it stands.
    pub bulletin: &'a Bulletin,
    /// Who posts.
    pub site: &'a Site,
    /// For whom.
    pub territory: &'a Territory,
    /// Who is told.
    pub contact: &'a Contact,
    /// Who of them.
    pub rank: Rank,
    /// The address behind which it is acknowledged; empty once somebody there has, and when there is nothing left to
    /// act on.
    pub acknowledge: String,
    /// When somebody else is told, if nobody acknowledges.
    pub due_at: Option<Timestamp>,
    /// What comes before the path of every address.
    pub public_url: &'a str,
    /// When it is written.
    pub now: Timestamp,
}

impl AuthorityLetter<'_> {
    /// Writes it. It stands alone: who, where, what, since when, the words of the site, what it said before.
    #[must_use]
    pub fn write(&self) -> Letter {
        Letter {
            subject: self.subject(),
            text: self.text(),
        }
    }

    fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.contact.language {
            Language::French => french,
            Language::English => english,
        }
    }

    fn at(&self, at: Timestamp) -> String {
        Moment::told(self.contact.language, at, &self.territory.zone, self.now).words
    }

    /// The address of the event on the public page.
    #[must_use]
    pub fn link(&self) -> String {
        let Self { public_url, .. } = self;
        format!("{public_url}/{}/{}", self.territory.slug, self.bulletin.id)
    }

    /// What must be seen before anything else, in capitals.
    fn banner(&self) -> &'static str {
        match self.bulletin.kind {
            Kind::Drill => self.say("EXERCICE", "DRILL"),
            Kind::Test => self.say("ESSAI", "TEST"),
            Kind::Planned | Kind::Unplanned => "",
        }
    }

    fn state(&self) -> &'static str {
        let state = self.bulletin.state(self.now);
        self.say(state.as_french(), state.as_english())
    }

    fn entry_kind(&self, entry: &Entry) -> &'static str {
        self.say(entry.kind.as_french(), entry.kind.as_english())
    }

    fn events(&self) -> String {
        let events = self.bulletin.events.iter();
        let words = events.map(|one| self.say(one.as_french(), one.as_english()));
        words.collect::<Vec<_>>().join(", ")
    }

    fn is_unanswered(&self) -> bool {
        self.rank == Rank::Second && !self.acknowledge.is_empty()
    }

    fn subject(&self) -> String {
        let mut words = vec![];
        if !self.banner().is_empty() {
            words.push(self.banner().to_owned());
        }
        if self.is_unanswered() {
            words.push(
                self.say(
                    "Sans réponse du premier contact",
                    "No answer from the first contact",
                )
                .to_owned(),
            );
        }
        words.push(format!("{} ({})", self.site.name, self.site.commune));
        if self.bulletin.current().kind != EntryKind::First {
            words.push(self.entry_kind(self.bulletin.current()).to_owned());
        }
        let events = self.events();
        words.push(match events.is_empty() {
            true => self.state().to_owned(),
            false => format!("{events}, {}", self.state()),
        });
        words.join(" – ")
    }

    fn text(&self) -> String {
        let (bulletin, colon) = (self.bulletin, self.say("\u{a0}:", ":"));
        let mut lines = vec![];
        let mut line = |text: String| lines.push(text);
        if !self.banner().is_empty() {
            line(self.banner().to_owned());
            line(String::new());
        }
        if self.is_unanswered() {
            line(
                self.say(
                    "Le premier contact n’a pas accusé réception : ce message vous est envoyé à sa place.",
                    "The first contact has not acknowledged: this message is sent to you in their place.",
                )
                .to_owned(),
            );
            line(String::new());
        }
        line(format!("{}, {}", self.site.name, self.site.commune));
        let kind = self.say(bulletin.kind.as_french(), bulletin.kind.as_english());
        line(match self.events() {
            events if events.is_empty() => kind.to_owned(),
            events => format!("{kind}{colon} {events}"),
        });
        line(format!(
            "{}{colon} {}",
            self.say("État", "State"),
            self.state()
        ));
        if let Some(start) = bulletin.starts_at {
            line(format!(
                "{}{colon} {}",
                self.say("Début", "Beginning"),
                self.at(start)
            ));
        }
        if let Some(end) = bulletin.ends_at {
            line(format!(
                "{}{colon} {}",
                self.say("Fin prévue", "Expected end"),
                self.at(end)
            ));
        }
        line(String::new());
        line(self.told(bulletin.current(), colon));
        line(bulletin.current().text.clone());
        line(String::new());
        if !self.acknowledge.is_empty() {
            line(format!(
                "{}{colon}",
                self.say(
                    "Dire que ce message est lu",
                    "Say that this message was read"
                )
            ));
            line(self.acknowledge.clone());
            if let Some(due) = self.due_at {
                let hour = clock(self.contact.language, due, &self.territory.zone);
                line(self.consequence().replace("{}", &hour));
            }
            line(String::new());
        }
        line(format!(
            "{}{colon}",
            self.say(
                "L’événement sur la page publique",
                "The event on the public page"
            )
        ));
        line(self.link());
        if let Some(number) = self.territory.numbers.first() {
            line(format!(
                "{}{colon} {}",
                self.say("Au téléphone", "By telephone"),
                number.as_printed()
            ));
        }
        line(String::new());
        if bulletin.entries.len() > 1 {
            line(format!(
                "{}{colon}",
                self.say("Ce qui a été dit avant", "What was said before")
            ));
            for entry in bulletin.entries.iter().rev().skip(1) {
                line(format!(
                    "- {} {}",
                    self.told(entry, colon),
                    entry.text.replace('\n', " ")
                ));
            }
            line(String::new());
        }
        line(
            self.say(
                "Information publiée par le site pour les riverains. Elle ne remplace ni l’alerte, ni la déclaration réglementaire de l’événement.",
                "Information that the site posts for residents. It replaces neither the alert nor the legal declaration of the event.",
            )
            .to_owned(),
        );
        let rank = match self.rank {
            Rank::First => self.say("premier contact", "first contact"),
            Rank::Second => self.say("second contact", "second contact"),
        };
        line(format!(
            "{} {} ({rank}), Allo {}.",
            self.say("Envoyé à", "Sent to"),
            self.contact.name,
            self.territory.name
        ));
        line(String::new());
        lines.join("\n")
    }

    /// When an entry was posted, and as what.
    fn told(&self, entry: &Entry, colon: &str) -> String {
        format!("{}, {}{colon}", self.entry_kind(entry), self.at(entry.at))
    }

    /// What comes of a silence.
    fn consequence(&self) -> &'static str {
        let is_followed = self.rank == Rank::First && !self.contact.second.is_empty();
        if is_followed {
            self.say(
                "Sans réponse d’ici {}, le second contact sera prévenu.",
                "Without an answer until {}, the second contact will be told.",
            )
        } else {
            self.say(
                "Sans réponse d’ici {}, une alerte le dira au gestionnaire du territoire et au site.",
                "Without an answer until {}, an alert will tell the territory manager and the site.",
            )
        }
    }
}
