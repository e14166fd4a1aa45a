//! What stands before all else wherever a territory is shown: the crisis sentence, and that the authorities have taken over.

use bulletin::{Language, TerritorySlug};

use crate::snapshot::Snapshot;
use crate::words::pick;

/// What everybody is told first; nothing on most days.
#[derive(Clone, Debug, Default)]
pub(crate) struct BeforeAll {
    pub(crate) sentences: Vec<Sentence>,
    /// The gravest of it, where there is room for a few words.
    pub(crate) in_short: Option<&'static str>,
}

/// Words with their language: the crisis sentence is in French for everybody.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    pub(crate) words: String,
    pub(crate) language: Language,
}

impl BeforeAll {
    /// What a territory tells everybody, for readers of a language.
    pub(crate) fn of(snapshot: &Snapshot, territory: &TerritorySlug, language: Language) -> Self {
        let Some(settings) = snapshot.settings.get(territory) else {
            return Self::default();
        };
        let mut before_all = Self::default();
        if let Some(crisis) = &settings.crisis {
            before_all.add(
                crisis.text.clone(),
                Language::French,
                pick(
                    language,
                    "message important à lire",
                    "important message to read",
                ),
            );
        }
        if settings.authorities {
            before_all.add(
                pick(language, AUTHORITIES[0], AUTHORITIES[1]).to_owned(),
                language,
                pick(
                    language,
                    "les autorités ont pris la main",
                    "the authorities are in charge",
                ),
            );
        }
        before_all
    }

    /// Words that say what goes on, with all of it before them.
    pub(crate) fn before(&self, words: &str) -> String {
        let sentences = self.sentences.iter().map(|it| it.words.as_str());
        sentences.chain([words]).collect::<Vec<_>>().join(" ")
    }

    fn add(&mut self, words: String, language: Language, in_short: &'static str) {
        self.sentences.push(Sentence { words, language });
        self.in_short = Some(in_short);
    }
}

/// In French and in English.
const AUTHORITIES: [&str; 2] = [
    "Les autorités ont pris la main. Suivez les consignes de la préfecture et de votre mairie, et écoutez la radio locale. \
     Ne téléphonez pas sans nécessité\u{a0}: laissez les lignes libres pour les secours.",
    "The authorities are now in charge. Follow the instructions of the prefecture and of your town hall, and listen to the \
     local radio. Do not use the telephone without need: keep the lines free for the rescue services.",
];
