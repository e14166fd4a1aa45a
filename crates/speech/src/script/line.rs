//! What a manager has the line of a territory say.

use bulletin::{Language, Territory};

use crate::{Lexicon, NormaliseError, Spoken, normalise};

/// Says a manager's own sentence: the word to everybody in French, a welcome in English.
///
/// # Errors
/// [`NormaliseError`] when nothing of it can be spoken.
pub fn sentence(
    text: &str,
    language: Language,
    territory: &Territory,
    lexicon: &Lexicon,
) -> Result<Spoken, NormaliseError> {
    normalise(text, language, &lexicon.within(&territory.slug))
}
