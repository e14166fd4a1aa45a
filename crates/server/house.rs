//! The fixed sentences, taken from the program itself and encoded once.

use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

use bulletin::Language;
use line::{DictationPrompts, HousePrompts};
use media::Reels;
use speech::prompts::{self, Prompt};

/// Every fixed sentence in both languages, in each codec.
///
/// All cores share the work, for the line does not answer before it is done. Several services of one process, as tests
/// have them, share the sound.
///
/// # Errors
/// [`HouseError`] if one is missing or its sound cannot be read: a fault of the build.
pub(crate) fn prompts() -> Result<HousePrompts, HouseError> {
    static ENCODED: OnceLock<HousePrompts> = OnceLock::new();
    if let Some(prompts) = ENCODED.get() {
        return Ok(prompts.clone());
    }
    let reels = encoded(|_, prompt| !prompt.id.starts_with(DICTATION))?;
    let prompts = HousePrompts::new(reels)?;
    Ok(ENCODED.get_or_init(|| prompts).clone())
}

/// Every sentence that operators hear who post by telephone, in French, and the tone after which they speak.
///
/// # Errors
/// As [`prompts`].
pub(crate) fn dictation() -> Result<DictationPrompts, HouseError> {
    let wanted: HashSet<String> = DictationPrompts::ids().collect();
    let is_wanted =
        |language, prompt: &Prompt| language == Language::French && wanted.contains(prompt.id);
    let reels = encoded(is_wanted)?.into_iter();
    let mut reels: HashMap<_, _> = reels.map(|((_, id), reels)| (id, reels)).collect();
    reels.insert("dictation_tone".to_owned(), tone());
    Ok(DictationPrompts::new(reels)?)
}

/// Some of the sentences in each codec.
fn encoded(
    is_wanted: impl Fn(Language, &Prompt) -> bool,
) -> Result<HashMap<(Language, String), Reels>, HouseError> {
    let of = |&language| {
        prompts::of(language)
            .iter()
            .map(move |prompt| (language, prompt))
    };
    let all: Vec<_> = Language::ALL
        .iter()
        .flat_map(of)
        .filter(|(language, prompt)| is_wanted(*language, prompt))
        .collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = all.chunks(all.len().div_ceil(cores).max(1));
    thread::scope(|scope| {
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter().map(reels).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// A third of a second of 440 Hz, as loud as speech.
fn tone() -> Reels {
    let sound = |rate: u32| -> Vec<i16> {
        let step = std::f64::consts::TAU * 440.0 / f64::from(rate);
        (0..rate / 3)
            .map(|at| f64::from(at) * step)
            .map(|phase| {
                #[expect(clippy::cast_possible_truncation, reason = "within ±3,000")]
                let sample = (3_000.0 * phase.sin()) as i16;
                sample
            })
            .collect()
    };
    let narrow = sound(8_000);
    let mut wide = sound(16_000);
    wide.resize(2 * narrow.len(), 0);
    Reels::from_wide(&narrow, &wide)
}

/// What the ids of an operator's sentences begin with.
const DICTATION: &str = "dictation_";

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
        super::dictation().expect("the build embeds those for operators too");
    }
}
