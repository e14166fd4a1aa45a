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

impl LineSettings {
    /// Sets the welcome in English; an empty one takes it away.
    ///
    /// # Errors
    /// As [`CrisisSentence::compose`].
    pub fn set_english_greeting(&mut self, text: &str) -> Result<(), Refusal> {
        let text = Some(text).filter(|text| !text.trim().is_empty());
        self.english_greeting = text.map(text::sentence).transpose()?;
        Ok(())
    }

    /// Sets the sentence for everybody; an empty one takes it away, and the same one again stays the one that callers
    /// have heard.
    ///
    /// # Errors
    /// As [`CrisisSentence::compose`].
    pub fn set_crisis(&mut self, text: &str, now: Timestamp) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            self.crisis = None;
            return Ok(());
        }
        let sentence = CrisisSentence::compose(text, now)?;
        let is_known = self
            .crisis
            .as_ref()
            .is_some_and(|it| it.text == sentence.text);
        if !is_known {
            self.crisis = Some(sentence);
        }
        Ok(())
    }
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
        let text = text::sentence(text)?;
        Ok(Self { text, set_at: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sent_twice_leaves_the_sentence_that_callers_have_heard() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut settings = LineSettings::default();
        settings.set_crisis("Fermez vos fenêtres.", at(1)).unwrap();
        settings
            .set_crisis(" Fermez vos fenêtres. ", at(2))
            .unwrap();
        assert_eq!(settings.crisis.as_ref().map(|it| it.set_at), Some(at(1)));

        settings.set_crisis("Rouvrez-les.", at(3)).unwrap();
        assert_eq!(settings.crisis.as_ref().map(|it| it.set_at), Some(at(3)));
        settings.set_crisis(" ", at(4)).unwrap();
        assert_eq!(settings, LineSettings::default());
    }

    #[test]
    fn a_welcome_in_english_is_short_and_may_be_taken_away() {
        let mut settings = LineSettings::default();
        settings.set_english_greeting(" Welcome. ").unwrap();
        assert_eq!(settings.english_greeting.as_deref(), Some("Welcome."));
        assert!(settings.set_english_greeting(&"a".repeat(301)).is_err());
        settings.set_english_greeting("").unwrap();
        assert_eq!(settings.english_greeting, None);
    }

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
