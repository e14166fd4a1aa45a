//! The words before a site's own: what kind of telling this is, from whom, when.

use bulletin::{EntryKind, Kind, Language};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::Announcement;

/// The beginning of a telling, the parts that can be left out when there is no room marked as such.
pub(super) struct Lead {
    /// "EXERCICE – Mise à jour – ": never left out.
    pub(super) mark: String,
    /// "Raffinerie du Méandre".
    pub(super) site: String,
    /// " (Val-de-Seine)", or nothing where the name says it.
    pub(super) commune: String,
    /// ", 26/11 à 14 h 32 : ".
    pub(super) hour: String,
}

impl Lead {
    pub(super) fn of(announcement: &Announcement) -> Self {
        let Announcement {
            bulletin,
            entry,
            site,
            territory,
            ..
        } = announcement;
        let language = bulletin.language;
        let mut mark = String::new();
        for words in [drill(language, bulletin.kind), telling(announcement)]
            .into_iter()
            .flatten()
        {
            mark.push_str(&words);
            mark.push_str(" – ");
        }
        let says_it = site
            .name
            .to_lowercase()
            .contains(&site.commune.to_lowercase());
        let commune = if says_it {
            String::new()
        } else {
            format!(" ({})", site.commune)
        };
        let at = moment(language, entry.at, &territory.zone);
        let colon = match language {
            Language::French => "\u{a0}: ",
            Language::English => ": ",
        };
        Self {
            mark,
            site: site.name.clone(),
            commune,
            hour: format!(", {at}{colon}"),
        }
    }
}

/// What must stand first wherever a drill or a test is told.
fn drill(language: Language, kind: Kind) -> Option<String> {
    let words = match (language, kind) {
        (Language::French, Kind::Drill) => "EXERCICE",
        (Language::English, Kind::Drill) => "EXERCISE",
        (Language::French, Kind::Test) => "CECI EST UN ESSAI",
        (Language::English, Kind::Test) => "THIS IS A TEST",
        (_, Kind::Planned | Kind::Unplanned) => return None,
    };
    Some(words.to_owned())
}

/// What an entry is to its thread; of a first one about something announced, its hours.
fn telling(announcement: &Announcement) -> Option<String> {
    let Announcement {
        bulletin, entry, ..
    } = announcement;
    let french = bulletin.language == Language::French;
    let words = match entry.kind {
        EntryKind::First => return window(announcement),
        EntryKind::Update if entry.under_control && french => "Mise à jour, maîtrisé",
        EntryKind::Update if entry.under_control => "Update, under control",
        EntryKind::Update if french => "Mise à jour",
        EntryKind::Update => "Update",
        EntryKind::Correction if french => "Rectificatif",
        EntryKind::Correction => "Correction",
        EntryKind::End if french => "Fin",
        EntryKind::End => "End",
        EntryKind::Withdrawal if french => "Retrait",
        EntryKind::Withdrawal => "Withdrawn",
        EntryKind::Restoration if french => "Rétabli",
        EntryKind::Restoration => "Restored",
    };
    Some(words.to_owned())
}

/// The hours of something announced, so that it is not taken for another event: "Prévu le 26/11 de 8 h à 18 h".
fn window(announcement: &Announcement) -> Option<String> {
    let Announcement {
        bulletin,
        territory,
        ..
    } = announcement;
    if !bulletin.kind.has_window() {
        return None;
    }
    let local = |at: Option<Timestamp>| at.map(|at| at.to_zoned(territory.zone.clone()));
    let language = bulletin.language;
    let french = language == Language::French;
    Some(match (local(bulletin.starts_at), local(bulletin.ends_at)) {
        (None, None) if french => "Prévu".to_owned(),
        (None, None) => "Planned".to_owned(),
        (Some(start), None) if french => {
            format!("Prévu à partir du {}", day_and_hour(language, &start))
        }
        (Some(start), None) => format!("Planned from {}", day_and_hour(language, &start)),
        (None, Some(end)) if french => format!("Prévu jusqu’au {}", day_and_hour(language, &end)),
        (None, Some(end)) => format!("Planned until {}", day_and_hour(language, &end)),
        (Some(start), Some(end)) if start.date() == end.date() && french => format!(
            "Prévu le {} de {} à {}",
            day(language, &start),
            hour(language, &start),
            hour(language, &end)
        ),
        (Some(start), Some(end)) if start.date() == end.date() => format!(
            "Planned {}, {} to {}",
            day(language, &start),
            hour(language, &start),
            hour(language, &end)
        ),
        (Some(start), Some(end)) if french => format!(
            "Prévu du {} au {}",
            day_and_hour(language, &start),
            day_and_hour(language, &end)
        ),
        (Some(start), Some(end)) => format!(
            "Planned from {} to {}",
            day_and_hour(language, &start),
            day_and_hour(language, &end)
        ),
    })
}

/// `26/11 à 14 h 32`, `26 Nov 14:32`: short, and of the day too, since a telling can come late.
fn moment(language: Language, at: Timestamp, zone: &TimeZone) -> String {
    day_and_hour(language, &at.to_zoned(zone.clone()))
}

fn day_and_hour(language: Language, at: &Zoned) -> String {
    let between = match language {
        Language::French => " à ",
        Language::English => " ",
    };
    format!("{}{between}{}", day(language, at), hour(language, at))
}

fn day(language: Language, at: &Zoned) -> String {
    match language {
        Language::French => at.strftime("%d/%m").to_string(),
        Language::English => at.strftime("%-d %b").to_string(),
    }
}

/// `14 h 32`, `14:32`; the hour that comes twice in October says which one it is.
fn hour(language: Language, at: &Zoned) -> String {
    let clock = match (language, at.minute()) {
        (Language::French, 0) => format!("{}\u{a0}h", at.hour()),
        (Language::French, minute) => format!("{}\u{a0}h\u{a0}{minute:02}", at.hour()),
        (Language::English, minute) => format!("{}:{minute:02}", at.hour()),
    };
    let zone = at.time_zone();
    if !zone.to_ambiguous_zoned(at.datetime()).is_ambiguous() {
        return clock;
    }
    let summer = zone.to_offset_info(at.timestamp()).dst().is_dst();
    match (language, summer) {
        (Language::French, true) => format!("{clock} (heure d’été)"),
        (Language::French, false) => format!("{clock} (heure d’hiver)"),
        (Language::English, true) => format!("{clock} (summer time)"),
        (Language::English, false) => format!("{clock} (winter time)"),
    }
}
