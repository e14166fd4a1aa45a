//! `allo say`: what the line would say, as words or as sound.

use std::path::Path;
use std::process::ExitCode;

use bulletin::{Language, TerritorySlug};
use speech::{Lexicon, Pcm, level, normalise, wav};

use super::{Outcome, report, start_logging};
use crate::arguments::{DataFolder, Say};
use crate::config::{Config, Settings, VoiceChoice};
use crate::voices;

/// Prints the words given to the voice, speaks them into a WAV file of telephone sound, or reports on
/// many texts.
///
/// # Errors
/// A text without words, a voice that fails, a file that cannot be read or written.
pub fn say(arguments: &Say) -> Outcome {
    start_logging("warn");
    let language = Language::parse(&arguments.language)
        .ok_or_else(|| format!("--language is {:?}; write fr or en", arguments.language))?;
    let territory = arguments
        .territory
        .as_deref()
        .map(TerritorySlug::parse)
        .transpose()?;
    let lexicon = lexicon(&arguments.folder, territory.as_ref())?;
    if let Some(file) = &arguments.report {
        return report::report(file, language, &lexicon);
    }
    let text = match arguments.text.as_deref() {
        None | Some("-") => report::read(Path::new("-"))?,
        Some(text) => text.to_owned(),
    };
    let words = normalise(&text, language, &lexicon)?;
    if arguments.spoken {
        println!("{}", words.as_str());
    }
    if let Some(path) = &arguments.output {
        speak(arguments, &words, language, path)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What holds in a territory, with what is decided at the desk where there is one.
fn lexicon(
    folder: &DataFolder,
    territory: Option<&TerritorySlug>,
) -> Result<Lexicon, Box<dyn std::error::Error + Send + Sync>> {
    let (data, database) = (&folder.data, folder.database()?);
    match territory {
        Some(territory) if database.is_there() => tokio::runtime::Runtime::new()?.block_on(async {
            let store = database.open().await?;
            Ok(voices::lexicon_of(&store, data, territory).await?)
        }),
        _ => Ok(voices::lexicon(data, territory)?),
    }
}

fn speak(
    arguments: &Say,
    words: &speech::Spoken,
    language: Language,
    path: &Path,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    std::fs::create_dir_all(&arguments.folder.data)?;
    let choices = match &arguments.config {
        Some(path) => Config::from_settings(Settings::read(path)?, false)?.voices,
        None => VoiceChoice::BUILT_IN.to_vec(),
    };
    let studio = voices::studio(&choices, &arguments.folder.data, &std::env::current_exe()?)?;
    let done = studio.record(words, language)?;
    let phone = Pcm {
        samples: done.phone.clone(),
        sample_rate: 8000,
    };
    std::fs::write(path, wav::write(&phone))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let level = level::active_level_dbov(&done.phone, 8000).map_or(f64::NAN, |one| one.dbov);
    println!(
        "{}: {:.1} s by {}, active level {level:.1} dBov",
        path.display(),
        f64::from(done.duration_ms()) / 1000.0,
        done.engine,
    );
    Ok(())
}
