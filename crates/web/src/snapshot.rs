//! What the public may read at one instant.

use std::collections::HashMap;

use bulletin::{BulletinId, Programme, Site, Territory};
use jiff::Timestamp;

/// What the public may read at one instant: the source of every [`Pages`](crate::Pages).
#[derive(Clone, Debug)]
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
}

impl Snapshot {
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
