//! The fixed sentences, taken from the program itself and encoded once.

use std::collections::HashMap;

use line::HousePrompts;
use media::Reels;
use speech::{prompts, wav};

/// Every fixed sentence in both laws.
///
/// # Errors
/// [`HouseError`] if one is missing or its sound cannot be read: a fault of the build.
pub(crate) fn prompts() -> Result<HousePrompts, HouseError> {
    let mut reels = HashMap::new();
    for prompt in prompts::french() {
        let sound = wav::read(prompt.phone).map_err(|error| HouseError::Sound {
            id: prompt.id,
            why: error.to_string(),
        })?;
        reels.insert(prompt.id.to_owned(), Reels::from_samples(&sound.samples));
    }
    Ok(HousePrompts::new(reels)?)
}

/// Why the fixed sentences cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// A sentence is not there.
    #[error(transparent)]
    Missing(#[from] line::MissingPrompt),
    /// A sentence has no sound.
    #[error("the fixed sentence {id} cannot be read: {why}")]
    Sound {
        /// Which one.
        id: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_program_carries_every_sentence_the_line_needs() {
        super::prompts().expect("the build embeds them all");
    }
}
