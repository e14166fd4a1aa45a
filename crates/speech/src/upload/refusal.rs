//! Why an uploaded file was not taken, in words its author can act on.

use crate::TakeRefusal;

/// Why an uploaded file was not taken. `Display` is French; [`UploadRefusal::english`] says the same.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UploadRefusal {
    /// No format that is known.
    #[error("Ce fichier n’est pas un enregistrement connu. {FORMATS_FRENCH}")]
    NotSound,
    /// A film without sound, or a container with nothing in it.
    #[error("Ce fichier ne contient aucune piste sonore. {FORMATS_FRENCH}")]
    NoTrack,
    /// A known container with a codec in it that is not decoded.
    #[error("Le codage de ce fichier ({0}) n’est pas lu. {FORMATS_FRENCH}")]
    Codec(String),
    /// More channels than any recording of a voice has.
    #[error("Ce fichier a {0} canaux ; 8 sont lus au plus. Enregistrez en mono ou en stéréo.")]
    Channels(u32),
    /// It begins well and makes no sense afterwards.
    #[error(
        "Ce fichier est abîmé : il n’a pas pu être lu. Enregistrez-le ou envoyez-le de nouveau."
    )]
    Broken,
    /// It would take more time or memory than any recording needs.
    #[error(
        "Lire ce fichier demande plus de temps ou de mémoire qu’un enregistrement de trois minutes. {FORMATS_FRENCH}"
    )]
    TooHeavy,
    /// It was read, but nobody would understand it.
    #[error(transparent)]
    Take(#[from] TakeRefusal),
}

impl UploadRefusal {
    /// The sentence to act on for English readers.
    pub fn english(&self) -> String {
        match self {
            Self::NotSound => format!("This file is no known recording. {FORMATS_ENGLISH}"),
            Self::NoTrack => format!("This file has no sound track. {FORMATS_ENGLISH}"),
            Self::Codec(name) => {
                format!("This file's codec ({name}) is not read. {FORMATS_ENGLISH}")
            }
            Self::Channels(channels) => {
                format!(
                    "This file has {channels} channels; 8 are read at most. Record in mono or stereo."
                )
            }
            Self::Broken => {
                "This file is damaged: it could not be read. Record it or send it again.".to_owned()
            }
            Self::TooHeavy => format!(
                "Reading this file takes more time or memory than a recording of three minutes. {FORMATS_ENGLISH}"
            ),
            Self::Take(refusal) => refusal.english(),
        }
    }

    /// A stable word for programs; never changes once published.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSound => "recording-not-sound",
            Self::NoTrack => "recording-without-track",
            Self::Codec(_) => "recording-codec",
            Self::Channels(_) => "recording-channels",
            Self::Broken => "recording-broken",
            Self::TooHeavy => "recording-too-heavy",
            Self::Take(refusal) => refusal.code(),
        }
    }
}

const FORMATS_FRENCH: &str = "Envoyez un fichier wav, mp3, m4a, ogg, webm ou flac.";
const FORMATS_ENGLISH: &str = "Send a wav, mp3, m4a, ogg, webm or flac file.";
