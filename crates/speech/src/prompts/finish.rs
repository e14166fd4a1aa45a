//! From the file of a fixed sentence to both bands of the telephone: done while the program is built.

use crate::Pcm;
use crate::chain::{self, Bands, ChainError};
use crate::wav::{self, WavError};

/// The sound of a WAV file for telephones of either band.
///
/// A file of 8 kHz has nothing above 4 kHz to give; its wide band is as narrow as itself.
///
/// # Errors
/// [`SoundError`] for a file that is no WAV, or one in which nobody speaks.
pub(crate) fn finish(file: &[u8]) -> Result<Bands, SoundError> {
    let pcm = wav::read(file)?;
    let sound = chain::resample(&pcm.to_unit(), pcm.sample_rate, chain::MASTER_RATE, 0.95);
    Ok(chain::bands(&Pcm::from_unit(&sound, chain::MASTER_RATE))?)
}

/// Why a prompt has no sound.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SoundError {
    /// Its file cannot be read.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// What is in the file is no speech.
    #[error(transparent)]
    Chain(#[from] ChainError),
}
