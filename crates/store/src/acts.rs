//! Acts: who changed what, when. Rows are only added; the database refuses to change one, and to delete a young one.
//!
//! A function that changes something for a person takes [`By`] and writes the act in the transaction of the change: one
//! is never on disk without the other. What was before is read in that transaction too.

use std::collections::BTreeSet;

use bulletin::{SiteSlug, TerritorySlug};
use jiff::Timestamp;
use serde_json::Value;

use crate::database::{Connection, Statement};
use crate::error::Doing;
use crate::sites::site_slug;
use crate::territories::territory_slug;
use crate::{Result, Store, instant};

impl Store {
    /// Writes an act that is in no transaction of another function, such as a sign-in.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn insert_act(&self, act: &Act) -> Result<()> {
        let mut transaction = self.begin().await?;
        insert_act(&mut transaction, act).await?;
        transaction.commit().await.doing("save an act")
    }

    /// The acts that fit, the latest first, at most `most` of them, each with its place.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn acts(&self, wanted: &WantedActs, most: u32) -> Result<Vec<(ActPlace, Act)>> {
        let mut query = wanted.select();
        query.push(" ORDER BY id DESC LIMIT ");
        query.push_bind(i64::from(most));
        let rows: Vec<Row> = query
            .build_query_as()
            .fetch_all(self.readers())
            .await
            .doing("read acts")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Forgets at most `most` of the acts from before an instant, the oldest first, and writes an act of that; answers
    /// how many they were.
    ///
    /// # Errors
    /// [`crate::Error::Database`] when one of them is younger than a year: the database itself keeps those.
    pub async fn purge_acts(&self, before: Timestamp, most: u32, by: By<'_>) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "DELETE FROM acts WHERE id IN (SELECT id FROM acts WHERE at < $1 ORDER BY id LIMIT $2)",
        )
        .bind(instant::encode(before))
        .bind(i64::from(most))
        .execute(&mut *transaction)
        .await
        .doing("forget old acts")?;
        let forgotten = done.rows_affected();
        if forgotten > 0 {
            let after = serde_json::json!({ "forgotten": forgotten, "before": before.to_string() });
            let act = Act::new(by, "acts.purged", "acts").after(&after);
            insert_act(&mut transaction, &act).await?;
        }
        transaction.commit().await.doing("forget old acts")?;
        Ok(forgotten)
    }
}

/// Who changes something, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// As a thread names its author: an e-mail address, `token:ID`, `telephone:CODE`, `command`.
    pub who: &'a str,
    /// When it is done.
    pub at: Timestamp,
}

/// One change, as the audit log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; see [`By::who`].
    pub who: String,
    /// A stable dotted word: `bulletin.posted`, `login.opened`, `site.changed`.
    pub what: String,
    /// The territory it concerns; without one only an administrator sees it.
    pub territory: Option<TerritorySlug>,
    /// The site it concerns.
    pub site: Option<SiteSlug>,
    /// What was changed, as its kind and its name: `bulletin/abcdefghijkl`, `site/raffinerie`.
    pub object: String,
    /// What it was, as a short JSON text; no secret, no caller's number.
    pub before: Option<String>,
    /// What it is since, likewise.
    pub after: Option<String>,
}

impl Act {
    /// An act that concerns no territory and tells nothing of before and after.
    #[must_use]
    pub fn new(by: By<'_>, what: &str, object: impl Into<String>) -> Self {
        Self {
            at: by.at,
            who: by.who.to_owned(),
            what: what.to_owned(),
            territory: None,
            site: None,
            object: object.into(),
            before: None,
            after: None,
        }
    }

    /// The same, which concerns a territory.
    #[must_use]
    pub fn within(self, territory: &TerritorySlug) -> Self {
        Self {
            territory: Some(territory.clone()),
            ..self
        }
    }

    /// The same, which concerns a site.
    #[must_use]
    pub fn of_site(self, site: &SiteSlug) -> Self {
        Self {
            site: Some(site.clone()),
            ..self
        }
    }

