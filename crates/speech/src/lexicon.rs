//! How names and acronyms are said: re-spelled in plain letters, which every voice reads.
//!
//! ```toml
//! [[entry]]
//! match = "Borealis"        # as it is written
//! say = "Boréalisse"        # letters, apostrophes, hyphens, spaces, stops
//! lang = "fr"               # "fr" (default) or "en"
//! kind = "word"             # "word" (default), "acronym" (spelled unless `say` is there), "regex"
//! case = true               # capitals must agree; default false, true for acronyms
//! scope = "rouen_metropole" # only in this territory; default everywhere
//! ipa = "bɔʁealis"          # the phonemes of `say` by espeak-ng, which a check compares
//! ```
//!
//! Longest match first, whole words only; what a later text defines takes the place of the same
//! `match` in an earlier one: territory over nation over built-in.

mod entry;

use std::collections::HashMap;
use std::sync::Arc;

use bulletin::{Language, TerritorySlug};

use entry::Entry;

/// Entries of all layers, ready to be matched.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    entries: Arc<[Entry]>,
    /// Places in `entries` by language and first letter in lower case, longest match first.
    by_first: Arc<HashMap<(Language, char), Vec<usize>>>,
}

impl Lexicon {
    /// The entries that come with the program: general, French, English.
    pub fn built_in() -> Self {
        Self::default()
            .with(include_str!("../lexicon/built_in.toml"))
            .and_then(|general| general.with(include_str!("../lexicon/fr.toml")))
            .and_then(|french| french.with(include_str!("../lexicon/en.toml")))
            .expect("a test reads all three files")
    }

    /// The same lexicon with the entries of a TOML text laid over it.
    ///
    /// # Errors
    /// [`LexiconError`] when the text is not of the form above; nothing of it is used then.
    pub fn with(&self, toml: &str) -> Result<Self, LexiconError> {
        if toml.len() > MOST_OCTETS {
            return Err(LexiconError::TooLong);
        }
        let added = entry::parse(toml)?;
        let added = added.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept = self
            .entries
            .iter()
            .filter(|old| !added.iter().any(|new| new.replaces(old)));
        Ok(Self::of(
            kept.cloned().chain(added.iter().cloned()).collect(),
        ))
    }

    /// Everything that is wrong in a TOML text, in its order; empty when [`Lexicon::with`] takes it.
    pub fn faults(toml: &str) -> Vec<LexiconError> {
        if toml.len() > MOST_OCTETS {
            return vec![LexiconError::TooLong];
        }
        match entry::parse(toml) {
            Ok(entries) => entries.into_iter().filter_map(Result::err).collect(),
            Err(error) => vec![error],
        }
    }

    /// What holds in one territory: entries with another `scope` are left out.
    #[must_use]
    pub fn within(&self, territory: &TerritorySlug) -> Self {
        let here = |entry: &&Entry| {
            entry
                .scope
                .as_ref()
                .is_none_or(|scope| scope == territory.as_str())
        };
        Self::of(self.entries.iter().filter(here).cloned().collect())
    }

    /// Every entry, longest match first, for lists and tests.
    pub fn entries(&self) -> impl Iterator<Item = Listed<'_>> {
        self.entries.iter().map(|entry| Listed {
            written: &entry.written,
            say: &entry.say,
            language: entry.language,
            scope: entry.scope.as_deref(),
            ipa: entry.ipa.as_deref(),
            is_pattern: entry.is_pattern(),
        })
    }

    /// The spoken form of the longest entry at the start of `text`, and how many octets it covers.
    ///
    /// The caller vouches that a word starts there; that one ends after the match is checked here.
    pub(crate) fn find_at(&self, text: &str, language: Language) -> Option<(String, usize)> {
        let first = text.chars().next()?;
        let wide = self.by_first.get(&(language, entry::ANY_START));
        let narrow = self.by_first.get(&(language, entry::folded(first)));
        narrow
            .into_iter()
            .chain(wide)
            .flatten()
            .filter_map(|place| self.entries[*place].match_at(text))
            .filter(|(_, length)| entry::ends_a_word(&text[..*length], &text[*length..]))
            .max_by_key(|(_, length)| *length)
    }

    fn of(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.written.len()));
        let mut by_first: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            by_first
                .entry((entry.language, entry.first()))
                .or_default()
                .push(place);
        }
        Self {
            entries: entries.into(),
            by_first: Arc::new(by_first),
        }
    }
}

/// One entry, as people look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its `match`.
    pub written: &'a str,
    /// How it is said.
    pub say: &'a str,
    /// In texts of which language.
    pub language: Language,
    /// The only territory it holds in.
    pub scope: Option<&'a str>,
    /// The phonemes espeak-ng gives for `say`, as somebody listened to them and was content.
    pub ipa: Option<&'a str>,
    /// Whether `written` is a regular expression, and `say` may hold what it found.
    pub is_pattern: bool,
}

