//! Alerts: what the people of a territory should look at, until it is over and its time is up.

use std::collections::BTreeSet;

use bulletin::{BulletinId, SiteSlug, TerritorySlug};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::{Connection, Statement};
use crate::error::{Doing, unreadable};
use crate::jobs;
use crate::sites::site_slug;
use crate::store::WriteTo;
use crate::territories::territory_slug;
use crate::{NewJob, Result, Store, instant};

impl Store {
    /// Writes an alert, the job `alert` that tells it, and its act. Nothing is written, and nothing answered, while the
    /// same one is open: of this territory for a surge, of this bulletin for the others.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn open_alert(&self, alert: &NewAlert, by: By<'_>) -> Result<Option<i64>> {
        let mut transaction = self.begin().await?;
        let id = insert(&mut transaction, alert, by).await?;
        transaction.commit().await.doing("save an alert")?;
        Ok(id)
    }

    /// Says that what an alert told of is over; one that is over stays as it is.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn end_alert(&self, id: i64, at: Timestamp) -> Result<()> {
        sqlx::query("UPDATE alerts SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id)
            .bind(instant::encode(at))
            .write_to(self)
            .await
            .doing("end an alert")?;
        Ok(())
    }

    /// Says that somebody has seen an alert, and writes the act of that; who saw it first stays named.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
    pub async fn acknowledge_alert(&self, id: i64, by: By<'_>) -> Result<()> {
        let mut transaction = self.begin().await?;
        let territory: Option<String> =
            sqlx::query_scalar("SELECT territory FROM alerts WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await
                .doing("read an alert")?;
        let territory = territory.ok_or_else(|| crate::Error::NotFound {
            what: format!("alert {id}"),
        })?;
        let changed = sqlx::query(
            "UPDATE alerts SET acknowledged_at = $2, acknowledged_by = $3
             WHERE id = $1 AND acknowledged_at IS NULL",
        )
        .bind(id)
        .bind(instant::encode(by.at))
        .bind(by.who)
        .execute(&mut *transaction)
        .await
        .doing("acknowledge an alert")?;
        if changed.rows_affected() > 0 {
            let act = Act::new(by, "alert.acknowledged", format!("alert/{id}"));
            let act = act.within(&territory_slug(TABLE, &territory)?);
            insert_act(&mut transaction, &act).await?;
        }
        transaction.commit().await.doing("acknowledge an alert")
    }

    /// One alert.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_alert(&self, id: i64) -> Result<Option<Alert>> {
        let mut query = select();
        query.push("id = ").push_bind(id);
        Ok(self.read_alerts(query).await?.pop())
    }

    /// The alerts that are not over, of all territories, the latest first.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn open_alerts(&self) -> Result<Vec<Alert>> {
        let mut query = select();
        query.push("ended_at IS NULL ORDER BY id DESC");
        self.read_alerts(query).await
    }

    /// The alerts of these territories, over or not, the latest first; of all territories where none is named.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn alerts(
        &self,
        territories: Option<&BTreeSet<TerritorySlug>>,
        most: u32,
    ) -> Result<Vec<Alert>> {
        let mut query = select();
        query.push("1 = 1");
        if let Some(territories) = territories {
            query.push(" AND territory IN (''");
            for territory in territories {
                query.push(", ").push_bind(territory.as_str());
            }
            query.push(")");
        }
        query
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(most));
        self.read_alerts(query).await
    }

    /// Forgets the alerts of before an instant that are over; answers how many.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_alerts(&self, before: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM alerts WHERE at < $1 AND ended_at IS NOT NULL")
            .bind(instant::encode(before))
            .write_to(self)
            .await
            .doing("forget old alerts")?;
        Ok(done.rows_affected())
    }

    async fn read_alerts(&self, query: Statement) -> Result<Vec<Alert>> {
        let rows: Vec<Row> = query
            .build_query_as()
            .fetch_all(self.readers())
            .await
            .doing("read alerts")?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// Callers, and no bulletin that tells why.
    Surge,
    /// A bulletin that nobody has ended.
    Reminder,
    /// A bulletin that some channel did not take, or not yet.
    Undelivered,
    /// An authority at which nobody acknowledges a bulletin.
    Silence,
}

