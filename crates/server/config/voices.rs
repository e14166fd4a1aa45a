//! `voices` and `[[voice]]`: who reads bulletins aloud, in which order.

mod equaliser;
mod http;
mod onnx;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bulletin::Language;
use serde::{Deserialize, Serialize};
use speech::{EqualiserError, HttpConfig, HttpConfigError, OnnxConfig, TemplateError};

pub use equaliser::ToneTable;

/// One `[[voice]]` as it is written. Which keys it may have follows from its kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VoiceTable {
    /// Its name in `voices`, in the log and in `/readyz`: lower-case letters, digits and `-`.
    pub name: String,
    /// `http`, `onnx` or `espeak-ng`.
    pub kind: String,
    /// Of `http`: where texts are sent, `https://…`.
    pub url: Option<String>,
    /// Of `http`: the headers of the request; `{secret}` in a value is replaced.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Of `http`: the variable of the environment that holds the secret.
    pub secret_env: Option<String>,
    /// Of `http`: the file that holds the secret and nothing else.
    pub secret_file: Option<PathBuf>,
    /// Of `http`: the body of the request, with `{text}`, `{voice}`, `{language}`, `{speed}`.
    pub body: Option<String>,
    /// Of `http`: how what is put into the body is escaped, `json` or `ssml`.
    pub escape: Option<String>,
    /// Of `http`: the service's name of the voice for `fr` and `en`; a language without one is left
    /// to the next voice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub voices: BTreeMap<String, String>,
    /// Of `http`: the sound that comes back, `wav` or `pcm` (16 bits, one channel, little-endian)
    /// [default: wav].
    pub sound: Option<String>,
    /// Of `http`: samples a second of `pcm`.
    pub sample_rate: Option<u32>,
    /// Of `http`: the field of a JSON answer that holds the sound in base64, such as `audioContent`;
    /// dots lead inwards [default: the answer is the sound].
    pub field: Option<String>,
    /// Of `http`: the media types an answer may have [default: those of its sound].
    pub accept: Option<Vec<String>>,
    /// Of `http`: the longest answer that is read, in octets [default: 25000000].
    pub most_octets: Option<u64>,
    /// Of `http`: the authorities (PEM) that are believed [default: those of the web].
    pub authorities: Option<PathBuf>,
    /// Of `http`: the proxy on the way, `http://HOST:PORT` [default: none].
    pub proxy: Option<String>,
    /// Of `onnx`: the shared library of onnxruntime.
    pub library: Option<PathBuf>,
    /// Of `onnx`: the Piper model for `fr` and `en`; its table stands beside it, with `.json` behind
    /// the name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<String, PathBuf>,
    /// Of `onnx`: which of the model's speakers [default: the first].
    pub speaker: Option<u32>,
    /// Of `espeak-ng`: the program; of `onnx`: the espeak-ng that knows the phonemes [default:
    /// /usr/bin/espeak-ng].
    pub program: Option<PathBuf>,
    /// Its pace, as `{speed}` or as a part of the model's own [default: 0.85].
    pub speed: Option<String>,
    /// Its pace where a text must be short [default: 1.0].
    pub brisk_speed: Option<String>,
    /// Seconds after which it is given up, 1 to 60 [default: 20 of `http`, else 10].
    pub timeout_seconds: Option<u64>,
    /// What makes it clear on a telephone [default: nothing].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equaliser: Vec<ToneTable>,
}

/// A voice this program can speak with.
#[derive(Debug, Clone)]
pub enum VoiceChoice {
    /// SVOX Pico, built in.
    Pico,
    /// The program espeak-ng, when the machine has it.
    EspeakNg,
    /// An espeak-ng of a certain place.
    EspeakAt {
        /// The program.
        program: PathBuf,
        /// How long it may take.
        timeout: Duration,
    },
    /// A service.
    Http(Box<HttpConfig>),
    /// A Piper model; the helper program in it is filled in at start-up.
    Onnx(Box<OnnxConfig>),
}

impl VoiceChoice {
    /// The order where nobody says another.
    pub const BUILT_IN: [Self; 2] = [Self::Pico, Self::EspeakNg];
}

/// The names of the voices in the order in which they are tried: as `voices` says, or else those of
/// the file before the built-in ones.
pub(super) fn order(voices: Option<String>, tables: &[VoiceTable]) -> String {
    voices.unwrap_or_else(|| {
        let own = tables.iter().map(|table| table.name.as_str());
        own.chain(BUILT_IN_NAMES).collect::<Vec<_>>().join(",")
    })
}

