//! The pages that explain, of each territory.

use std::collections::HashMap;

use bulletin::{BackgroundPage, PageSlug, TerritorySlug};
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Error, Result, Store};

impl Store {
    /// The pages of each territory that has any, by slug.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn background_pages(&self) -> Result<HashMap<TerritorySlug, Vec<BackgroundPage>>> {
        let rows: Vec<Row> =
            sqlx::query_as(
                "SELECT territory, slug, title, text, title_en, text_en FROM background_pages ORDER BY territory, slug",
            )
                .fetch_all(self.readers())
                .await
                .doing("read the pages that explain")?;
        let mut pages: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            let (territory, page) = row.read()?;
            pages.entry(territory).or_default().push(page);
        }
        Ok(pages)
    }

    /// Writes a page in the place of `before`, or takes it away where there is no `after`, with the act of that.
    ///
    /// - `before`: `None` for a new one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when `before` is not what is kept; [`Error::MissingReference`] when the territory does not
    /// exist.
    pub async fn replace_background_page(
        &self,
        territory: &TerritorySlug,
        before: Option<&BackgroundPage>,
        after: Option<&BackgroundPage>,
        by: By<'_>,
    ) -> Result<()> {
        let Some(named) = after.or(before) else {
            return Ok(());
        };
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let kept: Option<Row> = sqlx::query_as(
            "SELECT territory, slug, title, text, title_en, text_en FROM background_pages
                 WHERE territory = $1 AND slug = $2",
        )
        .bind(territory.as_str())
        .bind(named.slug.as_str())
        .fetch_optional(&mut *transaction)
        .await
        .doing("read a page that explains")?;
        let kept = kept.map(Row::read).transpose()?.map(|(_, kept)| kept);
        if kept.as_ref() != before {
            return Err(Error::Conflict);
        }
        sqlx::query("DELETE FROM background_pages WHERE territory = $1 AND slug = $2")
            .bind(territory.as_str())
            .bind(named.slug.as_str())
            .execute(&mut *transaction)
            .await
            .doing("change a page that explains")?;
        if let Some(page) = after {
            sqlx::query(
                "INSERT INTO background_pages (territory, slug, title, text, title_en, text_en)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(territory.as_str())
            .bind(page.slug.as_str())
            .bind(&page.title)
            .bind(&page.text)
            .bind(&page.title_en)
            .bind(&page.text_en)
            .execute(&mut *transaction)
            .await
            .doing("change a page that explains")?;
        }
        let object = format!("page/{territory}/{}", named.slug);
        let act = Act {
            before: before.map(|page| told(page).to_string()),
            after: after.map(|page| told(page).to_string()),
            ..Act::new(by, "territory.page", object)
        };
        insert_act(&mut transaction, &act.within(territory)).await?;
        transaction
            .commit()
            .await
            .doing("change a page that explains")
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    territory: String,
    slug: String,
    title: String,
    text: String,
    title_en: String,
    text_en: String,
}

impl Row {
    fn read(self) -> Result<(TerritorySlug, BackgroundPage)> {
        let slug =
            PageSlug::parse(&self.slug).map_err(|_| unreadable(TABLE, "a page", &self.slug))?;
        let page = BackgroundPage {
            slug,
            title: self.title,
            text: self.text,
            title_en: self.title_en,
            text_en: self.text_en,
        };
        Ok((territory_slug(TABLE, &self.territory)?, page))
    }
}

/// A page as its act tells it.
fn told(page: &BackgroundPage) -> Value {
    json!({
        "title": page.title,
        "text": page.text,
        "title_en": page.title_en,
        "text_en": page.text_en,
    })
}

const TABLE: &str = "background_pages";
