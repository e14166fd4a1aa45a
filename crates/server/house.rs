//! The fixed sentences, taken from the program itself and encoded once.

use std::collections::HashMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use bulletin::Language;
use line::HousePrompts;
use media::Reels;
use speech::prompts::{self, Prompt};

/// Every fixed sentence in both languages, in each codec.
///
/// All cores share the work, for the line does not answer before it is done.
///
/// # Errors
/// [`HouseError`] if one is missing or its sound cannot be read: a fault of the build.
pub(crate) fn prompts() -> Result<HousePrompts, HouseError> {
    let of = |&language| {
        prompts::of(language)
            .iter()
            .map(move |prompt| (language, prompt))
    };
    let all: Vec<_> = Language::ALL.iter().flat_map(of).collect();
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

fn reels(
    (language, prompt): &(Language, &Prompt),
) -> Result<((Language, String), Reels), HouseError> {
    let sound = prompt.sound().map_err(|error| HouseError::Sound {
        id: prompt.id,
        why: error.to_string(),
    })?;
    let reels = Reels::from_wide(&sound.phone, &sound.wide);
    Ok(((*language, prompt.id.to_owned()), reels))
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
