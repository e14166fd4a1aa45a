//! Makes the sound of the fixed sentences again, as far as a text, a voice or a person's file is new.
//!
//! `ID.txt` is spoken, unless `ID.person.wav` lies beside it: then that is trimmed and brought to the
//! level of all others. Each `ID.wav` made here says in a remark of what it was made; one without
//! such a remark was put there by somebody, and is left alone.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use bulletin::Language;
use sha2::{Digest, Sha256};

use super::edges_of;
use crate::chain::{self, Edges};
use crate::wav::{self, WavError};
use crate::{
    ChainError, Equaliser, Lexicon, NormaliseError, Pcm, Spoken, Studio, StudioError, normalise,
    recording_key,
};

/// Makes every `ID.wav` of a language's folder anew whose text, voice or person's file has changed.
///
/// # Errors
/// [`RegenerateError`] at the first sentence that cannot be read, spoken or written; those before
/// it are done.
pub fn regenerate(
    folder: &Path,
    language: Language,
    studio: &Studio,
) -> Result<Report, RegenerateError> {
    let lexicon = Lexicon::built_in();
    let mut report = Report::default();
    for text in texts(folder)? {
        let sentence = Sentence::read(&text, language, &lexicon)?;
        let (id, known) = (sentence.id.clone(), sentence.origin());
        if known
            .as_ref()
            .is_some_and(|known| sentence.is_made_of(known, studio))
        {
            report.unchanged += 1;
            continue;
        }
        if known.is_none() && sentence.sound.is_file() {
            report.foreign.push(id);
            continue;
        }
        let (pcm, origin) = sentence.perform(studio)?;
        // The same recording of a text that is now another one: somebody has to listen.
        let same_person = known.is_some_and(|known| known.maker == origin.maker);
        if same_person && sentence.person.is_some() {
            report.text_changed.push(id.clone());
        }
        report.made.push((id, pcm.duration_ms()));
        let file = wav::with_remark(wav::write(&pcm), &origin.to_string());
        std::fs::write(&sentence.sound, file)?;
    }
    Ok(report)
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Made anew: id and duration in milliseconds.
    pub made: Vec<(String, u32)>,
    /// How many were as they should be.
    pub unchanged: usize,
    /// WAV files put there by hand; they are used as they are.
    pub foreign: Vec<String>,
    /// A person's recordings whose text has changed since: somebody has to listen to them.
    pub text_changed: Vec<String>,
}

/// Why the prompts were not made.
#[derive(Debug, thiserror::Error)]
pub enum RegenerateError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// A text holds nothing that can be spoken.
    #[error("{id}.txt: {why}")]
    Text {
        /// Of which sentence.
        id: String,
        /// What is wrong.
        why: NormaliseError,
    },
    /// No voice could read one.
    #[error(transparent)]
    Studio(#[from] StudioError),
    /// A person's file is no WAV, or nobody speaks in it.
    #[error("{id}.person.wav: {why}")]
    Person {
        /// Of which sentence.
        id: String,
        /// What is wrong.
        why: String,
    },
}

/// Of what a sound was made; written into its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// [`recording_key`] of the words as this maker says them.
    key: String,
    /// A voice's id, or `person/` and the SHA-256 of the person's file.
    pub(super) maker: String,
    /// The silences around it, in milliseconds.
    edges: String,
}

impl Origin {
    pub(super) fn new(words: &Spoken, language: Language, maker: &str, edges: Edges) -> Self {
        Self {
            key: recording_key(words, language, maker),
            maker: maker.to_owned(),
            edges: edges.to_string(),
        }
    }

    /// What a file says of itself.
    pub(super) fn of(file: &[u8]) -> Option<Self> {
        let mut parts = wav::remark(file)?.splitn(3, ' ').map(str::to_owned);
        Some(Self {
            key: parts.next()?,
            edges: parts.next()?,
            maker: parts.next()?,
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.key, self.edges, self.maker)
    }
}

/// One sentence of a folder.
struct Sentence {
    id: String,
    words: Spoken,
    language: Language,
    edges: Edges,
    sound: PathBuf,
    /// What a person recorded, as it was recorded.
    person: Option<Vec<u8>>,
}

impl Sentence {
    fn read(text: &Path, of: Language, lexicon: &Lexicon) -> Result<Self, RegenerateError> {
        let id = text
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let words = words_of(&id, &std::fs::read_to_string(text)?, of, lexicon);
        let words = words.map_err(|why| RegenerateError::Text {
            id: id.clone(),
            why,
        })?;
        let person = text.with_extension("person.wav");
        Ok(Self {
            words,
            language: super::spoken_in(&id, of),
            edges: edges_of(&id),
            sound: text.with_extension("wav"),
            person: person
                .is_file()
                .then(|| std::fs::read(person))
                .transpose()?,
            id,
        })
    }

    fn origin(&self) -> Option<Origin> {
        Origin::of(&std::fs::read(&self.sound).ok()?)
    }

    fn is_made_of(&self, known: &Origin, studio: &Studio) -> bool {
        let maker = match &self.person {
            Some(file) => Some(maker_of(file)),
            None => studio.first_voice(self.language),
        };
        maker.is_some_and(|maker| {
            *known == Origin::new(&self.words, self.language, &maker, self.edges)
        })
    }

