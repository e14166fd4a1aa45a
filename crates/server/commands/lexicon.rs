//! `allo lexicon check`: how a territory says its names, each tested.

use std::error::Error;
use std::process::ExitCode;

use bulletin::{Language, TerritorySlug};
use speech::{Lexicon, Listed, Phonemes, normalise};
use tokio::runtime::Runtime;

use super::Outcome;
use crate::arguments::LexiconCommand;
use crate::config::Database;
use crate::proof::said_instead;
use crate::voices;

/// Lists the entries of a territory's lexicon, those of the desk among them, and the names of its sites, and says what is
/// wrong.
///
/// # Errors
/// A slug or file that cannot be read. What is wrong with an entry is printed, and the exit status is 1.
pub fn lexicon(command: &LexiconCommand) -> Outcome {
    let LexiconCommand::Check {
        territory,
        all,
        folder,
    } = command;
    let territory = TerritorySlug::parse(territory)?;
    let path = voices::lexicon_path(&folder.data, &territory);
    let own = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!(
                "{} is not there: only what comes with the program holds",
                path.display()
            );
            String::new()
        }
        Err(error) => return Err(format!("{}: {error}", path.display()).into()),
    };
    let faults = Lexicon::faults(&own);
    for fault in &faults {
        println!("{}: {fault}", path.display());
    }
    if !faults.is_empty() {
        println!("Until this is set right, the territory is spoken without its lexicon.");
        return Ok(ExitCode::FAILURE);
    }
    let listed = if *all {
        Lexicon::built_in()
    } else {
        Lexicon::default()
    };
    let (desk, names) = at_the_desk(&folder.database()?, &territory)?;
    let (listed, used) = (
        listed.with(&own)?.with(&desk)?,
        Lexicon::built_in()
            .with(&own)?
            .with(&desk)?
            .within(&territory),
    );
    let ear = Phonemes::find();
    let mut wrong = 0;
    for entry in listed.entries() {
        let sounds = sounds(ear.as_ref(), entry.say, entry.language);
        println!("{}\t{}\t{sounds}", entry.written, entry.say);
        for remark in remarks(&entry, &sounds, &used, &territory) {
            println!("  ! {remark}");
            wrong += 1;
        }
    }
    for (name, spoken) in names {
        let written = if spoken.trim().is_empty() {
            &name
        } else {
            &spoken
        };
        let words = normalise(written, Language::French, &used)?;
        let sounds = sounds(ear.as_ref(), words.as_str(), Language::French);
        println!("{name}\t{words}\t{sounds}");
    }
    Ok(if wrong > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What is wrong with an entry, and what to do.
fn remarks(entry: &Listed<'_>, sounds: &str, used: &Lexicon, here: &TerritorySlug) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(scope) = entry.scope
        && TerritorySlug::parse(scope).is_err()
    {
        remarks.push(format!(
            "scope {scope:?} is no territory's slug; write it as `allo territory list` does"
        ));
    }
    let elsewhere = entry.scope.is_some_and(|scope| scope != here.as_str());
    let tried = !entry.is_pattern && !elsewhere;
    if tried && let Some(said) = said_instead(entry.written, entry.say, entry.language, used) {
        remarks.push(format!(
            "a text with it says “{said}”: an address, a handle or another entry comes first; write `match` as texts have it"
        ));
    }
    if entry.language == Language::French && sounds.contains("(en)") {
        remarks.push("espeak-ng takes it for English; respell `say` as French is read".to_owned());
    }
    if let Some(ipa) = entry.ipa
        && !sounds.is_empty()
        && ipa != sounds
    {
        remarks.push(format!(
            "`ipa` is {ipa}; listen, then write the phonemes above there"
        ));
    }
    remarks
}

/// On one line; empty without espeak-ng.
fn sounds(ear: Option<&Phonemes>, words: &str, language: Language) -> String {
    let words = normalise(words, language, &Lexicon::default()).ok();
    let said = ear.zip(words).map(|(ear, words)| ear.of(&words, language));
    said.map_or_else(String::new, |said| {
        said.map_or_else(|error| error.to_string(), |said| said.replace('\n', " "))
    })
}

/// Names as written, each with what is given to the normaliser.
type Names = Vec<(String, String)>;

/// What is decided at the desk: the entries of a territory, as a file has them, and its sites and their communes, as
/// written and as given to the normaliser.
fn at_the_desk(
    database: &Database,
    territory: &TerritorySlug,
) -> Result<(String, Names), Box<dyn Error + Send + Sync>> {
    if !database.is_there() {
        return Ok((String::new(), Vec::new()));
    }
    let (entries, sites) = Runtime::new()?.block_on(async {
        let store = database.open().await?;
        let entries = store.lexicon(territory).await?;
        Ok::<_, store::Error>((entries, store.sites().await?))
    })?;
    let mut names = Vec::new();
    for site in sites {
        if site.territory == *territory {
            names.push((site.name, site.spoken_name));
            names.push((site.commune.clone(), site.commune));
        }
    }
    names.sort();
    names.dedup();
    Ok((voices::as_toml(&entries), names))
}
