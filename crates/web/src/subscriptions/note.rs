//! A page of a few sentences, with one button where something is to be done.

use askama::Template;

use crate::pages::Shell;

/// What somebody reads before or after they have decided something.
#[derive(Debug, Template)]
#[template(path = "subscriptions/note.html")]
pub(super) struct Note {
    pub(super) shell: Shell,
    pub(super) heading: String,
    pub(super) sentences: Vec<String>,
    /// Sends this page's own form.
    pub(super) button: Option<String>,
    /// Address and words.
    pub(super) links: Vec<(String, String)>,
}
