//! The second factor of people: the codes of their authenticator, and what replaces one when it is lost.

use jiff::Timestamp;
use serde_json::json;

use crate::acts::By;
use crate::error::Doing;
use crate::store::WriteTo;
use crate::{Result, Store, users};

impl Store {
    /// Notes that the code of an interval was used; answers `false`, and nothing is changed, when that code or a later
    /// one was used before.
    ///
    /// - `step`: intervals of 30 s since 1970 (RFC 6238 § 4.2).
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn use_totp(&self, email: &str, step: i64) -> Result<bool> {
        let used =
            sqlx::query("UPDATE users SET totp_step = $2 WHERE email = $1 AND totp_step < $2")
                .bind(email.to_lowercase())
                .bind(step)
                .write_to(self)
                .await
                .doing("use a code")?;
        Ok(used.rows_affected() > 0)
    }

    /// Uses a recovery code up, and writes the act of that; answers whether it was one.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn use_recovery_code(
        &self,
        email: &str,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let used = sqlx::query("DELETE FROM recovery_codes WHERE email = $1 AND hash = $2")
            .bind(email.to_lowercase())
            .bind(hash.to_vec())
            .execute(&mut *transaction)
            .await
            .doing("use a recovery code")?;
        if used.rows_affected() == 0 {
            return Ok(false);
        }
        let by = By {
            who: email,
            at: now,
        };
        let what = "user.recovery-code-used";
        users::insert_act_of(&mut transaction, by, what, email, None).await?;
        transaction.commit().await.doing("use a recovery code")?;
        Ok(true)
    }

    /// How many recovery codes a person has left.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn recovery_codes_left(&self, email: &str) -> Result<i64> {
        sqlx::query_scalar("SELECT COUNT(*) FROM recovery_codes WHERE email = $1")
            .bind(email.to_lowercase())
            .fetch_one(self.readers())
            .await
            .doing("count the recovery codes")
    }

    /// Gives a person a second factor, whose code of `step` is used, and the recovery codes that go with it.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such person.
    pub async fn enrol(
        &self,
        email: &str,
        secret: &[u8],
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE users SET totp_secret = $2, totp_step = $3 WHERE email = $1")
            .bind(email.to_lowercase())
            .bind(secret)
            .bind(step)
            .execute(&mut *transaction)
            .await
            .doing("save a second factor")?;
        replace_codes(&mut transaction, email, recovery).await?;
        let by = By {
            who: email,
            at: now,
        };
        let what = "user.second-factor-chosen";
        users::insert_act_of(&mut transaction, by, what, email, None).await?;
        transaction.commit().await.doing("save a second factor")
    }

    /// Gives a person other recovery codes in place of those of before.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such person.
    pub async fn replace_recovery_codes(
        &self,
        email: &str,
        recovery: &[[u8; 32]],
        by: By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        replace_codes(&mut transaction, email, recovery).await?;
        let after = json!({ "codes": recovery.len() });
        let what = "user.recovery-codes-drawn";
        users::insert_act_of(&mut transaction, by, what, email, Some(&after)).await?;
        transaction.commit().await.doing("save recovery codes")
    }

    /// Takes a person's second factor and its recovery codes away: they choose another at their next signing-in.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn remove_second_factor(&self, email: &str, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("UPDATE users SET totp_secret = NULL WHERE email = $1")
            .bind(email.to_lowercase())
            .execute(&mut *transaction)
            .await
            .doing("remove a second factor")?;
        replace_codes(&mut transaction, email, &[]).await?;
        let what = "user.second-factor-removed";
        users::insert_act_of(&mut transaction, by, what, email, None).await?;
        transaction.commit().await.doing("remove a second factor")
    }
}

async fn replace_codes(
    connection: &mut crate::database::Connection,
    email: &str,
    codes: &[[u8; 32]],
) -> Result<()> {
    sqlx::query("DELETE FROM recovery_codes WHERE email = $1")
        .bind(email.to_lowercase())
        .execute(&mut *connection)
        .await
        .doing("replace the recovery codes")?;
    for code in codes {
        sqlx::query("INSERT INTO recovery_codes (email, hash) VALUES ($1, $2)")
            .bind(email.to_lowercase())
            .bind(code.as_slice())
            .execute(&mut *connection)
            .await
            .doing("save recovery codes")?;
    }
    Ok(())
}
