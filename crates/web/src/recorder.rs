//! What becomes of a file with a person's voice: asked of the rest of the program, which can decode.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;

/// Makes a recording of an uploaded file; see [`crate::App::recorder`].
pub type Recorder = Arc<
    dyn Fn(Bytes) -> Pin<Box<dyn Future<Output = Result<Recorded, NotRecorded>> + Send>>
        + Send
        + Sync,
>;

/// A person's recording, ready for the line.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The finished sound.
    pub recording: store::Recording,
    /// Active speech level of the file as it was sent, in dBov.
    pub dbov: f64,
    /// What the person should know, in French and in English.
    pub remarks: Vec<(String, String)>,
}

/// Why there is no recording.
#[derive(Clone, Debug)]
pub enum NotRecorded {
    /// Because of the file.
    Refused {
        /// A stable name for programs.
        code: &'static str,
        /// What to do, in French.
        french: String,
        /// The same in English.
        english: String,
    },
    /// Because of us; what happened, for the log.
    Failed(String),
}
