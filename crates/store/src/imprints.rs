//! Who is behind the public pages of each territory.

use std::collections::HashMap;

use bulletin::{Conformance, Imprint, TerritorySlug};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::acts::{Act, By, insert_change};
use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Error, Result, Store};

impl Store {
    /// What was said of each territory; those of which nothing was are left out.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn imprints(&self) -> Result<HashMap<TerritorySlug, Imprint>> {
        let rows: Vec<Row> = sqlx::query_as(SELECT)
            .fetch_all(self.readers())
            .await
            .doing("read the imprints")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Writes what is said of a territory in place of `before`, with the act of that.
    ///
    /// - `before`: what the person has seen, the default where nothing was said.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something else was said meanwhile; [`Error::MissingReference`] when the territory does
    /// not exist.
    pub async fn set_imprint(
        &self,
        territory: &TerritorySlug,
        before: &Imprint,
        after: &Imprint,
        by: By<'_>,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let kept: Option<Row> =
            sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE territory = $1")))
                .bind(territory.as_str())
                .fetch_optional(&mut *transaction)
                .await
                .doing("read an imprint")?;
        let kept = kept.map(Row::read).transpose()?.map(|(_, kept)| kept);
        if kept.clone().unwrap_or_default() != *before {
            return Err(Error::Conflict);
        }
        sqlx::query(
            "INSERT INTO imprints
                 (territory, publisher, address, email, telephone, data_protection,
                  conformance, audit, shortcomings, shortcomings_en, plan)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (territory) DO UPDATE
             SET publisher = excluded.publisher, address = excluded.address, email = excluded.email,
                 telephone = excluded.telephone, data_protection = excluded.data_protection,
                 conformance = excluded.conformance, audit = excluded.audit,
                 shortcomings = excluded.shortcomings, shortcomings_en = excluded.shortcomings_en,
                 plan = excluded.plan",
        )
        .bind(territory.as_str())
        .bind(&after.publisher)
        .bind(&after.address)
        .bind(&after.email)
        .bind(&after.telephone)
        .bind(&after.data_protection)
        .bind(after.conformance.as_str())
        .bind(&after.audit)
        .bind(&after.shortcomings)
        .bind(&after.shortcomings_en)
        .bind(&after.plan)
        .execute(&mut *transaction)
        .await
        .doing("save an imprint")?;
        let object = format!("territory/{territory}");
        let act = Act::new(by, "territory.imprint", object).within(territory);
        let before = kept.as_ref().map(told);
        insert_change(&mut transaction, act, before, told(after)).await?;
        transaction.commit().await.doing("save an imprint")
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    territory: String,
    publisher: String,
    address: String,
    email: String,
    telephone: String,
    data_protection: String,
    conformance: String,
    audit: String,
    shortcomings: String,
    shortcomings_en: String,
    plan: String,
}

impl Row {
    fn read(self) -> Result<(TerritorySlug, Imprint)> {
        let conformance = Conformance::parse(&self.conformance)
            .ok_or_else(|| unreadable(TABLE, "a conformance", &self.conformance))?;
        let imprint = Imprint {
            publisher: self.publisher,
            address: self.address,
            email: self.email,
            telephone: self.telephone,
            data_protection: self.data_protection,
            conformance,
            audit: self.audit,
            shortcomings: self.shortcomings,
            shortcomings_en: self.shortcomings_en,
            plan: self.plan,
        };
        Ok((territory_slug(TABLE, &self.territory)?, imprint))
    }
}

/// An imprint as its act tells it.
fn told(imprint: &Imprint) -> Value {
    json!({
        "publisher": imprint.publisher,
        "address": imprint.address,
        "email": imprint.email,
        "telephone": imprint.telephone,
        "data_protection": imprint.data_protection,
        "conformance": imprint.conformance.as_str(),
        "audit": imprint.audit,
        "shortcomings": imprint.shortcomings,
        "shortcomings_en": imprint.shortcomings_en,
        "plan": imprint.plan,
    })
}

const TABLE: &str = "imprints";
const SELECT: &str =
    "SELECT territory, publisher, address, email, telephone, data_protection, conformance, audit,
    shortcomings, shortcomings_en, plan FROM imprints";
