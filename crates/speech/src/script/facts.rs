//! What a caller must take from a bulletin: who, where, what, since when, until when, and how it stands.

use bulletin::{Bulletin, Event, Kind, Nuisance, Site, Territory};
use jiff::{Timestamp, Zoned};

use super::phrases::{self, Phrases};
use super::{Sentences, name_of};
use crate::{Lexicon, NormaliseError, Spoken};

/// The facts of a bulletin's latest entry, in words.
pub(super) struct Facts<'a> {
    bulletin: &'a Bulletin,
    phrases: Phrases,
    /// "Raffinerie du Méandre, à Val-de-Seine"
    who: String,
    at: Zoned,
}

/// When a sentence is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// On the day of its entry: "aujourd'hui".
    OnItsDay,
    /// On a later day, or on any: with the names of the days.
    Later,
}

impl<'a> Facts<'a> {
    pub(super) fn of(
        bulletin: &'a Bulletin,
        site: &Site,
        territory: &Territory,
        lexicon: &Lexicon,
    ) -> Result<Self, NormaliseError> {
        let language = bulletin.language;
        let phrases = Phrases::of(language);
        let name = name_of(&site.spoken_name, &site.name, language, lexicon)?;
        let commune = name_of(&site.commune, &site.commune, language, lexicon).unwrap_or_default();
        let told = commune.is_empty() || name.to_lowercase().contains(&commune.to_lowercase());
        Ok(Self {
            bulletin,
            phrases,
            who: match told {
                true => name,
                false => format!("{name}, {}", phrases.in_commune(&commune)),
            },
            at: bulletin.current().at.to_zoned(territory.zone.clone()),
        })
    }

    /// Everything before the site's own text.
    pub(super) fn lead_in(&self, said: Said) -> Result<Spoken, NormaliseError> {
        let entry = self.bulletin.current();
        let mut sentences = Sentences::default();
        sentences.add(self.phrases.kind(self.bulletin.kind));
        sentences.add(&self.who);
        sentences.add(self.phrases.entry(entry.kind));
        self.add_facts(&mut sentences, said);
        let moment = match said {
            Said::OnItsDay => self.phrases.today_at(&self.at),
            Said::Later => self.phrases.day_at(&self.at, &self.at),
        };
        sentences.add(&self.phrases.posted(&moment, self.since_it_began()));
        sentences.into_spoken()
    }

    /// What follows the site's own text; empty when nothing does.
    pub(super) fn closing(&self, text: &Spoken) -> String {
        let mut sentences = Sentences::default();
        if is_long(text) {
            let kind = self.phrases.kind(self.bulletin.kind);
            sentences.add(&self.phrases.summary(&self.who));
            sentences.add(kind);
            if !self.is_live() {
                sentences.add(self.phrases.entry(self.bulletin.current().kind));
            }
            self.add_facts(&mut sentences, Said::Later);
        }
        sentences.add(self.phrases.was(self.bulletin.kind));
        sentences.into_text()
    }

    /// What, since when or until when, and that it is under control.
    fn add_facts(&self, sentences: &mut Sentences, said: Said) {
        sentences.add(&self.what());
        if !self.is_live() {
            return;
        }
        sentences.add(&self.hours(said));
        if self.bulletin.current().under_control {
            sentences.add(self.phrases.under_control());
        }
    }

    /// "Torche, fumée et bruit."
    fn what(&self) -> String {
        let bulletin = self.bulletin;
        let mut nouns: Vec<&str> = bulletin
            .events
            .iter()
            .filter_map(|event| self.phrases.event(*event))
            .collect();
        for nuisance in &bulletin.nuisances {
            let told = match nuisance {
                Nuisance::Visual => bulletin.events.iter().any(|event| is_seen(*event)),
                _ => false,
            };
            let noun = self.phrases.nuisance(*nuisance).filter(|_| !told);
            nouns.extend(noun.filter(|noun| !nouns.contains(noun)));
        }
        let mut sentence = self.phrases.list(&nouns);
        let calm = bulletin.kind != Kind::Unplanned
            && bulletin.nuisances.contains(&Nuisance::NoneExpected)
            && self.is_live();
        if calm {
            sentence.push_str(self.phrases.no_nuisance());
        }
        sentence
    }

    /// The window of what is planned; since when the rest goes on, and until when it may.
    fn hours(&self, said: Said) -> String {
        let (bulletin, at) = (self.bulletin, &self.at);
        let zoned =
            |instant: Option<Timestamp>| instant.map(|it| it.to_zoned(at.time_zone().clone()));
        let (start, end) = (zoned(bulletin.starts_at), zoned(bulletin.ends_at));
        let with_day = said == Said::Later;
        match (bulletin.kind.has_window(), start, end) {
            (true, Some(start), Some(end)) => self.phrases.planned(&start, &end, at),
            (true, Some(start), None) => self.phrases.planned_from(&start, at),
            (true, None, Some(end)) => self.phrases.planned_until(&end, at),
            (false, start, end) => {
                let began = start.map(|start| self.phrases.began(&start, at, with_day));
                let until = end.map(|end| self.phrases.may_last(&end, at, with_day));
                [began, until]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            (true, None, None) => String::new(),
        }
    }

    /// How long an unplanned event had lasted when the entry was posted, if somebody may have waited.
    fn since_it_began(&self) -> Option<u64> {
        let start = self.bulletin.starts_at?;
        let applies = self.bulletin.kind == Kind::Unplanned && self.is_live();
        let seconds = self.bulletin.current().at.duration_since(start).as_secs();
        let minutes = u64::try_from(seconds / 60).ok()?;
        (applies && minutes >= WORTH_TELLING_MINUTES).then_some(minutes)
    }

    fn is_live(&self) -> bool {
        phrases::is_live(self.bulletin.current().kind)
    }
}

/// Whether it lasts more than half a minute at the pace of the line.
fn is_long(text: &Spoken) -> bool {
    text.length() > LONG_CHARACTERS || text.as_str().split(' ').count() > LONG_WORDS
}

fn is_seen(event: Event) -> bool {
    matches!(
        event,
        Event::Flaring | Event::SteamRelease | Event::Smoke | Event::Glow | Event::Fire
    )
}

/// A site needs some minutes to write; what is more is told.
const WORTH_TELLING_MINUTES: u64 = 10;
const LONG_CHARACTERS: usize = 350;
/// Half a minute at 105 words a minute.
const LONG_WORDS: usize = 52;
