//! A territory's page that looks for news by itself: the same page, a script, and the policy that lets it ask.
//!
//! Only who has chosen it gets it; the page that everybody opens has no script at all.

use axum::http::HeaderValue;
use bulletin::Language;

use super::reading::Reading;
use crate::feeds::suffix;
use crate::snapshot::Snapshot;
use crate::style;

/// What the script needs to know, as the page tells it.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) script: &'static str,
    pub(crate) feed: String,
    /// The newest entry that the page shows, as the feed names it.
    pub(crate) last: String,
    /// What else the page shows, as the feed marks it.
    pub(crate) state: String,
    pub(crate) words: [&'static str; 5],
}

impl Live {
    pub(super) fn new(reading: &Reading<'_>, snapshot: &Snapshot) -> Self {
        let slug = &reading.territory.slug;
        let of_territory = snapshot.recent.iter().filter(|one| one.territory == *slug);
        let entries =
            of_territory.flat_map(|one| one.entries.iter().map(move |it| (it.at, one, it)));
        let last = entries
            .map(|(at, bulletin, entry)| (at, format!("/{slug}/{}#{}", bulletin.id, entry.number)))
            .max();
        Self {
            script: style::live_address(),
            feed: format!("/{slug}{}.feed.json", suffix(reading.language)),
            last: last.map_or_else(String::new, |(_, id)| format!("{}{id}", reading.public_url)),
            state: snapshot.mark_of(slug),
            words: words(reading.language),
        }
    }
}

/// As every page, and one script of ours that asks us alone.
pub(super) fn policy() -> HeaderValue {
    HeaderValue::from_static(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
         media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
}

/// What its address has behind that of the territory, in French.
pub(super) const NAME: &str = "direct";

/// How news are said: of one, of many, of what no entry tells, the way to them, and that nothing is heard any more.
fn words(language: Language) -> [&'static str; 5] {
    match language {
        Language::French => [
            "Nouveau message\u{a0}:",
            "% nouveaux messages, le dernier\u{a0}:",
            "Cette page a changé.",
            "Afficher",
            "La connexion est perdue\u{a0}: cette page n’est plus à jour.",
        ],
        Language::English => [
            "New message:",
            "% new messages, the latest:",
            "This page has changed.",
            "Show",
            "The connection is lost: this page is not up to date any more.",
        ],
    }
}
