//! Deliveries: which entry is owed to which channel, written in the transaction of the entry, and what became of it.
//!
//! A delivery is queued until it is sent, skipped, cancelled or dead. A worker that takes one is its holder for the
//! length of a lease; when it dies another takes the row after that, so that a channel may be told twice and is never
//! not told. Of one bulletin and channel only the earliest queued entry can be taken: what is told stays in order.

use std::time::Duration;

use bulletin::{Bulletin, BulletinId, Entry};
use jiff::Timestamp;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, instant};

impl Store {
    /// Takes the delivery of a channel that has been due for longest, for the length of `lease`.
    ///
    /// - `holder`: who takes it; only the holder settles it.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn claim_delivery(
        &self,
        channel: &str,
        holder: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Delivery>> {
        let mut transaction = self.begin().await?;
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "UPDATE deliveries SET holder = $1, run_at = $2 WHERE (bulletin, channel, entry) =
             (SELECT bulletin, channel, entry FROM deliveries AS one
              WHERE channel = $3 AND state = 'queued' AND run_at <= $4 AND {IS_FIRST}
              ORDER BY run_at, bulletin LIMIT 1)
             RETURNING {COLUMNS}"
        )))
        .bind(holder)
        .bind(instant::encode(
            now.checked_add(lease).unwrap_or(Timestamp::MAX),
        ))
        .bind(channel)
        .bind(instant::encode(now))
        .fetch_optional(&mut *transaction)
        .await
        .doing("claim a delivery")?;
        transaction.commit().await.doing("claim a delivery")?;
        row.map(Row::read).transpose()
    }

    /// How much a channel is owed, and when to look again.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn delivery_queue(&self, channel: &str) -> Result<DeliveryQueue> {
        let (count, oldest, next): (i64, Option<String>, Option<String>) =
            sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "SELECT COUNT(*), MIN(due_at), MIN(CASE WHEN {IS_FIRST} THEN run_at END)
                 FROM deliveries AS one WHERE channel = $1 AND state = 'queued'"
            )))
            .bind(channel)
            .fetch_one(self.readers())
            .await
            .doing("read what a channel is owed")?;
        let parse = |text: Option<String>| text.map(|at| instant::parse(TABLE, &at)).transpose();
        Ok(DeliveryQueue {
            count: u64::try_from(count).unwrap_or(0),
            oldest: parse(oldest)?,
            next: parse(next)?,
        })
    }

    /// Writes what became of a delivery that `holder` has taken; nothing happens when it is another's meanwhile.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn settle_delivery(
        &self,
        delivery: &Delivery,
        holder: &str,
        outcome: &Settled,
        now: Timestamp,
    ) -> Result<()> {
        let done = Some(instant::encode(now));
        let none = Change::default();
        let change = match outcome {
            Settled::Sent { id, url } => Change {
                state: "sent",
                tries: 1,
                done,
                receipt: Some((id.as_str(), url.as_deref())),
                ..none
            },
            Settled::Skipped(why) => Change {
                state: "skipped",
                done,
                why: Some(why),
                ..none
            },
            Settled::Cancelled(why) => Change {
                state: "cancelled",
                done,
                why: Some(why),
                ..none
            },
            Settled::Dead(why) => Change {
                state: "dead",
                tries: 1,
                done,
                why: Some(why),
                ..none
            },
            Settled::Later { at, why } => Change {
                tries: 1,
                run_at: Some(instant::encode(*at)),
                why: Some(why),
                ..none
            },
            Settled::Held { until, why } => Change {
                run_at: Some(instant::encode(*until)),
                due_at: Some(instant::encode(*until)),
                why: Some(why),
                ..none
            },
        };
        let (id, url) = change.receipt.unzip();
        sqlx::query(
            "UPDATE deliveries SET state = $5, attempts = attempts + $6, done_at = $7, holder = NULL, why = $8,
                    run_at = COALESCE($9, run_at), due_at = COALESCE($10, due_at), receipt_id = $11,
                    receipt_url = $12, tried_at = COALESCE(tried_at, $13)
             WHERE bulletin = $1 AND channel = $2 AND entry = $3 AND holder = $4 AND state = 'queued'",
        )
        .bind(delivery.bulletin.as_str())
        .bind(&delivery.channel)
        .bind(i64::from(delivery.entry))
        .bind(holder)
        .bind(change.state)
        .bind(change.tries)
        .bind(change.done)
        .bind(change.why)
        .bind(change.run_at)
        .bind(change.due_at)
        .bind(id)
        .bind(url.flatten())
        .bind((change.tries > 0).then(|| instant::encode(now)))
        .write_to(self)
        .await
        .doing("write what became of a delivery")?;
        Ok(())
    }

    /// Gives back what a holder had taken when it ended without a word.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn release_deliveries(&self, holder: &str, now: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE deliveries SET holder = NULL, run_at = $2 WHERE holder = $1 AND state = 'queued'",
        )
        .bind(holder)
        .bind(instant::encode(now))
        .write_to(self)
        .await
        .doing("give deliveries back")?;
        Ok(())
    }

    /// Everything owed of one bulletin, or that was: by channel, then by entry.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn deliveries_of(&self, bulletin: &BulletinId) -> Result<Vec<Delivery>> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM deliveries WHERE bulletin = $1 ORDER BY channel, entry"
        )))
        .bind(bulletin.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read deliveries")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// What a channel has given up, and what has been owed since before an instant, of bulletins that have not expired
    /// at `now`; by bulletin.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn undelivered(&self, before: Timestamp, now: Timestamp) -> Result<Vec<Delivery>> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM deliveries
             WHERE (state = 'dead' OR (state = 'queued' AND due_at < $1))
                   AND bulletin IN (SELECT id FROM bulletins WHERE expires_at > $2)
             ORDER BY bulletin, channel, entry"
        )))
        .bind(instant::encode(before))
        .bind(instant::encode(now))
        .fetch_all(self.readers())
        .await
        .doing("read what is not delivered")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Owes again what channels have given up of a bulletin, from `by.at` on, and writes the act of that; answers how
    /// many they were.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn owe_again(&self, bulletin: &Bulletin, by: By<'_>) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE deliveries SET state = 'queued', run_at = $2, due_at = $2, tried_at = NULL, done_at = NULL,
                    attempts = 0
             WHERE bulletin = $1 AND state = 'dead'",
        )
        .bind(bulletin.id.as_str())
        .bind(instant::encode(by.at))
        .execute(&mut *transaction)
        .await
        .doing("owe deliveries again")?;
        let count = done.rows_affected();
        if count > 0 {
            let act = Act::new(by, "bulletin.retold", format!("bulletin/{}", bulletin.id))
                .within(&bulletin.territory)
                .of_site(&bulletin.site)
                .after(&json!({ "deliveries": count }));
            insert_act(&mut transaction, &act).await?;
        }
        transaction.commit().await.doing("owe deliveries again")?;
        Ok(count)
    }
}