/// Why a lexicon was not read.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// Not TOML, or not of its form.
    #[error("the lexicon is not readable: {0}")]
    Form(String),
    /// An entry has a value it cannot have.
    #[error("line {line}, entry “{written}”: {reason}")]
    Entry {
        /// The line its entry begins at.
        line: usize,
        /// Its `match`.
        written: String,
        /// What is wrong.
        reason: String,
    },
    /// Larger than any dictionary somebody typed.
    #[error("the lexicon has more than {MOST_OCTETS} octets")]
    TooLong,
}

const MOST_OCTETS: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lexicon: &Lexicon, text: &str) -> Option<(String, usize)> {
        lexicon.find_at(text, Language::French)
    }

    fn of(toml: &str) -> Lexicon {
        Lexicon::default().with(toml).unwrap()
    }

    #[test]
    fn the_built_in_texts_are_readable() {
        assert!(Lexicon::built_in().entries().count() > 50);
    }

    #[test]
    fn the_longest_match_wins_and_words_are_whole() {
        let lexicon =
            of("[[entry]]\nmatch='Port'\nsay='a'\n[[entry]]\nmatch='Port-Jérôme'\nsay='b'");
        assert_eq!(said(&lexicon, "port-jérôme est").unwrap().0, "b");
        assert_eq!(said(&lexicon, "Port Jérôme").unwrap().0, "a");
        assert_eq!(said(&lexicon, "Porte"), None);
    }

    #[test]
    fn a_later_text_takes_the_place_of_an_earlier_one() {
        let lexicon = of("[[entry]]\nmatch='LAT'\nsay='latte'\ncase=true");
        let local = lexicon
            .with("[[entry]]\nmatch='LAT'\nsay='L A T'\ncase=true")
            .unwrap();
        assert_eq!(said(&lexicon, "LAT.").unwrap().0, "latte");
        assert_eq!(said(&local, "LAT.").unwrap().0, "L A T");
    }

    #[test]
    fn an_acronym_without_say_is_spelled_and_needs_its_capitals() {
        let lexicon = of("[[entry]]\nmatch='ICPE'\nkind='acronym'");
        assert_eq!(said(&lexicon, "ICPE").unwrap().0, "I C P E");
        assert_eq!(said(&lexicon, "icpe"), None);
    }

    #[test]
    fn a_pattern_may_use_what_it_found() {
        let lexicon = of("[[entry]]\nmatch='unité ([A-Z])\\b'\nsay='unité $1'\nkind='regex'");
        assert_eq!(
            said(&lexicon, "unité B en feu").unwrap(),
            ("unité B".to_owned(), 8)
        );
    }

    #[test]
    fn an_entry_may_hold_in_one_territory_only() {
        let lexicon = of("[[entry]]\nmatch='Fos'\nsay='Fosse'\nscope='fos_berre'");
        let (fos, rouen) = (
            TerritorySlug::parse("fos_berre").unwrap(),
            TerritorySlug::parse("rouen_metropole").unwrap(),
        );
        assert!(said(&lexicon.within(&fos), "Fos").is_some());
        assert!(said(&lexicon.within(&rouen), "Fos").is_none());
    }

    #[test]
    fn english_entries_are_for_english() {
        let lexicon = of("[[entry]]\nmatch='Seveso'\nsay='Sevayso'\nlang='en'");
        assert!(said(&lexicon, "Seveso").is_none());
        assert!(lexicon.find_at("Seveso", Language::English).is_some());
    }

    #[test]
    fn every_fault_of_a_text_is_said_with_its_line() {
        let faults = Lexicon::faults(
            "[[entry]]\nmatch='A'\nsay='a'\n\n[[entry]]\nmatch='B'\n[[entry]]\nmatch='C'\nsay='3'\n",
        );
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with("line 5, entry “B”: `say` is missing"),
            "{said:?}"
        );
        assert!(
            said[1].starts_with("line 7, entry “C”: `say` may hold"),
            "{said:?}"
        );
        let form = &Lexicon::faults("[[entry]]\nmatch = 3\nsay='x'")[0];
        assert!(form.to_string().contains("line 2"), "{form}");
        assert!(Lexicon::faults("[[entry]]\nmatch='A'\nsay='a'").is_empty());
    }

    #[test]
    fn what_cannot_be_spoken_is_refused_with_its_entry() {
        for toml in [
            "[[entry]]\nmatch='H2S'\nsay='H 2 S'",
            "[[entry]]\nmatch='X'\nsay='<play>'",
            "[[entry]]\nmatch=''\nsay='x'",
            "[[entry]]\nmatch='x'",
            "[[entry]]\nmatch='('\nsay='x'\nkind='regex'",
            "[[entry]]\nmatch='x*'\nsay='x'\nkind='regex'",
            "[[entry]]\nmatch='x'\nsay='x'\nlang='de'",
            "[[entry]]\nmatch='x'\nsay='x'\ncolour='red'",
            "entry = 3",
        ] {
            assert!(Lexicon::default().with(toml).is_err(), "{toml}");
        }
    }
}
