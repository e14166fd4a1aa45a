//! Answers kept so that a request sent twice is carried out once.

use jiff::{SignedDuration, Timestamp};

use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::{Result, Store, instant};

impl Store {
    /// The answer that was given to this token's request with this key, within the last 48 hours of writing.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_once(&self, token_id: &str, key: &str) -> Result<Option<Once>> {
        let row: Option<(Vec<u8>, String)> = sqlx::query_as(
            "SELECT request_hash, response FROM idempotency WHERE token_id = $1 AND key = $2",
        )
        .bind(token_id)
        .bind(key)
        .fetch_optional(self.readers())
        .await
        .doing("read an idempotency key")?;
        row.map(|(hash, response)| {
            Ok(Once {
                token_id: token_id.to_owned(),
                key: key.to_owned(),
                request_hash: hash
                    .try_into()
                    .map_err(|_| unreadable("idempotency", "32 octets", "another length"))?,
                response,
            })
        })
        .transpose()
    }
}

/// The answer to a request that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The token that sent it; keys of different tokens never meet.
    pub token_id: String,
    /// The `Idempotency-Key` of the request.
    pub key: String,
    /// SHA-256 of the request, to tell a repeat from another request under the same key.
    pub request_hash: [u8; 32],
    /// The answer to give again.
    pub response: String,
}

/// Writes the answer in the transaction of what it answers for, and drops those that are too old.
///
/// # Errors
/// [`crate::Error::AlreadyDone`] when the key was used.
pub(crate) async fn insert(connection: &mut Connection, once: &Once, now: Timestamp) -> Result<()> {
    let oldest = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    sqlx::query("DELETE FROM idempotency WHERE at < $1")
        .bind(instant::encode(oldest))
        .execute(&mut *connection)
        .await
        .doing("drop old idempotency keys")?;
    sqlx::query(
        "INSERT INTO idempotency (token_id, key, request_hash, response, at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&once.token_id)
    .bind(&once.key)
    .bind(once.request_hash.as_slice())
    .bind(&once.response)
    .bind(instant::encode(now))
    .execute(&mut *connection)
    .await
    .doing("save an idempotency key")?;
    Ok(())
}

/// How long a repeat is recognised.
const KEPT: SignedDuration = SignedDuration::from_hours(48);
