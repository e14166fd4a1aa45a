//! How a site is known on the telephone: a code, and a PIN of which only the hash is kept.

use bulletin::SiteSlug;

use crate::error::Doing;
use crate::sites::site_slug;
use crate::{Result, Store};

impl Store {
    /// Writes the code and the hash of the PIN of a site, replacing earlier ones.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when another site has the code; [`crate::Error::MissingReference`] when the site does
    /// not exist.
    pub async fn set_telephone_key(&self, key: &TelephoneKey) -> Result<()> {
        sqlx::query(
            "INSERT INTO telephone_keys (site, code, pin_hash) VALUES ($1, $2, $3)
             ON CONFLICT (site) DO UPDATE SET code = excluded.code, pin_hash = excluded.pin_hash",
        )
        .bind(key.site.as_str())
        .bind(&key.code)
        .bind(&key.pin_hash)
        .execute(self.writer())
        .await
        .doing("save a telephone key")?;
        Ok(())
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

    /// Lets a site post by telephone no more.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn remove_telephone_key(&self, site: &SiteSlug) -> Result<()> {
        sqlx::query("DELETE FROM telephone_keys WHERE site = $1")
            .bind(site.as_str())
            .execute(self.writer())
            .await
            .doing("remove a telephone key")?;
        Ok(())
    }
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
