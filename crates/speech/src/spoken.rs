//! Words as they go to a voice: nothing a voice could misread, nothing it could obey.

use std::fmt;

/// Normalised text: Latin letters, apostrophes, hyphens, spaces and `. , ; : ? !`, nothing else.
///
/// Only the normaliser and the script of this room make one, so a voice needs no second check:
/// there is no digit, no markup, no bracket and no control character in it, and it is never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spoken {
    words: String,
    brisk: bool,
}

impl Spoken {
    /// Keeps what may be spoken and tidies spaces and stops; `None` if no letter is left.
    pub(crate) fn from_words(text: &str) -> Option<Self> {
        let tidy = tidy(text);
        tidy.chars().any(is_letter).then_some(Self {
            words: tidy,
            brisk: false,
        })
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.words
    }

    /// The same words at a natural pace, for a greeting that must be short. Everything else is
    /// spoken slowly: who calls is worried, and often old.
    pub(crate) fn briskly(self) -> Self {
        Self {
            brisk: true,
            ..self
        }
    }

    /// Whether a voice should keep its natural pace instead of the slow one.
    pub fn is_brisk(&self) -> bool {
        self.brisk
    }

    /// How many characters a voice has to read.
    pub fn length(&self) -> usize {
        self.words.chars().count()
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// The letters of French and English; other scripts have no sound in these voices.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || "àâäæçéèêëîïñôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÑÔÖŒÙÛÜŸ".contains(c)
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '?' | '!')
}

/// One pass: single spaces, one stop at a time and never first, hyphens and apostrophes in words.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let last = tidy.chars().next_back();
        match c {
            c if is_letter(c) => tidy.push(c),
            '\'' | '-' => {
                let joins = last.is_some_and(is_letter)
                    && characters.peek().copied().is_some_and(is_letter);
                if joins {
                    tidy.push(c);
                } else {
                    push_space(&mut tidy);
                }
            }
            c if is_stop(c) => push_stop(&mut tidy, c),
            _ => push_space(&mut tidy),
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

fn push_space(tidy: &mut String) {
    if !tidy.is_empty() && !tidy.ends_with(' ') {
        tidy.push(' ');
    }
}

/// Of two stops in a row the stronger one stays; a space follows when words do.
fn push_stop(tidy: &mut String, stop: char) {
    tidy.truncate(tidy.trim_end().len());
    match tidy.chars().next_back() {
        None => {}
        Some(last) if is_stop(last) => {
            if strength(stop) > strength(last) {
                tidy.pop();
                tidy.push(stop);
            }
            tidy.push(' ');
        }
        Some(_) => {
            tidy.push(stop);
            tidy.push(' ');
        }
    }
}

fn strength(stop: char) -> u8 {
    match stop {
        '?' | '!' => 5,
        '.' => 4,
        ':' => 3,
        ';' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        Spoken::from_words(text).unwrap().as_str().to_owned()
    }

    #[test]
    fn holds_letters_apostrophes_hyphens_spaces_and_stops_only() {
        assert_eq!(words("<play> a\u{202e}b [[x]] 12 \\ c\n"), "play a b x c");
    }

    #[test]
    fn keeps_the_stronger_of_two_stops() {
        assert_eq!(words("un, . deux ,, trois ?!"), "un. deux, trois?");
    }

    #[test]
    fn keeps_hyphens_and_apostrophes_inside_words_only() {
        assert_eq!(
            words("- aujourd'hui - 'vingt-deux' -"),
            "aujourd'hui vingt-deux"
        );
    }

    #[test]
    fn is_never_empty() {
        assert_eq!(Spoken::from_words(" . , - ' 3 😀"), None);
    }
}
