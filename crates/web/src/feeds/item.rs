//! One entry of a thread as a feed shows it: every word chosen here, the formats only place them.

use bulletin::{Bulletin, Entry, EntryKind, Kind, Language, Site};
use jiff::Timestamp;

use super::{Chronicle, message_address};
use crate::audio;
use crate::snapshot::Speech;
use crate::words::{self, Moment};

/// One entry of a thread.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The same for ever; nothing has to be behind it.
    pub(crate) id: String,
    /// The page of the event.
    pub(crate) page: String,
    pub(crate) title: String,
    /// The site's words, and under them the hours.
    pub(crate) text: String,
    /// Language of the site's words.
    pub(crate) language: &'static str,
    pub(crate) at: Timestamp,
    /// The same in the territory's zone, for machines.
    pub(crate) at_machine: String,
    pub(crate) site: String,
    /// Code word and word for people: kind, then events.
    pub(crate) categories: Vec<(String, &'static str)>,
    /// The CAP message of this entry.
    pub(crate) message: String,
    /// Address and length of the sound, of the latest entry alone.
    pub(crate) sound: Option<(String, u32)>,
}

impl Item {
    /// Puts one entry into words of a feed in `language`; the site's own words stay as they are.
    pub(super) fn new(
        chronicle: &Chronicle<'_>,
        language: Language,
        bulletin: &Bulletin,
        entry: &Entry,
        site: &Site,
    ) -> Self {
        let zone = &chronicle.territory.zone;
        let path = format!(
            "/{}/{}{}",
            chronicle.territory.slug,
            bulletin.id,
            super::suffix(language)
        );
        let page = chronicle.url(&path);
        let is_latest = entry.number == bulletin.current().number;
        let sound = is_latest.then(|| sound(chronicle, bulletin)).flatten();
        Self {
            // The French address whatever the feed: an entry that is in two feeds is one entry.
            id: chronicle.url(&format!(
                "/{}/{}#{}",
                chronicle.territory.slug, bulletin.id, entry.number
            )),
            page,
            title: title(language, bulletin, entry, site),
            text: format!("{}\n\n{}", entry.text, facts(chronicle, language, bulletin)),
            language: bulletin.language.as_str(),
            at: entry.at,
            at_machine: words::rfc3339(entry.at, zone),
            site: site.name.clone(),
            categories: categories(language, bulletin),
            message: chronicle.url(&message_address(
                chronicle.territory,
                bulletin,
                entry.number,
            )),
            sound,
        }
    }
}

/// Exercise or test first, then the site, what happens there, and what this entry does.
pub(crate) fn title(language: Language, bulletin: &Bulletin, entry: &Entry, site: &Site) -> String {
    let is_french = language == Language::French;
    let mark = match bulletin.kind {
        Kind::Drill if is_french => "EXERCICE – ",
        Kind::Drill => "EXERCISE – ",
        Kind::Test if is_french => "ESSAI – ",
        Kind::Test => "TEST – ",
        Kind::Planned | Kind::Unplanned => "",
    };
    let mut title = format!("{mark}{}", site.name);
    if !site.commune.is_empty() {
        title.push_str(", ");
        title.push_str(&site.commune);
    }
    title.push_str(if is_french { "\u{a0}: " } else { ": " });
    let events: Vec<_> = match language {
        Language::French => bulletin.events.iter().map(|it| it.as_french()).collect(),
        Language::English => bulletin.events.iter().map(|it| it.as_english()).collect(),
    };
    match (events.is_empty(), is_french) {
        (true, true) => title.push_str(bulletin.kind.as_french()),
        (true, false) => title.push_str(bulletin.kind.as_english()),
        (false, _) => title.push_str(&events.join(", ")),
    }
    if entry.kind != EntryKind::First {
        let does = if is_french {
            entry.kind.as_french()
        } else {
            entry.kind.as_english()
        };
        title.push_str(&format!(" ({does})"));
    }
    title
}

/// Since when, until when, and until when it is shown, each with its year: a feed is read late, too.
pub(super) fn facts(chronicle: &Chronicle<'_>, language: Language, bulletin: &Bulletin) -> String {
    let zone = &chronicle.territory.zone;
    let moment = |at| Moment::told(language, at, zone, Timestamp::MIN).words;
    let [start, end, shown, colon] = match language {
        Language::French => ["Début", "Fin prévue", "Affiché jusqu’au", "\u{a0}:"],
        Language::English => ["Begins", "Expected end", "Shown until", ":"],
    };
    let start = bulletin
        .starts_at
        .map(|at| format!("{start}{colon} {}.", moment(at)));
    let end = bulletin
        .ends_at
        .map(|at| format!("{end}{colon} {}.", moment(at)));
    let shown = format!("{shown} {}", moment(bulletin.expires_at));
    let zone = words::zone_in_words(language, zone);
    let facts = start.into_iter().chain(end);
    facts
        .chain([format!("{shown} ({zone}).")])
        .collect::<Vec<_>>()
        .join(" ")
}

fn categories(language: Language, bulletin: &Bulletin) -> Vec<(String, &'static str)> {
    let word = |french, english| match language {
        Language::French => french,
        Language::English => english,
    };
    let kind = bulletin.kind;
    let kind = (
        format!("kind:{}", kind.as_str()),
        word(kind.as_french(), kind.as_english()),
    );
    let events = bulletin.events.iter().map(|event| {
        (
            format!("event:{}", event.as_str()),
            word(event.as_french(), event.as_english()),
        )
    });
    [kind].into_iter().chain(events).collect()
}

fn sound(chronicle: &Chronicle<'_>, bulletin: &Bulletin) -> Option<(String, u32)> {
    match chronicle.snapshot.speech.get(&bulletin.id)? {
        Speech::Ready {
            duration_ms,
            dated,
            body,
        } => {
            let path = audio::address(&bulletin.id, bulletin.current().number, dated, body);
            Some((chronicle.url(&path), *duration_ms))
        }
        Speech::Queued | Speech::Failed => None,
    }
}
