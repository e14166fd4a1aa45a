//! One bulletin as a page shows it: every word chosen here, the template only places them.

use bulletin::{Bulletin, Entry, EntryKind, Kind, Language, Site, State, Territory};
use jiff::Timestamp;

use crate::audio;
use crate::snapshot::Speech;
use crate::words::{self, Moment};

/// One bulletin in words.
#[derive(Debug)]
pub(crate) struct Card {
    /// Its place on a page, `b-` and its id.
    pub(crate) anchor: String,
    /// Its own page.
    pub(crate) address: String,
    pub(crate) site: String,
    pub(crate) commune: String,
    /// What happens, in words; empty when only the text says it.
    pub(crate) events: String,
    /// Code word of the kind, for the style.
    pub(crate) kind_code: &'static str,
    pub(crate) kind: String,
    pub(crate) state_code: &'static str,
    pub(crate) state: String,
    /// Language of the texts.
    pub(crate) language: &'static str,
    pub(crate) posted: Moment,
    /// What the line says: the latest entry.
    pub(crate) latest: Passage,
    /// Facts beside the text, each with its label.
    pub(crate) facts: Vec<Fact>,
    pub(crate) sound: Sound,
    /// The rest of the thread, newest first.
    pub(crate) earlier: Vec<Passage>,
}

impl Card {
    /// Puts a bulletin into words for a reader at `now`.
    pub(crate) fn new(
        bulletin: &Bulletin,
        site: &Site,
        territory: &Territory,
        speech: &Speech,
        now: Timestamp,
    ) -> Self {
        let state = bulletin.state(now);
        let mut thread = thread(bulletin, territory, now);
        let latest = thread
            .pop()
            .expect("a bulletin has at least its first entry");
        thread.reverse();
        Self {
            anchor: format!("b-{}", bulletin.id),
            address: format!("/{}/{}", territory.slug, bulletin.id),
            site: site.name.clone(),
            commune: site.commune.clone(),
            events: capitalised(&list(bulletin.events.iter().map(|event| event.as_french()))),
            kind_code: bulletin.kind.as_str(),
            kind: capitalised(bulletin.kind.as_french()),
            state_code: state.as_str(),
            state: state.as_french().to_owned(),
            language: bulletin.language.as_str(),
            posted: Moment::new(bulletin.posted_at, &territory.zone, now),
            latest,
            facts: facts(bulletin, territory, state, now),
            sound: Sound::new(bulletin, speech, state),
            earlier: thread,
        }
    }

    /// What the site said first.
    pub(crate) fn first(&self) -> &Passage {
        self.earlier.last().unwrap_or(&self.latest)
    }

    /// True when the text is not in the language of the page.
    pub(crate) fn is_foreign(&self) -> bool {
        self.language != "fr"
    }
}

/// One text of the thread.
#[derive(Debug)]
pub(crate) struct Passage {
    /// `Mise à jour`, `Rectificatif`…
    pub(crate) label: String,
    pub(crate) at: Moment,
    /// The text, line by line.
    pub(crate) lines: Vec<String>,
    /// The entry that follows sets this one right.
    pub(crate) is_corrected: bool,
}

/// A label and its value, one of words and one of hours.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) label: &'static str,
    pub(crate) at: Option<Moment>,
    pub(crate) words: String,
}

impl Fact {
    fn words(label: &'static str, words: String) -> Self {
        Self {
            label,
            at: None,
            words,
        }
    }

    fn at(label: &'static str, at: Moment, words: String) -> Self {
        Self {
            label,
            at: Some(at),
            words,
        }
    }
}

/// What there is to hear.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    /// A recording and how long it lasts.
    Ready { address: String, length: String },
    /// It is being made.
    Queued,
    /// There will be none.
    Failed,
    /// The bulletin left the line without one.
    Absent,
}

impl Sound {
    fn new(bulletin: &Bulletin, speech: &Speech, state: State) -> Self {
        match speech {
            Speech::Ready {
                duration_ms,
                dated,
                body,
            } => Self::Ready {
                address: audio::address(&bulletin.id, bulletin.current().number, dated, body),
                length: words::listening_time(Language::French, *duration_ms),
            },
            Speech::Queued | Speech::Failed
                if matches!(state, State::Cancelled | State::Expired) =>
            {
                Self::Absent
            }
            Speech::Queued => Self::Queued,
            Speech::Failed => Self::Failed,
        }
    }
}

/// Every entry, oldest first.
fn thread(bulletin: &Bulletin, territory: &Territory, now: Timestamp) -> Vec<Passage> {
    let entries = &bulletin.entries;
    let passage = |(place, entry): (usize, &Entry)| Passage {
        label: capitalised(entry.kind.as_french()),
        at: Moment::new(entry.at, &territory.zone, now),
        lines: lines(&entry.text),
        is_corrected: entries
            .get(place + 1)
            .is_some_and(|next| next.kind == EntryKind::Correction),
    };
    entries.iter().enumerate().map(passage).collect()
}

fn facts(bulletin: &Bulletin, territory: &Territory, state: State, now: Timestamp) -> Vec<Fact> {
    let moment = |at| Moment::new(at, &territory.zone, now);
    let mut facts = vec![];
    if !bulletin.nuisances.is_empty() {
        let words = list(
            bulletin
                .nuisances
                .iter()
                .map(|nuisance| nuisance.as_french()),
        );
        facts.push(Fact::words("Gêne possible", words));
    }
    if let Some(start) = bulletin.starts_at {
        facts.push(Fact::at(
            start_label(start, state, now),
            moment(start),
            String::new(),
        ));
    }
    if let Some(end) = bulletin.ends_at {
        let label = if end > now {
            "Fin prévue"
        } else {
            "Fin annoncée"
        };
        facts.push(Fact::at(label, moment(end), String::new()));
    }
    facts.push(Fact::at(
        "Publié",
        moment(bulletin.posted_at),
        posted(bulletin, territory),
    ));
    let expiry = if state == State::Expired {
        "Archivé depuis"
    } else {
        "Affiché jusqu’à"
    };
    facts.push(Fact::at(expiry, moment(bulletin.expires_at), String::new()));
    facts
}

fn start_label(start: Timestamp, state: State, now: Timestamp) -> &'static str {
    match state {
        State::Ongoing | State::UnderControl if start <= now => "Depuis",
        State::Scheduled => "Début prévu",
        _ => "Début",
    }
}

/// The zone of all the hours, and how late the post was when the event came first.
fn posted(bulletin: &Bulletin, territory: &Territory) -> String {
    let zone = words::zone_in_words(&territory.zone);
    // Works are announced or told late by habit; the delay is a measure of events that nobody announced.
    let delay = bulletin
        .posting_delay()
        .filter(|_| bulletin.kind == Kind::Unplanned);
    match delay.and_then(|delay| words::span(Language::French, delay.as_secs())) {
        Some(delay) => format!(" ({zone}), {delay} après le début"),
        None => format!(" ({zone})"),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ").replace('\'', "’")
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
