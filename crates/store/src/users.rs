//! People who sign in to the desk.

use bulletin::SiteSlug;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::error::Doing;
use crate::sites::{site_slug, territory_of};
use crate::{Result, Store};

impl Store {
    /// Writes a new person, and the act of that; the address is kept in small letters.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when the address is taken; [`crate::Error::MissingReference`] when the site does
    /// not exist.
    pub async fn insert_user(&self, user: &NewUser, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO users (email, role, site, password_hash, pin_hash) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(user.email.to_lowercase())
        .bind(&user.role)
        .bind(user.site.as_ref().map(SiteSlug::as_str))
        .bind(&user.password_hash)
        .bind(&user.pin_hash)
        .execute(&mut *transaction)
        .await
        .doing("save a user")?;
        let site = user.site.as_ref();
        let territory = match site {
            Some(site) => territory_of(&mut transaction, site).await?,
            None => None,
        };
        let act = Act {
            territory,
            site: site.cloned(),
            ..Act::new(
                by,
                "user.added",
                format!("user/{}", user.email.to_lowercase()),
            )
        };
        let act = act.after(&json!({ "role": user.role, "site": site.map(SiteSlug::as_str) }));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("save a user")
    }

    /// The person with this address, whatever its letters' case.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_user(&self, email: &str) -> Result<Option<User>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT email, role, site, password_hash, pin_hash FROM users WHERE email = $1",
        )
        .bind(email.to_lowercase())
        .fetch_optional(self.readers())
        .await
        .doing("read a user")?;
        row.map(|(email, role, site, password_hash, pin_hash)| {
            Ok(User {
                email,
                role,
                site: site.map(|slug| site_slug("users", &slug)).transpose()?,
                password_hash,
                pin_hash,
            })
        })
        .transpose()
    }
}

/// Somebody who will sign in to the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Address, also the name at sign-in.
    pub email: String,
    /// What they may do, such as `administrator` or `operator`.
    pub role: String,
    /// The site they post for; none for an administrator.
    pub site: Option<SiteSlug>,
    /// The hash of the password with its parameters (PHC string); never the password.
    pub password_hash: String,
    /// The hash of the telephone PIN, likewise.
    pub pin_hash: Option<String>,
}

/// Somebody who signs in to the desk, as stored.
pub type User = NewUser;

type Row = (String, String, Option<String>, String, Option<String>);
