//! Files with a person's voice: decoded one at a time in a process of their own, and mastered.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bulletin::Language;
use speech::upload::{Decoded, Decoder, UploadError, UploadRefusal};
use tokio::sync::Semaphore;
use web::{NotRecorded, Recorded, Recorder};

use crate::arguments::DECODE_COMMAND;
use crate::jobs::speak::as_row;

/// What `web` hands uploaded files to.
///
/// `program` is the executable that decodes when started as the helper.
pub(crate) fn recorder(program: &Path) -> Recorder {
    let decoder = Arc::new(Decoder {
        program: program.into(),
        arguments: vec![DECODE_COMMAND.into()],
        timeout: TIMEOUT,
    });
    // Decoding may take a processor for seconds: one at a time, and those who call in keep theirs.
    let turn = Arc::new(Semaphore::new(1));
    Arc::new(move |file| {
        let (decoder, turn) = (Arc::clone(&decoder), Arc::clone(&turn));
        Box::pin(async move {
            let turn = turn.acquire_owned().await;
            let work = move || {
                let recorded = record(&decoder, &file);
                drop(turn);
                recorded
            };
            let done = tokio::task::spawn_blocking(work).await;
            done.unwrap_or_else(|panic| {
                Err(NotRecorded::Failed(format!("an upload stopped: {panic}")))
            })
        })
    })
}

fn record(decoder: &Decoder, file: &[u8]) -> Result<Recorded, NotRecorded> {
    let Decoded { outcome, spent } = decoder.decode(file);
    if let Some(spent) = spent {
        tracing::debug!(
            octets = file.len(),
            spent.cpu_ms,
            spent.peak_kib,
            "an upload was decoded"
        );
    }
    let take = outcome.map_err(|error| match error {
        UploadError::Refused(refusal) => refused(&refusal),
        UploadError::Failed(why) => NotRecorded::Failed(why),
    })?;
    // The language is no part of the sound, and no row keeps it: the bulletin has one.
    let mastered = take.master(Language::French);
    let mastered = mastered.map_err(|refusal| refused(&refusal.into()))?;
    Ok(Recorded {
        recording: as_row(&mastered.recording),
        dbov: mastered.dbov,
        remarks: mastered
            .warnings
            .iter()
            .map(|warning| (warning.as_french(), warning.as_english()))
            .collect(),
    })
}

fn refused(refusal: &UploadRefusal) -> NotRecorded {
    NotRecorded::Refused {
        code: refusal.code(),
        french: refusal.to_string(),
        english: refusal.english(),
    }
}

/// By the clock; the helper has 20 s of processor time at most, and stands back behind all others.
const TIMEOUT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn files_are_decoded_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let (program, busy) = (folder.path().join("helper"), folder.path().join("busy"));
        let busy = busy.display();
        let script = format!(
            "#!/bin/sh\nmkdir {busy} || {{ echo >{busy}.twice; exit 1; }}\nsleep 0.1\nrmdir {busy}\n"
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let recorder = recorder(&program);

        let uploads = [(); 4].map(|()| tokio::spawn(recorder("RIFF".into())));

        for upload in uploads {
            let outcome = upload.await.unwrap();
            assert!(
                matches!(outcome, Err(NotRecorded::Refused { .. })),
                "{outcome:?}"
            );
        }
        assert!(!folder.path().join("busy.twice").exists());
    }
}
