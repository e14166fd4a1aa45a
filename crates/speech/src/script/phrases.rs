//! The house's own words around a site's text, in both languages.

use bulletin::{EntryKind, Event, Kind, Language, Nuisance};
use jiff::Zoned;

use super::moments::{day, hour, lasting};
use crate::normalise::{Gender, cardinal, english};

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
            (EntryKind::First | EntryKind::Restoration, _) => "",
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

    /// `after`: for how many minutes the event had lasted.
    pub(super) fn posted(self, moment: &str, after: Option<u64>) -> String {
        let after = after.map(|minutes| lasting(minutes, self.0));
        match (self.0, after) {
            (Language::French, None) => format!("Publié {moment}."),
            (Language::French, Some(after)) => format!("Publié {moment}, {after} après le début."),
            (Language::English, None) => format!("Posted {moment}."),
            (Language::English, Some(after)) => format!("Posted {moment}, {after} after it began."),
        }
    }

    /// "à Rouen", "au Havre", "aux Authieux".
    pub(super) fn in_commune(self, commune: &str) -> String {
        if self.0 == Language::English {
            return format!("in {commune}");
        }
        match commune.split_once(' ') {
            Some(("Le", name)) => format!("au {name}"),
            Some(("Les", name)) => format!("aux {name}"),
            _ => format!("à {commune}"),
        }
    }

    /// What happens, as a headline names it; `None` for what the kind or the text tells.
    pub(super) fn event(self, event: Event) -> Option<&'static str> {
        let (french, english) = match event {
            Event::Flaring => ("torche", "flare"),
            Event::ReliefValve => ("soupape", "relief valve"),
            Event::SteamRelease => ("rejet de vapeur", "steam release"),
            Event::GasVent => ("mise à l'air de gaz", "gas vent"),
            Event::Shutdown => ("arrêt d'unité", "shutdown of a unit"),
            Event::Startup => ("redémarrage d'unité", "restart of a unit"),
            Event::Maintenance => ("travaux", "works"),
            Event::Transport => ("transport", "transport"),
            Event::Drill | Event::Test | Event::UtilityLoss | Event::Trip | Event::Other => {
                return None;
            }
            other => (other.as_french(), other.as_english()),
        };
        Some(self.either(french, english))
    }

    /// What bothers neighbours, as a headline names it.
    pub(super) fn nuisance(self, nuisance: Nuisance) -> Option<&'static str> {
        Some(match nuisance {
            Nuisance::Noise => self.either("bruit", "noise"),
            Nuisance::Odour => self.either("odeur", "odour"),
            Nuisance::Visual => {
                self.either("lumière ou fumée visible", "light or smoke to be seen")
            }
            Nuisance::Deposit => self.either("retombées", "deposits"),
            Nuisance::Traffic => self.either("circulation gênée", "traffic disturbed"),
            Nuisance::NoneExpected => return None,
        })
    }

    pub(super) fn no_nuisance(self) -> &'static str {
        self.either(" Aucune gêne attendue.", " No nuisance expected.")
    }

    /// A sentence of nouns: "Torche, fumée et bruit."
    pub(super) fn list(self, nouns: &[&str]) -> String {
        let and = self.either(" et ", " and ");
        let list = match nouns {
            [] => return String::new(),
            [one] => (*one).to_owned(),
            [many @ .., last] => format!("{}{and}{last}", many.join(", ")),
        };
        let mut letters = list.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }

    /// The facts again, for whoever has forgotten them meanwhile.
    pub(super) fn summary(self, who: &str) -> String {
        match self.0 {
            Language::French => format!("En résumé: {who}."),
            Language::English => format!("In short: {who}."),
        }
    }

    /// What must be heard last, for whoever came in late.
    pub(super) fn was(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Drill => self.either("C'était un exercice.", "This was a drill."),
            Kind::Test => self.either("C'était un essai.", "This was a test."),
            Kind::Planned | Kind::Unplanned => "",
        }
    }

    pub(super) fn greeting(self, name: &str) -> String {
        match self.0 {
            Language::French => format!(
                "Allo Industrie {name}, information gratuite; urgences dix-huit, cent douze ou cent quatorze."
            ),
            Language::English => format!(
                "Allo Industrie {name}, free information; emergencies eighteen, one one two or one one four."
            ),
        }
    }

    /// The name of a territory as a choice of the menu.
    pub(super) fn choice(self, name: &str) -> String {
        match self.0 {
            Language::French => format!("Pour {name},"),
            Language::English => format!("For {name},"),
        }
    }

    /// Nothing declared by any of so many sites.
    pub(super) fn no_event(self, sites: usize) -> String {
        let number = sites as u64;
        match (self.0, sites) {
            (Language::French, 1) => {
                format!("Le site membre n'a déclaré aucun événement. {NO_OTHERS}")
            }
            (Language::French, _) => format!(
                "Aucun des {} sites membres n'a déclaré d'événement. {NO_OTHERS}",
                cardinal(number, Gender::Masculine)
            ),
            (Language::English, 1) => {
                format!("The one member site has declared no event. {NO_OTHERS_ENGLISH}")
            }
            (Language::English, _) => format!(
                "None of the {} member sites has declared an event. {NO_OTHERS_ENGLISH}",
                english::cardinal(number)
            ),
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

    /// When an unplanned event began; the day if it was another, or must be told.
    pub(super) fn began(self, start: &Zoned, near: &Zoned, with_day: bool) -> String {
        let moment = self.moment(start, near, with_day);
        match self.0 {
            Language::French => format!("Début {moment}."),
            Language::English => format!("It began {moment}."),
        }
    }

    /// Until when it may last, as far as the site knows.
    pub(super) fn may_last(self, end: &Zoned, near: &Zoned, with_day: bool) -> String {
        let moment = self.moment(end, near, with_day);
        match self.0 {
            Language::French => format!("Fin attendue {moment}."),
            Language::English => format!("It should end {moment}."),
        }
    }

    fn moment(self, at: &Zoned, near: &Zoned, with_day: bool) -> String {
        match (self.0, with_day || at.date() != near.date()) {
            (_, true) => self.day_at(at, near),
            (Language::French, false) => format!("à {}", hour(at, self.0)),
            (Language::English, false) => format!("at {}", hour(at, self.0)),
        }
    }

    fn either(self, french: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Language::French => french,
            Language::English => english,
        }
    }

    fn bare_day_at(self, at: &Zoned, near: &Zoned) -> String {
        format!("{} at {}", day(at, near, self.0), hour(at, self.0))
    }
}

const NO_OTHERS: &str = "Cette ligne ne couvre pas les autres sites. Les mêmes informations sont sur notre page internet.";
const NO_OTHERS_ENGLISH: &str =
    "This line does not cover other sites. The same information is on our web page.";

/// Whether the entry speaks of something that is not over.
pub(super) fn is_live(kind: EntryKind) -> bool {
    !matches!(kind, EntryKind::End | EntryKind::Withdrawal)
}
