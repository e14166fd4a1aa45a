//! Where the sites stand.

use std::collections::HashMap;

use bulletin::{Coordinates, Site, SiteSlug};
use serde_json::json;

use crate::acts::{Act, By, insert_change};
use crate::error::{Doing, unreadable};
use crate::sites::site_slug;
use crate::{Result, Store};

impl Store {
    /// The place of each site of which it is known.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn site_places(&self) -> Result<HashMap<SiteSlug, Coordinates>> {
        let rows: Vec<Row> = sqlx::query_as("SELECT site, latitude, longitude FROM site_places")
            .fetch_all(self.readers())
            .await
            .doing("read the places of sites")?;
        rows.into_iter().map(read).collect()
    }

    /// Writes where a site stands, or forgets it, with the act of that if anything is new.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when the site does not exist.
    pub async fn set_site_place(
        &self,
        site: &Site,
        place: Option<Coordinates>,
        by: By<'_>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        let kept: Option<Row> =
            sqlx::query_as("SELECT site, latitude, longitude FROM site_places WHERE site = $1")
                .bind(site.slug.as_str())
                .fetch_optional(&mut *transaction)
                .await
                .doing("read the place of a site")?;
        let kept = kept.map(read).transpose()?.map(|(_, kept)| kept);
        sqlx::query("DELETE FROM site_places WHERE site = $1")
            .bind(site.slug.as_str())
            .execute(&mut *transaction)
            .await
            .doing("save the place of a site")?;
        if let Some(place) = place {
            let (latitude, longitude) = place.hundred_thousandths();
            sqlx::query("INSERT INTO site_places (site, latitude, longitude) VALUES ($1, $2, $3)")
                .bind(site.slug.as_str())
                .bind(latitude)
                .bind(longitude)
                .execute(&mut *transaction)
                .await
                .doing("save the place of a site")?;
        }
        let told = |place: Option<Coordinates>| json!({ "place": place.map(|it| it.to_string()) });
        let act = Act::new(by, "site.placed", format!("site/{}", site.slug))
            .within(&site.territory)
            .of_site(&site.slug);
        insert_change(&mut transaction, act, Some(told(kept)), told(place)).await?;
        transaction.commit().await.doing("save the place of a site")
    }
}

type Row = (String, i32, i32);

fn read((site, latitude, longitude): Row) -> Result<(SiteSlug, Coordinates)> {
    let place = Coordinates::from_hundred_thousandths(latitude, longitude)
        .map_err(|_| unreadable(TABLE, "a place", &format!("{latitude}, {longitude}")))?;
    Ok((site_slug(TABLE, &site)?, place))
}

const TABLE: &str = "site_places";
