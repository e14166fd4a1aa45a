//! What the public may read at one instant.

use std::collections::HashMap;

use bulletin::{
    BackgroundPage, BulletinId, Coordinates, Imprint, LineSettings, Programme, Site, SiteSlug,
    Territory, TerritorySlug,
};
use jiff::Timestamp;

/// What the public may read at one instant: the source of every [`Pages`](crate::Pages).
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Each territory with its member sites and what its callers hear, in the order of the home page.
    pub territories: Vec<(Territory, Vec<Site>, Programme)>,
    /// Sites that are closed: their bulletins still bear their names.
    pub former_sites: Vec<Site>,
    /// Where the sound of a bulletin's latest entry stands; none at all counts as [`Speech::Queued`].
    pub speech: HashMap<BulletinId, Speech>,
    /// When the programme was last compared with the rows: the hour an empty page vouches for.
    pub checked_at: Timestamp,
    /// The instant for which states are shown.
    pub now: Timestamp,
    /// What comes before the path in addresses that others copy: `https://allo.example`, or nothing.
    pub public_url: String,
    /// For how many days the records of calls are kept, as readers are told; 0 when none is.
    pub call_records_days: u16,
    /// What managers decide about their lines: readers are told what callers are told.
    pub settings: HashMap<TerritorySlug, LineSettings>,
    /// Who is behind the pages of each territory; none where nobody has said it.
    pub imprints: HashMap<TerritorySlug, Imprint>,
    /// The pages that explain, by territory.
    pub background: HashMap<TerritorySlug, Vec<BackgroundPage>>,
    /// Where the sites stand of which it is known.
    pub places: HashMap<SiteSlug, Coordinates>,
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
}

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
