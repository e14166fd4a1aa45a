//! Where words become a recording: voices in order, each checked, none trusted.

mod acceptance;
mod breaker;
mod seat;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use bulletin::Language;

use crate::chain::Edges;
use crate::{Recording, Spoken, Voice};
use seat::Seat;

/// The voices of the house, best first.
pub struct Studio {
    seats: Vec<Arc<Seat>>,
    patience: Duration,
}

impl Studio {
    /// Takes the voices in the order in which they are tried.
    pub fn new(voices: Vec<Box<dyn Voice>>) -> Self {
        Self::with_patience(voices, PATIENCE)
    }

    /// As [`Self::new`], with another patience than 4 s: how long a voice may say nothing before the
    /// next one begins too. Each character of a text adds a hundredth of a second.
    pub fn with_patience(voices: Vec<Box<dyn Voice>>, patience: Duration) -> Self {
        let seats = voices.into_iter().map(|voice| Arc::new(Seat::new(voice)));
        Self {
            seats: seats.collect(),
            patience,
        }
    }

    /// The voice that is asked first for this language; with [`crate::recording_key`] it tells
    /// whether the words were recorded before.
    pub fn first_voice(&self, language: Language) -> Option<String> {
        let first = self.seats.iter().find(|seat| seat.speaks(language));
        first.map(|seat| seat.id())
    }

    /// Each voice whose last word did not come out, by its id, with the reason.
    pub fn troubles(&self) -> Vec<(String, String)> {
        let troubles = self.seats.iter();
        troubles
            .filter_map(|seat| Some((seat.id(), seat.trouble()?)))
            .collect()
    }

    /// Has each voice that is in trouble speak a word, or every voice, and remembers how that went.
    ///
    /// Blocks for at most the sum of the voices' time-outs.
    pub fn probe(&self, which: Probe) {
        for (place, seat) in self.seats.iter().enumerate() {
            if which == Probe::Every || seat.trouble().is_some() {
                // Whoever has nobody behind is asked all the same.
                let is_last = place + 1 == self.seats.len();
                seat.probe(!is_last);
            }
        }
    }

    /// Reads the words aloud and masters the sound.
    ///
    /// A voice that says nothing for the time of our patience is not waited for: the next one begins,
    /// and the first good sound is taken. Such a voice is left alone for a minute, and so is one that
    /// fails three times in a row. Blocks for at most that patience with each voice but the last, and
    /// then for the time-outs of those that still speak.
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
        let characters = u32::try_from(words.length()).unwrap_or(u32::MAX);
        let patience = self.patience + PATIENCE_PER_CHARACTER.saturating_mul(characters);
        let (done, arriving) = mpsc::channel();
        let seats = self.seats.iter().filter(|seat| seat.speaks(language));
        let mut waiting = seats.peekable();
        let mut speaking: Vec<&Arc<Seat>> = Vec::new();
        loop {
            match waiting.next() {
                Some(seat) if seat.is_free() => {
                    seat.start(words, language, edges, patience, done.clone());
                    speaking.push(seat);
                }
                Some(seat) => {
                    reasons.push((seat.id(), format!("left alone: {}", seat.last_trouble())));
                    continue;
                }
                None if speaking.is_empty() => return Err(StudioError { reasons }),
                None => {}
            }
            let wait = match waiting.peek() {
                Some(_) => patience,
                None => LONGEST,
            };
            match arriving.recv_timeout(wait) {
                Ok((_, Ok(recording))) => return Ok(recording),
                Ok((id, Err(reason))) => {
                    speaking.retain(|seat| seat.id() != id);
                    reasons.push((id, reason));
                }
                Err(_) if waiting.peek().is_some() => {
                    for seat in &speaking {
                        seat.keeps_silent(wait);
                    }
                }
                Err(_) => {
                    let silent = speaking
                        .drain(..)
                        .map(|seat| (seat.id(), "never ended".into()));
                    reasons.extend(silent);
                }
            }
        }
    }
}

/// Whom [`Studio::probe`] asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// All voices.
    Every,
    /// Those whose last word did not come out.
    Troubled,
}

impl std::fmt::Debug for Studio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids = self.seats.iter().map(|seat| seat.id());
        f.debug_list().entries(ids).finish()
    }
}

/// No voice gave acceptable sound.
#[derive(Debug, thiserror::Error)]
#[error("no voice could read the text{}", listed(reasons))]
pub struct StudioError {
    /// Each voice's id with its reason, in the order in which they were tried.
    pub reasons: Vec<(String, String)>,
}

fn listed(reasons: &[(String, String)]) -> String {
    reasons
        .iter()
        .map(|(voice, reason)| format!("; {voice}: {reason}"))
        .collect()
}

