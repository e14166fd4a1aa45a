//! Text to one clean telephone recording.
//!
//! A bulletin is read aloud once, when it is saved, never during a call. The journey is
//! [`script::bulletin`] (what is said) → [`normalise()`] (in words a voice cannot misread) →
//! [`Studio`] (a voice, checked and mastered) → [`Recording`]. Three types to know: [`Spoken`],
//! the only text a voice ever sees; [`Voice`], one way of reading it aloud; [`Recording`], sound at
//! 16 kHz and for telephones of either band.
//!
//! This room knows no database, and of the network only the services that the configuration names as
//! voices ([`HttpVoice`]). It never gives a voice a text as it was typed, never runs a voice in this
//! process, and never waits for one longer than its time-out. Its calls block: run them aside.

pub mod audibility;
mod cage;
mod chain;
pub mod level;
mod lexicon;
mod normalise;
mod pcm;
pub mod prompts;
mod recording;
pub mod script;
mod spoken;
mod studio;
mod take;
pub mod upload;
mod voice;
pub mod wav;

pub use chain::{Bands, ChainError, Equaliser, EqualiserError, Tone};
pub use lexicon::{Lexicon, LexiconError, Listed};
pub use normalise::{NormaliseError, normalise};
pub use pcm::Pcm;
pub use recording::{Recording, recording_key};
pub use spoken::Spoken;
pub use studio::{Probe, Studio, StudioError};
pub use take::{LONGEST_SECONDS, MasteredTake, Take, TakeRefusal, TakeWarning};
pub use voice::{
    Answer, Escape, EspeakVoice, HttpConfig, HttpConfigError, HttpVoice, OnnxConfig, OnnxVoice,
    Phonemes, PicoConfig, PicoVoice, Secret, Sound, Template, TemplateError, Voice, VoiceError,
    helper_main, onnx_helper_main,
};
