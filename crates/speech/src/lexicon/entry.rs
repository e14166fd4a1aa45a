//! One line of a lexicon.

use bulletin::Language;
use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::LexiconError;
use crate::spoken::is_letter;

/// A written form and how it is said.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) written: String,
    pub(super) say: String,
    pub(super) language: Language,
    pub(super) scope: Option<String>,
    pub(super) ipa: Option<String>,
    case: bool,
    pattern: Option<Regex>,
}

impl Entry {
    /// The spoken form, if `text` begins with the written one, and its length in octets.
    pub(super) fn match_at(&self, text: &str) -> Option<(String, usize)> {
        if let Some(pattern) = &self.pattern {
            let found = pattern.captures(text)?;
            let mut say = String::new();
            found.expand(&self.say, &mut say);
            return Some((say, found.get(0)?.len()));
        }
        let length = if self.case {
            text.starts_with(&self.written)
                .then_some(self.written.len())
        } else {
            length_without_case(text, &self.written)
        }?;
        Some((self.say.clone(), length))
    }

    /// What the index files it under.
    pub(super) fn first(&self) -> char {
        match (&self.pattern, self.written.chars().next()) {
            (None, Some(first)) => folded(first),
            _ => ANY_START,
        }
    }

    pub(super) fn is_pattern(&self) -> bool {
        self.pattern.is_some()
    }

    pub(super) fn replaces(&self, old: &Self) -> bool {
        self.language == old.language && self.scope == old.scope && self.written == old.written
    }
}

/// Reads all entries of a TOML text: each, or what is wrong with it.
///
/// # Errors
/// [`LexiconError::Form`] when the text is no list of entries.
pub(super) fn parse(toml: &str) -> Result<Vec<Result<Entry, LexiconError>>, LexiconError> {
    let file: File = toml::from_str(toml).map_err(|error| LexiconError::Form(error.to_string()))?;
    let line_of = |octet: usize| toml[..octet.min(toml.len())].matches('\n').count() + 1;
    Ok(file
        .entry
        .into_iter()
        .map(|entry| {
            let line = line_of(entry.span().start);
            entry.into_inner().checked(line)
        })
        .collect())
}

/// Capitals do not matter to the index.
pub(super) fn folded(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether a word ends between the two: `H2S` does not end in `H2SO4`.
pub(super) fn ends_a_word(matched: &str, rest: &str) -> bool {
    let word = |c: char| is_letter(c) || c.is_alphanumeric();
    let inside = matched.chars().next_back().is_some_and(word);
    !(inside && rest.chars().next().is_some_and(word))
}

/// Patterns can start with anything; they are tried at every word.
pub(super) const ANY_START: char = '\0';

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    entry: Vec<Spanned<Line>>,
}

/// An entry as it is typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "match")]
    written: String,
    say: Option<String>,
    lang: Option<String>,
    #[serde(default)]
    kind: LineKind,
    case: Option<bool>,
    scope: Option<String>,
    ipa: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LineKind {
    #[default]
    Word,
    Acronym,
    Regex,
}

impl Line {
    fn checked(self, line: usize) -> Result<Entry, LexiconError> {
        let wrong = |reason: &str| LexiconError::Entry {
            line,
            written: self.written.clone(),
            reason: reason.to_owned(),
        };
        if self.written.trim().is_empty() {
            return Err(wrong("`match` is empty; give the name as it is written"));
        }
        let language = match &self.lang {
            None => Language::French,
            Some(code) => {
                Language::parse(code).ok_or_else(|| wrong("`lang` must be \"fr\" or \"en\""))?
            }
        };
        let case = self.case.unwrap_or(self.kind == LineKind::Acronym);
        let say = match (&self.say, self.kind) {
            (Some(say), _) => say.clone(),
            (None, LineKind::Acronym) => spelled(&self.written),
            (None, _) => {
                return Err(wrong(
                    "`say` is missing; write how it is said, in plain letters",
                ));
            }
        };
        let pattern = (self.kind == LineKind::Regex)
            .then(|| pattern(&self.written, case))
            .transpose()
            .map_err(|reason| wrong(&reason))?;
        let allowed = |c: char| {
            is_letter(c)
                || " '-.,;:?!".contains(c)
                || (pattern.is_some() && (c == '$' || c.is_ascii_digit()))
        };
        if !say.chars().all(allowed) || !say.chars().any(is_letter) {
            return Err(wrong(
                "`say` may hold letters, apostrophes, hyphens, spaces and stops only; write figures and signs as words",
            ));
        }
        Ok(Entry {
            written: self.written,
            say,
            language,
            scope: self.scope,
            ipa: self.ipa,
            case,
            pattern,
        })
    }
}

fn pattern(written: &str, case: bool) -> Result<Regex, String> {
    let pattern = regex::RegexBuilder::new(&format!("^(?:{written})"))
        .case_insensitive(!case)
        .size_limit(1 << 18)
        .build()
        .map_err(|error| error.to_string())?;
    if pattern.is_match("") {
        return Err(
            "the pattern matches nothing at all; it must take at least one letter".to_owned(),
        );
    }
    Ok(pattern)
}

fn spelled(written: &str) -> String {
    let letters: Vec<String> = written
        .chars()
        .filter(|c| is_letter(*c))
        .map(String::from)
        .collect();
    letters.join(" ")
}

fn length_without_case(text: &str, written: &str) -> Option<usize> {
    let mut rest = text.char_indices();
    for wanted in written.chars() {
        let (_, found) = rest.next()?;
        if folded(found) != folded(wanted) {
            return None;
        }
    }
    Some(rest.offset())
}
