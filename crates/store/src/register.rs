//! The register: which territories and sites take part, changed only by who has seen what they were.
//!
//! Every function here writes its change, the act that tells of it and the jobs that follow in one transaction. One
//! that is given what the row was fails with [`Error::Conflict`] when it is something else meanwhile: nobody
//! overwrites what they have not seen.

use std::collections::BTreeSet;

use bulletin::{Site, SiteSlug, Territory, TerritorySlug};
use jiff::Timestamp;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::database::Connection;
use crate::error::Doing;
use crate::sites::site_slug;
use crate::territories::{self, territory_slug};
use crate::{Error, NewJob, Result, Store, instant, jobs, sites};

impl Store {
    /// All sites by slug, those that are closed too.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn registered_sites(&self) -> Result<Vec<RegisteredSite>> {
        let rows: Vec<RegisteredRow> = sqlx::query_as(
            "SELECT slug, territory, name, spoken_name, commune, closed_at FROM sites ORDER BY slug",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the register of sites")?;
        rows.into_iter().map(RegisteredRow::read).collect()
    }

    /// Writes a new site.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the slug is taken, by a closed site too; [`Error::MissingReference`] when its
    /// territory does not exist.
    pub async fn add_site(&self, site: &Site, jobs: &[NewJob], by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO sites (slug, territory, name, spoken_name, commune) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(site.slug.as_str())
        .bind(site.territory.as_str())
        .bind(&site.name)
        .bind(&site.spoken_name)
        .bind(&site.commune)
        .execute(&mut *transaction)
        .await
        .doing("add a site")?;
        let act = act_of(by, "site.added", site).after(&sites::told(site));
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("add a site")
    }

    /// Writes what an open site is called and where it stands, in place of `before`; its territory stays.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the site is not as `before` says, or closed.
    pub async fn replace_site(
        &self,
        before: &Site,
        after: &Site,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE sites SET name = $2, spoken_name = $3, commune = $4
             WHERE slug = $1 AND territory = $5 AND name = $6 AND spoken_name = $7 AND commune = $8
                   AND closed_at IS NULL",
        )
        .bind(before.slug.as_str())
        .bind(&after.name)
        .bind(&after.spoken_name)
        .bind(&after.commune)
        .bind(before.territory.as_str())
        .bind(&before.name)
        .bind(&before.spoken_name)
        .bind(&before.commune)
        .execute(&mut *transaction)
        .await
        .doing("change a site")?;
        if changed.rows_affected() == 0 {
            return Err(Error::Conflict);
        }
        let act = act_of(by, "site.changed", before)
            .before(&sites::told(before))
            .after(&sites::told(after));
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("change a site")
    }

    /// Closes a site: it posts no more, by no way, and is no member; what it posted stays. Its telephone key goes.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is closed already or does not exist.
    pub async fn close_site(&self, site: &Site, jobs: &[NewJob], by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let at = Some(instant::encode(by.at));
        set_closed(&mut transaction, &site.slug, at).await?;
        sqlx::query("DELETE FROM telephone_keys WHERE site = $1")
            .bind(site.slug.as_str())
            .execute(&mut *transaction)
            .await
            .doing("close a site")?;
        let act = act_of(by, "site.closed", site).before(&sites::told(site));
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("close a site")
    }

    /// Opens a closed site again, as it was; it posts by telephone with a new PIN only.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is open or does not exist.
    pub async fn reopen_site(&self, site: &Site, jobs: &[NewJob], by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        set_closed(&mut transaction, &site.slug, None).await?;
        let act = act_of(by, "site.reopened", site).after(&sites::told(site));
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("open a site again")
    }

    /// The territories to learn in: on no line and on no public page.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn training_territories(&self) -> Result<BTreeSet<TerritorySlug>> {
        let slugs: Vec<String> = sqlx::query_scalar("SELECT slug FROM territories WHERE training")
            .fetch_all(self.readers())
            .await
            .doing("read the territories to learn in")?;
        slugs
            .iter()
            .map(|slug| territory_slug("territories", slug))
            .collect()
    }

    /// Writes a new territory. Whether it is one to learn in is decided here and never again: what was posted for
    /// learners must never come on a line.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the slug or a number is taken; [`Error::NamelessZone`]; [`Error::TrainingNumber`] for
    /// a territory to learn in with a number.
    pub async fn add_territory(
        &self,
        territory: &Territory,
        training: bool,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO territories (slug, name, spoken_name, zone, training) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(territory.slug.as_str())
        .bind(&territory.name)
        .bind(&territory.spoken_name)
        .bind(territories::zone_name(territory)?)
        .bind(training)
        .execute(&mut *transaction)
        .await
        .doing("add a territory")?;
        territories::replace_numbers(&mut transaction, territory).await?;
        let mut told = territories::told_of(territory)?;
        told["training"] = json!(training);
        let act = act_about(by, "territory.added", &territory.slug).after(&told);
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("add a territory")
    }

    /// Writes the names and exactly the numbers of a territory, in place of `before`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the territory is not as `before` says, or a number leads to another one;
    /// [`Error::NamelessZone`]; [`Error::TrainingNumber`] for a territory to learn in with a number.
    pub async fn replace_territory(
        &self,
        before: &Territory,
        after: &Territory,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let kept = territories::told_before(&mut transaction, before.slug.as_str()).await?;
        if kept != Some(territories::told_of(before)?) {
            return Err(Error::Conflict);
        }
        sqlx::query(
            "UPDATE territories SET name = $2, spoken_name = $3, zone = $4 WHERE slug = $1",
        )
        .bind(before.slug.as_str())
        .bind(&after.name)
        .bind(&after.spoken_name)
        .bind(territories::zone_name(after)?)
        .execute(&mut *transaction)
        .await
        .doing("change a territory")?;
        territories::replace_numbers(&mut transaction, after).await?;
        let act = act_about(by, "territory.changed", &before.slug)
            .before(&territories::told_of(before)?)
            .after(&territories::told_of(after)?);
        insert_act(&mut transaction, &act).await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction.commit().await.doing("change a territory")
    }
}

