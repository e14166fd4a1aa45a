//! A file that a person has sent becomes a [`Take`], in a process that lives for this one file.
//!
//! A decoder of foreign files is a door for foreign octets. So a file is never looked at in the
//! service: the program is started again as a helper ([`decode_helper_main`]), which locks itself in
//! before it reads the first octet and gives nothing but samples back ([`read_answer`]). Formats are
//! told by their content, never by name or label.

mod answer;
mod decode;
mod opus;
mod reducer;
mod refusal;

pub use answer::{Answer, read_answer};
pub use decode::{decode, decode_helper_main};
pub use refusal::UploadRefusal;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::chain::MASTER_RATE;
use crate::voice::VoiceError;
use crate::voice::process::{self, Limits};
use crate::{Pcm, Take, TakeRefusal};

/// How the helper process is started.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The program whose `arguments` lead to [`decode_helper_main`]; usually this very program.
    pub program: PathBuf,
    /// For example `["decode-helper"]`.
    pub arguments: Vec<String>,
    /// The helper is killed when it takes longer; what it may take of a processor it limits itself.
    pub timeout: Duration,
}

/// What became of a file.
#[derive(Debug)]
pub struct Decoded {
    /// The sound, or why there is none.
    pub outcome: Result<Take, UploadError>,
    /// What it has cost, unless the helper was ended.
    pub spent: Option<Spent>,
}

/// What decoding a file has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The most memory that the helper had resident, in KiB.
    pub peak_kib: u32,
    /// Processor time.
    pub cpu_ms: u32,
}

/// Why a file did not become sound.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Because of the file.
    #[error(transparent)]
    Refused(#[from] UploadRefusal),
    /// Because of us.
    #[error("an upload cannot be decoded: {0}")]
    Failed(String),
}

impl Decoder {
    /// Decodes a file of at most [`MOST_OCTETS`]; blocks until the helper is done or ended.
    pub fn decode(&self, file: &[u8]) -> Decoded {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let limits = Limits {
            timeout: self.timeout,
            octets: MOST_ANSWER,
            seconds: MOST_RAW_SECONDS,
        };
        match process::run(command, file, limits) {
            Ok(answer) => received(&answer),
            Err(error) => Decoded {
                outcome: Err(ended(error)),
                spent: None,
            },
        }
    }
}

fn received(octets: &[u8]) -> Decoded {
    let Some(answer) = read_answer(octets) else {
        // A helper that was taken over, or one of another version.
        return Decoded {
            outcome: Err(UploadRefusal::Broken.into()),
            spent: None,
        };
    };
    let take = |clipped| {
        let pcm = Pcm {
            samples: answer.samples,
            sample_rate: MASTER_RATE,
        };
        Take::with_clipping(pcm, clipped).map_err(UploadRefusal::from)
    };
    Decoded {
        outcome: answer.outcome.and_then(take).map_err(UploadError::from),
        spent: Some(answer.spent),
    }
}

/// A helper without an answer has met a fault of a decoder, or a limit.
fn ended(error: VoiceError) -> UploadError {
    match error {
        VoiceError::Unavailable(why) => UploadError::Failed(why),
        VoiceError::Endless(_) => UploadRefusal::from(TakeRefusal::TooLong).into(),
        VoiceError::Timeout(_) => UploadRefusal::TooHeavy.into(),
        VoiceError::Failed(why) => {
            tracing::warn!(why, "the helper that decodes uploads did not end well");
            // A fault has an exit status; a limit of the cage ends the helper by a signal.
            let faulty = why.starts_with("exit status");
            let refusal = if faulty {
                UploadRefusal::Broken
            } else {
                UploadRefusal::TooHeavy
            };
            refusal.into()
        }
        VoiceError::BadSound(_) => UploadRefusal::Broken.into(),
    }
}

/// The longest file. Three minutes fit at 48 kHz in mono even as WAV; in stereo as anything else.
pub const MOST_OCTETS: usize = 20 * 1024 * 1024;
/// What the helper decodes before it gives up is a little less.
const MOST_RAW_SECONDS: u32 = 250;
const MOST_ANSWER: usize = MOST_RAW_SECONDS as usize * MASTER_RATE as usize * 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a file when the helper is this script.
    fn refused(script: &str) -> UploadRefusal {
        let decoder = Decoder {
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            timeout: Duration::from_millis(700),
        };
        let decoded = decoder.decode(b"RIFF");
        assert_eq!(decoded.spent, None, "{script}");
        match decoded.outcome {
            Err(UploadError::Refused(refusal)) => refusal,
            other => panic!("{script}: {other:?}"),
        }
    }

    #[test]
    fn whatever_the_helper_does_the_file_is_refused_in_words() {
        for (script, refusal) in [
            ("exit 101", UploadRefusal::Broken),
            ("kill -XCPU $$", UploadRefusal::TooHeavy),
            ("kill -ABRT $$", UploadRefusal::TooHeavy),
            ("kill -STOP $$", UploadRefusal::TooHeavy),
            ("exec sleep 60", UploadRefusal::TooHeavy),
            ("exec cat /dev/zero", TakeRefusal::TooLong.into()),
            ("cat >/dev/null", UploadRefusal::Broken),
            ("echo SND1", UploadRefusal::Broken),
        ] {
            assert_eq!(refused(script), refusal, "{script}");
        }
    }

    #[test]
    fn a_helper_that_cannot_be_started_is_our_fault() {
        let decoder = Decoder {
            program: "/nowhere/at-all".into(),
            arguments: vec![],
            timeout: Duration::from_secs(1),
        };
        let outcome = decoder.decode(b"RIFF").outcome;
        assert!(
            matches!(outcome, Err(UploadError::Failed(_))),
            "{outcome:?}"
        );
    }
}
