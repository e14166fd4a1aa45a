//! Sentences of the house that a territory may say in its own words.

use crate::vocabulary::vocabulary;
use crate::{Language, RecordingKey, Refusal, text};

vocabulary! {
    /// A sentence of the house that a territory may say in its own words; the house speaks where it does not. Those that
    /// name a key, an hour or a number are the house's, and so are those about danger.
    pub enum OwnSentence {
        /// The first words of a call.
        Greeting = "greeting", "Accueil", "Greeting";
        /// What follows the last bulletin, before the reminder of the emergency numbers.
        Closing = "closing", "Phrase de fin", "Closing";
        /// Before everything is said a second time.
        OnceMore = "once_more", "Avant la répétition", "Before the repetition";
        /// Before the ended events, for who asked to hear them.
        EndedIntro = "ended_intro", "Avant les événements terminés", "Before the ended events";
        /// In their place, where there are none.
        EndedNone = "ended_none", "Aucun événement terminé", "No ended event";
        /// The last words of a call that was heard to its end.
        Goodbye = "goodbye", "Au revoir", "Goodbye";
    }
}

/// What a territory says in place of a sentence of the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWords {
    /// Which sentence.
    pub sentence: OwnSentence,
    /// To callers of which language.
    pub language: Language,
    /// What is said.
    pub text: String,
    /// How a person says it; a voice reads the text where nobody does, or when the sound is lost.
    pub recording: Option<RecordingKey>,
}

impl OwnWords {
    /// # Errors
    /// The [`Refusal`] of a bulletin's text, with the limit of a sentence that everybody has to hear.
    pub fn compose(
        sentence: OwnSentence,
        language: Language,
        text: &str,
        recording: Option<RecordingKey>,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            sentence,
            language,
            text: text::sentence(text)?,
            recording,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ones_own_are_short_and_can_be_read() {
        let compose =
            |text: &str| OwnWords::compose(OwnSentence::Closing, Language::French, text, None);

        assert_eq!(compose(" Au revoir.\r\n ").unwrap().text, "Au revoir.");
        assert_eq!(compose(" "), Err(Refusal::Empty));
        assert_eq!(compose("…"), Err(Refusal::NoWords));
        let too_long = Refusal::TooLong {
            length: 301,
            limit: 300,
        };
        assert_eq!(compose(&"é".repeat(301)), Err(too_long));
    }
}
