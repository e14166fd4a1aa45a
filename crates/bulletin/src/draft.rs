//! What a site's operator has filled in, before any rule was applied.

use jiff::Timestamp;

use crate::{Event, Kind, Language, Lifetime, Nuisance};

/// A bulletin before it is one: what the form or the HTTP interface brought, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Why it is posted.
    pub kind: Kind,
    /// What happens; may be empty when the text says it. Repeats are dropped.
    pub events: Vec<Event>,
    /// What neighbours may be bothered by. Repeats are dropped.
    pub nuisances: Vec<Nuisance>,
    /// The words for residents, 1 to [`crate::MAX_TEXT_CHARACTERS`] characters.
    pub text: String,
    /// Language of the text.
    pub language: Language,
    /// When the event begins or began; may lie before the post.
    pub starts_at: Option<Timestamp>,
    /// When it ends: the end of the window of a planned event, an estimate for an unplanned one.
    pub ends_at: Option<Timestamp>,
    /// How long the bulletin stays on the line.
    pub lifetime: Lifetime,
}
