//! The sites that post.

use bulletin::{Site, SiteSlug, TerritorySlug};
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_change};
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Result, Store};

impl Store {
    /// Writes a site, replacing an earlier version of it, and the act of that if anything is new.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when its territory does not exist.
    pub async fn upsert_site(&self, site: &Site, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let before = told_before(&mut transaction, &site.slug).await?;
        sqlx::query(
            "INSERT INTO sites (slug, territory, name, spoken_name, commune) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (slug) DO UPDATE
             SET territory = excluded.territory, name = excluded.name,
                 spoken_name = excluded.spoken_name, commune = excluded.commune",
        )
        .bind(site.slug.as_str())
        .bind(site.territory.as_str())
        .bind(&site.name)
        .bind(&site.spoken_name)
        .bind(&site.commune)
        .execute(&mut *transaction)
        .await
        .doing("save a site")?;
        let act = Act::new(by, "site.changed", format!("site/{}", site.slug))
            .within(&site.territory)
            .of_site(&site.slug);
        insert_change(&mut transaction, act, before, told(site)).await?;
        transaction.commit().await.doing("save a site")
    }

    /// All sites that take part, by slug; [`Store::registered_sites`] knows those that did, too.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn sites(&self) -> Result<Vec<Site>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT slug, territory, name, spoken_name, commune FROM sites
             WHERE closed_at IS NULL ORDER BY slug",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the sites")?;
        rows.into_iter().map(read).collect()
    }
}

type Row = (String, String, String, String, String);

fn read((slug, territory, name, spoken_name, commune): Row) -> Result<Site> {
    Ok(Site {
        slug: site_slug("sites", &slug)?,
        territory: territory_slug("sites", &territory)?,
        name,
        spoken_name,
        commune,
    })
}

/// A site as its act tells it.
pub(crate) fn told(site: &Site) -> Value {
    json!({
        "territory": site.territory.as_str(),
        "name": site.name,
        "spoken_name": site.spoken_name,
        "commune": site.commune,
    })
}

async fn told_before(connection: &mut Connection, slug: &SiteSlug) -> Result<Option<Value>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT slug, territory, name, spoken_name, commune FROM sites WHERE slug = $1",
    )
    .bind(slug.as_str())
    .fetch_optional(connection)
    .await
    .doing("read a site")?;
    Ok(row.map(read).transpose()?.as_ref().map(told))
}

/// The territory of a site, for the act of something that is the site's.
pub(crate) async fn territory_of(
    connection: &mut Connection,
    site: &SiteSlug,
) -> Result<Option<TerritorySlug>> {
    let slug: Option<String> = sqlx::query_scalar("SELECT territory FROM sites WHERE slug = $1")
        .bind(site.as_str())
        .fetch_optional(connection)
        .await
        .doing("read the territory of a site")?;
    slug.map(|slug| territory_slug("sites", &slug)).transpose()
}

/// Reads the slug of a site from a row of `table`.
pub(crate) fn site_slug(table: &'static str, text: &str) -> Result<SiteSlug> {
    SiteSlug::parse(text).map_err(|_| unreadable(table, "a site", text))
}
