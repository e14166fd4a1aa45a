//! A Piper voice: a neural model in an ONNX file, run by an onnxruntime that is installed apart.
//!
//! Words become phonemes by the program espeak-ng, as Piper's models were taught; phonemes become
//! numbers by the table beside the model; a helper process (`super::onnx_engine`) loads library and
//! model and makes the sound. Nothing of this is loaded, or even looked for, unless it is configured.
//!
//! The helper's input is one line each for library, model, rate, the three scales and the speaker,
//! then one line of numbers for each sentence. It answers as Pico's helper does.

mod model;
mod phonemes;

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use bulletin::Language;
use sha2::{Digest, Sha256};

use super::process::{self, Limits};
use super::{Voice, VoiceError, answer};
use crate::{Equaliser, Pcm, Spoken};
use model::Model;

/// Where everything is that a Piper voice needs.
#[derive(Clone, Debug)]
pub struct OnnxConfig {
    /// By which the configuration and the log name this voice.
    pub name: String,
    /// The shared library `libonnxruntime.so`.
    pub library: PathBuf,
    /// The model of each language it is to speak, `NAME.onnx`; its table is `NAME.onnx.json` beside it.
    pub models: Vec<(Language, PathBuf)>,
    /// Which of the model's speakers, where it has several.
    pub speaker: Option<u32>,
    /// Pace of everything else, and of what must be short; 1.0 is the model's own.
    pub speeds: [f64; 2],
    /// The program that knows the phonemes.
    pub espeak: PathBuf,
    /// The program whose `arguments` lead to [`crate::onnx_helper_main`]; usually this very program.
    pub program: PathBuf,
    /// For example `["onnx-helper"]`.
    pub arguments: Vec<String>,
    /// For phonemes and sound together.
    pub timeout: Duration,
    /// The most sound that is taken, in seconds.
    pub max_seconds: u32,
    /// What the voice needs to be clear on a telephone.
    pub equaliser: Equaliser,
}

/// A neural voice of this machine.
#[derive(Debug)]
pub struct OnnxVoice {
    config: OnnxConfig,
    id: String,
}

impl OnnxVoice {
    /// Reads the tables of the models for its id; what is missing is said when it is to speak.
    pub fn new(config: OnnxConfig) -> Self {
        let mut hash = Sha256::new();
        for (language, path) in &config.models {
            hash.update(language.as_str());
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update(
                std::fs::metadata(path)
                    .map_or(0, |file| file.len())
                    .to_be_bytes(),
            );
            hash.update(std::fs::read(model::table_of(path)).unwrap_or_default());
        }
        hash.update(format!(
            "{:?} {:?} {:?}",
            config.speaker, config.speeds, config.equaliser
        ));
        let mark: String = hash.finalize()[..4]
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        let id = format!("{}-onnx-{mark}", config.name);
        Self { config, id }
    }

    fn model(&self, language: Language) -> Result<(&PathBuf, Model), VoiceError> {
        let model = self.config.models.iter().find(|(one, _)| *one == language);
        let Some((_, path)) = model else {
            return Err(VoiceError::Unavailable(format!(
                "no model for {}",
                language.as_str()
            )));
        };
        for file in [path, &self.config.library] {
            if !file.is_file() {
                return Err(VoiceError::Unavailable(format!(
                    "{} is not there",
                    file.display()
                )));
            }
        }
        Ok((path, Model::read(path).map_err(VoiceError::Unavailable)?))
    }
}

impl Voice for OnnxVoice {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn speaks(&self, language: Language) -> bool {
        self.config.models.iter().any(|(one, _)| *one == language)
    }

    fn speak(&self, words: &Spoken, language: Language) -> Result<Pcm, VoiceError> {
        let started = Instant::now();
        let (path, model) = self.model(language)?;
        let left = || self.config.timeout.saturating_sub(started.elapsed());
        let mut sentences = Vec::new();
        for sentence in phonemes::sentences(words) {
            let phonemes =
                phonemes::of(&sentence, &self.config.espeak, &model.espeak_voice, left())?;
            sentences.push(model.ids(&phonemes));
        }
        let [slow, brisk] = self.config.speeds;
        let speed = if words.is_brisk() { brisk } else { slow };
        let input = request(&self.config, path, &model, speed, &sentences)
            .ok_or_else(|| VoiceError::Unavailable("a path has a line feed in it".to_owned()))?;
        let mut command = Command::new(&self.config.program);
        command.args(&self.config.arguments);
        let seconds = self.config.max_seconds;
        let samples = seconds.saturating_mul(model.sample_rate);
        let limits = Limits {
            timeout: left(),
            octets: answer::octets(samples),
            seconds,
        };
        let octets =
            process::run(command, input.as_bytes(), limits).map_err(|error| match error {
                VoiceError::Timeout(_) => VoiceError::Timeout(self.config.timeout),
                error => error,
            })?;
        answer::decode(&octets, model.sample_rate)
    }

    fn equaliser(&self) -> Equaliser {
        self.config.equaliser.clone()
    }
}

/// What the helper is given.
fn request(
    config: &OnnxConfig,
    path: &std::path::Path,
    model: &Model,
    speed: f64,
    sentences: &[Vec<i64>],
) -> Option<String> {
    let line = |path: &std::path::Path| {
        let text = path.to_str()?;
        (!text.contains('\n')).then(|| text.to_owned())
    };
    let speaker = match config.speaker {
        Some(speaker) => speaker.to_string(),
        None if model.speakers > 1 => "0".to_owned(),
        None => String::new(),
    };
    let mut input = format!(
        "{}\n{}\n{}\n{} {} {}\n{speaker}\n",
        line(&config.library)?,
        line(path)?,
        model.sample_rate,
        model.noise_scale,
        model.length_scale / speed,
        model.noise_w,
    );
    for ids in sentences {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        input.push_str(&ids.join(" "));
        input.push('\n');
    }
    Some(input)
}
