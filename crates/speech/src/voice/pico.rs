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
use super::{Voice, VoiceError, answer, voice_files};
use crate::{Equaliser, Pcm, Spoken, Tone};

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

    /// The names of the files that it lays out in [`PicoConfig::data_dir`], and lays out again where they are missing.
    pub fn files() -> impl Iterator<Item = &'static str> {
        Language::ALL.iter().copied().flat_map(voice_files::names)
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
        let limits = Limits {
            timeout: self.config.timeout,
            octets: answer::octets(seconds.saturating_mul(RATE)),
            seconds,
        };
        let input = format!(
            "{}{}\n{words}",
            language.as_str(),
            if words.is_brisk() { BRISK } else { "" }
        );
        answer::decode(&process::run(command, input.as_bytes(), limits)?, RATE)
    }

    /// Pico keeps 0.3 % of its energy above 1 kHz. These filters lift the index of audibility beside a
    /// crowd (0 dB SNR) from 0.27 to 0.59: less of the vowels' hum, more of the consonants.
    fn equaliser(&self) -> Equaliser {
        let (hum, presence) = (400.0, 1400.0);
        Equaliser::of(&[
            Tone::Peak {
                hertz: hum,
                gain_db: -10.0,
                q: 0.8,
            },
            Tone::High {
                hertz: 800.0,
                gain_db: 14.0,
            },
            Tone::Peak {
                hertz: presence,
                gain_db: 4.0,
                q: 0.8,
            },
        ])
    }
}

/// Pico's samples a second.
pub(super) const RATE: u32 = 16_000;
/// Follows the language code when the words keep Pico's natural pace.
pub(super) const BRISK: &str = " brisk";
