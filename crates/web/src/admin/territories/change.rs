//! What a change leads to: the work that it causes, and what the page says of it.

use bulletin::TerritorySlug;
use jiff::Timestamp;
use store::NewJob;

use crate::admin::Frame;

/// The kind of a job that speaks what a territory says of itself.
pub const SPEAK_TERRITORY: &str = "speak-territory";
/// The kind of a job that speaks a territory and its bulletins anew, because names are said in another way.
pub const SPEAK_ANEW: &str = "speak-anew";

/// The work when a territory says something else of itself.
#[must_use]
pub fn say_again(territory: &TerritorySlug, now: Timestamp) -> [NewJob; 1] {
    [job(SPEAK_TERRITORY, territory, now)]
}

/// The work when names are said in another way: the territory and its bulletins.
#[must_use]
pub fn say_all_again(territory: &TerritorySlug, now: Timestamp) -> [NewJob; 1] {
    [job(SPEAK_ANEW, territory, now)]
}

fn job(kind: &str, territory: &TerritorySlug, now: Timestamp) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        payload: serde_json::json!({ "territory": territory.as_str() }).to_string(),
        run_at: now,
        unique: Some(format!("{kind}/{territory}")),
    }
}

/// The sentence with which a page says what was just done there; `done=` in its address holds the word.
pub(super) fn done(query: Option<&str>, frame: &Frame) -> &'static str {
    let words = query.into_iter().flat_map(|query| query.split('&'));
    let word = words.filter_map(|pair| pair.strip_prefix("done=")).next();
    let known = DONE.iter().find(|(known, ..)| Some(*known) == word);
    known.map_or("", |(_, french, english)| frame.say(french, english))
}

const DONE: &[(&str, &str, &str)] = &[
    ("added", "C’est ajouté.", "It is added."),
    (
        "saved",
        "C’est enregistré ; la ligne et les pages suivent aussitôt.",
        "It is saved; the line and the pages follow at once.",
    ),
    (
        "spoken",
        "C’est enregistré ; la voix redit ce qui change, et la ligne suit dans les secondes qui viennent.",
        "It is saved; the voice says anew what changes, and the line follows within seconds.",
    ),
    (
        "written",
        "C’est enregistré ; les pages publiques suivent aussitôt.",
        "It is saved; the public pages follow at once.",
    ),
    ("kept", "C’est enregistré.", "It is saved."),
    ("unchanged", "Rien n’a changé.", "Nothing has changed."),
    ("closed", "Le site est fermé.", "The site is closed."),
    ("opened", "Le site est rouvert.", "The site is open again."),
    ("removed", "C’est retiré.", "It is removed."),
    (
        "silenced",
        "Le site ne publie plus par téléphone.",
        "The site posts by telephone no more.",
    ),
    (
        "invited",
        "L’invitation est prête.",
        "The invitation is ready.",
    ),
    (
        "seen",
        "C’est noté : rien n’est plus affiché.",
        "Noted: it is shown no more.",
    ),
];
