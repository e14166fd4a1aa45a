//! SVOX Pico, seen from the program: a helper process for each text.
//!
//! The helper gets the language code, ` brisk` where that is wanted, a line feed and the words on its
//! standard input. It answers
//! with the eight octets `PCM1` and the rate (32 bits, little-endian), then 16-bit samples.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use bulletin::Language;

use super::process::{self, Limits};
use super::{Voice, VoiceError, voice_files};
use crate::{Pcm, Spoken};

/// How the helper process is started, and what it may use.
#[derive(Clone, Debug)]
pub struct PicoConfig {
    /// The program whose `arguments` lead to [`crate::helper_main`]; usually this very program.
    pub program: PathBuf,
    /// For example `["speech-helper"]`.
    pub arguments: Vec<String>,
    /// Folder for Pico's voice files; made and filled at the first text.
    pub data_dir: PathBuf,
    /// The helper is killed when it takes longer; 10 s leaves a hundredfold margin.
    pub timeout: Duration,
    /// The most sound that is taken from it, in seconds.
    pub max_seconds: u32,
}

/// The built-in voice: French (fr-FR) and British English.
#[derive(Debug)]
pub struct PicoVoice {
    config: PicoConfig,
    installed: Mutex<bool>,
}

impl PicoVoice {
    /// Touches no file and starts nothing; that happens with the first text.
    pub fn new(config: PicoConfig) -> Self {
        Self {
            config,
            installed: Mutex::new(false),
        }
    }

    /// Compares the files once, afterwards only looks whether they are still there.
    fn install_files(&self) -> Result<(), VoiceError> {
        let mut installed = match self.installed.lock() {
            Ok(installed) => installed,
            Err(poisoned) => poisoned.into_inner(),
        };
        if !*installed || !voice_files::are_installed(&self.config.data_dir) {
            voice_files::install(&self.config.data_dir)
                .map_err(|error| VoiceError::Unavailable(format!("voice files: {error}")))?;
            *installed = true;
        }
        Ok(())
    }
}

impl Voice for PicoVoice {
    fn id(&self) -> String {
        "pico-0.1.5/volume50-speed75-110".to_owned()
    }

    fn speak(&self, words: &Spoken, language: Language) -> Result<Pcm, VoiceError> {
        self.install_files()?;
        let mut command = Command::new(&self.config.program);
        command
            .args(&self.config.arguments)
            .current_dir(&self.config.data_dir);
        let seconds = self.config.max_seconds;
        let samples = usize::try_from(seconds.saturating_mul(RATE)).unwrap_or(usize::MAX);
        let limits = Limits {
            timeout: self.config.timeout,
            octets: samples.saturating_mul(2).saturating_add(HEADER),
            seconds,
        };
        let input = format!(
            "{}{}\n{words}",
            language.as_str(),
            if words.is_brisk() { BRISK } else { "" }
        );
        decode(&process::run(command, input.as_bytes(), limits)?)
    }

    /// Pico keeps 0.3 % of its energy above 1 kHz; this lifts the computed intelligibility index in
    /// noise from 0.34 to 0.53.
    fn telephone_shelf_db(&self) -> f64 {
        12.0
    }
}

fn decode(answer: &[u8]) -> Result<Pcm, VoiceError> {
    let bad = |what: &str| VoiceError::BadSound(what.to_owned());
    let Some((header, sound)) = answer.split_first_chunk::<HEADER>() else {
        return Err(bad("nothing at all"));
    };
    if *header != answer_header(RATE) {
        return Err(bad("not the header or the rate that was agreed"));
    }
    let (samples, rest) = sound.as_chunks::<2>();
    if samples.is_empty() || !rest.is_empty() {
        return Err(bad("not a whole number of samples"));
    }
    Ok(Pcm {
        samples: samples
            .iter()
            .map(|octets| i16::from_le_bytes(*octets))
            .collect(),
        sample_rate: RATE,
    })
}

/// What the helper says before its sound.
pub(super) fn answer_header(rate: u32) -> [u8; HEADER] {
    let [a, b, c, d] = rate.to_le_bytes();
    [b'P', b'C', b'M', b'1', a, b, c, d]
}

/// Pico's samples a second.
pub(super) const RATE: u32 = 16_000;
/// Follows the language code when the words keep Pico's natural pace.
pub(super) const BRISK: &str = " brisk";
const HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_header_then_samples() {
        let mut answer = answer_header(RATE).to_vec();
        answer.extend([1, 0, 255, 255]);
        assert_eq!(decode(&answer).unwrap().samples, [1, -1]);
    }

    #[test]
    fn anything_else_is_bad_sound() {
        let mut odd = answer_header(RATE).to_vec();
        odd.push(0);
        for answer in [
            &b""[..],
            b"PCM1",
            &answer_header(RATE),
            &answer_header(22_050),
            &odd,
            b"RIFF12345678",
        ] {
            assert!(
                matches!(decode(answer), Err(VoiceError::BadSound(_))),
                "{answer:?}"
            );
        }
    }
}
