//! Keys with which a site's programs post; only their hashes are kept.

use bulletin::{SiteSlug, TerritorySlug};

use crate::error::Doing;
use crate::sites::site_slug;
use crate::territories::territory_slug;
use crate::{Result, Store};

impl Store {
    /// Writes a new token.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when its id or hash exists; [`crate::Error::MissingReference`] when its site does
    /// not.
    pub async fn insert_token(&self, token: &NewToken) -> Result<()> {
        sqlx::query("INSERT INTO tokens (id, site, hash, label) VALUES ($1, $2, $3, $4)")
            .bind(&token.id)
            .bind(token.site.as_str())
            .bind(token.hash.as_slice())
            .bind(&token.label)
            .execute(self.writer())
            .await
            .doing("save a token")?;
        Ok(())
    }

    /// The token with this hash, and the territory its site posts in.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_token(&self, hash: [u8; 32]) -> Result<Option<Token>> {
        let row: Option<(String, String, String)> = sqlx::query_as(
            "SELECT tokens.id, tokens.site, sites.territory
             FROM tokens JOIN sites ON sites.slug = tokens.site WHERE tokens.hash = $1",
        )
        .bind(hash.to_vec())
        .fetch_optional(self.readers())
        .await
        .doing("read a token")?;
        row.map(|(id, site, territory)| {
            Ok(Token {
                id,
                site: site_slug("tokens", &site)?,
                territory: territory_slug("sites", &territory)?,
            })
        })
        .transpose()
    }

    /// Takes a token's rights away, at once; an unknown one is already without rights.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn revoke_token(&self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM tokens WHERE id = $1")
            .bind(id)
            .execute(self.writer())
            .await
            .doing("revoke a token")?;
        Ok(())
    }
}

/// A token to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its name in logs and as an author; not secret.
    pub id: String,
    /// The site it posts for.
    pub site: SiteSlug,
    /// SHA-256 of the secret; the secret itself is shown once and never kept.
    pub hash: [u8; 32],
    /// What people call it.
    pub label: String,
}

/// What a presented token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name in logs and as an author.
    pub id: String,
    /// The site it posts for.
    pub site: SiteSlug,
    /// That site's territory.
    pub territory: TerritorySlug,
}
