//! What a person should know about a recording that was taken all the same.

/// A remark on a take that does not prevent its use.
#[derive(Clone, Debug, PartialEq)]
pub enum TakeWarning {
    /// Some of it is clipped.
    Clipped {
        /// Samples at full scale.
        per_cent: f64,
    },
    /// It was amplified so much that the room is heard.
    Quiet {
        /// By how much.
        gain_db: f64,
    },
}

impl TakeWarning {
    /// The remark for French readers.
    pub fn as_french(&self) -> String {
        match self {
            Self::Clipped { per_cent } => format!(
                "Le son est un peu saturé ({per_cent:.1} % des échantillons). Écoutez-le avant de publier ; au besoin, éloignez-vous du micro et recommencez."
            ),
            Self::Quiet { gain_db } => format!(
                "La voix était faible : elle est amplifiée de {gain_db:.0} dB, et le bruit autour de vous avec elle. Écoutez-la avant de publier ; au besoin, rapprochez-vous du micro et recommencez."
            ),
        }
    }

    /// The remark for English readers.
    pub fn as_english(&self) -> String {
        match self {
            Self::Clipped { per_cent } => format!(
                "The sound is a little clipped ({per_cent:.1} % of its samples). Listen before you publish; if need be, move away from the microphone and record again."
            ),
            Self::Quiet { gain_db } => format!(
                "The voice was quiet: it is amplified by {gain_db:.0} dB, and the noise around you with it. Listen before you publish; if need be, come closer to the microphone and record again."
            ),
        }
    }
}
