//! Who is behind the public pages of a territory, and how accessible they were found to be.

use crate::vocabulary::vocabulary;
use crate::{Refusal, text};

vocabulary! {
    /// What the declaration of accessibility says (RGAA 4.1): it is printed on every page.
    pub enum Conformance {
        /// Under half of the criteria are met, or nobody has audited the pages.
        Unaudited = "none", "non conforme", "not compliant";
        /// At least half of the criteria are met.
        Partial = "partial", "partiellement conforme", "partially compliant";
        /// All of them are.
        Full = "full", "totalement conforme", "fully compliant";
    }
}

/// What a manager says of who publishes the pages of a territory; what is not said is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imprint {
    /// The body that answers for the pages.
    pub publisher: String,
    /// Where it is written to, line by line.
    pub address: String,
    /// Where it is written to by e-mail.
    pub email: String,
    /// How it is called, as it is printed; this is no emergency number.
    pub telephone: String,
    /// Who answers about personal data: a name, an address, or both.
    pub data_protection: String,
    /// What the latest audit of accessibility came to.
    pub conformance: Conformance,
    /// Who made that audit, when, with what result.
    pub audit: String,
    /// What is known not to be accessible, in French.
    pub shortcomings: String,
    /// The same in English.
    pub shortcomings_en: String,
    /// Where the plan of several years for accessibility is found.
    pub plan: String,
}

impl Default for Imprint {
    /// Nothing is said, and nobody has found the pages to be accessible.
    fn default() -> Self {
        Self {
            publisher: String::new(),
            address: String::new(),
            email: String::new(),
            telephone: String::new(),
            data_protection: String::new(),
            conformance: Conformance::Unaudited,
            audit: String::new(),
            shortcomings: String::new(),
            shortcomings_en: String::new(),
            plan: String::new(),
        }
    }
}

/// Reads one line of an imprint; it may be empty.
///
/// # Errors
/// [`Refusal::Line`] for more than a line of 200 characters.
pub fn imprint_line(line: &str) -> Result<String, Refusal> {
    if line.trim().is_empty() {
        return Ok(String::new());
    }
    text::label(line, MOST_OF_A_LINE).ok_or(Refusal::Line {
        limit: MOST_OF_A_LINE,
    })
}

/// Reads several lines of an imprint or of a page; they may be empty.
///
/// # Errors
/// The [`Refusal`] of a bulletin's text, with the limit of what is read and not spoken.
pub fn written(lines: &str) -> Result<String, Refusal> {
    if lines.trim().is_empty() {
        return Ok(String::new());
    }
    text::written(lines)
}

/// A name, an address or the date of an audit has room in it.
const MOST_OF_A_LINE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_be_empty_and_hide_nothing() {
        assert_eq!(imprint_line("  ").as_deref(), Ok(""));
        assert_eq!(
            imprint_line(" Métropole  de\tl’Estuaire ").as_deref(),
            Ok("Métropole de l’Estuaire")
        );
        assert!(imprint_line(&"a".repeat(201)).is_err());
        assert!(imprint_line("a\u{202e}b").is_err());
        assert_eq!(written(" \r\n").as_deref(), Ok(""));
        assert_eq!(written("Un.\r\n\r\nDeux.").as_deref(), Ok("Un.\n\nDeux."));
        assert!(written(&"a".repeat(6_001)).is_err());
    }
}
