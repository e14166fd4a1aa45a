//! A text on its way to words: pieces as written, and pieces that are said already.

use regex::{Captures, Regex};

/// Rules rewrite the written pieces; a said piece is never looked at again.
#[derive(Debug)]
pub(super) struct Passage {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Written(String),
    Said(String),
}

/// What a rule does with what it found.
#[derive(Debug, PartialEq)]
pub(super) enum Rewrite {
    /// It is something else; the search goes on one character further.
    Leave,
    /// These are the words; no other rule touches them.
    Say(String),
    /// This is written in its place, for the rules after this one.
    Write(String),
}

/// A whole word that a pattern found.
pub(super) struct Found<'a> {
    captures: Captures<'a>,
    /// What is written before it, up to the last said piece.
    pub(super) before: &'a str,
    /// What is written after it, up to the next said piece.
    pub(super) after: &'a str,
}

impl<'a> Found<'a> {
    /// The group of this number; empty if it took no part.
    pub(super) fn group(&self, number: usize) -> &'a str {
        self.captures.get(number).map_or("", |group| group.as_str())
    }

    /// The word before it, without the space between.
    pub(super) fn word_before(&self) -> &'a str {
        let before = self.before.trim_end();
        let start = before
            .rfind(|c: char| c.is_whitespace() || c == '\'')
            .map_or(0, |at| at + 1);
        &before[start..]
    }
}

impl Passage {
    pub(super) fn new(text: String) -> Self {
        Self {
            pieces: vec![Piece::Written(text)],
        }
    }

    /// Applies a rule to every place where `pattern` finds whole words: no letter or digit may
    /// touch the match from outside where it begins or ends with one.
    pub(super) fn rewrite(&mut self, pattern: &Regex, mut rule: impl FnMut(&Found<'_>) -> Rewrite) {
        self.split_up(|text, pieces| {
            let (mut from, mut search) = (0, 0);
            while let Some(captures) = pattern.captures_at(text, search) {
                let Some(whole) = captures.get(0).filter(|whole| !whole.is_empty()) else {
                    break;
                };
                let found = Found {
                    before: &text[..whole.start()],
                    after: &text[whole.end()..],
                    captures,
                };
                let rewrite = if is_whole(whole.as_str(), found.before, found.after) {
                    rule(&found)
                } else {
                    Rewrite::Leave
                };
                match rewrite {
                    Rewrite::Leave => search = next_character(text, whole.start()),
                    Rewrite::Say(words) => {
                        push_written(pieces, &text[from..whole.start()]);
                        pieces.push(Piece::Said(words));
                        (from, search) = (whole.end(), whole.end());
                    }
                    Rewrite::Write(written) => {
                        push_written(pieces, &text[from..whole.start()]);
                        push_written(pieces, &written);
                        (from, search) = (whole.end(), whole.end());
                    }
                }
            }
            push_written(pieces, &text[from..]);
        });
    }

    /// Applies a rule at every place where a word begins: it may take the first so many octets.
    pub(super) fn rewrite_words(&mut self, mut rule: impl FnMut(&str) -> Option<(Rewrite, usize)>) {
        self.split_up(|text, pieces| {
            let (mut from, mut at) = (0, 0);
            while at < text.len() {
                let begins = is_whole(&text[at..], &text[..at], "");
                match begins.then(|| rule(&text[at..])).flatten() {
                    Some((rewrite, length)) if length > 0 => {
                        push_written(pieces, &text[from..at]);
                        match rewrite {
                            Rewrite::Say(words) => pieces.push(Piece::Said(words)),
                            Rewrite::Write(written) => push_written(pieces, &written),
                            Rewrite::Leave => push_written(pieces, &text[at..at + length]),
                        }
                        at += length;
                        from = at;
                    }
                    _ => at = next_character(text, at),
                }
            }
            push_written(pieces, &text[from..]);
        });
    }

    /// Everything in order; a space keeps neighbouring words apart.
    pub(super) fn into_text(self) -> String {
        let mut text = String::new();
        for piece in self.pieces {
            let (Piece::Written(piece) | Piece::Said(piece)) = piece;
            let glued =
                text.ends_with(char::is_alphanumeric) && piece.starts_with(char::is_alphanumeric);
            if glued {
                text.push(' ');
            }
            text.push_str(&piece);
        }
        text
    }

    fn split_up(&mut self, mut split: impl FnMut(&str, &mut Vec<Piece>)) {
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            match piece {
                Piece::Written(text) => split(&text, &mut pieces),
                said @ Piece::Said(_) => pieces.push(said),
            }
        }
        self.pieces = pieces;
    }
}

/// Neighbouring written pieces become one, so that the next rule sees across them.
fn push_written(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Written(last)) => last.push_str(text),
        _ => pieces.push(Piece::Written(text.to_owned())),
    }
}

fn is_whole(matched: &str, before: &str, after: &str) -> bool {
    let touches = |a: Option<char>, b: Option<char>| {
        a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric)
    };
    !touches(before.chars().next_back(), matched.chars().next())
        && !touches(matched.chars().next_back(), after.chars().next())
}

fn next_character(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Compiles a pattern that stands in this source.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are constants and every one is used in a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_not_looked_at_again() {
        let mut passage = Passage::new("a b a".to_owned());
        passage.rewrite(&pattern("a"), |_| Rewrite::Say("b".to_owned()));
        passage.rewrite(&pattern("b"), |_| Rewrite::Say("c".to_owned()));
        assert_eq!(passage.into_text(), "b c b");
    }

    #[test]
    fn only_whole_words_are_found() {
        let mut passage = Passage::new("ab a aé a9 a-a".to_owned());
        passage.rewrite(&pattern("a"), |_| Rewrite::Say("x".to_owned()));
        assert_eq!(passage.into_text(), "ab x aé a9 x-x");
    }

    #[test]
    fn a_rule_that_leaves_lets_the_search_go_on_inside() {
        let mut passage = Passage::new("12-34".to_owned());
        passage.rewrite(&pattern(r"\d+(-\d+)?"), |found| match found.group(1) {
            "" => Rewrite::Say("n".to_owned()),
            _ => Rewrite::Leave,
        });
        assert_eq!(passage.into_text(), "12-n");
    }
}
