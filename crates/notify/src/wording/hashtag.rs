//! A word by which people find what is told.

use serde::{Deserialize, Serialize};

/// `#` and 1 to 63 letters, digits or `_`, not digits alone: what X, Mastodon and Bluesky all make a link of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hashtag(String);

impl Hashtag {
    /// With its `#`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Without its `#`.
    pub(crate) fn word(&self) -> &str {
        &self.0[1..]
    }
}

impl TryFrom<String> for Hashtag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let word = text.trim().trim_start_matches('#');
        let good = word.chars().all(|c| c.is_alphanumeric() || c == '_')
            && word.chars().any(char::is_alphabetic)
            && word.chars().count() <= 63;
        if good {
            Ok(Self(format!("#{word}")))
        } else {
            Err(format!(
                "{text:?} is no hashtag; write letters, digits and _ without blanks, such as \"Rouen\""
            ))
        }
    }
}

impl From<Hashtag> for String {
    fn from(tag: Hashtag) -> Self {
        tag.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashtag_is_one_word_with_a_letter_in_it() {
        for (text, tag) in [
            ("Rouen", "#Rouen"),
            ("#Vallée_de_Seine", "#Vallée_de_Seine"),
            ("A13", "#A13"),
        ] {
            assert_eq!(Hashtag::try_from(text.to_owned()).unwrap().as_str(), tag);
        }
        for wrong in ["", "#", "76", "Val de Seine", "a-b", "a.b", &"x".repeat(64)] {
            assert!(Hashtag::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
