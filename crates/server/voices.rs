//! The voices of this machine, in the order they are tried.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bulletin::{LexiconEntry, TerritorySlug};
use speech::{
    EspeakVoice, HttpConfigError, HttpVoice, Lexicon, OnnxConfig, OnnxVoice, PicoConfig, PicoVoice,
    Probe, Studio, Voice,
};
use store::Store;
use tokio::sync::watch;

use crate::arguments::HELPER_COMMAND;
use crate::config::{LONGEST_SECONDS, VoiceChoice};
use crate::service::until;

/// The voices of the configuration; espeak-ng is left out where the machine does not have it.
///
/// `program` is the executable that speaks when started as the helper of Pico or of a Piper voice.
///
/// # Errors
/// [`HttpConfigError`] when what a voice by HTTP needs has gone since the configuration was read.
pub(crate) fn studio(
    choices: &[VoiceChoice],
    data: &Path,
    program: &Path,
) -> Result<Studio, HttpConfigError> {
    let mut voices: Vec<Box<dyn Voice>> = Vec::new();
    for choice in choices {
        match choice {
            VoiceChoice::Pico => voices.push(Box::new(pico(data, program))),
            VoiceChoice::EspeakNg => {
                let espeak = EspeakVoice::find(TIMEOUT, LONGEST_SECONDS);
                voices.extend(espeak.map(|espeak| Box::new(espeak) as Box<dyn Voice>));
            }
            VoiceChoice::EspeakAt { program, timeout } => {
                voices.push(Box::new(EspeakVoice::at(
                    program.clone(),
                    *timeout,
                    LONGEST_SECONDS,
                )));
            }
            VoiceChoice::Http(config) => {
                voices.push(Box::new(HttpVoice::new(config.as_ref().clone())?));
            }
            VoiceChoice::Onnx(config) => voices.push(Box::new(OnnxVoice::new(OnnxConfig {
                program: program.into(),
                ..config.as_ref().clone()
            }))),
        }
    }
    Ok(Studio::new(voices))
}

/// Has every voice speak a word when the service starts, and those in trouble again each minute, so
/// that who runs the service knows before a bulletin needs them.
pub(crate) async fn watch(studio: Arc<Studio>, stop: watch::Receiver<bool>) {
    let mut which = Probe::Every;
    loop {
        let studio = Arc::clone(&studio);
        let probing = tokio::task::spawn_blocking(move || studio.probe(which));
        tokio::select! {
            _ = probing => {}
            () = until(stop.clone()) => return,
        }
        which = Probe::Troubled;
        tokio::select! {
            () = tokio::time::sleep(BETWEEN_TESTS) => {}
            () = until(stop.clone()) => return,
        }
    }
}

/// Voices in trouble, in words.
pub(crate) fn listed(troubles: &[(String, String)]) -> String {
    let each: Vec<_> = troubles
        .iter()
        .map(|(voice, why)| format!("{voice}: {why}"))
        .collect();
    each.join("; ")
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

/// How words are said in a territory: as [`lexicon`], and over it what its manager has decided at the desk.
///
/// # Errors
/// [`LexiconFault`] when the file cannot be read, or an entry of the store cannot be used.
pub(crate) async fn lexicon_of(
    store: &Store,
    data: &Path,
    territory: &TerritorySlug,
) -> Result<Lexicon, LexiconFault> {
    let fault = |why: String| LexiconFault {
        path: PathBuf::from(format!("{territory} of the desk")),
        why,
    };
    let entries = store.lexicon(territory).await;
    let entries = entries.map_err(|error| fault(error.to_string()))?;
    lexicon(data, Some(territory))?
        .with(&as_toml(&entries))
        .map_err(|error| fault(error.to_string()))
}

/// Entries of the desk as a lexicon file has them.
pub(crate) fn as_toml(entries: &[LexiconEntry]) -> String {
    let entry = |entry: &LexiconEntry| {
        let mut line = toml::Table::new();
        line.insert("match".into(), entry.written.clone().into());
        line.insert("say".into(), entry.say.clone().into());
        line.insert("lang".into(), entry.language.as_str().into());
        line.insert("case".into(), entry.match_case.into());
        toml::Value::from(line)
    };
    let entries: Vec<_> = entries.iter().map(entry).collect();
    let mut file = toml::Table::new();
    file.insert("entry".into(), entries.into());
    file.to_string()
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
/// Between two tests of a voice in trouble.
const BETWEEN_TESTS: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use bulletin::Language;

    use super::*;

    #[test]
    fn what_the_desk_takes_the_lexicon_takes() {
        let pieces = [
            "Île", "d'", "\"", "\\", "''", "a\u{301}", "É", "-", "3", " ", ".", "ß", "#",
        ];
        let mut taken = 0;
        for one in pieces {
            for two in pieces {
                let written = format!("{two}{one}");
                for say in [&written, "", "dire ainsi"] {
                    let entry = LexiconEntry::compose(Language::French, &written, say, true);
                    if let Ok(entry) = entry {
                        taken += 1;
                        let read = Lexicon::default().with(&as_toml(std::slice::from_ref(&entry)));
                        assert!(read.is_ok(), "{entry:?}: {:?}", read.err());
                    }
                }
            }
        }
        assert!(taken > 100, "{taken}");
    }

    #[test]
    fn an_entry_of_the_desk_takes_the_place_of_one_that_comes_with_the_program() {
        let entry = LexiconEntry::compose(Language::French, "Xylorga", "Silorgât", false).unwrap();
        let other = LexiconEntry {
            say: "Zilorgat".into(),
            ..entry.clone()
        };
        let of_the_file = Lexicon::built_in().with(&as_toml(&[entry])).unwrap();

        let both = of_the_file.with(&as_toml(&[other])).unwrap();

        let said = speech::normalise("Le site Xylorga.", Language::French, &both);
        assert_eq!(said.unwrap().as_str(), "Le site Zilorgat.");
    }
}
