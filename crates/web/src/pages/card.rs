//! One bulletin as a page shows it: every word chosen here, the template only places them.

use bulletin::{Bulletin, Entry, EntryKind, Kind, Language, Site, State, Territory};
use jiff::Timestamp;

use super::both;
use crate::audio;
use crate::snapshot::Speech;
use crate::words::{self, Moment, pick};

/// One bulletin in words.
#[derive(Debug)]
pub(crate) struct Card {
    /// Of the page it is on.
    reader: Language,
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
    /// Puts a bulletin into words for a French reader at `now`.
    pub(crate) fn new(
        bulletin: &Bulletin,
        site: &Site,
        territory: &Territory,
        speech: &Speech,
        now: Timestamp,
    ) -> Self {
        Self::told(Language::French, bulletin, site, territory, speech, now)
    }

    /// As [`Card::new`], in the reader's language; the texts stay as their site wrote them.
    pub(crate) fn told(
        reader: Language,
        bulletin: &Bulletin,
        site: &Site,
        territory: &Territory,
        speech: &Speech,
        now: Timestamp,
    ) -> Self {
        let state = bulletin.state(now);
        let moment = |at| Moment::told(reader, at, &territory.zone, now);
        let mut thread = thread(reader, bulletin, moment);
        let latest = thread
            .pop()
            .expect("a bulletin has at least its first entry");
        thread.reverse();
        let events = bulletin.events.iter();
        let events = events.map(|it| pick(reader, it.as_french(), it.as_english()));
        let kind = bulletin.kind;
        Self {
            reader,
            anchor: format!("b-{}", bulletin.id),
            address: both::address(reader, &format!("/{}/{}", territory.slug, bulletin.id)),
            site: site.name.clone(),
            commune: site.commune.clone(),
            events: capitalised(&list(events)),
            kind_code: kind.as_str(),
            kind: capitalised(pick(reader, kind.as_french(), kind.as_english())),
            state_code: state.as_str(),
            state: pick(reader, state.as_french(), state.as_english()).to_owned(),
            language: bulletin.language.as_str(),
            posted: moment(bulletin.posted_at),
            latest,
            facts: facts(reader, bulletin, territory, now),
            sound: Sound::new(reader, bulletin, speech, state),
            earlier: thread,
        }
    }

    /// What the site said first.
    pub(crate) fn first(&self) -> &Passage {
        self.earlier.last().unwrap_or(&self.latest)
    }

    /// The beginning of the text, for those who link to it; a drill or a test says first that it is one.
    pub(crate) fn in_short(&self) -> String {
        let text = self.latest.lines.join(" ");
        let mut short: String = text.chars().take(IN_SHORT).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        match self.kind_code {
            "drill" | "test" => format!("{}{}{short}", self.kind, self.say("\u{a0}: ", ": ")),
            _ => short,
        }
    }

    /// Where the sound is, when there is one.
    pub(crate) fn sound_address(&self) -> Option<&str> {
        match &self.sound {
            Sound::Ready { address, .. } => Some(address),
            Sound::Queued | Sound::Failed | Sound::Absent => None,
        }
    }

    /// True when the text is not in the language of the page.
    pub(crate) fn is_foreign(&self) -> bool {
        self.language != self.reader.as_str()
    }

    /// The French or the English words.
    pub(crate) fn say<'a>(&self, french: &'a str, english: &'a str) -> &'a str {
        pick(self.reader, french, english)
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
    /// What schema.org calls the hour; empty where it has no word for it.
    pub(crate) property: &'static str,
    /// Of words that the site has written; empty for those of the page.
    pub(crate) language: &'static str,
}

impl Fact {
    fn words(label: &'static str, words: String) -> Self {
        Self {
            label,
            at: None,
            words,
            property: "",
            language: "",
        }
    }

