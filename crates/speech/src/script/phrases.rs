//! The house's own words around a site's text, in both languages.

use bulletin::{EntryKind, Kind, Language};
use jiff::Zoned;

use super::moments::{day, hour};

/// The phrases of one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrases(Language);

impl Phrases {
    pub(super) fn of(language: Language) -> Self {
        Self(language)
    }

    /// What must be heard before anything else.
    pub(super) fn kind(self, kind: Kind) -> &'static str {
        match (kind, self.0) {
            (Kind::Drill, Language::French) => "Exercice.",
            (Kind::Drill, Language::English) => "This is a drill.",
            (Kind::Test, Language::French) => "Ceci est un essai.",
            (Kind::Test, Language::English) => "This is a test.",
            (Kind::Planned | Kind::Unplanned, _) => "",
        }
    }

    pub(super) fn entry(self, kind: EntryKind) -> &'static str {
        match (kind, self.0) {
            (EntryKind::First, _) => "",
            (EntryKind::Update, Language::French) => "Mise à jour.",
            (EntryKind::Update, Language::English) => "Update.",
            (EntryKind::Correction, Language::French) => "Rectificatif.",
            (EntryKind::Correction, Language::English) => "Correction.",
            (EntryKind::End, Language::French) => "Terminé.",
            (EntryKind::End, Language::English) => "Ended.",
            (EntryKind::Withdrawal, Language::French) => "Annulé.",
            (EntryKind::Withdrawal, Language::English) => "Cancelled.",
        }
    }

    pub(super) fn posted(self, moment: &str) -> String {
        match self.0 {
            Language::French => format!("Publié {moment}."),
            Language::English => format!("Posted {moment}."),
        }
    }

    pub(super) fn today_at(self, at: &Zoned) -> String {
        match self.0 {
            Language::French => format!("aujourd'hui à {}", hour(at, self.0)),
            Language::English => format!("today at {}", hour(at, self.0)),
        }
    }

    /// Day and hour; `near` tells whether the year must be said.
    pub(super) fn day_at(self, at: &Zoned, near: &Zoned) -> String {
        let (day, hour) = (day(at, near, self.0), hour(at, self.0));
        match self.0 {
            Language::French => format!("{day} à {hour}"),
            Language::English => format!("on {day} at {hour}"),
        }
    }

    pub(super) fn under_control(self) -> &'static str {
        match self.0 {
            Language::French => "La situation est maîtrisée.",
            Language::English => "The situation is under control.",
        }
    }

    pub(super) fn planned(self, start: &Zoned, end: &Zoned, near: &Zoned) -> String {
        let (from, until) = (hour(start, self.0), hour(end, self.0));
        match (self.0, start.date() == end.date()) {
            (Language::French, true) => {
                format!("Prévu {}, de {from} à {until}.", day(start, near, self.0))
            }
            (Language::French, false) => {
                format!(
                    "Prévu du {} au {}.",
                    self.day_at(start, near),
                    self.day_at(end, near)
                )
            }
            (Language::English, true) => {
                format!(
                    "Planned on {}, from {from} to {until}.",
                    day(start, near, self.0)
                )
            }
            (Language::English, false) => {
                format!(
                    "Planned from {} to {}.",
                    self.bare_day_at(start, near),
                    self.bare_day_at(end, near)
                )
            }
        }
    }

    pub(super) fn planned_from(self, start: &Zoned, near: &Zoned) -> String {
        match self.0 {
            Language::French => format!("Prévu à partir du {}.", self.day_at(start, near)),
            Language::English => format!("Planned from {}.", self.bare_day_at(start, near)),
        }
    }

    pub(super) fn planned_until(self, end: &Zoned, near: &Zoned) -> String {
        match self.0 {
            Language::French => format!("Prévu jusqu'au {}.", self.day_at(end, near)),
            Language::English => format!("Planned until {}.", self.bare_day_at(end, near)),
        }
    }

    /// When an unplanned event began; the day only if it was another.
    pub(super) fn began(self, start: &Zoned, near: &Zoned) -> String {
        let same_day = start.date() == near.date();
        match (self.0, same_day) {
            (Language::French, true) => format!("Début à {}.", hour(start, self.0)),
            (Language::French, false) => format!("Début {}.", self.day_at(start, near)),
            (Language::English, true) => format!("It began at {}.", hour(start, self.0)),
            (Language::English, false) => format!("It began {}.", self.day_at(start, near)),
        }
    }

    fn bare_day_at(self, at: &Zoned, near: &Zoned) -> String {
        format!("{} at {}", day(at, near, self.0), hour(at, self.0))
    }
}

/// Whether the entry speaks of something that is not over.
pub(super) fn is_live(kind: EntryKind) -> bool {
    !matches!(kind, EntryKind::End | EntryKind::Withdrawal)
}
