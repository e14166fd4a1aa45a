//! Where words become a recording: voices in order, each checked, none trusted.

mod acceptance;
mod breaker;

use std::sync::Mutex;
use std::time::Instant;

use bulletin::Language;

use crate::chain::{self, Edges};
use crate::{Recording, Spoken, Voice};
use breaker::Breaker;

/// The voices of the house, best first.
pub struct Studio {
    voices: Vec<(Box<dyn Voice>, Mutex<Breaker>)>,
}

impl Studio {
    /// Takes the voices in the order in which they are tried.
    pub fn new(voices: Vec<Box<dyn Voice>>) -> Self {
        let voices = voices
            .into_iter()
            .map(|voice| (voice, Mutex::new(Breaker::default())))
            .collect();
        Self { voices }
    }

    /// The voices' ids in order; with [`crate::recording_key`] they tell whether the words were
    /// recorded before.
    pub fn voice_ids(&self) -> Vec<String> {
        self.voices.iter().map(|(voice, _)| voice.id()).collect()
    }

    /// Reads the words aloud and masters the sound.
    ///
    /// Blocks for at most the sum of the voices' time-outs. A voice that fails three times in a
    /// row is left alone for a minute.
    ///
    /// # Errors
    /// [`StudioError`], with every voice's reason, when none gave acceptable sound.
    pub fn record(&self, words: &Spoken, language: Language) -> Result<Recording, StudioError> {
        self.record_with(words, language, Edges::SENTENCE)
    }

    /// As [`Self::record`], with other silences around: for pieces that are joined.
    pub(crate) fn record_with(
        &self,
        words: &Spoken,
        language: Language,
        edges: Edges,
    ) -> Result<Recording, StudioError> {
        let mut reasons = Vec::new();
        for (voice, breaker) in &self.voices {
            if !lock(breaker).allows(Instant::now()) {
                reasons.push((voice.id(), "left alone after three failures".to_owned()));
                continue;
            }
            match perform(voice.as_ref(), words, language, edges) {
                Ok(recording) => {
                    lock(breaker).succeeded();
                    return Ok(recording);
                }
                Err(reason) => {
                    lock(breaker).failed(Instant::now());
                    tracing::warn!(voice = voice.id(), reason, "a voice gave no usable sound");
                    reasons.push((voice.id(), reason));
                }
            }
        }
        Err(StudioError { reasons })
    }
}

impl std::fmt::Debug for Studio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.voice_ids()).finish()
    }
}

/// No voice gave acceptable sound.
#[derive(Debug, thiserror::Error)]
#[error("no voice could read the text{}", listed(reasons))]
pub struct StudioError {
    /// Each voice's id with its reason, in the order in which they were tried.
    pub reasons: Vec<(String, String)>,
}

fn perform(
    voice: &dyn Voice,
    words: &Spoken,
    language: Language,
    edges: Edges,
) -> Result<Recording, String> {
    let raw = voice
        .speak(words, language)
        .map_err(|error| error.to_string())?;
    acceptance::check(&raw)?;
    let master = chain::master(&raw, edges).ok_or("the sound is silent")?;
    acceptance::check_duration(words, master.duration_ms())?;
    let equalised =
        chain::equalise(&master, voice.telephone_shelf_db()).map_err(|error| error.to_string())?;
    Recording::new(words, language, voice.id(), master, equalised)
        .map_err(|error| error.to_string())
}

fn lock(breaker: &Mutex<Breaker>) -> std::sync::MutexGuard<'_, Breaker> {
    match breaker.lock() {
        Ok(breaker) => breaker,
        Err(poisoned) => poisoned.into_inner(),
    }
}

fn listed(reasons: &[(String, String)]) -> String {
    reasons
        .iter()
        .map(|(voice, reason)| format!("; {voice}: {reason}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::chain::tone;
    use crate::{Pcm, VoiceError};

    /// A voice that says everything in beeps of 0.3 s, or fails.
    struct Beeper {
        name: &'static str,
        seconds: Option<f64>,
        asked: Arc<AtomicU32>,
    }

    impl Voice for Beeper {
        fn id(&self) -> String {
            self.name.to_owned()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            match self.seconds {
                Some(seconds) => Ok(Pcm::from_unit(&tone(600.0, 0.1, seconds, 22_050), 22_050)),
                None => Err(VoiceError::Failed("broken".to_owned())),
            }
        }
    }

    fn beeper(name: &'static str, seconds: Option<f64>) -> (Box<dyn Voice>, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let voice = Beeper {
            name,
            seconds,
            asked: asked.clone(),
        };
        (Box::new(voice), asked)
    }

    fn words() -> Spoken {
        Spoken::from_words("Une torche est allumée.").unwrap()
    }

    #[test]
    fn the_first_good_voice_reads() {
        let studio = Studio::new(vec![
            beeper("broken", None).0,
            beeper("hasty", Some(0.2)).0,
            beeper("good", Some(2.0)).0,
        ]);
        let recording = studio.record(&words(), Language::French).unwrap();
        assert_eq!(recording.engine, "good");
        assert_eq!(recording.master.sample_rate, 16_000);
        assert_eq!(recording.phone.len(), recording.master.samples.len() / 2);
        assert_eq!(recording.wide.len(), 2 * recording.phone.len());
        assert_eq!(
            recording.key(),
            crate::recording_key(&words(), Language::French, "good")
        );
    }

    #[test]
    fn a_voice_that_fails_three_times_is_left_alone() {
        let (broken, asked) = beeper("broken", None);
        let studio = Studio::new(vec![broken, beeper("good", Some(2.0)).0]);
        for _ in 0..10 {
            studio.record(&words(), Language::French).unwrap();
        }
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn every_voice_gives_its_reason_when_none_can_read() {
        let studio = Studio::new(vec![beeper("broken", None).0, beeper("slow", Some(40.0)).0]);
        let error = studio.record(&words(), Language::French).unwrap_err();
        assert_eq!(error.reasons.len(), 2);
        assert!(error.to_string().contains("slow"), "{error}");
        assert!(
            Studio::new(vec![])
                .record(&words(), Language::French)
                .is_err()
        );
    }
}
