//! One voice in the studio, and what is known of how it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bulletin::Language;

use super::acceptance;
use super::breaker::Breaker;
use crate::chain::{self, Edges};
use crate::{Recording, Spoken, Voice};

/// A voice with its breaker and its last trouble.
pub(super) struct Seat {
    voice: Box<dyn Voice>,
    breaker: Mutex<Breaker>,
    trouble: Mutex<Option<Trouble>>,
}

/// What went wrong last.
struct Trouble {
    why: String,
    /// When the words that did not come out were begun, or given up.
    at: Instant,
}

/// A voice's id, and what came out.
pub(super) type Outcome = (String, Result<Recording, String>);

impl Seat {
    pub(super) fn new(voice: Box<dyn Voice>) -> Self {
        Self {
            voice,
            breaker: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    pub(super) fn id(&self) -> String {
        self.voice.id()
    }

    pub(super) fn speaks(&self, language: Language) -> bool {
        self.voice.speaks(language)
    }

    /// Whether it may be tried.
    pub(super) fn is_free(&self) -> bool {
        lock(&self.breaker).allows(Instant::now())
    }

    /// Why its last word did not come out, if it did not.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.trouble)
            .as_ref()
            .map(|trouble| trouble.why.clone())
    }

    pub(super) fn last_trouble(&self) -> String {
        self.trouble().unwrap_or_default()
    }

    /// Speaks in a thread of its own and sends the outcome; whoever does not wait may drop the other
    /// end.
    ///
    /// - `patience`: sound that comes later does not make the voice one that works.
    pub(super) fn start(
        self: &Arc<Self>,
        words: &Spoken,
        language: Language,
        edges: Edges,
        patience: Duration,
        done: Sender<Outcome>,
    ) {
        let (seat, words, started) = (Arc::clone(self), words.clone(), Instant::now());
        let failed = done.clone();
        let speak = move || {
            let outcome = seat.perform(&words, language, edges);
            if outcome.is_err() || started.elapsed() <= patience {
                seat.settle(&outcome, started);
            }
            // Nobody may wait any more.
            let _ = done.send((seat.id(), outcome));
        };
        if let Err(error) = thread::Builder::new().name("voice".into()).spawn(speak) {
            let outcome = Err(format!("no thread for it: {error}"));
            self.settle(&outcome, started);
            let _ = failed.send((self.id(), outcome));
        }
    }

    /// It has said nothing for so long.
    pub(super) fn keeps_silent(&self, patience: Duration) {
        let trouble = format!("nothing came within {patience:?}");
        tracing::warn!(voice = self.id(), trouble, "the next voice begins");
        let now = Instant::now();
        self.remember(trouble, now);
        lock(&self.breaker).rest(now);
    }

    /// Speaks a word, to see whether it can. A good one ends its rest.
    ///
    /// - `may_rest`: a bad one begins a rest, so that a bulletin finds at once the voice that speaks.
    pub(super) fn probe(&self, may_rest: bool) {
        let languages = [Language::French, Language::English];
        let Some(language) = languages.into_iter().find(|one| self.speaks(*one)) else {
            return;
        };
        let Some(words) = Spoken::from_words("Bonjour.") else {
            return;
        };
        let started = Instant::now();
        match self.perform(&words, language, Edges::SENTENCE) {
            Ok(_) => self.settle(&Ok(()), started),
            Err(trouble) => {
                tracing::warn!(voice = self.id(), trouble, "a voice does not pass its test");
                self.remember(trouble, started);
                if may_rest {
                    lock(&self.breaker).rest(Instant::now());
                }
            }
        }
    }

    /// What words begun at `started` say of the voice: those that came out say nothing of what went wrong after that.
    fn settle<T>(&self, outcome: &Result<T, String>, started: Instant) {
        match outcome {
            Ok(_) => {
                let mut trouble = lock(&self.trouble);
                if trouble.as_ref().is_none_or(|trouble| trouble.at <= started) {
                    *trouble = None;
                    lock(&self.breaker).succeeded();
                }
            }
            Err(why) => {
                tracing::warn!(
                    voice = self.id(),
                    trouble = why,
                    "a voice gave no usable sound"
                );
                lock(&self.breaker).failed(Instant::now());
                self.remember(why.clone(), started);
            }
        }
    }

    fn remember(&self, why: String, at: Instant) {
        *lock(&self.trouble) = Some(Trouble { why, at });
    }

    fn perform(
        &self,
        words: &Spoken,
        language: Language,
        edges: Edges,
    ) -> Result<Recording, String> {
        let voice = self.voice.as_ref();
        let performing = || perform(voice, words, language, edges);
        catch_unwind(AssertUnwindSafe(performing))
            .unwrap_or_else(|_| Err("the voice stopped in the middle".to_owned()))
    }
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
        chain::equalise(&master, &voice.equaliser()).map_err(|error| error.to_string())?;
    Recording::new(words, language, voice.id(), master, equalised)
        .map_err(|error| error.to_string())
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
