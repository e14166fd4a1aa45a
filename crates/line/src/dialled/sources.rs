//! Where a trunk's INVITEs hold the dialled number, and in which order these places are asked.

/// The places that are asked for the dialled number, the first one that names a number of a territory decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberSources {
    /// The places, the most trusted first; what is not here is not asked.
    pub order: Vec<NumberSource>,
    /// Which of several Diversion headers is asked first.
    pub diversion: Turn,
    /// Which of several History-Info entries is asked first, in the order of their index.
    pub history_info: Turn,
}

impl Default for NumberSources {
    /// Every place. Of several diversions the number dialled first stands in the last header (RFC 5806 puts the latest
    /// on top), of the history in the first index (RFC 7044).
    fn default() -> Self {
        Self {
            order: NumberSource::ALL.to_vec(),
            diversion: Turn::Last,
            history_info: Turn::First,
        }
    }
}

/// A place of an INVITE that may hold the dialled number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberSource {
    /// The Request-URI.
    RequestUri,
    /// P-Called-Party-ID (RFC 7315 § 4.2).
    PCalledPartyId,
    /// To.
    To,
    /// Diversion (RFC 5806).
    Diversion,
    /// History-Info (RFC 7044).
    HistoryInfo,
}

impl NumberSource {
    /// All of them, in the order that suits most trunks.
    pub const ALL: [Self; 5] = [
        Self::RequestUri,
        Self::PCalledPartyId,
        Self::To,
        Self::Diversion,
        Self::HistoryInfo,
    ];

    /// Its word in the configuration and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestUri => "request-uri",
            Self::PCalledPartyId => "p-called-party-id",
            Self::To => "to",
            Self::Diversion => "diversion",
            Self::HistoryInfo => "history-info",
        }
    }

    /// The place of a word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// Which end of a list is asked first; the others follow in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The first one.
    First,
    /// The last one.
    Last,
}

impl Turn {
    /// Its word in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// The turn of a word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        [Self::First, Self::Last]
            .into_iter()
            .find(|one| one.as_str() == word)
    }

    pub(super) fn put<T>(self, mut list: Vec<T>) -> Vec<T> {
        if self == Self::Last {
            list.reverse();
        }
        list
    }
}