/// Three voices that hang before one that speaks cost a caller less than 20 s.
const PATIENCE: Duration = Duration::from_secs(4);
/// A long text takes longer.
const PATIENCE_PER_CHARACTER: Duration = Duration::from_millis(10);
/// Longer than any voice's own time-out.
const LONGEST: Duration = Duration::from_secs(90);

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
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

    /// Speaks well, but late, or only when its thread is let go on.
    struct Sluggish(Duration);

    impl Voice for Sluggish {
        fn id(&self) -> String {
            "sluggish".to_owned()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            std::thread::sleep(self.0);
            Ok(Pcm::from_unit(&tone(600.0, 0.1, 2.0, 22_050), 22_050))
        }
    }

    #[test]
    fn a_voice_that_says_nothing_is_not_waited_for_and_left_alone() {
        let slow: Box<dyn Voice> = Box::new(Sluggish(Duration::from_secs(4)));
        let voices = vec![slow, beeper("good", Some(2.0)).0];
        let studio = Studio::with_patience(voices, Duration::from_millis(200));
        let started = std::time::Instant::now();
        for _ in 0..3 {
            let recording = studio.record(&words(), Language::French).unwrap();
            assert_eq!(recording.engine, "good");
        }
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        let [(voice, trouble)] = &studio.troubles()[..] else {
            panic!("one voice is in trouble");
        };
        assert_eq!(
            (voice.as_str(), trouble.as_str()),
            ("sluggish", "nothing came within 430ms")
        );
    }

    #[test]
    fn the_sound_of_a_slow_voice_is_taken_when_no_other_can_speak() {
        let slow: Box<dyn Voice> = Box::new(Sluggish(Duration::from_millis(400)));
        let voices = vec![slow, beeper("broken", None).0];
        let studio = Studio::with_patience(voices, Duration::from_millis(50));
        let recording = studio.record(&words(), Language::French).unwrap();
        assert_eq!(recording.engine, "sluggish");
    }

    /// Speaks well once it is let go on, and fails whenever it is asked again.
    struct Wavering {
        asked: Arc<AtomicU32>,
        told: Mutex<mpsc::Receiver<()>>,
    }

    impl Voice for Wavering {
        fn id(&self) -> String {
            "wavering".to_owned()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            if self.asked.fetch_add(1, Ordering::Relaxed) > 0 {
                return Err(VoiceError::Failed("broken".to_owned()));
            }
            self.told.lock().unwrap().recv().unwrap();
            Ok(Pcm::from_unit(&tone(600.0, 0.1, 2.0, 22_050), 22_050))
        }
    }

    #[test]
    fn words_that_come_out_late_do_not_hide_what_went_wrong_after_they_were_begun() {
        let (tell, told) = mpsc::channel();
        let asked = Arc::new(AtomicU32::new(0));
        let studio = Studio::new(vec![Box::new(Wavering {
            asked: asked.clone(),
            told: Mutex::new(told),
        })]);
        std::thread::scope(|scope| {
            let early = scope.spawn(|| studio.record(&words(), Language::French));
            while asked.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            assert!(studio.record(&words(), Language::French).is_err());
            tell.send(()).unwrap();
            assert!(early.join().unwrap().is_ok());
        });
        assert_eq!(studio.troubles().len(), 1);
    }

    /// Panics, as a library might.
    struct Panicking;

    impl Voice for Panicking {
        fn id(&self) -> String {
            "panicking".to_owned()
        }

        fn speak(&self, _: &Spoken, _: Language) -> Result<Pcm, VoiceError> {
            panic!("a library gave up");
        }

        fn speaks(&self, language: Language) -> bool {
            language == Language::French
        }
    }

    #[test]
    fn a_voice_that_panics_has_failed_and_nothing_else() {
        let studio = Studio::new(vec![Box::new(Panicking), beeper("good", Some(2.0)).0]);
        let recording = studio.record(&words(), Language::French).unwrap();
        assert_eq!(recording.engine, "good");
        assert_eq!(studio.troubles().len(), 1);
    }

    #[test]
    fn a_voice_is_asked_for_its_own_languages_only() {
        let studio = Studio::new(vec![Box::new(Panicking), beeper("good", Some(2.0)).0]);
        studio.record(&words(), Language::English).unwrap();
        assert!(studio.troubles().is_empty());
        assert_eq!(studio.first_voice(Language::French).unwrap(), "panicking");
        assert_eq!(studio.first_voice(Language::English).unwrap(), "good");
    }

    #[test]
    fn a_test_word_finds_trouble_before_a_bulletin_does_and_its_end_too() {
        let (broken, asked) = beeper("broken", None);
        let (good, asked_good) = beeper("good", Some(1.0));
        let studio = Studio::new(vec![broken, good]);
        studio.probe(Probe::Every);
        assert_eq!(studio.troubles()[0].0, "broken");
        studio.probe(Probe::Troubled);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert_eq!(asked_good.load(Ordering::Relaxed), 1);
    }
}
