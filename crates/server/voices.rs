//! The voices of this machine, in the order they are tried.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bulletin::TerritorySlug;
use speech::{EspeakVoice, Lexicon, PicoConfig, PicoVoice, Studio, Voice};

use crate::arguments::HELPER_COMMAND;
use crate::config::VoiceName;

/// The voices of the configuration; espeak-ng is left out where the machine does not have it.
///
/// `program` is the executable that speaks when started as Pico's helper.
pub(crate) fn studio(names: &[VoiceName], data: &Path, program: &Path) -> Studio {
    let voices = names.iter().filter_map(|name| match name {
        VoiceName::Pico => Some(Box::new(pico(data, program)) as Box<dyn Voice>),
        VoiceName::EspeakNg => {
            let espeak = EspeakVoice::find(TIMEOUT, LONGEST_SECONDS);
            espeak.map(|espeak| Box::new(espeak) as Box<dyn Voice>)
        }
    });
    Studio::new(voices.collect())
}

fn pico(data: &Path, program: &Path) -> PicoVoice {
    PicoVoice::new(PicoConfig {
        program: program.into(),
        arguments: vec![HELPER_COMMAND.into()],
        data_dir: data.join("voices"),
        timeout: TIMEOUT,
        max_seconds: LONGEST_SECONDS,
    })
}

/// How words are said: the built-in lexicon, and over it `DATA/lexicon/TERRITORY.toml` if it is there.
///
/// # Errors
/// [`LexiconFault`], naming the file, when it cannot be read.
pub(crate) fn lexicon(
    data: &Path,
    territory: Option<&TerritorySlug>,
) -> Result<Lexicon, LexiconFault> {
    let built_in = Lexicon::built_in();
    let Some(territory) = territory else {
        return Ok(built_in);
    };
    let path = lexicon_path(data, territory);
    let fault = |why: String| LexiconFault {
        path: path.clone(),
        why,
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => built_in
            .with(&text)
            .map_err(|error| fault(error.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(built_in),
        Err(error) => Err(fault(error.to_string())),
    }
}

/// Where a territory keeps how its names are said.
pub(crate) fn lexicon_path(data: &Path, territory: &TerritorySlug) -> PathBuf {
    data.join("lexicon").join(format!("{territory}.toml"))
}

/// A territory's lexicon that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the lexicon {} cannot be used: {why}", path.display())]
pub(crate) struct LexiconFault {
    path: PathBuf,
    why: String,
}

/// A voice that says nothing for this long is given up (100 times what it usually needs).
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest recording of one text.
const LONGEST_SECONDS: u32 = 180;
