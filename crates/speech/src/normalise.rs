//! stub
use crate::{Lexicon, Spoken};
use bulletin::Language;
/// Normalises.
/// # Errors
/// [`NormaliseError`].
pub fn normalise(
    text: &str,
    _language: Language,
    _lexicon: &Lexicon,
) -> Result<Spoken, NormaliseError> {
    Spoken::from_words(text).ok_or(NormaliseError::Nothing)
}
/// Why a text cannot be spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NormaliseError {
    /// Nothing in it has a sound.
    #[error("nothing in the text can be spoken")]
    Nothing,
    /// Longer than the line would read.
    #[error("the text is too long to be read aloud")]
    TooLong,
}
