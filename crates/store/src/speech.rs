//! Which recordings speak for what, and how far the speaking has come.
//!
//! An owner is what is spoken (`bulletin/ID/ENTRY` or `territory/SLUG`), a part is one of its recordings (`today`,
//! `dated`, `body`, `greeting`, `menu`).

use crate::error::Doing;
use crate::{Result, Store};

impl Store {
    /// Says that this part of this owner sounds like the recording `key`, whatever it sounded like before.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when the recording does not exist.
    pub async fn link_speech(&self, owner: &str, part: &str, key: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO speech_links (owner, part, key) VALUES ($1, $2, $3)
             ON CONFLICT (owner, part) DO UPDATE SET key = excluded.key",
        )
        .bind(owner)
        .bind(part)
        .bind(key)
        .execute(self.writer())
        .await
        .doing("link a recording")?;
        Ok(())
    }

    /// Part and key of every recording of one owner, by part.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn speech_of(&self, owner: &str) -> Result<Vec<(String, String)>> {
        sqlx::query_as("SELECT part, key FROM speech_links WHERE owner = $1 ORDER BY part")
            .bind(owner)
            .fetch_all(self.readers())
            .await
            .doing("read the recordings of one owner")
    }

    /// Owner, part and key of every link, by owner and part.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn all_speech(&self) -> Result<Vec<(String, String, String)>> {
        sqlx::query_as("SELECT owner, part, key FROM speech_links ORDER BY owner, part")
            .fetch_all(self.readers())
            .await
            .doing("read all links to recordings")
    }

    /// Says how far the speaking of this owner has come: `queued`, `ready` or `failed`, and why.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn set_speech_state(&self, owner: &str, state: &str, detail: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO speech_states (owner, state, detail) VALUES ($1, $2, $3)
             ON CONFLICT (owner) DO UPDATE SET state = excluded.state, detail = excluded.detail",
        )
        .bind(owner)
        .bind(state)
        .bind(detail)
        .execute(self.writer())
        .await
        .doing("save how far the speaking has come")?;
        Ok(())
    }

    /// State and detail of one owner, if it was ever to be spoken.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn speech_state_of(&self, owner: &str) -> Result<Option<(String, String)>> {
        sqlx::query_as("SELECT state, detail FROM speech_states WHERE owner = $1")
            .bind(owner)
            .fetch_optional(self.readers())
            .await
            .doing("read how far the speaking of one owner has come")
    }

    /// Owner, state and detail of everything that was ever to be spoken, by owner.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn speech_states(&self) -> Result<Vec<(String, String, String)>> {
        sqlx::query_as("SELECT owner, state, detail FROM speech_states ORDER BY owner")
            .fetch_all(self.readers())
            .await
            .doing("read how far the speaking has come")
    }
}
