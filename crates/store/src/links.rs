//! Links by which a person chooses a password: each works once, and until its hour.

use jiff::Timestamp;

use crate::acts::By;
use crate::error::{Doing, unreadable};
use crate::{Result, Store, instant, users};

impl Store {
    /// Writes a link, and the act of that; those that the person had before open nothing any more.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such person.
    pub async fn insert_link(&self, link: &NewLink, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM links WHERE email = $1")
            .bind(link.email.to_lowercase())
            .execute(&mut *transaction)
            .await
            .doing("replace a link")?;
        sqlx::query("INSERT INTO links (hash, email, purpose, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(link.hash.as_slice())
            .bind(link.email.to_lowercase())
            .bind(link.purpose.as_str())
            .bind(instant::encode(link.expires_at))
            .execute(&mut *transaction)
            .await
            .doing("save a link")?;
        users::insert_act_of(&mut transaction, by, link.purpose.act(), &link.email, None).await?;
        transaction.commit().await.doing("save a link")
    }

    /// Whose link this is and what for; `None` for one that never was, was used, or is too old.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_link(
        &self,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(String, Purpose)>> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT email, purpose FROM links WHERE hash = $1 AND expires_at > $2")
                .bind(hash.to_vec())
                .bind(instant::encode(now))
                .fetch_optional(self.readers())
                .await
                .doing("read a link")?;
        row.map(|(email, purpose)| Ok((email, Purpose::parse(&purpose)?)))
            .transpose()
    }

    /// Uses a link up: its person has this password, and none of the logins of before. Gives whose it was; `None`,
    /// and nothing is changed, for a link that opens nothing.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn use_link(
        &self,
        hash: [u8; 32],
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let mut transaction = self.begin().await?;
        let email: Option<String> = sqlx::query_scalar(
            "DELETE FROM links WHERE hash = $1 AND expires_at > $2 RETURNING email",
        )
        .bind(hash.to_vec())
        .bind(instant::encode(now))
        .fetch_optional(&mut *transaction)
        .await
        .doing("use a link")?;
        let Some(email) = email else {
            return Ok(None);
        };
        sqlx::query("UPDATE users SET password_hash = $2 WHERE email = $1")
            .bind(&email)
            .bind(password_hash)
            .execute(&mut *transaction)
            .await
            .doing("save a password")?;
        sqlx::query("DELETE FROM logins WHERE email = $1")
            .bind(&email)
            .execute(&mut *transaction)
            .await
            .doing("end the logins of a user")?;
        let by = By {
            who: &email,
            at: now,
        };
        users::insert_act_of(&mut transaction, by, "user.password-chosen", &email, None).await?;
        transaction.commit().await.doing("use a link")?;
        Ok(Some(email))
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The first password.
    Invitation,
    /// Another password, in place of one that was forgotten.
    Reset,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    fn act(self) -> &'static str {
        match self {
            Self::Invitation => "user.invited",
            Self::Reset => "user.reset",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        let all = [Self::Invitation, Self::Reset];
        let known = all.into_iter().find(|one| one.as_str() == word);
        known.ok_or_else(|| unreadable("links", "a purpose", word))
    }
}

/// A link to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// SHA-256 of the secret in the link.
    pub hash: [u8; 32],
    /// Whose.
    pub email: String,
    /// What for.
    pub purpose: Purpose,
    /// The first instant at which it opens nothing.
    pub expires_at: Timestamp,
}
