//! How words sound, written down: the phonemes of espeak-ng, for people who judge a text.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bulletin::Language;

use super::VoiceError;
use super::process::{self, Limits};
use crate::Spoken;

/// The espeak-ng program of this machine, asked for phonemes and not for sound.
#[derive(Clone, Debug)]
pub struct Phonemes {
    program: PathBuf,
}

impl Phonemes {
    /// Looks for the program where packages put it; `None` when it is not installed.
    pub fn find() -> Option<Self> {
        ["/usr/bin/espeak-ng", "/usr/local/bin/espeak-ng"]
            .into_iter()
            .find(|path| Path::new(path).is_file())
            .map(|path| Self {
                program: PathBuf::from(path),
            })
    }

    /// The words in the International Phonetic Alphabet, a space between words, a line for each
    /// part that is said in one breath. A language that espeak-ng changes to stands in brackets:
    /// `(en)` in a French text is a word that it takes for English.
    ///
    /// # Errors
    /// [`VoiceError`] when the program fails or does not finish within 10 s.
    pub fn of(&self, words: &Spoken, language: Language) -> Result<String, VoiceError> {
        let mut command = Command::new(&self.program);
        command.args(["-q", "--ipa", "--stdin", "-v"]);
        command.arg(match language {
            Language::French => "fr",
            Language::English => "en-gb",
        });
        let limits = Limits {
            timeout: Duration::from_secs(10),
            octets: 1 << 20,
            seconds: 0,
        };
        let answer = process::run(command, words.as_str().as_bytes(), limits)?;
        let lines = String::from_utf8_lossy(&answer);
        let lines: Vec<&str> = lines
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        Ok(lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lexicon, normalise};

    #[test]
    fn french_and_english_have_their_sounds() {
        let Some(phonemes) = Phonemes::find() else {
            return;
        };
        let of = |text: &str, language| {
            let words = normalise(text, language, &Lexicon::default()).unwrap();
            phonemes.of(&words, language).unwrap()
        };
        assert!(of("Une torche.", Language::French).contains("tˈɔʁʃ"));
        assert!(of("A flare.", Language::English).contains("flˈeə"));
        assert!(of("un week-end", Language::French).contains("(en)"));
    }
}
