//! The fixed sentences, taken from the program itself.

use std::collections::{HashMap, HashSet};

use bulletin::Language;
use line::{DictationPrompts, HousePrompts};
use media::Reels;
use speech::prompts::{self, Encoded, Prompt};

/// Every fixed sentence in both languages, in each codec.
///
/// # Errors
/// [`HouseError`] if one is missing or has no sound: a fault of the build.
pub(crate) fn prompts() -> Result<HousePrompts, HouseError> {
    let reels = Language::ALL.iter().flat_map(|&language| {
        let heard = prompts::of(language)
            .iter()
            .filter(|prompt| !prompt.id.starts_with(DICTATION));
        heard.map(move |prompt| Ok(((language, prompt.id.to_owned()), reels(prompt)?)))
    });
    let reels: HashMap<_, _> = reels.collect::<Result<_, HouseError>>()?;
    Ok(HousePrompts::new(reels)?)
}

/// Every sentence that operators hear who post by telephone, in French, and the tone after which they speak.
///
/// # Errors
/// As [`prompts`].
pub(crate) fn dictation() -> Result<DictationPrompts, HouseError> {
    let wanted: HashSet<String> = DictationPrompts::ids().collect();
    let reels = prompts::of(Language::French)
        .iter()
        .filter(|prompt| wanted.contains(prompt.id))
        .map(|prompt| Ok((prompt.id.to_owned(), reels(prompt)?)));
    let mut reels: HashMap<_, _> = reels.collect::<Result<_, HouseError>>()?;
    reels.insert("dictation_tone".to_owned(), tone());
    Ok(DictationPrompts::new(reels)?)
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

fn reels(prompt: &Prompt) -> Result<Reels, HouseError> {
    let Encoded { pcma, pcmu, g722 } = prompt.sound();
    if pcma.is_empty() {
        return Err(HouseError::Silent(prompt.id));
    }
    Ok(Reels::from_octets(
        pcma.to_vec(),
        pcmu.to_vec(),
        g722.to_vec(),
    ))
}

/// Why the fixed sentences cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// A sentence is not there.
    #[error(transparent)]
    Missing(#[from] line::MissingPrompt),
    /// A sentence has no sound.
    #[error("the fixed sentence {0} has no sound: `make prompts` speaks it, then build again")]
    Silent(&'static str),
}

#[cfg(test)]
mod tests {
    use media::{Codec, Reel};

    use super::*;

    #[test]
    fn the_program_carries_every_sentence_the_line_needs() {
        prompts().expect("the build embeds them all");
        dictation().expect("the build embeds those for operators too");
    }

    #[test]
    fn each_codec_carries_the_same_sentence_as_loud_as_the_line_speaks() {
        let greeting = prompts::find(Language::French, "greeting").unwrap();
        let reels = reels(greeting).unwrap();
        let level = |reel: &Reel| {
            let mut heard = reel.codec().decoder().decode(reel.octets());
            let rate = reel.codec().sample_rate();
            heard.resize(heard.len() + rate as usize / 4, 0);
            speech::level::active_level_dbov(&heard, rate).unwrap().dbov
        };
        for codec in Codec::ALL {
            let reel = reels.of(codec);
            assert!((level(reel) + 26.0).abs() < 0.5, "{codec:?}");
            assert_eq!(reel.duration(), reels.pcma.duration());
        }
    }
}
