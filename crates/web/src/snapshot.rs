//! What the public may read at one instant.

use std::collections::HashMap;
use std::sync::Arc;

use bulletin::{
    BackgroundPage, Bulletin, BulletinId, Coordinates, Imprint, Language, LineSettings, Programme,
    Site, SiteSlug, Territory, TerritorySlug, programme,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::publisher::Publisher;
use crate::rendered::mark;
use crate::words::Moment;

/// What the public may read at one instant: the source of every [`Pages`](crate::Pages).
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Each territory with its member sites and what its callers hear, in the order of the home page.
    pub territories: Vec<(Territory, Vec<Site>, Programme)>,
    /// Sites that are closed: their bulletins still bear their names.
    pub former_sites: Vec<Site>,
    /// The bulletins of the last weeks, withdrawn and expired ones included, newest first: what feeds tell.
    pub recent: Vec<Bulletin>,
    /// Where the sound of a bulletin's latest entry stands; none at all counts as [`Speech::Queued`].
    pub speech: HashMap<BulletinId, Speech>,
    /// When the programme was last compared with the rows: the hour an empty page vouches for.
    pub checked_at: Timestamp,
    /// The instant for which states are shown. Later than [`Snapshot::checked_at`] while the rows cannot be read.
    pub now: Timestamp,
    /// It was kept by an earlier start of the program, and the rows have not been read since: it says at once of when it is.
    pub is_recalled: bool,
    /// For how many days the records of calls are kept, as readers are told; 0 when none is.
    pub call_records_days: u16,
    /// Whether residents are written to who ask for it.
    pub sends_mail: bool,
    /// What managers decide about their lines: readers are told what callers are told.
    pub settings: HashMap<TerritorySlug, LineSettings>,
    /// Who is behind the pages of each territory; none where nobody has said it.
    pub imprints: HashMap<TerritorySlug, Imprint>,
    /// The pages that explain, by territory.
    pub background: HashMap<TerritorySlug, Vec<BackgroundPage>>,
    /// Where the sites stand of which it is known.
    pub places: HashMap<SiteSlug, Coordinates>,
    /// Who publishes it.
    pub publisher: Arc<Publisher>,
}

impl Snapshot {
    /// Where the sound of a bulletin stands.
    pub(crate) fn speech_of(&self, bulletin: &BulletinId) -> Speech {
        self.speech.get(bulletin).cloned().unwrap_or_default()
    }

    /// Every site that a bulletin of a territory may name: its members and those that were.
    pub(crate) fn names(&self, members: &[Site]) -> Vec<Site> {
        members.iter().chain(&self.former_sites).cloned().collect()
    }

    /// The same bulletins at a later instant, for as long as the rows cannot be read.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        let mut later = Self {
            now,
            ..self.clone()
        };
        for (territory, _, heard) in &mut later.territories {
            *heard = programme(&self.recent, &territory.slug, now);
        }
        later
    }

    /// Whether this is older than it should be: the rows cannot be read.
    pub(crate) fn is_aged(&self) -> bool {
        self.is_recalled || self.now.duration_since(self.checked_at) > SOON_OLD
    }

    /// Another one as soon as the page of a territory shows something else that no entry tells: an hour that has
    /// passed, what a manager tells everybody, that the rows cannot be read.
    pub(crate) fn mark_of(&self, territory: &TerritorySlug) -> String {
        let places = self.territories.iter();
        let states: Vec<_> = places
            .filter(|(one, ..)| one.slug == *territory)
            .flat_map(|(.., heard)| heard.ongoing.iter().chain(&heard.ended))
            .map(|one| (one.id.as_str(), one.state(self.now).as_str()))
            .collect();
        let settings = self.settings.get(territory);
        let crisis = settings.and_then(|it| it.crisis.as_ref());
        let crisis = crisis.map(|it| it.text.as_str());
        let authorities = settings.is_some_and(|it| it.authorities);
        let all = (states, crisis, authorities, self.is_aged());
        mark(format!("{all:?}").as_bytes())
    }

    /// Of when this is, in words, once it is older than it should be.
    pub(crate) fn as_of(&self, language: Language, zone: &TimeZone) -> Option<String> {
        if !self.is_aged() {
            return None;
        }
        // With its year: nobody knows how long this goes on.
        let moment = Moment::told(language, self.checked_at, zone, Timestamp::MIN).words;
        Some(match language {
            Language::French => format!(
                "État au {moment}\u{a0}: ce qui a été publié depuis ne peut pas être lu pour l’instant."
            ),
            Language::English => format!(
                "As of {moment}: what was published since then cannot be read at the moment."
            ),
        })
    }
}

/// The rows are read at least three times in it.
const SOON_OLD: SignedDuration = SignedDuration::from_secs(60);

/// Where the sound of a bulletin's latest entry stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// It waits for the voice.
    #[default]
    Queued,
    /// It can be heard.
    Ready {
        /// Lead-in and body together, in milliseconds.
        duration_ms: u32,
        /// Key of the recording that says who speaks and on what day; the same the next day.
        dated: String,
        /// Key of the recording of the text.
        body: String,
    },
    /// The voice could not say it.
    Failed,
}

impl Speech {
    /// `queued`, `ready` or `failed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ready { .. } => "ready",
            Self::Failed => "failed",
        }
    }
}
