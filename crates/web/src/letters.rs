//! What is written to people by mail: the words of the pages, without a page.

mod alert;
mod authority;

pub use alert::alert_letter;
pub use authority::AuthorityLetter;

/// A mail's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The text; its lines end with LF.
    pub text: String,
}
