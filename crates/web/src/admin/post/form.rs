//! The form of the posting page as it was filled in, and how it becomes what `bulletin` asks for.

use bulletin::{Draft, Event, Kind, Language, Lifetime, Nuisance, Refusal, Update};
use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::models::{Model, blank_in};

/// Every field as it was typed; also what a draft keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    /// What becomes of it.
    pub(crate) purpose: Purpose,
    /// The bulletin that gets another entry; empty for a new one.
    pub(crate) thread: String,
    pub(crate) site: String,
    pub(crate) kind: String,
    pub(crate) events: Vec<String>,
    pub(crate) nuisances: Vec<String>,
    pub(crate) text: String,
    pub(crate) language: String,
    /// Hours of the territory, `2026-11-23T14:30`; empty when they are not known.
    pub(crate) starts_at: String,
    pub(crate) ends_at: String,
    pub(crate) publish_at: String,
    pub(crate) days: String,
    pub(crate) under_control: bool,
    /// Kept off social networks.
    pub(crate) off_networks: bool,
    /// Published without a preview, and without a second person.
    pub(crate) emergency: bool,
    /// The key of a person's recording; empty where a voice reads the text.
    pub(crate) recording: String,
    /// When the draft was last written as it was shown; empty for one that is not kept yet.
    #[serde(skip)]
    pub(crate) seen: String,
    /// Why the file that was sent cannot be heard, in French and in English.
    pub(crate) unheard: Option<(String, String)>,
}

/// What a form is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// A new bulletin.
    #[default]
    First,
    Update,
    Correct,
    End,
}

impl Purpose {
    /// Its word in addresses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Correct => "correct",
            Self::End => "end",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        let all = [Self::First, Self::Update, Self::Correct, Self::End];
        all.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

impl Form {
    /// An empty form for a new bulletin of a site.
    pub(crate) fn blank(site: &str, language: Language) -> Self {
        Self {
            site: site.to_owned(),
            kind: Kind::Unplanned.as_str().to_owned(),
            language: language.as_str().to_owned(),
            days: DAYS.to_owned(),
            ..Self::default()
        }
    }

    /// Takes over what a model says.
    pub(crate) fn fill(&mut self, model: &Model) {
        self.kind = model.kind.as_str().to_owned();
        self.events = model
            .events
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect();
        self.nuisances = model
            .nuisances
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect();
        self.text = model.text(self.language()).to_owned();
    }

    /// Takes one field of a request; names that are not of the form are left out.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        match name {
            "purpose" => self.purpose = Purpose::parse(&value).unwrap_or_default(),
            "thread" => self.thread = value,
            "site" => self.site = value,
            "kind" => self.kind = value,
            "events" => self.events.push(value),
            "nuisances" => self.nuisances.push(value),
            "text" => self.text = value.replace("\r\n", "\n"),
            "language" => self.language = value,
            "starts_at" => self.starts_at = value,
            "ends_at" => self.ends_at = value,
            "publish_at" => self.publish_at = value,
            "days" => self.days = value,
            "under_control" => self.under_control = value == "yes",
            "off_networks" => self.off_networks = value == "yes",
            "emergency" => self.emergency = value == "yes",
            "recording" => self.recording = value,
            "seen" => self.seen = value,
            _ => {}
        }
    }

    pub(crate) fn language(&self) -> Language {
        Language::parse(&self.language).unwrap_or(Language::French)
    }

    /// What `bulletin` composes a new bulletin of.
    ///
    /// - `zone`: of the territory, for the hours.
    pub(crate) fn draft(&self, zone: &TimeZone) -> Result<Draft, Fault> {
        self.check_blanks()?;
        let word = |field, french: &str, english: &str| Fault::new(field, french, english);
        let kind = Kind::parse(&self.kind);
        let kind = kind.ok_or_else(|| {
            word(
                "kind",
                "Choisissez un motif.",
                "Choose what kind of bulletin it is.",
            )
        })?;
        let events = self.events.iter().map(|it| Event::parse(it));
        let events = events.collect::<Option<Vec<_>>>().ok_or_else(|| {
            word(
                "events",
                "Choisissez parmi ces événements.",
                "Choose among these events.",
            )
        })?;
        let nuisances = self.nuisances.iter().map(|it| Nuisance::parse(it));
        let nuisances = nuisances.collect::<Option<Vec<_>>>().ok_or_else(|| {
            word(
                "nuisances",
                "Choisissez parmi ces gênes.",
                "Choose among these nuisances.",
            )
        })?;
        Ok(Draft {
            kind,
            events,
            nuisances,
            text: self.text.clone(),
            language: self.language(),
            starts_at: hour("starts_at", &self.starts_at, zone)?,
            ends_at: hour("ends_at", &self.ends_at, zone)?,
            lifetime: self.lifetime()?.unwrap_or_default(),
        })
    }

    /// What an update says.
    pub(crate) fn change(&self) -> Result<Update, Fault> {
        self.check_blanks()?;
        Ok(Update {
            text: self.text.clone(),
            under_control: self.under_control,
            lifetime: self.lifetime()?,
        })
    }

    /// A text without holes.
    pub(crate) fn check_blanks(&self) -> Result<(), Fault> {
        match blank_in(&self.text) {
            None => Ok(()),
            Some(blank) => Err(Fault::new(
                "text",
                &format!("Il reste un blanc à remplir : {blank}."),
                &format!("There is a blank left to fill in: {blank}."),
            )),
        }
    }

    /// When it is to be published, if not at once.
    pub(crate) fn publish_at(
        &self,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Fault> {
        let at = hour("publish_at", &self.publish_at, zone)?;
        let latest = Lifetime::Days(30).expiry(now, zone);
        match at {
            Some(at) if at > latest => Err(Fault::new(
                "publish_at",
                "On programme au plus trente jours à l’avance. Choisissez un jour plus proche.",
                "A bulletin is scheduled at most thirty days ahead. Choose an earlier day.",
            )),
            at => Ok(at.filter(|at| *at > now)),
        }
    }

    fn lifetime(&self) -> Result<Option<Lifetime>, Fault> {
        let days = self.days.trim();
        if days.is_empty() {
            return Ok(None);
        }
        let days = days.parse().map_err(|_| Refusal::Lifetime)?;
        Ok(Some(Lifetime::from_days(days)?))
    }
}