/// A site, and whether it still takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredSite {
    /// The site.
    pub site: Site,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
}

impl RegisteredSite {
    /// Whether it takes part.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

#[derive(sqlx::FromRow)]
struct RegisteredRow {
    slug: String,
    territory: String,
    name: String,
    spoken_name: String,
    commune: String,
    closed_at: Option<String>,
}

impl RegisteredRow {
    fn read(self) -> Result<RegisteredSite> {
        let closed_at = self.closed_at.map(|at| instant::parse("sites", &at));
        Ok(RegisteredSite {
            site: Site {
                slug: site_slug("sites", &self.slug)?,
                territory: territory_slug("sites", &self.territory)?,
                name: self.name,
                spoken_name: self.spoken_name,
                commune: self.commune,
            },
            closed_at: closed_at.transpose()?,
        })
    }
}

/// Closes or opens a site that is the other way.
async fn set_closed(
    connection: &mut Connection,
    slug: &SiteSlug,
    closed_at: Option<String>,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE sites SET closed_at = $2
         WHERE slug = $1 AND (closed_at IS NULL) = ($2 IS NOT NULL)",
    )
    .bind(slug.as_str())
    .bind(closed_at)
    .execute(connection)
    .await
    .doing("close or open a site")?;
    if changed.rows_affected() == 0 {
        return Err(Error::Conflict);
    }
    Ok(())
}

fn act_of(by: By<'_>, what: &str, site: &Site) -> Act {
    let act = Act::new(by, what, format!("site/{}", site.slug));
    act.within(&site.territory).of_site(&site.slug)
}

fn act_about(by: By<'_>, what: &str, territory: &TerritorySlug) -> Act {
    Act::new(by, what, format!("territory/{territory}")).within(territory)
}
