//! Who is signed in, in which browser, until when.

use jiff::{SignedDuration, Timestamp};

use serde_json::json;

use crate::acts::By;
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::users::{self, User};
use crate::{Result, Store, instant};

impl Store {
    /// Writes a new login, and the act of that once it is open.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such person.
    pub async fn open_login(&self, login: &NewLogin) -> Result<()> {
        let mut transaction = self.begin().await?;
        insert(&mut transaction, login).await?;
        transaction.commit().await.doing("open a login")
    }

    /// Replaces a login that has shown a password by one that has shown the second factor too: the cookie of before
    /// opens nothing.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such person.
    pub async fn replace_login(&self, id: &str, login: &NewLogin) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM logins WHERE id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await
            .doing("replace a login")?;
        insert(&mut transaction, login).await?;
        transaction.commit().await.doing("replace a login")
    }

    /// The login of this cookie, over or not, and whose it is.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_login(&self, hash: [u8; 32]) -> Result<Option<(LoginRow, User)>> {
        let mut reading = self.begin_reading().await?;
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, email, stage, opened_at, seen_at, ends_at, place, browser, totp_proposed
             FROM logins WHERE hash = $1",
        )
        .bind(hash.to_vec())
        .fetch_optional(&mut *reading)
        .await
        .doing("read a login")?;
        let Some(row) = row.map(Row::read).transpose()? else {
            return Ok(None);
        };
        let user = users::find(&mut reading, &row.email).await?;
        Ok(user.map(|user| (row, user)))
    }

    /// Writes that a login was used at an instant.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn touch_login(&self, id: &str, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE logins SET seen_at = $2 WHERE id = $1")
            .bind(id)
            .bind(instant::encode(now))
            .write_to(self)
            .await
            .doing("prolong a login")?;
        Ok(())
    }

    /// The logins of a person that have shown both factors, the latest first.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn logins(&self, email: &str) -> Result<Vec<LoginRow>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, email, stage, opened_at, seen_at, ends_at, place, browser, totp_proposed
             FROM logins WHERE email = $1 AND stage = 'open' ORDER BY opened_at DESC, id",
        )
        .bind(email.to_lowercase())
        .fetch_all(self.readers())
        .await
        .doing("read the logins")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Ends one login of a person, and writes the act of that; answers whether there was one.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn end_login(&self, email: &str, id: &str, by: By<'_>) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let ended = sqlx::query("DELETE FROM logins WHERE email = $1 AND id = $2")
            .bind(email.to_lowercase())
            .bind(id)
            .execute(&mut *transaction)
            .await
            .doing("end a login")?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        let after = json!({ "login": id });
        users::insert_act_of(&mut transaction, by, "login.ended", email, Some(&after)).await?;
        transaction.commit().await.doing("end a login")?;
        Ok(true)
    }

    /// Ends every login of a person, but one if it is named, and writes the act of that; answers how many.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn end_logins(&self, email: &str, but: Option<&str>, by: By<'_>) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let ended = sqlx::query("DELETE FROM logins WHERE email = $1 AND id <> $2")
            .bind(email.to_lowercase())
            .bind(but.unwrap_or_default())
            .execute(&mut *transaction)
            .await
            .doing("end the logins of a user")?
            .rows_affected();
        let after = json!({ "logins": ended });
        users::insert_act_of(&mut transaction, by, "login.ended", email, Some(&after)).await?;
        transaction
            .commit()
            .await
            .doing("end the logins of a user")?;
        Ok(ended)
    }

    /// Deletes the logins and the links whose time was over before an instant; answers how many.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_logins(&self, before: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        for statement in [
            "DELETE FROM logins WHERE ends_at < $1",
            "DELETE FROM links WHERE expires_at < $1",
        ] {
            let some = sqlx::query(statement)
                .bind(instant::encode(before))
                .write_to(self)
                .await
                .doing("delete old logins")?;
            deleted += some.rows_affected();
        }
        Ok(deleted)
    }
}

/// How far somebody has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; nothing but the second factor may be shown.
    Password,
    /// Both were right: the desk is open.
    Open,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Open => "open",
        }
    }
}

/// A login to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLogin {
    /// Its name in addresses; not secret.
    pub id: String,
    /// SHA-256 of the secret in the cookie.
    pub hash: [u8; 32],
    /// Whose.
    pub email: String,
    /// How far they have come.
    pub stage: Stage,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it ends whatever they do.
    pub ends_at: Timestamp,
    /// From where, shortened: a network and not a machine.
    pub place: String,
    /// With what, in a few words.
    pub browser: String,
    /// A secret shown to one who has no second factor yet, to be proven by a code.
    pub totp_proposed: Option<Vec<u8>>,
}

/// A login as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// Its name in addresses; not secret.
    pub id: String,
    /// Whose.
    pub email: String,
    /// How far they have come.
    pub stage: Stage,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends whatever they do.
    pub ends_at: Timestamp,
    /// From where, shortened.
    pub place: String,
    /// With what, in a few words.
    pub browser: String,
    /// As [`NewLogin::totp_proposed`].
    pub totp_proposed: Option<Vec<u8>>,
}

impl LoginRow {
    /// The first instant at which it is over, if it is not used again before.
    pub fn over_at(&self, idle: SignedDuration) -> Timestamp {
        let idle = self.seen_at.saturating_add(idle);
        idle.unwrap_or(self.ends_at).min(self.ends_at)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    email: String,
    stage: String,
    opened_at: String,
    seen_at: String,
    ends_at: String,
    place: String,
    browser: String,
    totp_proposed: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<LoginRow> {
        let stages = [Stage::Password, Stage::Open];
        let stage = stages.into_iter().find(|one| one.as_str() == self.stage);
        Ok(LoginRow {
            stage: stage.ok_or_else(|| unreadable(TABLE, "a stage", &self.stage))?,
            opened_at: instant::parse(TABLE, &self.opened_at)?,
            seen_at: instant::parse(TABLE, &self.seen_at)?,
            ends_at: instant::parse(TABLE, &self.ends_at)?,
            id: self.id,
            email: self.email,
            place: self.place,
            browser: self.browser,
            totp_proposed: self.totp_proposed,
        })
    }
}

async fn insert(connection: &mut Connection, login: &NewLogin) -> Result<()> {
    sqlx::query(
        "INSERT INTO logins (id, hash, email, stage, opened_at, seen_at, ends_at, place, browser, totp_proposed)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)",
    )
    .bind(&login.id)
    .bind(login.hash.as_slice())
    .bind(login.email.to_lowercase())
    .bind(login.stage.as_str())
    .bind(instant::encode(login.opened_at))
    .bind(instant::encode(login.ends_at))
    .bind(&login.place)
    .bind(&login.browser)
    .bind(&login.totp_proposed)
    .execute(&mut *connection)
    .await
    .doing("open a login")?;
    if login.stage == Stage::Password {
        return Ok(());
    }
    let by = By {
        who: &login.email,
        at: login.opened_at,
    };
    let after = json!({ "login": login.id, "place": login.place, "browser": login.browser });
    users::insert_act_of(connection, by, "login.opened", &login.email, Some(&after)).await
}

const TABLE: &str = "logins";
