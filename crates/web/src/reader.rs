//! How words sound before they are published: asked of the rest of the program, which has the voices.

use std::pin::Pin;
use std::sync::Arc;

use bulletin::{Bulletin, Language, Site, Territory};

use crate::error::Error;

/// Reads words aloud for a preview; see [`crate::App::reader`].
pub type Reader = Arc<
    dyn Fn(Passage) -> Pin<Box<dyn Future<Output = Result<Aloud, NotRead>> + Send>> + Send + Sync,
>;

/// What is to be read aloud.
#[derive(Clone, Debug)]
pub enum Passage {
    /// Any words, with the lexicon of a territory: a name, a sentence of the house.
    Sentence {
        /// Whose lexicon it is.
        territory: Territory,
        /// The language of the text.
        language: Language,
        /// The words as they are written.
        text: String,
    },
    /// The latest entry of a bulletin as it would be heard on its day, lead-in and all; a person's recording stands
    /// in the place of the text.
    Bulletin(Box<(Bulletin, Site, Territory)>),
}

/// Words read aloud, as a telephone plays them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aloud {
    /// The words given to the voice.
    pub words: String,
    /// A WAV file: the octets of A-law that callers are sent, decoded; 8 kHz, 16 bits, one channel.
    pub wav: Vec<u8>,
    /// How long it lasts, in milliseconds.
    pub duration_ms: u32,
}

/// Why there is nothing to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// As many previews are being made as there is room for.
    Busy,
    /// The words cannot be spoken; why, for the log.
    Unspeakable(String),
    /// No voice works, or a recording cannot be read; what happened, for the log.
    Failed(String),
}

impl From<NotRead> for Error {
    fn from(error: NotRead) -> Self {
        match error {
            NotRead::Busy => Self::Busy,
            NotRead::Unspeakable(why) => {
                tracing::info!(why, "a preview cannot be spoken");
                Self::Unspeakable
            }
            NotRead::Failed(why) => {
                tracing::warn!(why, "a preview could not be spoken");
                Self::Voiceless
            }
        }
    }
}