    /// The sound at its level, and of what it was made.
    fn perform(&self, studio: &Studio) -> Result<(Pcm, Origin), RegenerateError> {
        let origin = |maker: &str| Origin::new(&self.words, self.language, maker, self.edges);
        let Some(file) = &self.person else {
            let recording = studio.record_with(&self.words, self.language, self.edges)?;
            return Ok((recording.equalised, origin(&recording.engine)));
        };
        let sound = levelled(file, self.edges).map_err(|why| RegenerateError::Person {
            id: self.id.clone(),
            why,
        })?;
        Ok((sound, origin(&maker_of(file))))
    }
}

/// What is said for a text: the greetings at a natural pace, all others slowly.
pub(super) fn words_of(
    id: &str,
    text: &str,
    of: Language,
    lexicon: &Lexicon,
) -> Result<Spoken, NormaliseError> {
    let words = normalise(text, super::spoken_in(id, of), lexicon)?;
    Ok(match id {
        "greeting" | "menu_intro" => words.briskly(),
        _ => words,
    })
}

/// A person's recording, trimmed and at the level of a voice's.
fn levelled(file: &[u8], edges: Edges) -> Result<Pcm, String> {
    let raw = wav::read(file).map_err(|error: WavError| error.to_string())?;
    let master = chain::master(&raw, edges).ok_or("nobody speaks in it")?;
    chain::equalise(&master, &Equaliser::default()).map_err(|error: ChainError| error.to_string())
}

fn maker_of(file: &[u8]) -> String {
    let hash = Sha256::digest(file);
    let hexadecimal: String = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("person/{hexadecimal}")
}

fn texts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "txt") {
            texts.push(path);
        }
    }
    texts.sort();
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::chain::tone;
    use crate::level::active_level_dbov;
    use crate::{Voice, VoiceError};

    /// Says everything in a tone of two seconds.
    struct Toner(&'static str, Arc<AtomicU32>);

    impl Voice for Toner {
        fn id(&self) -> String {
            self.0.to_owned()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Ok(Pcm::from_unit(&tone(600.0, 0.1, 2.0, 22_050), 22_050))
        }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (id, text) in [
            ("closing", "Il n'y a pas d'autre bulletin."),
            ("goodbye", "Merci de votre appel. Au revoir."),
        ] {
            std::fs::write(folder.path().join(format!("{id}.txt")), text).unwrap();
        }
        folder
    }

    fn made(folder: &Path, voice: &'static str) -> Report {
        let studio = Studio::new(vec![Box::new(Toner(voice, Arc::default()))]);
        regenerate(folder, Language::French, &studio).unwrap()
    }

    fn ids(report: &Report) -> Vec<&str> {
        report.made.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn only_what_is_new_is_spoken_again() {
        let folder = folder();
        let folder = folder.path();

        assert_eq!(ids(&made(folder, "first")), ["closing", "goodbye"]);
        assert_eq!(made(folder, "first").unchanged, 2);
        std::fs::write(folder.join("closing.txt"), "C'est tout.").unwrap();
        assert_eq!(ids(&made(folder, "first")), ["closing"]);
        assert_eq!(ids(&made(folder, "second")), ["closing", "goodbye"]);
    }

    #[test]
    fn a_person_takes_the_place_of_the_voice_at_the_same_level_and_gives_it_back() {
        let folder = folder();
        let folder = folder.path();
        made(folder, "voice");
        let mut quiet = vec![0.0; 20_000];
        quiet.extend(tone(500.0, 0.02, 1.5, 44_100));
        let file = wav::write(&Pcm::from_unit(&quiet, 44_100));
        std::fs::write(folder.join("closing.person.wav"), file).unwrap();

        assert_eq!(ids(&made(folder, "voice")), ["closing"]);
        let sound = wav::read(&std::fs::read(folder.join("closing.wav")).unwrap()).unwrap();
        let level = active_level_dbov(&sound.samples, sound.sample_rate).unwrap();
        assert!((level.dbov - -26.0).abs() <= 1.0, "{level:?}");
        assert!((1850..=1950).contains(&sound.duration_ms()), "trimmed");
        assert_eq!(made(folder, "another voice").unchanged, 1);

        std::fs::write(folder.join("closing.txt"), "C'est tout.").unwrap();
        let report = made(folder, "another voice");
        assert_eq!(report.text_changed, ["closing"], "somebody has to listen");

        std::fs::remove_file(folder.join("closing.person.wav")).unwrap();
        assert_eq!(ids(&made(folder, "another voice")), ["closing"]);
    }

    #[test]
    fn a_file_put_there_by_hand_is_left_alone() {
        let folder = folder();
        let folder = folder.path();
        let file = wav::write(&Pcm::from_unit(&tone(500.0, 0.02, 1.5, 8000), 8000));
        std::fs::write(folder.join("closing.wav"), &file).unwrap();

        let report = made(folder, "voice");

        assert_eq!(report.foreign, ["closing"]);
        assert_eq!(std::fs::read(folder.join("closing.wav")).unwrap(), file);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_sentence() {
        let folder = folder();
        let folder = folder.path();
        let studio = Studio::new(vec![]);
        std::fs::write(folder.join("closing.person.wav"), b"RIFF").unwrap();
        let error = regenerate(folder, Language::French, &studio).unwrap_err();
        assert!(
            error.to_string().starts_with("closing.person.wav: "),
            "{error}"
        );
        std::fs::write(folder.join("closing.txt"), "...").unwrap();
        let error = regenerate(folder, Language::French, &studio).unwrap_err();
        assert!(error.to_string().starts_with("closing.txt: "), "{error}");
    }
}
