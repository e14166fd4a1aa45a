//! From a text as people type it to words that no voice misreads.
//!
//! Each noun has its file: telephone numbers, dates, times, units, formulae … They work in turn on a
//! [`Passage`], which keeps what is already said out of reach of the later ones. Every engine
//! misreads French industry text in its own way ("quatorze ache trente", "zéro milliard huit cent
//! cinq millions"), so nothing is left to an engine: the result holds letters and stops only.

mod abbreviations;
mod addresses;
mod capitals;
mod cleaning;
mod dates;
mod directions;
pub(crate) mod english;
mod formulae;
mod identifiers;
mod names;
mod numbers;
mod ordinals;
mod passage;
mod quantities;
mod symbols;
mod telephone;
mod times;
mod units;

pub(crate) use numbers::{Gender, cardinal};
pub(crate) use ordinals::{MONTHS, day_of_month};

use std::sync::LazyLock;

use bulletin::Language;
use regex::Regex;

use crate::{Lexicon, Spoken};
use passage::Passage;

/// Turns a text into words of its language.
///
/// - `text`: anything, hostile text too; at most 4000 characters.
/// - `lexicon`: names of the territory over those of the nation over those built in.
///
/// # Errors
/// [`NormaliseError::Nothing`] when no word is left, [`NormaliseError::TooLong`] when the text, or
/// what it becomes in words, passes 4000 characters.
pub fn normalise(
    text: &str,
    language: Language,
    lexicon: &Lexicon,
) -> Result<Spoken, NormaliseError> {
    check_length(text)?;
    let clean = cleaning::clean(text);
    let shouted = capitals::is_shouted(&clean);
    let say = |text: String, shouted| {
        let mut passage = Passage::new(text);
        match language {
            Language::French => say_in_french(&mut passage, lexicon, shouted),
            Language::English => english::say(&mut passage, lexicon, shouted),
        }
        passage.into_text()
    };
    let mut words = say(clean, shouted);
    if language == Language::French {
        words = elided(&words);
    }
    words = with_capitals(&words, |word| {
        // Before a capital, as a title stands.
        let alone = format!("{word} A");
        say(alone.clone(), false) == alone
    });
    check_length(&words)?;
    Spoken::from_words(without_loose_end(&words, text)).ok_or(NormaliseError::Nothing)
}

/// Why a text cannot be spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NormaliseError {
    /// Nothing in it has a sound.
    #[error("nothing in the text can be spoken")]
    Nothing,
    /// Longer than the line would read.
    #[error("the text has more than {MOST_CHARACTERS} characters, written or spoken")]
    TooLong,
}

/// The order matters: what is longest and surest comes first, plain numbers come last.
fn say_in_french(passage: &mut Passage, lexicon: &Lexicon, shouted: bool) {
    addresses::say(passage, lexicon);
    names::say(passage, lexicon, Language::French);
    telephone::say(passage);
    times::say(passage);
    dates::say(passage);
    directions::say(passage);
    abbreviations::say(passage);
    symbols::say_comparisons(passage);
    units::say(passage);
    formulae::say(passage, |figures| {
        numbers::whole(figures, Gender::Masculine)
    });
    quantities::say_ordinals(passage);
    identifiers::say(passage);
    quantities::say(passage);
    capitals::say(passage, shouted);
    symbols::say(passage);
}

/// A voice waits after a stop when a capital follows; words that were figures have none.
///
/// - `is_word`: whether this, with its stop, is no more than a word; with a capital `m.` is a title and `pb` is lead.
fn with_capitals(words: &str, is_word: impl Fn(&str) -> bool) -> String {
    let mut sentence_ended = false;
    let capital_at = |(at, c): (usize, char)| {
        let capital = c.to_uppercase().next().filter(|_| c.is_lowercase())?;
        // With its stop, which makes a title of some.
        let ends = |c: char| c == ' ' || ".,;:?!".contains(c);
        let rest = words[at + c.len_utf8()..].split_inclusive(ends).next();
        let word = format!("{capital}{}", rest.unwrap_or_default().trim_end());
        is_word(&word).then_some(capital)
    };
    words
        .char_indices()
        .map(|(at, c)| {
            let begins = sentence_ended;
            sentence_ended = match c {
                '.' | '!' | '?' => true,
                c => sentence_ended && !c.is_alphanumeric(),
            };
            let capital = begins.then(|| capital_at((at, c))).flatten();
            capital.unwrap_or(c)
        })
        .collect()
}

/// "d'une heure", "d'un virgule cinq": figures hide what follows from whoever writes *de*.
fn elided(words: &str) -> String {
    ELISION.replace_all(words, "${1}'$2").into_owned()
}

static ELISION: LazyLock<Regex> = LazyLock::new(|| passage::pattern(r"\b([dD])e (une?)\b"));

/// A bracket or an address at the end leaves a comma or colon behind that announces nothing.
fn without_loose_end<'a>(words: &'a str, text: &str) -> &'a str {
    let meant = text.trim_end().ends_with([',', ';', ':']);
    if meant {
        return words;
    }
    words.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'))
}

fn check_length(text: &str) -> Result<(), NormaliseError> {
    match text.chars().nth(MOST_CHARACTERS) {
        None => Ok(()),
        Some(_) => Err(NormaliseError::TooLong),
    }
}

const MOST_CHARACTERS: usize = 4000;
