//! Finished sound, and the name under which it is kept.

use bulletin::Language;
use sha2::{Digest, Sha256};

use crate::chain::{self, ChainError};
use crate::{Pcm, Spoken, wav};

/// One text, read aloud and mastered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    key: String,
    /// What was read; empty for what a person has spoken.
    pub words: String,
    /// In which language.
    pub language: Language,
    /// The voice that read it, as in [`crate::Voice::id`].
    pub engine: String,
    /// Wide band, 16 kHz, as the voice gave it.
    pub master: Pcm,
    /// The master as loud as sound of the web is: -19 LUFS, no true peak above -1 dBTP.
    pub web: Pcm,
    /// The master at the level, and through the equaliser, from which both bands were cut.
    pub(crate) equalised: Pcm,
    /// 8 kHz, telephone band, -26 dBov active level, ready for G.711.
    pub phone: Vec<i16>,
    /// The same sound at 16 kHz, 100 to 7000 Hz, at the same level and exactly twice as many
    /// samples, ready for G.722.
    pub wide: Vec<i16>,
}

impl Recording {
    /// Cuts both bands and puts the finished sound together; the key follows from what was said and
    /// by whom.
    ///
    /// # Errors
    /// Those of [`chain::bands`].
    pub(crate) fn new(
        words: &Spoken,
        language: Language,
        engine: String,
        master: Pcm,
        equalised: Pcm,
    ) -> Result<Self, ChainError> {
        let bands = chain::bands(&equalised)?;
        Ok(Self {
            key: recording_key(words, language, &engine),
            words: words.as_str().to_owned(),
            language,
            engine,
            web: chain::web(&master)?,
            master,
            equalised,
            phone: bands.phone,
            wide: bands.wide,
        })
    }

    /// As [`Recording::new`] for what a person has spoken; the key follows from the sound itself.
    ///
    /// # Errors
    /// Those of [`chain::bands`].
    pub(crate) fn of_person(
        language: Language,
        master: Pcm,
        equalised: Pcm,
    ) -> Result<Self, ChainError> {
        let bands = chain::bands(&equalised)?;
        let mut hash = Sha256::new();
        hash.update(VERSIONS);
        hash.update(PERSON);
        for sample in &master.samples {
            hash.update(sample.to_le_bytes());
        }
        Ok(Self {
            key: hexadecimal(hash),
            words: String::new(),
            language,
            engine: PERSON.to_owned(),
            web: chain::web(&master)?,
            master,
            equalised,
            phone: bands.phone,
            wide: bands.wide,
        })
    }

    /// Silence of this many milliseconds, to stand where nothing can be said.
    pub fn pause(ms: u32, language: Language) -> Self {
        let samples = |rate: u32| {
            let samples = u64::from(ms) * u64::from(rate) / 1000;
            vec![0; usize::try_from(samples).unwrap_or(0)]
        };
        let silence = Pcm {
            samples: samples(chain::MASTER_RATE),
            sample_rate: chain::MASTER_RATE,
        };
        let mut hash = Sha256::new();
        hash.update(format!("pause of {ms} ms"));
        Self {
            key: hexadecimal(hash),
            words: String::new(),
            language,
            engine: "pause".to_owned(),
            phone: samples(chain::PHONE_RATE),
            wide: silence.samples.clone(),
            web: silence.clone(),
            equalised: silence.clone(),
            master: silence,
        }
    }

    /// The name under which it is stored: the same words by the same voice have the same key.
    pub fn key(&self) -> String {
        self.key.clone()
    }

    /// What the page plays: the master at -19 LUFS, as a WAV file of 16 bits.
    pub fn web_wav(&self) -> Vec<u8> {
        wav::write(&self.web)
    }

    /// How long a caller listens, in milliseconds.
    pub fn duration_ms(&self) -> u32 {
        u32::try_from(self.phone.len() / 8).unwrap_or(u32::MAX)
    }
}

/// The key a recording of these words by this voice will have: a SHA-256 in hexadecimal.
///
/// Versions of the normaliser and of the chain go into it, so that an improved program makes new
/// recordings; the lexicon does through the words.
pub fn recording_key(words: &Spoken, language: Language, engine_id: &str) -> String {
    let pace = if words.is_brisk() { "brisk" } else { "slow" };
    let mut hash = Sha256::new();
    for part in [VERSIONS, language.as_str(), engine_id, pace, words.as_str()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

/// The engine of what a person has spoken.
const PERSON: &str = "person 1";

/// Raise a number when the same words must be recorded anew.
const VERSIONS: &str = "normaliser 1, chain 3";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_silent_and_as_long_as_asked() {
        let pause = Recording::pause(200, Language::French);
        assert_eq!(pause.duration_ms(), 200);
        assert_eq!(pause.wide, vec![0; 3200]);
        assert_ne!(pause.key(), Recording::pause(300, Language::French).key());
    }

    #[test]
    fn the_key_follows_words_language_and_engine() {
        let words = Spoken::from_words("bonjour").unwrap();
        let key = recording_key(&words, Language::French, "pico");
        assert_eq!(key.len(), 64);
        assert_eq!(key, recording_key(&words, Language::French, "pico"));
        assert_ne!(key, recording_key(&words, Language::English, "pico"));
        assert_ne!(key, recording_key(&words, Language::French, "pico2"));
        assert_ne!(
            key,
            recording_key(&words.briskly(), Language::French, "pico")
        );
        let other = Spoken::from_words("bonsoir").unwrap();
        assert_ne!(key, recording_key(&other, Language::French, "pico"));
    }
}