/// Owes an entry to every channel of its territory, in the transaction that writes the entry; to none in a territory
/// to learn in.
pub(crate) async fn owe(
    connection: &mut Connection,
    bulletin: &Bulletin,
    entry: &Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO deliveries (bulletin, entry, channel, state, attempts, created_at, due_at, run_at, done_at, why)
         SELECT $1, $2, name,
                CASE WHEN is_network AND NOT $5 THEN 'skipped' ELSE 'queued' END, 0, $3, $3, $3,
                CASE WHEN is_network AND NOT $5 THEN $3 END,
                CASE WHEN is_network AND NOT $5 THEN 'off-networks' END
         FROM channels
         WHERE (territory IS NULL OR territory = $4)
               AND NOT EXISTS (SELECT 1 FROM territories WHERE slug = $4 AND training)",
    )
    .bind(bulletin.id.as_str())
    .bind(i64::from(entry.number))
    .bind(instant::encode(entry.at))
    .bind(bulletin.territory.as_str())
    .bind(entry.on_networks)
    .execute(connection)
    .await
    .doing("owe an entry to the channels")?;
    Ok(())
}

/// One entry, owed to one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The thread.
    pub bulletin: BulletinId,
    /// The entry's number in it.
    pub entry: u32,
    /// The channel's name.
    pub channel: String,
    /// How it stands.
    pub state: DeliveryState,
    /// Tries whose outcome is known.
    pub attempts: u32,
    /// When the entry was written.
    pub created_at: Timestamp,
    /// Since when it is owed: later than the entry where quiet hours came between, or somebody asked for it again.
    pub due_at: Timestamp,
    /// When it is tried next; while a worker holds it, when another may take it.
    pub run_at: Timestamp,
    /// Whether a worker is at it.
    pub is_held: bool,
    /// When it was tried first.
    pub tried_at: Option<Timestamp>,
    /// When it was sent, skipped, cancelled or given up.
    pub done_at: Option<Timestamp>,
    /// What the other side calls it, and where people see it.
    pub receipt: Option<(String, Option<String>)>,
    /// Why it is not sent: a word of the rows for a decision ([`Settled::Skipped`]), a sentence of the log for a failure.
    pub why: Option<String>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// It is owed.
    Queued,
    /// The other side has it.
    Sent,
    /// The channel is not for this entry.
    Skipped,
    /// It came too late to be worth telling.
    Cancelled,
    /// It was given up; people are told.
    Dead,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Sent,
        Self::Skipped,
        Self::Cancelled,
        Self::Dead,
    ];

    /// The word that rows and programs hold.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The other side has it.
    Sent {
        /// What it calls it.
        id: String,
        /// Where people see it.
        url: Option<String>,
    },
    /// The channel is not for this entry, for the reason of this word: `rules`, `start-untold`, `off-networks`.
    Skipped(&'static str),
    /// It came too late, for the reason of this word: `over`, `channel-gone`.
    Cancelled(&'static str),
    /// It is given up, for this reason.
    Dead(String),
    /// It is tried again.
    Later {
        /// Not before this instant.
        at: Timestamp,
        /// What went wrong.
        why: String,
    },
    /// It waits, by a rule and not by a failure, for the reason of this word: `quiet-hours`.
    Held {
        /// Not before this instant.
        until: Timestamp,
        /// The word.
        why: &'static str,
    },
}

/// What a channel is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryQueue {
    /// How many entries.
    pub count: u64,
    /// Since when the oldest is owed; an instant to come where it waits for the end of quiet hours.
    pub oldest: Option<Timestamp>,
    /// When the next one may be taken.
    pub next: Option<Timestamp>,
}

