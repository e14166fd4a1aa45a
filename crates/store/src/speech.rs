//! Which recordings speak for what, and how far the speaking has come.
//!
//! An owner is what is spoken (`bulletin/ID/ENTRY` or `territory/SLUG`), a part is one of its recordings (`today`,
//! `dated`, `body`, `greeting`, `menu` …).

use crate::database::Statement;
use crate::error::Doing;
use crate::store::WriteTo;
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
        .write_to(self)
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

    /// Owner, part and key of every recording of these owners; others that were ever spoken are not looked at.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn speech_of_all(&self, owners: &[String]) -> Result<Vec<(String, String, String)>> {
        let mut links = Vec::new();
        for owners in owners.chunks(OWNERS_AT_ONCE) {
            let mut query = among("SELECT owner, part, key FROM speech_links", owners);
            query.push(", part");
            let found = query.build_query_as().fetch_all(self.readers()).await;
            links.append(&mut found.doing("read links to recordings")?);
        }
        Ok(links)
    }

    /// Forgets the parts of an owner that are not among these: what it said once and says no more.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn keep_speech(&self, owner: &str, parts: &[String]) -> Result<()> {
        let mut query = Statement::new("DELETE FROM speech_links WHERE owner = ");
        query.push_bind(owner);
        if !parts.is_empty() {
            query.push(" AND part NOT IN (");
            query.push_list(parts);
            query.push(")");
        }
        let done = query.build().write_to(self).await;
        done.doing("forget links to recordings")?;
        Ok(())
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
        .write_to(self)
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

    /// Owner, state and detail of these owners; those that were never to be spoken are left out.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn speech_states(&self, owners: &[String]) -> Result<Vec<(String, String, String)>> {
        let mut states = Vec::new();
        for owners in owners.chunks(OWNERS_AT_ONCE) {
            let query = among("SELECT owner, state, detail FROM speech_states", owners);
            let found = query.build_query_as().fetch_all(self.readers()).await;
            states.append(&mut found.doing("read how far the speaking has come")?);
        }
        Ok(states)
    }
}

/// A query of the rows of these owners, in their order.
fn among(select: &str, owners: &[String]) -> Statement {
    let mut query = Statement::new(select);
    query.push(" WHERE owner IN (");
    query.push_list(owners);
    query.push(") ORDER BY owner");
    query
}

/// Databases limit the parameters of one statement.
const OWNERS_AT_ONCE: usize = 500;
