//! Finished sound, named by its content.

use crate::database::{Connection, Statement};
use crate::error::{Doing, unreadable};
use crate::{Result, Store};

impl Store {
    /// Writes a recording; one with the same key is the same sound and stays.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn save_recording(&self, recording: &Recording) -> Result<()> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, recording).await?;
        transaction.commit().await.doing("save a recording")
    }

    /// The recording with this key, sound included.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_recording(&self, key: &str) -> Result<Option<Recording>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT text, engine, duration_ms, master_wav, pcma, pcmu, g722 FROM recordings
             WHERE key = $1",
        )
        .bind(key)
        .fetch_optional(self.readers())
        .await
        .doing("read a recording")?;
        row.map(
            |(text, engine, duration_ms, master_wav, pcma, pcmu, g722)| {
                Ok(Recording {
                    key: key.to_owned(),
                    text,
                    engine,
                    duration_ms: milliseconds(duration_ms)?,
                    master_wav,
                    pcma,
                    pcmu,
                    g722,
                })
            },
        )
        .transpose()
    }

    /// Which of these keys exist, each with its duration in milliseconds, in the order of the keys.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_recording_keys(&self, keys: &[String]) -> Result<Vec<(String, u32)>> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(KEYS_AT_ONCE) {
            let mut query =
                Statement::new("SELECT key, duration_ms FROM recordings WHERE key IN (");
            query.push_list(chunk);
            query.push(") ORDER BY key");
            let rows: Vec<(String, i64)> = query
                .build_query_as()
                .fetch_all(self.readers())
                .await
                .doing("look for recordings")?;
            for (key, duration_ms) in rows {
                found.push((key, milliseconds(duration_ms)?));
            }
        }
        Ok(found)
    }
}

/// Finished sound in the forms that are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// SHA-256 in hexadecimal of everything that decides how it sounds.
    pub key: String,
    /// The words given to the voice; empty for what a person has recorded.
    pub text: String,
    /// Engine and version.
    pub engine: String,
    /// A whole WAV file, wide band, for the page.
    pub master_wav: Vec<u8>,
    /// The telephone branch in G.711 A-law, 8 000 octets a second.
    pub pcma: Vec<u8>,
    /// The same in mu-law.
    pub pcmu: Vec<u8>,
    /// The wide telephone branch in G.722, as many octets; none for a recording made before there was one.
    pub g722: Option<Vec<u8>>,
    /// How long it lasts, in milliseconds.
    pub duration_ms: u32,
}

/// Writes a recording in the transaction of what it belongs to; one with the same key stays.
pub(crate) async fn insert(connection: &mut Connection, recording: &Recording) -> Result<()> {
    sqlx::query(
        "INSERT INTO recordings (key, text, engine, duration_ms, master_wav, pcma, pcmu, g722)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING",
    )
    .bind(&recording.key)
    .bind(&recording.text)
    .bind(&recording.engine)
    .bind(i64::from(recording.duration_ms))
    .bind(recording.master_wav.as_slice())
    .bind(recording.pcma.as_slice())
    .bind(recording.pcmu.as_slice())
    .bind(recording.g722.as_deref())
    .execute(connection)
    .await
    .doing("save a recording")?;
    Ok(())
}

type Row = (
    String,
    String,
    i64,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Option<Vec<u8>>,
);

fn milliseconds(stored: i64) -> Result<u32> {
    u32::try_from(stored).map_err(|_| unreadable("recordings", "a duration", &stored.to_string()))
}

/// Databases limit the parameters of one statement.
const KEYS_AT_ONCE: usize = 500;
