//! espeak-ng as a second voice, when it is installed: a separate program, text in and WAV out.
//!
//! It is under the GPL and is never linked or shipped; see `docs/decisions/0002-no-tts-rust.md`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bulletin::Language;

use super::process::{self, Limits};
use super::{Voice, VoiceError};
use crate::{Pcm, Spoken, wav};

/// The espeak-ng program of this machine.
#[derive(Clone, Debug)]
pub struct EspeakVoice {
    program: PathBuf,
    timeout: Duration,
    max_seconds: u32,
}

impl EspeakVoice {
    /// Looks for the program where packages put it; `None` when it is not installed.
    pub fn find(timeout: Duration, max_seconds: u32) -> Option<Self> {
        ["/usr/bin/espeak-ng", "/usr/local/bin/espeak-ng"]
            .into_iter()
            .find(|path| Path::new(path).is_file())
            .map(|path| Self::at(PathBuf::from(path), timeout, max_seconds))
    }

    /// Uses the program at this place, whatever it is.
    pub fn at(program: PathBuf, timeout: Duration, max_seconds: u32) -> Self {
        Self {
            program,
            timeout,
            max_seconds,
        }
    }
}

impl Voice for EspeakVoice {
    fn id(&self) -> String {
        "espeak-ng/speed116-160-parted".to_owned()
    }

    fn speak(&self, words: &Spoken, language: Language) -> Result<Pcm, VoiceError> {
        let mut command = Command::new(&self.program);
        // No -m: it would read markup. The words hold no bracket, so no phonemes either.
        command.args([
            "--stdin",
            "--stdout",
            "-b",
            "1",
            "-s",
            if words.is_brisk() { "160" } else { "116" },
            "-v",
        ]);
        command.arg(match language {
            Language::French => "fr",
            Language::English => "en-gb",
        });
        let limits = Limits {
            timeout: self.timeout,
            octets: usize::try_from(self.max_seconds.saturating_mul(2 * RATE))
                .unwrap_or(usize::MAX),
            seconds: self.max_seconds,
        };
        // A line between makes its pause between two sentences longer than half a second.
        let parted = [". ", "! ", "? "]
            .iter()
            .fold(words.to_string(), |text, stop| {
                text.replace(stop, &format!("{}\n\n", stop.trim_end()))
            });
        let file = process::run(command, parted.as_bytes(), limits)?;
        wav::read(&file).map_err(|error| VoiceError::BadSound(error.to_string()))
    }
}

/// espeak-ng's samples a second.
const RATE: u32 = 22_050;
