//! Two recordings as one: what a person has said, and what the voice says behind it.

use sha2::{Digest, Sha256};
use speech::{Pcm, wav};
use store::Recording;

/// The first and then the second; the key follows from theirs.
///
/// # Errors
/// Why the sound of the page cannot be joined: one is no WAV, or they differ in rate.
pub(super) fn joined(first: &Recording, second: &Recording) -> Result<Recording, String> {
    let read = |one: &Recording| {
        wav::read(&one.master_wav).map_err(|error| format!("{}: {error}", one.key))
    };
    let (begin, end) = (read(first)?, read(second)?);
    if begin.sample_rate != end.sample_rate {
        return Err(format!("{} and {} differ in rate", first.key, second.key));
    }
    let master = Pcm {
        samples: [begin.samples, end.samples].concat(),
        sample_rate: begin.sample_rate,
    };
    let hash = Sha256::digest(format!("{} {}", first.key, second.key));
    let pcma = [&first.pcma[..], &second.pcma].concat();
    Ok(Recording {
        key: hash.iter().map(|octet| format!("{octet:02x}")).collect(),
        text: second.text.clone(),
        engine: format!("{}, {}", first.engine, second.engine),
        master_wav: wav::write(&master),
        duration_ms: u32::try_from(pcma.len() / 8).unwrap_or(u32::MAX),
        pcma,
        pcmu: [&first.pcmu[..], &second.pcmu].concat(),
        g722: first
            .g722
            .as_ref()
            .zip(second.g722.as_ref())
            .map(|(first, second)| [&first[..], second].concat()),
    })
}

#[cfg(test)]
mod tests {
    use bulletin::Language;

    use super::*;
    use crate::jobs::speak::{as_row, is_whole};

    #[test]
    fn two_recordings_follow_each_other_in_every_form() {
        let pause = |ms| as_row(&speech::Recording::pause(ms, Language::French));
        let (first, second) = (pause(200), pause(300));

        let both = joined(&first, &second).unwrap();

        assert!(is_whole(&both));
        assert_eq!(both.duration_ms, 500);
        assert_eq!(both.g722.as_ref().map(Vec::len), Some(4_000));
        assert_eq!(wav::read(&both.master_wav).unwrap().duration_ms(), 500);
        assert_eq!(both.key, joined(&first, &second).unwrap().key);
        assert_ne!(both.key, joined(&second, &first).unwrap().key);
        let narrow = Recording {
            g722: None,
            ..second
        };
        assert_eq!(joined(&first, &narrow).unwrap().g722, None);
        let broken = Recording {
            master_wav: vec![],
            ..first
        };
        assert!(joined(&broken, &narrow).is_err());
    }
}
