//! A voice turns words into sound; a dead, slow or mad one ends in an error, never in a wait.

mod answer;
mod espeak;
mod http;
mod onnx;
mod onnx_engine;
mod phonemes;
mod pico;
mod pico_engine;
pub(crate) mod process;
mod voice_files;

pub use espeak::EspeakVoice;
pub use http::{
    Answer, Escape, HttpConfig, HttpConfigError, HttpVoice, Secret, Sound, Template, TemplateError,
};
pub use onnx::{OnnxConfig, OnnxVoice};
pub use onnx_engine::onnx_helper_main;
pub use phonemes::Phonemes;
pub use pico::{PicoConfig, PicoVoice};
pub use pico_engine::helper_main;

use bulletin::Language;

use crate::{Equaliser, Pcm, Spoken};

/// Something that can read words aloud. Calls block, each no longer than its own time-out.
pub trait Voice: Send + Sync {
    /// Engine, version and manner of speaking; part of a recording's key, so that a better engine
    /// makes new recordings.
    fn id(&self) -> String;

    /// Whether it is to be asked for words of this language at all.
    fn speaks(&self, _language: Language) -> bool {
        true
    }

    /// Reads the words aloud.
    ///
    /// # Errors
    /// [`VoiceError`]; the caller tries the next voice.
    fn speak(&self, words: &Spoken, language: Language) -> Result<Pcm, VoiceError>;

    /// What this voice needs to be clear on a telephone.
    fn equaliser(&self) -> Equaliser {
        Equaliser::default()
    }
}

/// Why a voice gave no sound.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// It is not installed or cannot be started.
    #[error("the voice cannot be started: {0}")]
    Unavailable(String),
    /// It did not finish in time and was ended.
    #[error("the voice did not finish within {0:?}")]
    Timeout(std::time::Duration),
    /// It gave more sound than any text needs and was ended.
    #[error("the voice gave more than {0} s of sound")]
    Endless(u32),
    /// It ended by itself without success.
    #[error("the voice failed: {0}")]
    Failed(String),
    /// What it gave is no sound of the kind it promised.
    #[error("the voice gave bad sound: {0}")]
    BadSound(String),
}
