//! What a territory's line says of its own, by the names of its parts.
//!
//! A part whose words change has them in its name, so that a voice that fails leaves a sentence out rather than saying an
//! old one: another number of sites, another word to everybody.

use bulletin::{CrisisSentence, Language, LineSettings, OwnWords, Territory};
use speech::{Lexicon, NormaliseError, Spoken, script};

/// The word to everybody, this one and no other.
pub(crate) fn crisis(sentence: &CrisisSentence) -> String {
    format!("crisis_{}", sentence.set_at)
}

/// The welcome that names the territory.
pub(crate) fn greeting(language: Language) -> String {
    format!("greeting_{}", language.as_str())
}

/// The welcome in English, in a manager's words.
pub(crate) fn english_greeting(text: &str) -> String {
    format!("greeting_en_{text}")
}

/// A sentence of the house in the territory's own words, as a voice reads them.
pub(crate) fn own_words(words: &OwnWords) -> String {
    let (sentence, language) = (words.sentence.as_str(), words.language.as_str());
    format!("own_{sentence}_{language}_{}", words.text)
}

/// The same, as a person says them.
pub(crate) fn own_recording(words: &OwnWords) -> Option<String> {
    let (sentence, language) = (words.sentence.as_str(), words.language.as_str());
    let key = words.recording.as_ref()?;
    Some(format!("own_{sentence}_{language}_{}", key.as_str()))
}

/// The name as a choice of the menu.
pub(crate) fn menu(language: Language) -> String {
    format!("menu_{}", language.as_str())
}

/// None of so many member sites has declared anything.
pub(crate) fn no_event(sites: usize, language: Language) -> String {
    format!("no_event_{}_{sites}", language.as_str())
}

/// All parts of a territory, by name, in the order in which they are spoken: first what cannot wait.
pub(super) struct Words(Vec<(Language, Vec<(String, Spoken)>)>);

impl Words {
    /// # Errors
    /// The first one that cannot be spoken.
    pub(super) fn of(
        territory: &Territory,
        settings: &LineSettings,
        own: &[OwnWords],
        sites: usize,
        lexicon: &Lexicon,
    ) -> Result<Self, NormaliseError> {
        let say = |text: &str, language| script::sentence(text, language, territory, lexicon);
        let mut words = Vec::new();
        if let Some(sentence) = &settings.crisis {
            let said = say(&sentence.text, Language::French)?;
            words.push((Language::French, vec![(crisis(sentence), said)]));
        }
        for &language in Language::ALL {
            let own = script::territory(territory, sites, language, lexicon)?;
            let mut parts = vec![
                (greeting(language), own.greeting),
                (menu(language), own.menu),
            ];
            let none = own.no_event.map(|said| (no_event(sites, language), said));
            parts.extend(none);
            words.push((language, parts));
        }
        if let Some(text) = &settings.english_greeting {
            let said = say(text, Language::English)?;
            words.push((Language::English, vec![(english_greeting(text), said)]));
        }
        for own in own {
            let said = say(&own.text, own.language)?;
            words.push((own.language, vec![(own_words(own), said)]));
        }
        Ok(Self(words))
    }

    pub(super) fn names(&self) -> Vec<String> {
        let parts = self.0.iter().flat_map(|(_, parts)| parts);
        parts.map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn into_parts(self) -> Vec<(Language, Vec<(String, Spoken)>)> {
        self.0
    }
}
