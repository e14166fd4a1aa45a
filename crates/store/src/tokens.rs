//! Keys with which a site's programs post; only their hashes are kept.

use bulletin::{SiteSlug, TerritorySlug};
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::error::Doing;
use crate::sites::{site_slug, territory_of};
use crate::territories::territory_slug;
use crate::{Result, Store};

impl Store {
    /// Writes a new token, and the act of that.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when its id or hash exists; [`crate::Error::MissingReference`] when its site does
    /// not.
    pub async fn insert_token(&self, token: &NewToken, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("INSERT INTO tokens (id, site, hash, label) VALUES ($1, $2, $3, $4)")
            .bind(&token.id)
            .bind(token.site.as_str())
            .bind(token.hash.as_slice())
            .bind(&token.label)
            .execute(&mut *transaction)
            .await
            .doing("save a token")?;
        let act = Act {
            territory: territory_of(&mut transaction, &token.site).await?,
            ..Act::new(by, "token.added", format!("token/{}", token.id))
        };
        let act = act
            .of_site(&token.site)
            .after(&json!({ "label": token.label }));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("save a token")
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

    /// Takes a token's rights away, at once, and writes the act of that; an unknown one is already without rights.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn revoke_token(&self, id: &str, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let revoked: Option<(String, String)> =
            sqlx::query_as("DELETE FROM tokens WHERE id = $1 RETURNING site, label")
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await
                .doing("revoke a token")?;
        if let Some((site, label)) = revoked {
            let site = site_slug("tokens", &site)?;
            let act = Act {
                territory: territory_of(&mut transaction, &site).await?,
                ..Act::new(by, "token.revoked", format!("token/{id}"))
            };
            let act = act.of_site(&site).before(&json!({ "label": label }));
            insert_act(&mut transaction, &act).await?;
        }
        transaction.commit().await.doing("revoke a token")
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
