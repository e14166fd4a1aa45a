//! Tries words before they are kept: whether a voice can say them, and whether an entry of a lexicon does what it should.

use std::path::PathBuf;
use std::sync::Arc;

use bulletin::{Language, LexiconEntry, Territory};
use speech::{Lexicon, NormaliseError, Phonemes, normalise, script};
use store::Store;
use web::{Fault, Proof, Proofreader};

use crate::voices;

/// What `web` asks before it keeps words; `data` may hold lexicons.
pub(crate) fn proofreader(store: Store, data: PathBuf) -> Proofreader {
    Arc::new(move |territory, proof| {
        let (store, data) = (store.clone(), data.clone());
        Box::pin(async move {
            let lexicon = voices::lexicon_of(&store, &data, &territory.slug).await;
            // A fault of the file is told where it is read; it is none of these words.
            let lexicon = lexicon.unwrap_or_else(|_| Lexicon::built_in());
            let work = move || match proof {
                Proof::Entry(entry) => faults_of_entry(&entry, &territory, &lexicon),
                Proof::Sentence { language, text } => {
                    faults_of_sentence(&text, language, &territory, &lexicon)
                }
            };
            tokio::task::spawn_blocking(work).await.unwrap_or_default()
        })
    })
}

/// What a text says that holds a name, where that is not what an entry for it wants; `None` where it is.
///
/// - `used`: the lexicon with that entry.
pub(crate) fn said_instead(
    written: &str,
    say: &str,
    language: Language,
    used: &Lexicon,
) -> Option<String> {
    let said = normalise(written, language, used);
    let said = said.map_or_else(|error| error.to_string(), |words| words.to_string());
    let wanted = normalise(say, language, &Lexicon::default());
    let is_said = wanted.map(|words| words.to_string()).as_deref() == Ok(&said);
    (!is_said).then_some(said)
}

fn faults_of_entry(entry: &LexiconEntry, territory: &Territory, lexicon: &Lexicon) -> Vec<Fault> {
    let toml = voices::as_toml(std::slice::from_ref(entry));
    let used = match lexicon.with(&toml) {
        Ok(lexicon) => lexicon.within(&territory.slug),
        Err(error) => {
            return vec![Fault {
                french: format!("Cette entrée ne peut pas être lue : {error}"),
                english: format!("This entry cannot be read: {error}"),
                is_grave: true,
            }];
        }
    };
    let LexiconEntry {
        language,
        written,
        say,
        ..
    } = entry;
    let mut faults = Vec::new();
    if let Some(said) = said_instead(written, say, *language, &used) {
        faults.push(Fault {
            french: format!(
                "Un texte où ce nom figure dit « {said} » : une adresse ou une autre entrée passe avant. Écrivez le nom tel qu'il est dans les textes."
            ),
            english: format!(
                "A text with this name says “{said}”: an address or another entry comes first. Write the name as texts have it."
            ),
            is_grave: true,
        });
    }
    if *language == Language::French && is_taken_for_english(say) {
        faults.push(Fault {
            french: "Une voix de secours prend un mot pour de l'anglais. Écoutez ; au besoin, écrivez la prononciation comme on lit le français.".to_owned(),
            english: "A spare voice takes a word for English. Listen; respell it as French is read where needed.".to_owned(),
            is_grave: false,
        });
    }
    faults
}

/// Whether espeak-ng, where it is there, says a word of it in its English voice.
fn is_taken_for_english(say: &str) -> bool {
    let words = normalise(say, Language::French, &Lexicon::default()).ok();
    let ear = Phonemes::find();
    let sounds = ear
        .zip(words)
        .map(|(ear, words)| ear.of(&words, Language::French));
    sounds.is_some_and(|sounds| sounds.is_ok_and(|sounds| sounds.contains("(en)")))
}

fn faults_of_sentence(
    text: &str,
    language: Language,
    territory: &Territory,
    lexicon: &Lexicon,
) -> Vec<Fault> {
    let said = script::sentence(text, language, territory, lexicon);
    let fault = |error: NormaliseError| Fault {
        french: format!("Une voix ne peut pas lire ce texte ({error}) : reformulez-le."),
        english: format!("A voice cannot read this text ({error}): put it another way."),
        is_grave: true,
    };
    said.err().map(fault).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use bulletin::TerritorySlug;
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn an_entry_that_would_never_be_used_is_told_with_what_is_said_instead() {
        let well = faults("Xylorga", "Silorgât");
        assert_eq!(well, []);

        let address = faults("www.usine.fr", "notre usine");
        assert!(address[0].is_grave);
        assert!(address[0].french.contains("passe avant"), "{address:?}");
    }

    #[test]
    fn a_sentence_without_words_is_refused() {
        let (here, lexicon) = (territory(), Lexicon::built_in());
        let said = |text| faults_of_sentence(text, Language::French, &here, &lexicon);
        assert_eq!(said("Fermez vos fenêtres."), []);
        assert!(said("東京")[0].is_grave);
    }

    fn faults(written: &str, say: &str) -> Vec<Fault> {
        let entry = LexiconEntry::compose(Language::French, written, say, false).unwrap();
        faults_of_entry(&entry, &territory(), &Lexicon::built_in())
    }

    fn territory() -> Territory {
        Territory {
            slug: TerritorySlug::parse("rouen_metropole").unwrap(),
            name: "Rouen".into(),
            spoken_name: String::new(),
            zone: TimeZone::UTC,
            numbers: vec![],
        }
    }
}