    fn at(label: &'static str, at: Moment) -> Self {
        Self {
            at: Some(at),
            ..Self::words(label, String::new())
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
    fn new(reader: Language, bulletin: &Bulletin, speech: &Speech, state: State) -> Self {
        match speech {
            Speech::Ready {
                duration_ms,
                dated,
                body,
            } => Self::Ready {
                address: audio::address(&bulletin.id, bulletin.current().number, dated, body),
                length: words::listening_time(reader, *duration_ms),
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

/// Characters of a preview elsewhere.
const IN_SHORT: usize = 200;

/// Every entry, oldest first.
fn thread(
    reader: Language,
    bulletin: &Bulletin,
    moment: impl Fn(Timestamp) -> Moment,
) -> Vec<Passage> {
    let entries = &bulletin.entries;
    let passage = |(place, entry): (usize, &Entry)| Passage {
        label: capitalised(pick(
            reader,
            entry.kind.as_french(),
            entry.kind.as_english(),
        )),
        at: moment(entry.at),
        lines: lines(&entry.text),
        is_corrected: entries
            .get(place + 1)
            .is_some_and(|next| next.kind == EntryKind::Correction),
    };
    entries.iter().enumerate().map(passage).collect()
}

fn facts(
    reader: Language,
    bulletin: &Bulletin,
    territory: &Territory,
    now: Timestamp,
) -> Vec<Fact> {
    let state = bulletin.state(now);
    let moment = |at| Moment::told(reader, at, &territory.zone, now);
    let say = |french, english| pick(reader, french, english);
    let mut facts = vec![];
    if !bulletin.nuisances.is_empty() {
        let nuisances = bulletin.nuisances.iter();
        let words = list(nuisances.map(|it| say(it.as_french(), it.as_english())));
        facts.push(Fact::words(say("Gêne possible", "What may bother"), words));
    }
    if let Some(start) = bulletin.starts_at {
        facts.push(Fact::at(
            start_label(reader, start, state, now),
            moment(start),
        ));
    }
    if let Some(end) = bulletin.ends_at {
        let label = if end > now {
            say("Fin prévue", "Expected end")
        } else {
            say("Fin annoncée", "Announced end")
        };
        facts.push(Fact::at(label, moment(end)));
    }
    if let Some(announced) = next_news(bulletin, state) {
        let label = say("Prochaines nouvelles", "Next news");
        facts.push(Fact {
            language: bulletin.language.as_str(),
            ..Fact::words(label, announced.to_owned())
        });
    }
    facts.push(Fact {
        words: posted(reader, bulletin, territory),
        property: "datePosted",
        ..Fact::at(say("Publié", "Posted"), moment(bulletin.posted_at))
    });
    let expiry = if state == State::Expired {
        say("Archivé depuis", "Archived since")
    } else {
        say("Affiché jusqu’à", "Shown until")
    };
    facts.push(Fact {
        property: "expires",
        ..Fact::at(expiry, moment(bulletin.expires_at))
    });
    if bulletin.language != reader {
        let language = bulletin.language;
        let words = say(language.as_french(), language.as_english());
        facts.push(Fact::words(
            say("Langue du texte", "Language of the text"),
            words.to_owned(),
        ));
    }
    facts
}

/// What the site has said of when it will say more, while there is more to say.
fn next_news(bulletin: &Bulletin, state: State) -> Option<&str> {
    let goes_on = matches!(
        state,
        State::Scheduled | State::Ongoing | State::UnderControl
    );
    bulletin::next_news(&bulletin.current().text).filter(|_| goes_on)
}

fn start_label(reader: Language, start: Timestamp, state: State, now: Timestamp) -> &'static str {
    match state {
        State::Ongoing | State::UnderControl if start <= now => pick(reader, "Depuis", "Since"),
        State::Scheduled => pick(reader, "Début prévu", "Expected start"),
        _ => pick(reader, "Début", "Start"),
    }
}

/// The zone of all the hours, and how late the post was when the event came first.
fn posted(reader: Language, bulletin: &Bulletin, territory: &Territory) -> String {
    let zone = words::zone_in_words(reader, &territory.zone);
    // Works are announced or told late by habit; the delay is a measure of events that nobody announced.
    let delay = bulletin
        .posting_delay()
        .filter(|_| bulletin.kind == Kind::Unplanned);
    match delay.and_then(|delay| words::span(reader, delay.as_secs())) {
        Some(delay) => {
            let after = pick(reader, "après le début", "after the start");
            format!(" ({zone}), {delay} {after}")
        }
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

/// With a capital letter at its beginning.
pub(super) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
