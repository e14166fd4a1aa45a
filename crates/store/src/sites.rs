//! The sites that post.

use bulletin::{Site, SiteSlug};

use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Result, Store};

impl Store {
    /// Writes a site, replacing an earlier version of it.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when its territory does not exist.
    pub async fn upsert_site(&self, site: &Site) -> Result<()> {
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
        .execute(self.writer())
        .await
        .doing("save a site")?;
        Ok(())
    }

    /// All sites by slug.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn sites(&self) -> Result<Vec<Site>> {
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "SELECT slug, territory, name, spoken_name, commune FROM sites ORDER BY slug",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the sites")?;
        rows.into_iter()
            .map(|(slug, territory, name, spoken_name, commune)| {
                Ok(Site {
                    slug: site_slug("sites", &slug)?,
                    territory: territory_slug("sites", &territory)?,
                    name,
                    spoken_name,
                    commune,
                })
            })
            .collect()
    }
}

/// Reads the slug of a site from a row of `table`.
pub(crate) fn site_slug(table: &'static str, text: &str) -> Result<SiteSlug> {
    SiteSlug::parse(text).map_err(|_| unreadable(table, "a site", text))
}
