//! What a territory's manager decides about its line.

use jiff::Timestamp;

use crate::{Refusal, text};

/// What a territory's manager decides about its line; nothing of it unless it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineSettings {
    /// Said to everybody before anything else.
    pub crisis: Option<CrisisSentence>,
    /// The authorities have taken over: callers are told to listen to them, and hear no bulletin.
    pub authorities: bool,
    /// Whether callers can say by a key what they notice.
    pub asks_noticed: bool,
    /// The welcome in English; with one, English is offered whatever the bulletins.
    pub english_greeting: Option<String>,
    /// People the territory concerns; 0 where nobody said.
    pub residents: u32,
}

/// A sentence for everybody, in French.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrisisSentence {
    /// What is said.
    pub text: String,
    /// When it was set; a caller hears each one once.
    pub set_at: Timestamp,
}

impl CrisisSentence {
    /// # Errors
    /// The [`Refusal`] of a bulletin's text, with a limit of its own: everybody has to wait for its end.
    pub fn compose(text: &str, now: Timestamp) -> Result<Self, Refusal> {
        let text = text::checked(text)?;
        let length = text.chars().count();
        if length > MOST_CHARACTERS {
            return Err(Refusal::TooLong {
                length,
                limit: MOST_CHARACTERS,
            });
        }
        Ok(Self { text, set_at: now })
    }
}

/// About twenty seconds.
const MOST_CHARACTERS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_for_everybody_is_short() {
        let now = Timestamp::UNIX_EPOCH;
        let long = "é".repeat(301);

        assert!(CrisisSentence::compose(" Fermez vos fenêtres. ", now).is_ok());
        assert_eq!(
            CrisisSentence::compose(&long, now),
            Err(Refusal::TooLong {
                length: 301,
                limit: 300
            })
        );
        assert_eq!(CrisisSentence::compose(" ", now), Err(Refusal::Empty));
    }
}
