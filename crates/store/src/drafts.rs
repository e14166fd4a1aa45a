//! What operators dictated and did not publish.

use bulletin::{Event, Kind, SiteSlug};
use jiff::Timestamp;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::error::{Doing, unreadable};
use crate::sites::territory_of;
use crate::store::WriteTo;
use crate::{Result, Store, instant};

impl Store {
    /// Writes a draft; one with the same id is the same dictation and stays.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when the site does not exist.
    pub async fn save_draft(
        &self,
        site: &SiteSlug,
        draft: &KeptDraft,
        wav: Option<&[u8]>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO drafts (id, site, kind, event, at, duration_ms, wav)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&draft.id)
        .bind(site.as_str())
        .bind(draft.kind.as_str())
        .bind(draft.event.as_str())
        .bind(instant::encode(draft.at))
        .bind(i64::from(draft.duration_ms))
        .bind(wav)
        .write_to(self)
        .await
        .doing("save a draft")?;
        Ok(())
    }

    /// The drafts of a site, the newest first, at most a hundred.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn drafts(&self, site: &SiteSlug) -> Result<Vec<KeptDraft>> {
        let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
            "SELECT id, kind, event, at, duration_ms FROM drafts
             WHERE site = $1 ORDER BY at DESC, id LIMIT 100",
        )
        .bind(site.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read the drafts")?;
        rows.into_iter()
            .map(|(id, kind, event, at, duration_ms)| {
                Ok(KeptDraft {
                    id,
                    kind: Kind::parse(&kind)
                        .ok_or_else(|| unreadable("drafts", "a kind", &kind))?,
                    event: Event::parse(&event)
                        .ok_or_else(|| unreadable("drafts", "an event", &event))?,
                    at: instant::parse("drafts", &at)?,
                    duration_ms: u32::try_from(duration_ms).unwrap_or(0),
                })
            })
            .collect()
    }

    /// What was spoken in a draft of this site, as a WAV file; `None` without such a draft, or without words.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn draft_wav(&self, site: &SiteSlug, id: &str) -> Result<Option<Vec<u8>>> {
        let found: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("SELECT wav FROM drafts WHERE site = $1 AND id = $2")
                .bind(site.as_str())
                .bind(id)
                .fetch_optional(self.readers())
                .await
                .doing("read a draft")?;
        Ok(found.flatten())
    }

    /// Deletes a draft of this site, and writes the act of that; answers whether there was one.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn delete_draft(&self, site: &SiteSlug, id: &str, by: By<'_>) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let deleted: Option<(String, String, i64)> = sqlx::query_as(
            "DELETE FROM drafts WHERE site = $1 AND id = $2 RETURNING kind, event, duration_ms",
        )
        .bind(site.as_str())
        .bind(id)
        .fetch_optional(&mut *transaction)
        .await
        .doing("delete a draft")?;
        let is_deleted = deleted.is_some();
        if let Some((kind, event, duration_ms)) = deleted {
            let act = Act {
                territory: territory_of(&mut transaction, site).await?,
                ..Act::new(by, "draft.deleted", format!("draft/{id}"))
            };
            let before = json!({ "kind": kind, "events": [event], "duration_ms": duration_ms });
            insert_act(&mut transaction, &act.of_site(site).before(&before)).await?;
        }
        transaction.commit().await.doing("delete a draft")?;
        Ok(is_deleted)
    }

    /// Deletes what was dictated before an instant; answers how many drafts.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_drafts(&self, before: Timestamp) -> Result<u64> {
        let deleted = sqlx::query("DELETE FROM drafts WHERE at < $1")
            .bind(instant::encode(before))
            .write_to(self)
            .await
            .doing("delete old drafts")?;
        Ok(deleted.rows_affected())
    }
}

/// What an operator chose and spoke, without the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDraft {
    /// Its name in addresses.
    pub id: String,
    /// Why it was to be posted.
    pub kind: Kind,
    /// What happens.
    pub event: Event,
    /// When the call was over.
    pub at: Timestamp,
    /// How long the recording is; 0 without one.
    pub duration_ms: u32,
}
