//! How a site is known on the telephone: a code, and a PIN of which only the hash is kept.

use bulletin::SiteSlug;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::database::Connection;
use crate::error::Doing;
use crate::sites::{site_slug, territory_of};
use crate::{Result, Store};

impl Store {
    /// Writes the code and the hash of the PIN of a site, replacing earlier ones, and the act of that.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when another site has the code; [`crate::Error::MissingReference`] when the site does
    /// not exist.
    pub async fn set_telephone_key(&self, key: &TelephoneKey, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = code_of(&mut transaction, &key.site).await?;
        sqlx::query(
            "INSERT INTO telephone_keys (site, code, pin_hash) VALUES ($1, $2, $3)
             ON CONFLICT (site) DO UPDATE SET code = excluded.code, pin_hash = excluded.pin_hash",
        )
        .bind(key.site.as_str())
        .bind(&key.code)
        .bind(&key.pin_hash)
        .execute(&mut *transaction)
        .await
        .doing("save a telephone key")?;
        let act = Act {
            territory: territory_of(&mut transaction, &key.site).await?,
            before: before.map(|code| told(&code)),
            after: Some(told(&key.code)),
            ..Act::new(by, "telephone.changed", format!("site/{}", key.site))
        };
        insert_act(&mut transaction, &act.of_site(&key.site)).await?;
        transaction.commit().await.doing("save a telephone key")
    }

    /// The site with this code.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_telephone_key(&self, code: &str) -> Result<Option<TelephoneKey>> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT site, pin_hash FROM telephone_keys WHERE code = $1")
                .bind(code)
                .fetch_optional(self.readers())
                .await
                .doing("read a telephone key")?;
        row.map(|(site, pin_hash)| {
            Ok(TelephoneKey {
                site: site_slug("telephone_keys", &site)?,
                code: code.to_owned(),
                pin_hash,
            })
        })
        .transpose()
    }

    /// The code of a site.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn telephone_code(&self, site: &SiteSlug) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT code FROM telephone_keys WHERE site = $1")
            .bind(site.as_str())
            .fetch_optional(self.readers())
            .await
            .doing("read a telephone code")
    }

    /// Lets a site post by telephone no more, and writes the act of that.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn remove_telephone_key(&self, site: &SiteSlug, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let Some(code) = code_of(&mut transaction, site).await? {
            sqlx::query("DELETE FROM telephone_keys WHERE site = $1")
                .bind(site.as_str())
                .execute(&mut *transaction)
                .await
                .doing("remove a telephone key")?;
            let act = Act {
                territory: territory_of(&mut transaction, site).await?,
                before: Some(told(&code)),
                ..Act::new(by, "telephone.removed", format!("site/{site}"))
            };
            insert_act(&mut transaction, &act.of_site(site)).await?;
        }
        transaction.commit().await.doing("remove a telephone key")
    }
}

/// A telephone key as its act tells it: that the PIN is another one is told by the act itself.
fn told(code: &str) -> String {
    json!({ "code": code }).to_string()
}

async fn code_of(connection: &mut Connection, site: &SiteSlug) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT code FROM telephone_keys WHERE site = $1")
        .bind(site.as_str())
        .fetch_optional(connection)
        .await
        .doing("read a telephone code")
}

/// What lets a site post by telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelephoneKey {
    /// The site.
    pub site: SiteSlug,
    /// What it types first; digits.
    pub code: String,
    /// The hash of what it types next (PHC string); never the PIN.
    pub pin_hash: String,
}
