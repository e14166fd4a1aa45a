//! Keys with which a site's programs read and post; only their hashes are kept.

use bulletin::{SiteSlug, TerritorySlug};
use jiff::Timestamp;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::error::{Doing, unreadable};
use crate::sites::{site_slug, territory_of};
use crate::store::WriteTo;
use crate::territories::territory_slug;
use crate::{Result, Store, instant};

impl Store {
    /// Writes a new token, and the act of that.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when its id or hash exists; [`crate::Error::MissingReference`] when its site does
    /// not.
    pub async fn insert_token(&self, token: &NewToken, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO tokens (id, site, hash, label, scope, made_at, made_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&token.id)
        .bind(token.site.as_str())
        .bind(token.hash.as_slice())
        .bind(&token.label)
        .bind(token.scope.as_str())
        .bind(instant::encode(by.at))
        .bind(by.who)
        .execute(&mut *transaction)
        .await
        .doing("save a token")?;
        let act = Act {
            territory: territory_of(&mut transaction, &token.site).await?,
            ..Act::new(by, "token.added", format!("token/{}", token.id))
        };
        let after = json!({ "label": token.label, "scope": token.scope.as_str() });
        insert_act(&mut transaction, &act.of_site(&token.site).after(&after)).await?;
        transaction.commit().await.doing("save a token")
    }

    /// The token with this hash, unless it was revoked or its site is closed, and the territory its site posts in.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_token(&self, hash: [u8; 32]) -> Result<Option<Token>> {
        let row: Option<(String, String, String, String, Option<String>)> = sqlx::query_as(
            "SELECT tokens.id, tokens.site, sites.territory, tokens.scope, tokens.used_at
             FROM tokens JOIN sites ON sites.slug = tokens.site
             WHERE tokens.hash = $1 AND tokens.revoked_at IS NULL AND sites.closed_at IS NULL",
        )
        .bind(hash.to_vec())
        .fetch_optional(self.readers())
        .await
        .doing("read a token")?;
        row.map(|(id, site, territory, scope, used_at)| {
            Ok(Token {
                id,
                site: site_slug(TABLE, &site)?,
                territory: territory_slug("sites", &territory)?,
                scope: read_scope(&scope)?,
                used_at: optional(used_at)?,
            })
        })
        .transpose()
    }

    /// Every token that there is or was, by site and id.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn tokens(&self) -> Result<Vec<KeptToken>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, site, label, scope, made_at, made_by, used_at, revoked_at
             FROM tokens ORDER BY site, id",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the tokens")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Writes down that a token was of use, unless a later use is written already.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn note_token_use(&self, id: &str, at: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE tokens SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)",
        )
        .bind(id)
        .bind(instant::encode(at))
        .write_to(self)
        .await
        .doing("note the use of a token")?;
        Ok(())
    }

    /// Takes a token's rights away, at once, and writes the act of that; answers whether it had any.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn revoke_token(&self, id: &str, by: By<'_>) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let revoked: Option<(String, String)> = sqlx::query_as(
            "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING site, label",
        )
        .bind(id)
        .bind(instant::encode(by.at))
        .fetch_optional(&mut *transaction)
        .await
        .doing("revoke a token")?;
        let was_in_use = revoked.is_some();
        if let Some((site, label)) = revoked {
            let site = site_slug(TABLE, &site)?;
            let act = Act {
                territory: territory_of(&mut transaction, &site).await?,
                ..Act::new(by, "token.revoked", format!("token/{id}"))
            };
            let act = act.of_site(&site).before(&json!({ "label": label }));
            insert_act(&mut transaction, &act).await?;
        }
        transaction.commit().await.doing("revoke a token")?;
        Ok(was_in_use)
    }
}

/// What a token lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Follow the site's bulletins and drafts.
    Read,
    /// That, and post.
    Post,
}

impl Scope {
    /// Both, the smaller first.
    pub const ALL: [Self; 2] = [Self::Read, Self::Post];

    /// The word in rows, forms and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Post => "post",
        }
    }

    /// Reads the word that [`Scope::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// A token to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its name in logs and as an author; not secret.
    pub id: String,
    /// The site it acts for.
    pub site: SiteSlug,
    /// SHA-256 of the secret; the secret itself is shown once and never kept.
    pub hash: [u8; 32],
    /// What people call it.
    pub label: String,
    /// What it allows.
    pub scope: Scope,
}

/// What a presented token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name in logs and as an author.
    pub id: String,
    /// The site it acts for.
    pub site: SiteSlug,
    /// That site's territory.
    pub territory: TerritorySlug,
    /// What it allows.
    pub scope: Scope,
    /// Its last use, as far as it was written down.
    pub used_at: Option<Timestamp>,
}

/// A token as a list shows it: everything but its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptToken {
    /// Its name in logs and as an author.
    pub id: String,
    /// The site it acts for.
    pub site: SiteSlug,
    /// What people call it.
    pub label: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was made, if that was written down.
    pub made_at: Option<Timestamp>,
    /// Who made it, likewise.
    pub made_by: Option<String>,
    /// Its last use, as far as it was written down.
    pub used_at: Option<Timestamp>,
    /// Since when it allows nothing.
    pub revoked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    site: String,
    label: String,
    scope: String,
    made_at: Option<String>,
    made_by: Option<String>,
    used_at: Option<String>,
    revoked_at: Option<String>,
}

impl Row {
    fn read(self) -> Result<KeptToken> {
        Ok(KeptToken {
            site: site_slug(TABLE, &self.site)?,
            scope: read_scope(&self.scope)?,
            made_at: optional(self.made_at)?,
            used_at: optional(self.used_at)?,
            revoked_at: optional(self.revoked_at)?,
            id: self.id,
            label: self.label,
            made_by: self.made_by,
        })
    }
}

fn read_scope(text: &str) -> Result<Scope> {
    Scope::parse(text).ok_or_else(|| unreadable(TABLE, "a scope", text))
}

fn optional(column: Option<String>) -> Result<Option<Timestamp>> {
    column.map(|text| instant::parse(TABLE, &text)).transpose()
}

const TABLE: &str = "tokens";
