//! The fixed sentences of the line: each a text and its telephone recording, embedded.
//!
//! They live in `prompts/fr` of the repository, `ID.txt` beside `ID.wav`, so that a person's voice
//! can take the place of the built-in one file by file. A line whose every other part has failed
//! still has these.

use std::io;
use std::path::Path;

use bulletin::Language;

use crate::{Lexicon, NormaliseError, Pcm, Studio, StudioError, normalise, wav};

/// A fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Its name, that of the file: `greeting`, `count_3`, `hour_14` …
    pub id: &'static str,
    /// What is said.
    pub text: &'static str,
    /// A WAV file: 8 kHz, 16 bits, telephone branch.
    pub phone: &'static [u8],
}

impl Prompt {
    /// The sound, decoded.
    pub fn samples(&self) -> Vec<i16> {
        wav::read(self.phone)
            .map(|pcm| pcm.samples)
            .unwrap_or_default()
    }
}

/// All French prompts, by id.
pub fn french() -> &'static [Prompt] {
    FRENCH
}

/// The French prompt of this id.
pub fn find(id: &str) -> Option<&'static Prompt> {
    let place = FRENCH.binary_search_by(|prompt| prompt.id.cmp(id)).ok()?;
    FRENCH.get(place)
}

/// Speaks every `*.txt` of a folder anew and writes its WAV beside it.
///
/// # Errors
/// [`RegenerateError`] at the first file that cannot be read, spoken or written; the files before
/// it are done.
pub fn regenerate(folder: &Path, studio: &Studio) -> Result<Report, RegenerateError> {
    let lexicon = Lexicon::built_in();
    let mut report = Report::default();
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "txt") {
            texts.push(path);
        }
    }
    texts.sort();
    for path in texts {
        let id = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let words = normalise(&std::fs::read_to_string(&path)?, Language::French, &lexicon)?;
        let recording = if is_fragment(&id) {
            studio.record_fragment(&words, Language::French)?
        } else {
            studio.record(&words, Language::French)?
        };
        report.spoken.push((id, recording.duration_ms()));
        let phone = Pcm {
            samples: recording.phone,
            sample_rate: crate::chain::PHONE_RATE,
        };
        std::fs::write(path.with_extension("wav"), wav::write(&phone))?;
    }
    Ok(report)
}

/// What was spoken.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Id and duration in milliseconds.
    pub spoken: Vec<(String, u32)>,
}

/// Why the prompts were not made.
#[derive(Debug, thiserror::Error)]
pub enum RegenerateError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// A text holds nothing that can be spoken.
    #[error(transparent)]
    Text(#[from] NormaliseError),
    /// No voice could read one.
    #[error(transparent)]
    Studio(#[from] StudioError),
}

/// Pieces of a spoken hour, number or menu, which callers hear joined to others.
fn is_fragment(id: &str) -> bool {
    [
        "hour_",
        "minute_",
        "count_",
        "press_",
        "checked_at",
        "menu_place",
    ]
    .iter()
    .any(|start| id.starts_with(start))
}

static FRENCH: &[Prompt] = include!(concat!(env!("OUT_DIR"), "/prompt_list.rs"));
