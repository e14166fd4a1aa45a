//! What managers decide about the lines of their territories.

use std::collections::HashMap;

use bulletin::{CrisisSentence, LineSettings, TerritorySlug};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::acts::{Act, By, insert_change};
use crate::database::Flag;
use crate::error::{Doing, unreadable};
use crate::territories::territory_slug;
use crate::{Error, NewJob, Result, Store, instant, jobs};

impl Store {
    /// Writes what was decided about a territory's line, in place of what was decided before, with the act of that and
    /// its jobs if anything is new.
    ///
    /// - `before`: what the person has seen, the defaults where nothing was decided.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something else was decided meanwhile; [`Error::MissingReference`] when the territory
    /// does not exist.
    pub async fn set_line_settings(
        &self,
        territory: &TerritorySlug,
        before: &LineSettings,
        settings: &LineSettings,
        jobs: &[NewJob],
        by: By<'_>,
    ) -> Result<()> {
        if before == settings {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let kept: Option<Row> =
            sqlx::query_as(AssertSqlSafe(format!("{SELECT} WHERE territory = $1")))
                .bind(territory.as_str())
                .fetch_optional(&mut *transaction)
                .await
                .doing("read the settings of a line")?;
        let kept = kept.map(Row::read).transpose()?.map(|(_, kept)| kept);
        if kept.clone().unwrap_or_default() != *before {
            return Err(Error::Conflict);
        }
        let crisis = settings.crisis.as_ref();
        sqlx::query(
            "INSERT INTO line_settings
                 (territory, crisis, crisis_set_at, authorities, asks_noticed, english_greeting, residents)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (territory) DO UPDATE
             SET crisis = excluded.crisis, crisis_set_at = excluded.crisis_set_at,
                 authorities = excluded.authorities, asks_noticed = excluded.asks_noticed,
                 english_greeting = excluded.english_greeting, residents = excluded.residents",
        )
        .bind(territory.as_str())
        .bind(crisis.map(|crisis| &crisis.text))
        .bind(crisis.map(|crisis| instant::encode(crisis.set_at)))
        .bind(settings.authorities)
        .bind(settings.asks_noticed)
        .bind(&settings.english_greeting)
        .bind(i64::from(settings.residents))
        .execute(&mut *transaction)
        .await
        .doing("save the settings of a line")?;
        let act = Act::new(by, "line.changed", format!("territory/{territory}")).within(territory);
        insert_change(
            &mut transaction,
            act,
            kept.as_ref().map(told),
            told(settings),
        )
        .await?;
        jobs::insert(&mut transaction, jobs).await?;
        transaction
            .commit()
            .await
            .doing("save the settings of a line")
    }

    /// What was decided about each territory's line; those of which nothing was are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn line_settings(&self) -> Result<HashMap<TerritorySlug, LineSettings>> {
        let rows: Vec<Row> = sqlx::query_as(SELECT)
            .fetch_all(self.readers())
            .await
            .doing("read the settings of the lines")?;
        rows.into_iter().map(Row::read).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    territory: String,
    crisis: Option<String>,
    crisis_set_at: Option<String>,
    authorities: Flag,
    asks_noticed: Flag,
    english_greeting: Option<String>,
    residents: i64,
}

impl Row {
    fn read(self) -> Result<(TerritorySlug, LineSettings)> {
        let crisis = self.crisis.zip(self.crisis_set_at);
        let crisis = crisis.map(|(text, set_at)| {
            let set_at = instant::parse(TABLE, &set_at)?;
            Ok::<_, crate::Error>(CrisisSentence { text, set_at })
        });
        let settings = LineSettings {
            crisis: crisis.transpose()?,
            authorities: self.authorities.0,
            asks_noticed: self.asks_noticed.0,
            english_greeting: self.english_greeting,
            residents: u32::try_from(self.residents)
                .map_err(|_| unreadable(TABLE, "residents", &self.residents.to_string()))?,
        };
        Ok((territory_slug(TABLE, &self.territory)?, settings))
    }
}

/// The settings of a line as their act tells them.
fn told(settings: &LineSettings) -> Value {
    let crisis = settings.crisis.as_ref();
    json!({
        "crisis": crisis.map(|crisis| &crisis.text),
        "crisis_set_at": crisis.map(|crisis| crisis.set_at.to_string()),
        "authorities": settings.authorities,
        "asks_noticed": settings.asks_noticed,
        "english_greeting": settings.english_greeting,
        "residents": settings.residents,
    })
}

const TABLE: &str = "line_settings";
const SELECT: &str =
    "SELECT territory, crisis, crisis_set_at, CAST(authorities AS INTEGER) AS authorities,
    CAST(asks_noticed AS INTEGER) AS asks_noticed, english_greeting, residents
    FROM line_settings";