impl AlertKind {
    /// The word that rows and programs hold.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Surge => "surge",
            Self::Reminder => "reminder",
            Self::Undelivered => "undelivered",
            Self::Silence => "silence",
        }
    }

    fn raised(self) -> &'static str {
        match self {
            Self::Surge => "surge.raised",
            Self::Reminder => "reminder.raised",
            Self::Undelivered => "undelivered.raised",
            Self::Silence => "silence.raised",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [
            Self::Surge,
            Self::Reminder,
            Self::Undelivered,
            Self::Silence,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}

/// An alert to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// What it is about.
    pub kind: AlertKind,
    /// Where.
    pub territory: TerritorySlug,
    /// Whose site, but for a surge.
    pub site: Option<SiteSlug>,
    /// Which bulletin, but for a surge.
    pub bulletin: Option<BulletinId>,
    /// Its figures: `calls`, `noticed` and `minutes` of a surge, `since` of a reminder, `channels` of what is not
    /// delivered, `contact`, `name` and `telephone` of a silence.
    pub told: Value,
}

/// An alert as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its row.
    pub id: i64,
    /// What it says.
    pub what: NewAlert,
    /// When it was raised.
    pub at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// When somebody said that they had seen it, and who.
    pub acknowledged: Option<(Timestamp, String)>,
}

/// Writes an alert in the transaction of what raises it; see [`Store::open_alert`].
pub(crate) async fn insert(
    connection: &mut Connection,
    alert: &NewAlert,
    by: By<'_>,
) -> Result<Option<i64>> {
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO alerts (kind, territory, site, bulletin, at, told) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(alert.kind.as_str())
    .bind(alert.territory.as_str())
    .bind(alert.site.as_ref().map(SiteSlug::as_str))
    .bind(alert.bulletin.as_ref().map(BulletinId::as_str))
    .bind(instant::encode(by.at))
    .bind(alert.told.to_string())
    .fetch_optional(&mut *connection)
    .await
    .doing("save an alert")?;
    if let Some(id) = id {
        let job = NewJob {
            kind: "alert".into(),
            payload: json!({ "alert": id }).to_string(),
            run_at: by.at,
            unique: Some(format!("alert/{id}")),
        };
        jobs::insert(connection, &[job]).await?;
        let act = Act {
            site: alert.site.clone(),
            after: Some(alert.told.to_string()),
            ..Act::new(by, alert.kind.raised(), format!("alert/{id}")).within(&alert.territory)
        };
        insert_act(connection, &act).await?;
    }
    Ok(id)
}

fn select() -> Statement {
    Statement::new(
        "SELECT id, kind, territory, site, bulletin, at, told, ended_at, acknowledged_at, acknowledged_by
         FROM alerts WHERE ",
    )
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    territory: String,
    site: Option<String>,
    bulletin: Option<String>,
    at: String,
    told: String,
    ended_at: Option<String>,
    acknowledged_at: Option<String>,
    acknowledged_by: Option<String>,
}

impl Row {
    fn read(self) -> Result<Alert> {
        let site = self.site.as_deref();
        let bulletin = self.bulletin.as_deref();
        let instant = |text: &String| instant::parse(TABLE, text);
        let what = NewAlert {
            kind: AlertKind::parse(&self.kind)
                .ok_or_else(|| unreadable(TABLE, "a kind", &self.kind))?,
            territory: territory_slug(TABLE, &self.territory)?,
            site: site.map(|text| site_slug(TABLE, text)).transpose()?,
            bulletin: bulletin
                .map(|id| BulletinId::parse(id).map_err(|_| unreadable(TABLE, "a bulletin", id)))
                .transpose()?,
            told: serde_json::from_str(&self.told)
                .map_err(|_| unreadable(TABLE, "JSON", &self.told))?,
        };
        let acknowledged_at = self.acknowledged_at.as_ref().map(instant).transpose()?;
        Ok(Alert {
            id: self.id,
            what,
            at: instant(&self.at)?,
            ended_at: self.ended_at.as_ref().map(instant).transpose()?,
            acknowledged: acknowledged_at.zip(self.acknowledged_by),
        })
    }
}

const TABLE: &str = "alerts";
