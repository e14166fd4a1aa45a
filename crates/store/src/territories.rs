//! Territories and the numbers that lead to them.

use bulletin::{DialledNumber, Territory, TerritorySlug};
use jiff::tz::TimeZone;

use crate::error::{Doing, unreadable};
use crate::sqlite::Connection;
use crate::{Error, Result, Store};

impl Store {
    /// Writes a territory and exactly its numbers, replacing an earlier version of both.
    ///
    /// # Errors
    /// [`Error::NamelessZone`]; [`Error::Conflict`] when a number leads to another territory.
    pub async fn upsert_territory(&self, territory: &Territory) -> Result<()> {
        let zone = territory
            .zone
            .iana_name()
            .ok_or_else(|| Error::NamelessZone {
                territory: territory.slug.to_string(),
            })?;
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO territories (slug, name, spoken_name, zone) VALUES ($1, $2, $3, $4)
             ON CONFLICT (slug) DO UPDATE
             SET name = excluded.name, spoken_name = excluded.spoken_name, zone = excluded.zone",
        )
        .bind(territory.slug.as_str())
        .bind(&territory.name)
        .bind(&territory.spoken_name)
        .bind(zone)
        .execute(&mut *transaction)
        .await
        .doing("save a territory")?;
        replace_numbers(&mut transaction, territory).await?;
        transaction.commit().await.doing("save a territory")
    }

    /// All territories by slug, each with its numbers in the order they were given.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn territories(&self) -> Result<Vec<Territory>> {
        let mut reading = self.begin_reading().await?;
        let rows: Vec<(String, String, String, String)> =
            sqlx::query_as("SELECT slug, name, spoken_name, zone FROM territories ORDER BY slug")
                .fetch_all(&mut *reading)
                .await
                .doing("read the territories")?;
        let numbers: Vec<(String, String)> =
            sqlx::query_as("SELECT territory, number FROM dialled_numbers ORDER BY place")
                .fetch_all(&mut *reading)
                .await
                .doing("read the dialled numbers")?;
        rows.into_iter()
            .map(|(slug, name, spoken_name, zone)| {
                Ok(Territory {
                    numbers: numbers_of(&slug, &numbers)?,
                    slug: territory_slug("territories", &slug)?,
                    name,
                    spoken_name,
                    zone: TimeZone::get(&zone)
                        .map_err(|_| unreadable("territories", "a time zone", &zone))?,
                })
            })
            .collect()
    }
}

/// Reads the slug of a territory from a row of `table`.
pub(crate) fn territory_slug(table: &'static str, text: &str) -> Result<TerritorySlug> {
    TerritorySlug::parse(text).map_err(|_| unreadable(table, "a territory", text))
}

async fn replace_numbers(connection: &mut Connection, territory: &Territory) -> Result<()> {
    sqlx::query("DELETE FROM dialled_numbers WHERE territory = $1")
        .bind(territory.slug.as_str())
        .execute(&mut *connection)
        .await
        .doing("replace the dialled numbers")?;
    for (place, number) in (0_i64..).zip(&territory.numbers) {
        sqlx::query("INSERT INTO dialled_numbers (number, territory, place) VALUES ($1, $2, $3)")
            .bind(number.as_str())
            .bind(territory.slug.as_str())
            .bind(place)
            .execute(&mut *connection)
            .await
            .doing("replace the dialled numbers")?;
    }
    Ok(())
}

fn numbers_of(slug: &str, numbers: &[(String, String)]) -> Result<Vec<DialledNumber>> {
    numbers
        .iter()
        .filter(|(territory, _)| territory == slug)
        .map(|(_, number)| {
            // Rows hold the form with the plus sign, which needs no country.
            DialledNumber::parse(number, "")
                .ok_or_else(|| unreadable("dialled_numbers", "a number", number))
        })
        .collect()
}
