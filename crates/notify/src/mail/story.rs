//! An entry of a bulletin as a mail tells it: the words of its site, with who, where, what and since when around them.
//!
//! Every hour is of the territory's clock and says how far that is from UTC, so that the hour which comes twice in the
//! last night of October is told apart.

use bulletin::{Bulletin, Entry, EntryKind, Kind, Language, Nuisance};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Announcement;

/// The subject: an exercise says so first, then what is new, what happens and where.
#[must_use]
pub fn subject(announcement: &Announcement, language: Language) -> String {
    let Announcement {
        bulletin,
        site,
        entry,
        ..
    } = announcement;
    let say = |french, english| pick(language, french, english);
    let first = match bulletin.kind {
        Kind::Drill => say("EXERCICE – ", "DRILL – "),
        Kind::Test => say("ESSAI – ", "TEST – "),
        Kind::Planned | Kind::Unplanned => "",
    };
    let new = match entry.kind {
        EntryKind::First => kind_of(bulletin, language),
        other => capitalised(say(other.as_french(), other.as_english())),
    };
    let events = events_of(bulletin, language);
    let colon = say("\u{a0}: ", ": ");
    let what = match events.is_empty() {
        true => new,
        false => format!("{new}{colon}{events}"),
    };
    match site.commune.is_empty() {
        true => format!("{first}{what} – {}", site.name),
        false => format!("{first}{what} – {}, {}", site.name, site.commune),
    }
}

/// The text: the entry with its facts, then what was said before, the latest first, and where to learn more.
#[must_use]
pub fn story(announcement: &Announcement, language: Language) -> String {
    let Announcement {
        bulletin,
        entry,
        site,
        territory,
        sender,
        ..
    } = announcement;
    let say = |french, english| pick(language, french, english);
    let hour = |at| hour(at, &territory.zone, language);
    let colon = say("\u{a0}: ", ": ");
    let mut lines = vec![];
    match bulletin.kind {
        Kind::Drill => {
            lines.push(say("EXERCICE. Ceci est un exercice.", "DRILL. This is a drill.").to_owned())
        }
        Kind::Test => {
            lines.push(say("ESSAI. Ceci est un essai.", "TEST. This is a test.").to_owned())
        }
        Kind::Planned | Kind::Unplanned => {}
    }
    let place = match site.commune.is_empty() {
        true => site.name.clone(),
        false => format!("{}, {}", site.name, site.commune),
    };
    lines.push(place);
    let events = events_of(bulletin, language);
    let kind = kind_of(bulletin, language);
    lines.push(match events.is_empty() {
        true => kind,
        false => format!("{kind}{colon}{events}"),
    });
    lines.push(String::new());
    lines.push(entry.text.clone());
    lines.push(String::new());
    let label = |entry: &Entry| {
        let label = say(entry.kind.as_french(), entry.kind.as_english());
        format!("{}, {}", capitalised(label), hour(entry.at))
    };
    lines.push(label(entry));
    // As it stood with this entry, whatever came afterwards.
    let mut then = bulletin.clone();
    then.entries.retain(|one| one.number <= entry.number);
    let state = then.state(entry.at);
    let state = say(state.as_french(), state.as_english());
    lines.push(format!("{}{colon}{state}", say("État", "State")));
    let facts = [
        (say("Début", "Start"), bulletin.starts_at),
        (
            say("Fin prévue", "Expected end"),
            bulletin.ends_at.filter(|_| !closes(entry.kind)),
        ),
    ];
    for (name, at) in facts {
        lines.extend(at.map(|at| format!("{name}{colon}{}", hour(at))));
    }
    let nuisances = bulletin
        .nuisances
        .iter()
        .map(|it: &Nuisance| say(it.as_french(), it.as_english()));
    let nuisances: Vec<_> = nuisances.collect();
    if !nuisances.is_empty() {
        lines.push(format!(
            "{}{colon}{}",
            say("Gêne possible", "Possible nuisance"),
            nuisances.join(", ")
        ));
    }
    let earlier = bulletin
        .entries
        .iter()
        .filter(|one| one.number < entry.number);
    let earlier: Vec<_> = earlier.collect();
    if !earlier.is_empty() {
        lines.push(String::new());
        lines.push(say("Ce qui avait été dit", "What was said before").to_owned());
    }
    for (place, one) in earlier.iter().enumerate().rev() {
        let next = earlier.get(place + 1).copied().unwrap_or(entry);
        let corrected = match next.kind == EntryKind::Correction {
            true => say(" (rectifié ensuite)", " (corrected afterwards)"),
            false => "",
        };
        lines.push(String::new());
        lines.push(format!("{}{corrected}", label(one)));
        lines.extend(one.text.lines().map(|line| format!("> {line}")));
    }
    lines.push(String::new());
    lines.push(format!(
        "{}{colon}{}",
        say("Sur la page", "On the page"),
        announcement.link()
    ));
    if let Some(number) = &sender.number {
        lines.push(format!(
            "{}{colon}{number}",
            say("Par téléphone", "By telephone")
        ));
    }
    lines.push(
        say(
            "En cas d’urgence, appelez le 18 ou le 112. Ce message informe ; il ne remplace ni les sirènes, ni FR-Alert, ni les consignes des autorités.",
            "In an emergency call 18 or 112. This message informs; it replaces neither the sirens, nor FR-Alert, nor what the authorities tell you to do.",
        )
        .to_owned(),
    );
    lines.join("\n")
}

/// An instant in the words of a mail: `26/11/2026 à 02 h 14 (UTC+01:00)`, `2026-11-26 at 02:14 (UTC+01:00)`.
fn hour(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let form = pick(
        language,
        "%d/%m/%Y à %H h %M (UTC%:z)",
        "%Y-%m-%d at %H:%M (UTC%:z)",
    );
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

fn kind_of(bulletin: &Bulletin, language: Language) -> String {
    capitalised(pick(
        language,
        bulletin.kind.as_french(),
        bulletin.kind.as_english(),
    ))
}

fn events_of(bulletin: &Bulletin, language: Language) -> String {
    let events = bulletin.events.iter();
    let events = events.map(|it| pick(language, it.as_french(), it.as_english()));
    events.collect::<Vec<_>>().join(", ")
}

fn closes(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::End | EntryKind::Withdrawal)
}

pub(super) fn pick<'a>(language: Language, french: &'a str, english: &'a str) -> &'a str {
    match language {
        Language::French => french,
        Language::English => english,
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
