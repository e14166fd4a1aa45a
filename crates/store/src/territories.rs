//! Territories and the numbers that lead to them.

use bulletin::{DialledNumber, Territory, TerritorySlug};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_change};
use crate::database::{Connection, Flag};
use crate::error::{Doing, unreadable};
use crate::{Error, Result, Store};

impl Store {
    /// Writes a territory and exactly its numbers, replacing an earlier version of both, and the act of that if
    /// anything is new.
    ///
    /// # Errors
    /// [`Error::NamelessZone`]; [`Error::Conflict`] when a number leads to another territory.
    pub async fn upsert_territory(&self, territory: &Territory, by: By<'_>) -> Result<()> {
        let zone = zone_name(territory)?;
        let mut transaction = self.begin().await?;
        let before = told_before(&mut transaction, territory.slug.as_str()).await?;
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
        let object = format!("territory/{}", territory.slug);
        let act = Act::new(by, "territory.changed", object).within(&territory.slug);
        insert_change(&mut transaction, act, before, told_of(territory)?).await?;
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

/// A territory as its act tells it.
fn told(name: &str, spoken_name: &str, zone: &str, numbers: &[&str]) -> Value {
    json!({ "name": name, "spoken_name": spoken_name, "zone": zone, "numbers": numbers })
}

/// The same.
///
/// # Errors
/// [`Error::NamelessZone`].
pub(crate) fn told_of(territory: &Territory) -> Result<Value> {
    let numbers: Vec<_> = territory.numbers.iter().map(|it| it.as_str()).collect();
    let zone = zone_name(territory)?;
    Ok(told(
        &territory.name,
        &territory.spoken_name,
        zone,
        &numbers,
    ))
}

/// The time zone as a row holds it.
///
/// # Errors
/// [`Error::NamelessZone`].
pub(crate) fn zone_name(territory: &Territory) -> Result<&str> {
    let name = territory.zone.iana_name();
    name.ok_or_else(|| Error::NamelessZone {
        territory: territory.slug.to_string(),
    })
}

pub(crate) async fn told_before(connection: &mut Connection, slug: &str) -> Result<Option<Value>> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("SELECT name, spoken_name, zone FROM territories WHERE slug = $1")
            .bind(slug)
            .fetch_optional(&mut *connection)
            .await
            .doing("read a territory")?;
    let numbers: Vec<String> = sqlx::query_scalar(
        "SELECT number FROM dialled_numbers WHERE territory = $1 ORDER BY place",
    )
    .bind(slug)
    .fetch_all(connection)
    .await
    .doing("read the dialled numbers")?;
    Ok(row.map(|(name, spoken_name, zone)| {
        let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
        told(&name, &spoken_name, &zone, &numbers)
    }))
}

/// # Errors
/// [`Error::TrainingNumber`] for a territory to learn in with a number; [`Error::Conflict`] when a number leads to
/// another territory.
pub(crate) async fn replace_numbers(
    connection: &mut Connection,
    territory: &Territory,
) -> Result<()> {
    let Flag(training) =
        sqlx::query_scalar("SELECT CAST(training AS INTEGER) FROM territories WHERE slug = $1")
            .bind(territory.slug.as_str())
            .fetch_one(&mut *connection)
            .await
            .doing("read a territory")?;
    if training && !territory.numbers.is_empty() {
        return Err(Error::TrainingNumber {
            territory: territory.slug.to_string(),
        });
    }
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