/// A field that must be filled in otherwise, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The field's name, also its place on the page.
    pub(crate) field: &'static str,
    pub(crate) french: String,
    pub(crate) english: String,
}

impl Fault {
    pub(crate) fn new(field: &'static str, french: &str, english: &str) -> Self {
        Self {
            field,
            french: french.to_owned(),
            english: english.to_owned(),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let field = match refusal {
            Refusal::NoPerception => "events",
            Refusal::EndsBeforeStart | Refusal::AlreadyOver => "ends_at",
            Refusal::ExpiresBeforeStart | Refusal::Lifetime => "days",
            Refusal::WrongTerritory | Refusal::SiteSlug | Refusal::TerritorySlug => "site",
            Refusal::UnknownRecording => "sound",
            _ => "text",
        };
        Self::new(field, &refusal.to_string(), &refusal.english())
    }
}

/// An hour of the territory's clock; one that the autumn night repeats is taken the first time.
fn hour(field: &'static str, text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse::<DateTime>();
    let at = read.and_then(|at| at.to_zoned(zone.clone()));
    at.map(|at| Some(at.timestamp())).map_err(|_| {
        Fault::new(
            field,
            "Écrivez le jour et l’heure ainsi : 2026-11-23T14:30.",
            "Write the day and the hour like this: 2026-11-23T14:30.",
        )
    })
}

/// The usual lifetime, as the form proposes it.
const DAYS: &str = "9";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_those_of_the_territory() {
        let draft = filled().draft(&paris()).unwrap();
        assert_eq!(
            draft.starts_at,
            Some("2026-11-23T13:05:00Z".parse().unwrap())
        );
        assert_eq!(draft.lifetime, Lifetime::Days(9));
        let mut mistyped = filled();
        mistyped.ends_at = "demain".into();
        assert_eq!(mistyped.draft(&paris()).unwrap_err().field, "ends_at");
    }

    #[test]
    fn a_text_with_a_blank_is_refused_by_name() {
        let mut form = filled();
        form.fill(Model::find("flare").unwrap());
        let fault = form.draft(&paris()).unwrap_err();
        assert_eq!(fault.field, "text");
        assert!(fault.french.contains("[heure]") && fault.english.contains("[heure]"));
    }

    #[test]
    fn an_hour_of_publication_that_is_over_means_at_once() {
        let now = "2026-11-23T13:32:00Z".parse().unwrap();
        let mut form = filled();
        let at = |form: &Form| form.publish_at(&paris(), now);
        assert_eq!(at(&form), Ok(None));
        form.publish_at = "2026-11-23T14:31".into();
        assert_eq!(at(&form), Ok(None));
        form.publish_at = "2026-11-23T15:00".into();
        assert_eq!(at(&form), Ok(Some("2026-11-23T14:00:00Z".parse().unwrap())));
        form.publish_at = "2027-11-23T15:00".into();
        assert_eq!(at(&form).unwrap_err().field, "publish_at");
    }

    #[test]
    fn what_a_draft_keeps_reads_back() {
        let form = filled();
        let kept = serde_json::to_string(&form).unwrap();
        assert_eq!(serde_json::from_str::<Form>(&kept).unwrap(), form);
    }

    fn filled() -> Form {
        let mut form = Form::blank("raffinerie", Language::French);
        form.set("events", "flaring".into());
        form.set("text", "La torche est allumée.".into());
        form.set("starts_at", "2026-11-23T14:05".into());
        form
    }

    fn paris() -> TimeZone {
        TimeZone::get("Europe/Paris").unwrap()
    }
}
