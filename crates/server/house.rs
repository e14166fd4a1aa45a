//! The fixed sentences, taken from the program itself and encoded once.

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use bulletin::Language;
use line::HousePrompts;
use media::Reels;
use speech::prompts::{self, Prompt};

/// Every fixed sentence for callers of a language, in each codec.
///
/// All cores share the work, for the line does not answer before it is done.
///
/// # Errors
/// [`HouseError`] if one is missing or its sound cannot be read: a fault of the build.
pub(crate) fn prompts(language: Language) -> Result<HousePrompts, HouseError> {
    let all = prompts::of(language);
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = all.chunks(all.len().div_ceil(cores).max(1));
    let reels = thread::scope(|scope| {
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter().map(reels).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect::<Result<HashMap<_, _>, _>>()
    })?;
    Ok(HousePrompts::new(reels)?)
}

fn reels(prompt: &Prompt) -> Result<(String, Reels), HouseError> {
    let sound = prompt.sound().map_err(|error| HouseError::Sound {
        id: prompt.id,
        why: error.to_string(),
    })?;
    let reels = Reels::from_wide(&sound.phone, &sound.wide);
    Ok((prompt.id.to_owned(), reels))
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
    use bulletin::Language;

    #[test]
    fn the_program_carries_every_sentence_the_line_needs() {
        for language in Language::ALL {
            super::prompts(*language).expect("the build embeds them all");
        }
    }
}
