//! What people have recorded for a site: kept until an entry uses it, or until its day is over.

use bulletin::{RecordingKey, SiteSlug};
use jiff::Timestamp;

use crate::error::Doing;
use crate::{Recording, Result, Store, instant, recordings};

impl Store {
    /// Keeps a person's recording for a site, from `at` on; the same sound again counts from the later instant.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such site.
    pub async fn save_take(
        &self,
        site: &SiteSlug,
        recording: &Recording,
        at: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        recordings::insert(&mut transaction, recording).await?;
        sqlx::query(
            "INSERT INTO takes (site, key, at) VALUES ($1, $2, $3)
             ON CONFLICT (site, key) DO UPDATE SET at = excluded.at",
        )
        .bind(site.as_str())
        .bind(&recording.key)
        .bind(instant::encode(at))
        .execute(&mut *transaction)
        .await
        .doing("save a take")?;
        transaction.commit().await.doing("save a take")
    }

    /// Whether this recording was made for this site, and is still kept.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn has_take(&self, site: &SiteSlug, key: &RecordingKey) -> Result<bool> {
        let kept: Option<i32> =
            sqlx::query_scalar("SELECT 1 FROM takes WHERE site = $1 AND key = $2")
                .bind(site.as_str())
                .bind(key.as_str())
                .fetch_optional(self.readers())
                .await
                .doing("look for a take")?;
        Ok(kept.is_some())
    }

    /// Deletes the takes from before an instant that no entry and no draft of the desk uses, and their sound where nothing else needs it.
    /// Gives their number.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_takes(&self, before: Timestamp) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let keys: Vec<String> = sqlx::query_scalar(
            "DELETE FROM takes WHERE at < $1
             AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.recording = takes.key)
             AND NOT EXISTS (SELECT 1 FROM desk_drafts WHERE desk_drafts.recording = takes.key) RETURNING key",
        )
        .bind(instant::encode(before))
        .fetch_all(&mut *transaction)
        .await
        .doing("delete old takes")?;
        for key in &keys {
            sqlx::query(
                "DELETE FROM recordings WHERE key = $1
                 AND NOT EXISTS (SELECT 1 FROM takes WHERE takes.key = recordings.key)
                 AND NOT EXISTS (SELECT 1 FROM own_words WHERE own_words.recording = recordings.key)
                 AND NOT EXISTS (SELECT 1 FROM speech_links WHERE speech_links.key = recordings.key)",
            )
            .bind(key)
            .execute(&mut *transaction)
            .await
            .doing("delete the sound of old takes")?;
        }
        transaction.commit().await.doing("delete old takes")?;
        Ok(keys.len().try_into().unwrap_or(u64::MAX))
    }
}
