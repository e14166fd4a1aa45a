//! What the lexicon knows how to say.

use bulletin::Language;

use super::passage::{Passage, Rewrite};
use crate::Lexicon;

/// The longest entry at each word, as written: before any number is put in words, so that an
/// entry looks like what its author sees in the text (`PM2,5`, `A131`).
pub(super) fn say(passage: &mut Passage, lexicon: &Lexicon, language: Language) {
    passage.rewrite_words(|text| {
        let (words, length) = lexicon.find_at(text, language)?;
        // A pattern may carry digits over: the later rules put them in words.
        let rewrite = if words.contains(|c: char| c.is_ascii_digit()) {
            Rewrite::Write(words)
        } else {
            Rewrite::Say(words)
        };
        Some((rewrite, length))
    });
}