    /// The same, with what was before.
    #[must_use]
    pub fn before(self, before: &Value) -> Self {
        Self {
            before: Some(before.to_string()),
            ..self
        }
    }

    /// The same, with what is since.
    #[must_use]
    pub fn after(self, after: &Value) -> Self {
        Self {
            after: Some(after.to_string()),
            ..self
        }
    }
}

/// Which acts are wanted; by default all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedActs {
    /// Only those of these territories; those of none are left out then.
    pub territories: Option<BTreeSet<TerritorySlug>>,
    /// Only those of this site.
    pub site: Option<SiteSlug>,
    /// Only those of this object.
    pub object: Option<String>,
    /// Only those by this person or program.
    pub who: Option<String>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Behind this one in the order, which leads from the latest to the first.
    pub behind: Option<ActPlace>,
}

impl WantedActs {
    fn select(&self) -> Statement {
        let mut query = Statement::new(
            "SELECT id, at, who, what, territory, site, object, before, after FROM acts WHERE 1 = 1",
        );
        if let Some(territories) = &self.territories {
            // Not every database knows an empty list.
            query.push(" AND territory IN (''");
            for territory in territories {
                query.push(", ").push_bind(territory.as_str());
            }
            query.push(")");
        }
        let words = [
            (" AND site = ", self.site.as_ref().map(SiteSlug::as_str)),
            (" AND object = ", self.object.as_deref()),
            (" AND who = ", self.who.as_deref()),
        ];
        for (column, word) in words {
            if let Some(word) = word {
                query.push(column).push_bind(word);
            }
        }
        for (bound, at) in [(" AND at >= ", self.since), (" AND at < ", self.until)] {
            if let Some(at) = at {
                query.push(bound).push_bind(instant::encode(at));
            }
        }
        if let Some(ActPlace(id)) = self.behind {
            query.push(" AND id < ").push_bind(id);
        }
        query
    }
}

/// Where an act stands in the order of all; as text it is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActPlace(i64);

impl ActPlace {
    /// Reads a place from an address; `None` for what never was one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl std::fmt::Display for ActPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes an act in the transaction of what it tells.
pub(crate) async fn insert_act(connection: &mut Connection, act: &Act) -> Result<()> {
    sqlx::query(
        "INSERT INTO acts (at, who, what, territory, site, object, before, after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(instant::encode(act.at))
    .bind(&act.who)
    .bind(&act.what)
    .bind(act.territory.as_ref().map(TerritorySlug::as_str))
    .bind(act.site.as_ref().map(SiteSlug::as_str))
    .bind(&act.object)
    .bind(&act.before)
    .bind(&act.after)
    .execute(connection)
    .await
    .doing("save an act")?;
    Ok(())
}

/// Writes the act of a row that was added or changed, unless nothing of it is new.
pub(crate) async fn insert_change(
    connection: &mut Connection,
    act: Act,
    before: Option<Value>,
    after: Value,
) -> Result<()> {
    if before.as_ref() == Some(&after) {
        return Ok(());
    }
    let act = Act {
        before: before.map(|it| it.to_string()),
        after: Some(after.to_string()),
        ..act
    };
    insert_act(connection, &act).await
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: String,
    who: String,
    what: String,
    territory: Option<String>,
    site: Option<String>,
    object: String,
    before: Option<String>,
    after: Option<String>,
}

impl Row {
    fn read(self) -> Result<(ActPlace, Act)> {
        let (territory, site) = (self.territory.as_deref(), self.site.as_deref());
        let act = Act {
            at: instant::parse(TABLE, &self.at)?,
            who: self.who,
            what: self.what,
            territory: territory.map(|it| territory_slug(TABLE, it)).transpose()?,
            site: site.map(|it| site_slug(TABLE, it)).transpose()?,
            object: self.object,
            before: self.before,
            after: self.after,
        };
        Ok((ActPlace(self.id), act))
    }
}

const TABLE: &str = "acts";
