//! The fields of each request, and how they become what `bulletin` asks for.

use bulletin::{Draft, Event, Kind, Language, Lifetime, Nuisance, RecordingKey, Refusal, SiteSlug};
use jiff::Timestamp;
use serde::Deserialize;

use super::body::Fields;
use crate::error::Error;

/// The body of a first post.
#[derive(Debug, Deserialize)]
pub(crate) struct NewBulletin {
    pub(crate) site: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    nuisances: Vec<String>,
    text: Option<String>,
    language: Option<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    lifetime_days: Option<i64>,
    lifetime_hours: Option<i64>,
    recording: Option<String>,
    pub(crate) networks: Option<bool>,
}

impl NewBulletin {
    /// The recording it is heard as.
    pub(crate) fn recording(&self) -> Result<Option<RecordingKey>, Error> {
        recording(self.recording.as_deref())
    }

    /// The site it speaks for; a name that no site can have is another site's.
    pub(crate) fn site(&self) -> Result<SiteSlug, Error> {
        let site = self.site.as_deref().ok_or(Error::Missing("site"))?;
        SiteSlug::parse(site).map_err(|_| Error::OtherSite)
    }

    /// The draft, with every word known.
    pub(crate) fn draft(self) -> Result<Draft, Error> {
        let kind = self.kind.ok_or(Error::Missing("kind"))?;
        let language = self
            .language
            .as_deref()
            .unwrap_or(Language::French.as_str());
        Ok(Draft {
            kind: known(
                "kind",
                &kind,
                Kind::parse,
                Kind::ALL.iter().map(|kind| kind.as_str()),
            )?,
            events: all_known("events", &self.events, Event::parse, || {
                Event::ALL.iter().map(|event| event.as_str())
            })?,
            nuisances: all_known("nuisances", &self.nuisances, Nuisance::parse, || {
                Nuisance::ALL.iter().map(|nuisance| nuisance.as_str())
            })?,
            text: self.text.ok_or(Error::Missing("text"))?,
            language: known(
                "language",
                language,
                Language::parse,
                Language::ALL.iter().map(|it| it.as_str()),
            )?,
            starts_at: instant("starts_at", self.starts_at)?,
            ends_at: instant("ends_at", self.ends_at)?,
            lifetime: lifetime(self.lifetime_days, self.lifetime_hours)?.unwrap_or_default(),
        })
    }
}

/// The body of an update.
#[derive(Debug, Deserialize)]
pub(crate) struct NewUpdate {
    text: Option<String>,
    under_control: Option<bool>,
    lifetime_days: Option<i64>,
    lifetime_hours: Option<i64>,
    recording: Option<String>,
    pub(crate) networks: Option<bool>,
}

impl NewUpdate {
    /// The recording it is heard as.
    pub(crate) fn recording(&self) -> Result<Option<RecordingKey>, Error> {
        recording(self.recording.as_deref())
    }

    pub(crate) fn change(self) -> Result<bulletin::Update, Error> {
        Ok(bulletin::Update {
            text: self.text.ok_or(Error::Missing("text"))?,
            under_control: self.under_control.unwrap_or(false),
            lifetime: lifetime(self.lifetime_days, self.lifetime_hours)?,
        })
    }
}

/// The body of a correction.
#[derive(Debug, Deserialize)]
pub(crate) struct NewCorrection {
    text: Option<String>,
    recording: Option<String>,
    pub(crate) networks: Option<bool>,
}

impl NewCorrection {
    /// The recording it is heard as.
    pub(crate) fn recording(&self) -> Result<Option<RecordingKey>, Error> {
        recording(self.recording.as_deref())
    }

    pub(crate) fn text(self) -> Result<String, Error> {
        self.text.ok_or(Error::Missing("text"))
    }
}

/// The body of an end or a withdrawal: its words, if the usual ones do not fit.
#[derive(Debug, Deserialize)]
pub(crate) struct LastWords {
    pub(crate) text: Option<String>,
    pub(crate) networks: Option<bool>,
}

impl Fields for NewBulletin {
    const MAY_BE_ABSENT: bool = false;
}

impl Fields for NewUpdate {
    const MAY_BE_ABSENT: bool = false;
}

impl Fields for NewCorrection {
    const MAY_BE_ABSENT: bool = false;
}

impl Fields for LastWords {
    const MAY_BE_ABSENT: bool = true;
}

/// One word of a closed list, or the list.
fn known<T>(
    field: &'static str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
    possible: impl Iterator<Item = &'static str>,
) -> Result<T, Error> {
    parse(value).ok_or_else(|| Error::Value {
        field,
        value: value.chars().take(40).collect(),
        possible: possible.collect::<Vec<_>>().join(", "),
    })
}

fn all_known<T, I: Iterator<Item = &'static str>>(
    field: &'static str,
    values: &[String],
    parse: impl Fn(&str) -> Option<T>,
    possible: impl Fn() -> I,
) -> Result<Vec<T>, Error> {
    values
        .iter()
        .map(|value| known(field, value, &parse, possible()))
        .collect()
}

fn recording(key: Option<&str>) -> Result<Option<RecordingKey>, Error> {
    Ok(key.map(RecordingKey::parse).transpose()?)
}

/// RFC 3339 with an offset: an hour without one is not an instant.
fn instant(field: &'static str, value: Option<String>) -> Result<Option<Timestamp>, Error> {
    let Some(value) = value else { return Ok(None) };
    let at = value.parse().ok();
    at.map(Some).ok_or_else(|| Error::Value {
        field,
        value: value.chars().take(40).collect(),
        possible: "2026-11-23T14:30:00+01:00".to_owned(),
    })
}

fn lifetime(days: Option<i64>, hours: Option<i64>) -> Result<Option<Lifetime>, Error> {
    let lifetime = match (days, hours) {
        (None, None) => return Ok(None),
        (Some(days), None) => {
            Lifetime::from_days(u8::try_from(days).map_err(|_| Refusal::Lifetime)?)?
        }
        (None, Some(hours)) => {
            Lifetime::from_hours(u16::try_from(hours).map_err(|_| Refusal::Lifetime)?)?
        }
        (Some(_), Some(_)) => return Err(Error::Both("lifetime_days", "lifetime_hours")),
    };
    Ok(Some(lifetime))
}