/// The columns that a settled delivery changes.
struct Change<'a> {
    state: &'static str,
    tries: i64,
    done: Option<String>,
    run_at: Option<String>,
    due_at: Option<String>,
    receipt: Option<(&'a str, Option<&'a str>)>,
    why: Option<&'a str>,
}

impl Default for Change<'_> {
    fn default() -> Self {
        Self {
            state: "queued",
            tries: 0,
            done: None,
            run_at: None,
            due_at: None,
            receipt: None,
            why: None,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    bulletin: String,
    entry: i64,
    channel: String,
    state: String,
    attempts: i64,
    created_at: String,
    due_at: String,
    run_at: String,
    holder: Option<String>,
    tried_at: Option<String>,
    done_at: Option<String>,
    receipt_id: Option<String>,
    receipt_url: Option<String>,
    why: Option<String>,
}

impl Row {
    fn read(self) -> Result<Delivery> {
        let number = |number: i64| {
            u32::try_from(number).map_err(|_| unreadable(TABLE, "a number", &number.to_string()))
        };
        let at = |text: &String| instant::parse(TABLE, text);
        Ok(Delivery {
            bulletin: BulletinId::parse(&self.bulletin)
                .map_err(|_| unreadable(TABLE, "an id", &self.bulletin))?,
            entry: number(self.entry)?,
            channel: self.channel,
            state: DeliveryState::parse(&self.state)
                .ok_or_else(|| unreadable(TABLE, "a state", &self.state))?,
            attempts: number(self.attempts)?,
            created_at: at(&self.created_at)?,
            due_at: at(&self.due_at)?,
            run_at: at(&self.run_at)?,
            is_held: self.holder.is_some(),
            tried_at: self.tried_at.as_ref().map(at).transpose()?,
            done_at: self.done_at.as_ref().map(at).transpose()?,
            receipt: self.receipt_id.map(|id| (id, self.receipt_url)),
            why: self.why,
        })
    }
}

const TABLE: &str = "deliveries";
const COLUMNS: &str = "bulletin, entry, channel, state, attempts, created_at, due_at, run_at, holder, tried_at, done_at, \
                       receipt_id, receipt_url, why";
/// Of the row `one`: no earlier entry of its bulletin is owed to its channel.
const IS_FIRST: &str = "NOT EXISTS (SELECT 1 FROM deliveries AS earlier
                        WHERE earlier.bulletin = one.bulletin AND earlier.channel = one.channel
                              AND earlier.entry < one.entry AND earlier.state = 'queued')";