/// The voices of an [`order`].
pub(super) fn parse(order: &str, tables: &[VoiceTable]) -> Result<Vec<VoiceChoice>, VoiceError> {
    let mut known = Vec::new();
    for table in tables {
        let name = &table.name;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(VoiceError::Name(name.clone()));
        }
        let is_taken = known.iter().any(|(other, _)| *other == name);
        if is_taken || BUILT_IN_NAMES.contains(&name.as_str()) {
            return Err(VoiceError::Twice(name.clone()));
        }
        let choice = table.check().map_err(|fault| VoiceError::Table {
            name: name.clone(),
            fault: Box::new(fault),
        })?;
        known.push((name, choice));
    }
    order
        .split(',')
        .map(|name| match name.trim() {
            "pico" => Ok(VoiceChoice::Pico),
            "espeak-ng" => Ok(VoiceChoice::EspeakNg),
            other => {
                let found = known.iter().find(|(name, _)| *name == other);
                let found = found.map(|(_, choice)| choice.clone());
                found.ok_or_else(|| VoiceError::Unknown(other.to_owned()))
            }
        })
        .collect()
}

/// The tables as they may be shown: what is in a header stays hidden unless it is known to be no
/// secret.
pub(super) fn shown(tables: &[VoiceTable]) -> Vec<VoiceTable> {
    let mut tables = tables.to_vec();
    for table in &mut tables {
        for (name, value) in &mut table.headers {
            if !value.contains("{secret}")
                && !PLAIN_HEADERS
                    .iter()
                    .any(|one| one.eq_ignore_ascii_case(name))
            {
                *value = "(hidden)".to_owned();
            }
        }
    }
    tables
}

impl VoiceTable {
    fn check(&self) -> Result<VoiceChoice, VoiceFault> {
        Ok(match self.kind.as_str() {
            "http" => VoiceChoice::Http(Box::new(http::parse(self)?)),
            "onnx" => VoiceChoice::Onnx(Box::new(onnx::parse(self)?)),
            "espeak-ng" => VoiceChoice::EspeakAt {
                program: needed("program", self.program.clone())?,
                timeout: self.timeout(10)?,
            },
            other => return Err(VoiceFault::Kind(other.to_owned())),
        })
    }

    fn timeout(&self, usual: u64) -> Result<Duration, VoiceFault> {
        match self.timeout_seconds.unwrap_or(usual) {
            seconds @ 1..=60 => Ok(Duration::from_secs(seconds)),
            seconds => Err(VoiceFault::Timeout(seconds)),
        }
    }

    /// The usual pace, and where a text must be short.
    fn speeds(&self) -> [String; 2] {
        [(&self.speed, "0.85"), (&self.brisk_speed, "1.0")]
            .map(|(written, usual)| written.clone().unwrap_or_else(|| usual.to_owned()))
    }
}

fn needed<T>(key: &'static str, value: Option<T>) -> Result<T, VoiceFault> {
    value.ok_or(VoiceFault::Missing(key))
}

/// What is said of each language, by its code.
fn by_language<T: Clone>(
    key: &'static str,
    table: &BTreeMap<String, T>,
) -> Result<Vec<(Language, T)>, VoiceFault> {
    table
        .iter()
        .map(|(code, value)| {
            let language = Language::parse(code).ok_or_else(|| VoiceFault::Language {
                key,
                code: code.clone(),
            })?;
            Ok((language, value.clone()))
        })
        .collect()
}

/// Why `voices` or a `[[voice]]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A voice that is not known.
    #[error(
        "voices names {0:?}; write one or more of pico, espeak-ng and the names of [[voice]], separated by commas"
    )]
    Unknown(String),
    /// A name that is none.
    #[error("a [[voice]] has the name {0:?}; write lower-case letters, digits and hyphens")]
    Name(String),
    /// A name that another voice has.
    #[error("two voices have the name {0:?}")]
    Twice(String),
    /// What stands in one.
    #[error("[[voice]] {name}: {fault}")]
    Table {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: Box<VoiceFault>,
    },
}

/// What is wrong in one `[[voice]]`.
#[derive(Debug, thiserror::Error)]
pub enum VoiceFault {
    /// A kind that is not known.
    #[error("kind is {0:?}; write http, onnx or espeak-ng")]
    Kind(String),
    /// A key that its kind needs.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A language that is not spoken.
    #[error("{key} names the language {code:?}; write fr or en")]
    Language {
        /// The key.
        key: &'static str,
        /// What was written.
        code: String,
    },
    /// A word that says nothing.
    #[error("{key} is {word:?}; write {instead}")]
    Word {
        /// The key.
        key: &'static str,
        /// What was written.
        word: String,
        /// What may be written.
        instead: &'static str,
    },
    /// A time-out beyond reason.
    #[error("timeout-seconds is {0}; write 1 to 60")]
    Timeout(u64),
    /// Two places for one secret.
    #[error("secret-env and secret-file exclude each other")]
    TwoSecrets,
    /// The body.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The equaliser.
    #[error(transparent)]
    Equaliser(#[from] EqualiserError),
    /// The rest of a voice by HTTP.
    #[error(transparent)]
    Http(#[from] HttpConfigError),
}

const BUILT_IN_NAMES: [&str; 2] = ["pico", "espeak-ng"];
/// Headers that hold no secret.
const PLAIN_HEADERS: [&str; 4] = [
    "Content-Type",
    "Accept",
    "User-Agent",
    "X-Microsoft-OutputFormat",
];
/// Longest recording of one text, in seconds.
pub(crate) const LONGEST_SECONDS: u32 = 180;

#[cfg(test)]
mod tests;
