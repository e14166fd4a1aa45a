//! Why a person's recording was not taken, in words its author can act on.

use super::LONGEST_SECONDS;

/// Why a person's recording was not taken. `Display` is French; [`TakeRefusal::english`] says the same.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TakeRefusal {
    /// No sample at all.
    #[error("L’enregistrement ne contient aucun son. Vérifiez le micro, puis recommencez.")]
    Empty,
    /// Samples, but nobody speaks.
    #[error("On n’entend personne dans cet enregistrement. Vérifiez le micro, puis recommencez.")]
    NoSpeech,
    /// Speech that would drown in its own noise.
    #[error(
        "La voix est trop faible ({dbov:.0} dBov ; il en faut au moins -45). Rapprochez-vous du micro, puis recommencez."
    )]
    TooQuiet {
        /// Active level as it was given.
        dbov: f64,
    },
    /// Loud enough, but not in the band of a telephone.
    #[error(
        "La voix est sourde : pour le téléphone il faudrait l’amplifier de {gain_db:.0} dB, et 20 dB sont permis. Parlez face au micro, sans rien devant, puis recommencez."
    )]
    Muffled {
        /// What it would need.
        gain_db: f64,
    },
    /// Too loud for the microphone or its amplifier.
    #[error(
        "Le son est saturé ({per_cent:.1} % des échantillons ; 1 % est permis). Éloignez-vous du micro ou baissez son niveau, puis recommencez."
    )]
    Clipped {
        /// Samples at full scale.
        per_cent: f64,
    },
    /// Longer than callers would listen.
    #[error(
        "L’enregistrement dépasse {LONGEST_SECONDS} secondes. Dites l’essentiel, puis recommencez."
    )]
    TooLong,
    /// A rate of no recording.
    #[error(
        "L’enregistrement compte {0} échantillons par seconde ; il en faut de 4 000 à 192 000. Enregistrez-le autrement."
    )]
    Rate(u32),
}

impl TakeRefusal {
    /// The sentence to act on for English readers.
    pub fn english(&self) -> String {
        match self {
            Self::Empty => {
                "The recording holds no sound. Check the microphone, then record again.".into()
            }
            Self::NoSpeech => {
                "Nobody can be heard in this recording. Check the microphone, then record again."
                    .into()
            }
            Self::TooQuiet { dbov } => format!(
                "The voice is too quiet ({dbov:.0} dBov; at least -45 is needed). Come closer to the microphone, then record again."
            ),
            Self::Muffled { gain_db } => format!(
                "The voice is muffled: a telephone would need {gain_db:.0} dB more of it, and 20 dB are allowed. Face the microphone with nothing before it, then record again."
            ),
            Self::Clipped { per_cent } => format!(
                "The sound is clipped ({per_cent:.1} % of its samples; 1 % is allowed). Move away from the microphone or turn it down, then record again."
            ),
            Self::TooLong => format!(
                "The recording is longer than {LONGEST_SECONDS} seconds. Say what matters, then record again."
            ),
            Self::Rate(rate) => format!(
                "The recording has {rate} samples a second; 4,000 to 192,000 are read. Record it another way."
            ),
        }
    }

    /// A stable word for programs; never changes once published.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "recording-empty",
            Self::NoSpeech => "recording-without-speech",
            Self::TooQuiet { .. } => "recording-too-quiet",
            Self::Muffled { .. } => "recording-muffled",
            Self::Clipped { .. } => "recording-clipped",
            Self::TooLong => "recording-too-long",
            Self::Rate(_) => "recording-rate",
        }
    }
}
