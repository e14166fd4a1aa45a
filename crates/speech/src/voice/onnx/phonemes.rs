//! Words to phonemes, by the program espeak-ng: a clause at a time, since it drops the stops.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use unicode_normalization::UnicodeNormalization;

use super::super::VoiceError;
use super::super::process::{self, Limits};
use crate::Spoken;

/// A sentence: its clauses, each with the stop behind it.
pub(super) type Sentence = Vec<(String, char)>;

/// The words cut at their stops; `.`, `?` and `!` end a sentence.
pub(super) fn sentences(words: &Spoken) -> Vec<Sentence> {
    let mut sentences = vec![vec![]];
    let mut clause = String::new();
    for c in words.as_str().chars().chain(['.']) {
        if !matches!(c, '.' | ',' | ';' | ':' | '?' | '!') {
            clause.push(c);
            continue;
        }
        let text = std::mem::take(&mut clause).trim().to_owned();
        if text.is_empty() {
            continue;
        }
        if let Some(sentence) = sentences.last_mut() {
            sentence.push((text, c));
        }
        if matches!(c, '.' | '?' | '!') {
            sentences.push(vec![]);
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// The phonemes of a sentence with its stops, in separate signs (Unicode NFD).
///
/// # Errors
/// Those of the program, or [`VoiceError::Timeout`].
pub(super) fn of(
    sentence: &Sentence,
    espeak: &Path,
    voice: &str,
    timeout: Duration,
) -> Result<String, VoiceError> {
    let started = Instant::now();
    let mut phonemes = String::new();
    for (clause, stop) in sentence {
        let mut command = Command::new(espeak);
        command.args(["-q", "--ipa", "-b", "1", "--stdin", "-v", voice]);
        let limits = Limits {
            timeout: timeout.saturating_sub(started.elapsed()),
            octets: MOST_OCTETS,
            seconds: 0,
        };
        let answer = process::run(command, clause.as_bytes(), limits)?;
        if !phonemes.is_empty() {
            phonemes.push(' ');
        }
        phonemes.push_str(&tidy(&String::from_utf8_lossy(&answer)));
        phonemes.push(*stop);
    }
    Ok(phonemes)
}

/// One line, without the marks of another language (`(en)…(fr)`) and without joiners.
fn tidy(answer: &str) -> String {
    let mut inside = false;
    let plain: String = answer
        .chars()
        .filter(|c| {
            match c {
                '(' => inside = true,
                ')' => {
                    inside = false;
                    return false;
                }
                _ => {}
            }
            !inside && !matches!(c, '\u{200d}' | '\u{200c}')
        })
        .collect();
    let line: Vec<_> = plain.split_whitespace().collect();
    line.join(" ").nfd().collect()
}

/// Phonemes of a clause are never so many.
const MOST_OCTETS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Spoken {
        Spoken::from_words(text).unwrap()
    }

    #[test]
    fn words_are_cut_into_sentences_and_clauses() {
        let cut = sentences(&words("Torche, bruit: fort. Pourquoi? Merci"));
        let expected: Vec<Sentence> = vec![
            vec![
                ("Torche".to_owned(), ','),
                ("bruit".to_owned(), ':'),
                ("fort".to_owned(), '.'),
            ],
            vec![("Pourquoi".to_owned(), '?')],
            vec![("Merci".to_owned(), '.')],
        ];
        assert_eq!(cut, expected);
    }

    #[test]
    fn marks_and_line_ends_go_and_accents_stand_alone() {
        assert_eq!(
            tidy(" (en)dɹˈiːl(fr)\n bɔ̃ ʒ\u{200d}u\u{e7}\n"),
            "dɹˈiːl bɔ̃ ʒuc\u{327}"
        );
        assert_eq!(tidy("(never closed"), "");
    }

    #[test]
    fn an_espeak_that_is_not_there_is_unavailable() {
        let outcome = of(
            &vec![("Bonjour".to_owned(), '.')],
            Path::new("/nowhere/espeak-ng"),
            "fr",
            Duration::from_secs(5),
        );
        assert!(
            matches!(outcome, Err(VoiceError::Unavailable(_))),
            "{outcome:?}"
        );
    }
}
