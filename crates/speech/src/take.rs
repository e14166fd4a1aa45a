//! What a person has spoken, on its way to the line.
//!
//! A [`Take`] is sound as a microphone or a telephone gave it. [`Take::master`] trims it, brings it to
//! the level of everything else the line says, and refuses what nobody would understand.

mod refusal;
mod warning;

pub use refusal::TakeRefusal;
pub use warning::TakeWarning;

use bulletin::Language;

use crate::chain::{self, ChainError, Edges};
use crate::level::active_level_dbov;
use crate::{Pcm, Recording};

/// Sound of a person's voice, one channel, before anything was done to it.
#[derive(Clone, Debug)]
pub struct Take {
    pcm: Pcm,
    /// Share of the samples that stand at full scale, 0.0 to 1.0.
    clipped: f64,
}

impl Take {
    /// Takes samples of any rate from 4 000 to 192 000 a second; those at full scale count as clipped.
    ///
    /// # Errors
    /// [`TakeRefusal::Rate`], [`TakeRefusal::TooLong`] for more than 250 s,
    /// [`TakeRefusal::Empty`].
    pub fn new(pcm: Pcm) -> Result<Self, TakeRefusal> {
        let full = |sample: &&i16| sample.unsigned_abs() >= FULL_SCALE;
        let clipped = pcm.samples.iter().filter(full).count();
        let clipped = share(clipped, pcm.samples.len());
        Self::with_clipping(pcm, clipped)
    }

    /// As [`Take::new`], from floating point on a scale of ±1.0.
    ///
    /// # Errors
    /// Those of [`Take::new`].
    pub fn from_unit(samples: &[f32], sample_rate: u32) -> Result<Self, TakeRefusal> {
        let unit: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        Self::new(Pcm::from_unit(&unit, sample_rate))
    }

    /// As [`Take::new`] for sound whose clipping was measured before it was resampled.
    pub(crate) fn with_clipping(pcm: Pcm, clipped: f64) -> Result<Self, TakeRefusal> {
        if !RATES.contains(&pcm.sample_rate) {
            return Err(TakeRefusal::Rate(pcm.sample_rate));
        }
        if pcm.samples.is_empty() {
            return Err(TakeRefusal::Empty);
        }
        if pcm.duration_ms() > MOST_RAW_MS {
            return Err(TakeRefusal::TooLong);
        }
        let sample_rate = whole_rate(pcm.sample_rate);
        let pcm = Pcm { sample_rate, ..pcm };
        Ok(Self { pcm, clipped })
    }

    /// Makes a recording of it, by the chain that a voice's sound goes through: high-pass, trimmed
    /// silence, both telephone bands at -26 dBov and under -6 dBov.
    ///
    /// - `language`: of the bulletin whose words it holds.
    ///
    /// # Errors
    /// [`TakeRefusal`], in words for the person who spoke.
    pub fn master(&self, language: Language) -> Result<MasteredTake, TakeRefusal> {
        if self.clipped > MOST_CLIPPED {
            return Err(TakeRefusal::Clipped {
                per_cent: 100.0 * self.clipped,
            });
        }
        let master = chain::master(&self.pcm, Edges::SENTENCE).ok_or(TakeRefusal::NoSpeech)?;
        if master.duration_ms() > LONGEST_MS {
            return Err(TakeRefusal::TooLong);
        }
        let level =
            active_level_dbov(&master.samples, master.sample_rate).ok_or(TakeRefusal::NoSpeech)?;
        if level.activity * f64::from(master.duration_ms()) < SHORTEST_SPEECH_MS {
            return Err(TakeRefusal::NoSpeech);
        }
        let dbov = level.dbov;
        if dbov < QUIETEST_DBOV {
            return Err(TakeRefusal::TooQuiet { dbov });
        }
        let gain_db = chain::phone_gain_db(&master)?;
        if gain_db > MOST_GAIN_DB {
            return Err(TakeRefusal::Muffled { gain_db });
        }
        let equalised = chain::equalise(&master, &chain::Equaliser::default())?;
        let recording = Recording::of_person(language, master, equalised)?;
        Ok(MasteredTake {
            recording,
            dbov,
            warnings: self.warnings(gain_db),
        })
    }

    fn warnings(&self, gain_db: f64) -> Vec<TakeWarning> {
        let clipped = (self.clipped > MUCH_CLIPPED).then_some(TakeWarning::Clipped {
            per_cent: 100.0 * self.clipped,
        });
        let quiet = (gain_db > MUCH_GAIN_DB).then_some(TakeWarning::Quiet { gain_db });
        clipped.into_iter().chain(quiet).collect()
    }
}

/// A take that the line can play.
#[derive(Clone, Debug)]
pub struct MasteredTake {
    /// The finished sound; its key follows from its samples.
    pub recording: Recording,
    /// The active level of the speech as it was given (ITU-T P.56), in dBov.
    pub dbov: f64,
    /// What the person should know; none of it prevents publishing.
    pub warnings: Vec<TakeWarning>,
}

impl From<ChainError> for TakeRefusal {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Silent => Self::NoSpeech,
            ChainError::TooQuiet { dbov } => Self::TooQuiet { dbov },
        }
    }
}

/// The nearest rate of which a second divides evenly enough: what resamples needs one filter for each
/// step between two samples, and no real rate is off by more than a cent of a semitone.
pub(crate) fn whole_rate(rate: u32) -> u32 {
    (rate + RATE_STEP / 2) / RATE_STEP * RATE_STEP
}

#[expect(clippy::cast_precision_loss, reason = "no take has 2⁵³ samples")]
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// Longest recording of one entry, as long as a voice may need for the longest text.
pub const LONGEST_SECONDS: u32 = 180;
const LONGEST_MS: u32 = LONGEST_SECONDS * 1000;
/// Silence around the words may be longer, but is not worth the memory.
const MOST_RAW_MS: u32 = 250_000;
pub(crate) const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
const RATE_STEP: u32 = 25;
/// The largest value of µ-law: a telephone clips here.
pub(crate) const FULL_SCALE: u16 = 32_124;
/// A click or a breath is no sentence. The meter counts 200 ms after the last sound.
const SHORTEST_SPEECH_MS: f64 = 500.0;
const QUIETEST_DBOV: f64 = -45.0;
const MOST_GAIN_DB: f64 = 20.0;
/// From here on the noise of the room is heard.
const MUCH_GAIN_DB: f64 = 14.0;
const MOST_CLIPPED: f64 = 0.01;
const MUCH_CLIPPED: f64 = 0.001;

#[cfg(test)]
mod tests;
