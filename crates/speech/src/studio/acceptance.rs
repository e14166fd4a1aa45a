//! What a voice's sound must look like before anybody hears it.

use crate::level::active_level_dbov;
use crate::{Pcm, Spoken};

/// Refuses sound that is empty, of an odd rate, constant, clipped or without speech.
///
/// # Errors
/// The reason, for the log.
pub(super) fn check(raw: &Pcm) -> Result<(), String> {
    if !(8000..=96_000).contains(&raw.sample_rate) {
        return Err(format!("{} samples a second", raw.sample_rate));
    }
    let (Some(lowest), Some(highest)) = (raw.samples.iter().min(), raw.samples.iter().max()) else {
        return Err("no sample".to_owned());
    };
    if lowest == highest {
        return Err("the sound is constant".to_owned());
    }
    let clipped = raw
        .samples
        .iter()
        .filter(|s| **s == i16::MAX || **s == i16::MIN)
        .count();
    if clipped > raw.samples.len() / 1000 {
        return Err(format!("{clipped} samples are clipped"));
    }
    match active_level_dbov(&raw.samples, raw.sample_rate) {
        Some(level) if level.dbov >= QUIETEST_DBOV => Ok(()),
        Some(level) => Err(format!("the speech is at {:.1} dBov", level.dbov)),
        None => Err("no speech in it".to_owned()),
    }
}

/// Refuses a recording too short or too long for its words: 0.03 to 0.2 s a character.
///
/// Each stop may add a pause of 0.8 s, and the edges and the slowness of single words 1.5 s.
///
/// # Errors
/// The reason, for the log.
pub(super) fn check_duration(words: &Spoken, duration_ms: u32) -> Result<(), String> {
    let characters = u32::try_from(words.length()).unwrap_or(u32::MAX);
    let stops = words
        .as_str()
        .matches(['.', ',', ';', ':', '?', '!'])
        .count();
    let stops = u32::try_from(stops).unwrap_or(u32::MAX);
    let shortest = characters.saturating_mul(30);
    let longest = characters
        .saturating_mul(200)
        .saturating_add(stops.saturating_mul(800))
        .saturating_add(1500);
    if (shortest..=longest).contains(&duration_ms) {
        Ok(())
    } else {
        Err(format!("{duration_ms} ms for {characters} characters"))
    }
}

const QUIETEST_DBOV: f64 = -45.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::tone;

    fn pcm(unit: &[f64]) -> Pcm {
        Pcm::from_unit(unit, 16_000)
    }

    #[test]
    fn a_clear_tone_is_accepted() {
        assert_eq!(check(&pcm(&tone(500.0, 0.3, 1.0, 16_000))), Ok(()));
    }

    #[test]
    fn what_is_no_speech_is_refused() {
        let clipped: Vec<f64> = tone(500.0, 3.0, 1.0, 16_000);
        for sound in [
            vec![],
            vec![0.0; 9000],
            vec![0.4; 9000],
            vec![0.001, 0.0],
            clipped,
        ] {
            assert!(check(&pcm(&sound)).is_err());
        }
        assert!(check(&pcm(&tone(500.0, 0.002, 1.0, 16_000))).is_err());
        assert!(
            check(&Pcm {
                samples: vec![1, 2],
                sample_rate: 0
            })
            .is_err()
        );
    }

    #[test]
    fn duration_must_suit_the_words() {
        let words = Spoken::from_words("Une torche est allumée depuis ce matin.").unwrap();
        assert!(check_duration(&words, 500).is_err());
        assert!(check_duration(&words, 3000).is_ok());
        assert!(check_duration(&words, 60_000).is_err());
        let single = Spoken::from_words("un").unwrap();
        assert!(check_duration(&single, 600).is_ok());
    }
}
