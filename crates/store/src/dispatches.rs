//! What is on its way to authorities: written with the entry that is told, claimed thread by thread, and kept as
//! evidence.
//!
//! A *thread* is what one contact gets about one bulletin, at one turn and by one means. Its entries go in their order;
//! those that wait together go in one. A worker that dies leaves its lease to run out, and the thread is told again: at
//! least once, never not at all. Whoever comes back after that can still say that it was told, and nothing else.

mod queue;

use std::time::Duration;

use bulletin::{BulletinId, ContactId, Means, Rank};
use jiff::Timestamp;

pub(crate) use self::queue::{queue_entry, queue_rank};
use crate::contacts::contact_id;
use crate::database::Statement;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{DeliveryQueue, Result, Store, instant};

impl Store {
    /// Takes the thread of these means that has been due for longest, for the length of `lease`; one that somebody else
    /// has taken is left alone.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn claim_dispatch(
        &self,
        means: Means,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<ClaimedDispatch>> {
        let at = instant::encode(now);
        let waits: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM dispatches WHERE state = 'queued' AND next_at <= $1 AND means = $2 LIMIT 1",
        )
        .bind(&at)
        .bind(means.as_str())
        .fetch_optional(self.readers())
        .await
        .doing("look for dispatches")?;
        if waits.is_none() {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let query = due(means, &at);
        let row: Option<ThreadRow> = query
            .build_query_as()
            .fetch_optional(&mut *transaction)
            .await
            .doing("claim a dispatch")?;
        let Some(row) = row else {
            return Ok(None);
        };
        let lease = instant::encode(now.checked_add(lease).unwrap_or(Timestamp::MAX));
        let claimed: Vec<(i64, i64, String)> = sqlx::query_as(
            "UPDATE dispatches SET leased_until = $2, attempts = attempts + 1, tried_at = COALESCE(tried_at, $3)
             WHERE thread = $1 AND state = 'queued' RETURNING entry, attempts, tried_at",
        )
        .bind(&row.thread)
        .bind(&lease)
        .bind(&at)
        .fetch_all(&mut *transaction)
        .await
        .doing("claim a dispatch")?;
        let sent: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM dispatches WHERE thread = $1 AND state = 'sent' LIMIT 1",
        )
        .bind(&row.thread)
        .fetch_optional(&mut *transaction)
        .await
        .doing("claim a dispatch")?;
        transaction.commit().await.doing("claim a dispatch")?;
        let entry = claimed.iter().map(|(entry, ..)| *entry).max();
        let attempts = claimed.iter().map(|(_, attempts, _)| *attempts).max();
        let tried_at = claimed.iter().map(|(.., at)| at.as_str()).min();
        Ok(Some(ClaimedDispatch {
            bulletin: bulletin_id(&row.bulletin)?,
            contact: contact_id(TABLE, &row.contact)?,
            rank: read_rank(TABLE, &row.rank)?,
            means,
            thread: row.thread,
            lease,
            entry: number(entry.unwrap_or_default())?,
            attempts: number(attempts.unwrap_or_default())?,
            tried_at: instant::parse(TABLE, tried_at.unwrap_or_default())?,
            is_told: sent.is_some(),
        }))
    }

    /// Says that a claimed thread was told up to its latest entry, whoever has it in hand meanwhile.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn dispatch_sent(&self, done: &ClaimedDispatch, at: Timestamp) -> Result<()> {
        sqlx::query(
            "UPDATE dispatches SET state = CASE WHEN entry = $2 THEN $3 ELSE $4 END,
                                   why = NULL, done_at = $5, leased_until = NULL
             WHERE thread = $1 AND state = 'queued' AND entry <= $2",
        )
        .bind(&done.thread)
        .bind(i64::from(done.entry))
        .bind(DispatchState::Sent.as_str())
        .bind(DispatchState::Merged.as_str())
        .bind(instant::encode(at))
        .write_to(self)
        .await
        .doing("close a dispatch")?;
        Ok(())
    }

    /// Gives a claimed thread up, for a reason that is no failure.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn cancel_dispatch(
        &self,
        done: &ClaimedDispatch,
        why: &str,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE dispatches SET state = $3, why = $4, done_at = $5, leased_until = NULL
             WHERE thread = $1 AND state = 'queued' AND entry <= $2 AND leased_until = $6",
        )
        .bind(&done.thread)
        .bind(i64::from(done.entry))
        .bind(DispatchState::Cancelled.as_str())
        .bind(why)
        .bind(instant::encode(at))
        .bind(&done.lease)
        .write_to(self)
        .await
        .doing("close a dispatch")?;
        Ok(())
    }

    /// Gives up what of a claimed thread was tried first at `tried_by` or before, because nobody is reached; what was
    /// added later is due at once, and tried for as long.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn bury_dispatch(
        &self,
        done: &ClaimedDispatch,
        tried_by: Timestamp,
        why: &str,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE dispatches SET state = CASE WHEN tried_at <= $3 THEN $4 ELSE state END,
                                   done_at = CASE WHEN tried_at <= $3 THEN $6 END,
                                   why = $5, next_at = $6, leased_until = NULL
             WHERE thread = $1 AND state = 'queued' AND entry <= $2 AND leased_until = $7",
        )
        .bind(&done.thread)
        .bind(i64::from(done.entry))
        .bind(instant::encode(tried_by))
        .bind(DispatchState::Dead.as_str())
        .bind(why)
        .bind(instant::encode(at))
        .bind(&done.lease)
        .write_to(self)
        .await
        .doing("give a dispatch up")?;
        Ok(())
    }

    /// Puts a claimed thread back until `next`, with the reason.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn retry_dispatch(
        &self,
        failed: &ClaimedDispatch,
        next: Timestamp,
        why: &str,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE dispatches SET leased_until = NULL, next_at = $3, why = $4
             WHERE thread = $1 AND state = 'queued' AND entry <= $2 AND leased_until = $5",
        )
        .bind(&failed.thread)
        .bind(i64::from(failed.entry))
        .bind(instant::encode(next))
        .bind(why)
        .bind(&failed.lease)
        .write_to(self)
        .await
        .doing("put a dispatch back")?;
        Ok(())
    }

    /// Everything that was or is on its way about a bulletin, in the order in which it was queued.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn dispatches(&self, bulletin: &BulletinId) -> Result<Vec<Dispatch>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT contact, rank, means, entry, state, why, queued_at, done_at
             FROM dispatches WHERE bulletin = $1 ORDER BY id",
        )
        .bind(bulletin.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read dispatches")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// What is on its way by these means.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn dispatch_queue(&self, means: Means) -> Result<DeliveryQueue> {
        let (count, oldest): (i64, Option<String>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(queued_at) FROM dispatches WHERE state = 'queued' AND means = $1",
        )
        .bind(means.as_str())
        .fetch_one(self.readers())
        .await
        .doing("count dispatches")?;
        Ok(DeliveryQueue {
            count: u64::try_from(count).unwrap_or(0),
            oldest: oldest.map(|at| instant::parse(TABLE, &at)).transpose()?,
            next: None,
        })
    }

    /// Forgets what was told before an instant, with its acknowledgements and their links; answers how many dispatches
    /// that were.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_dispatches(&self, before: Timestamp) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let mut forgotten = 0;
        for statement in [
            "DELETE FROM acknowledgement_links WHERE made_at < $1",
            "DELETE FROM acknowledgements WHERE asked_at < $1",
            "DELETE FROM dispatches WHERE queued_at < $1 AND state <> 'queued'",
        ] {
            let done = sqlx::query(statement)
                .bind(instant::encode(before))
                .execute(&mut *transaction)
                .await
                .doing("forget old dispatches")?;
            forgotten = done.rows_affected();
        }
        transaction.commit().await.doing("forget old dispatches")?;
        Ok(forgotten)
    }
}

/// A thread that somebody is about to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDispatch {
    thread: String,
    /// Until when it is in this hand, as its rows say it; another hand has another instant.
    lease: String,
    /// About what.
    pub bulletin: BulletinId,
    /// Whom.
    pub contact: ContactId,
    /// Who of them.
    pub rank: Rank,
    /// How.
    pub means: Means,
    /// The latest of the entries that wait; those before it are told with it.
    pub entry: u32,
    /// Which attempt this is, from 1 on.
    pub attempts: u32,
    /// When the first of them was tried first.
    pub tried_at: Timestamp,
    /// Whether the thread has told anything before.
    pub is_told: bool,
}

/// One entry on its way to one contact, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Whom.
    pub contact: ContactId,
    /// Who of them.
    pub rank: Rank,
    /// How.
    pub means: Means,
    /// Which entry.
    pub entry: u32,
    /// Where it stands.
    pub state: DispatchState,
    /// Why it did not arrive so far, in English.
    pub why: Option<String>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was sent, or given up.
    pub done_at: Option<Timestamp>,
}

/// Where a dispatch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DispatchState {
    /// Still to be sent.
    Queued,
    /// The other side has taken it.
    Sent,
    /// Told in one with a later entry.
    Merged,
    /// There was no reason left to send it.
    Cancelled,
    /// Nobody was reached.
    Dead,
}

impl DispatchState {
    /// The word of rows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Merged => "merged",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        let all = [
            Self::Queued,
            Self::Sent,
            Self::Merged,
            Self::Cancelled,
            Self::Dead,
        ];
        let known = all.into_iter().find(|state| state.as_str() == word);
        known.ok_or_else(|| unreadable(TABLE, "a state", word))
    }
}

/// The thread that has been due for longest, of those that nobody tells at this moment.
fn due(means: Means, at: &str) -> Statement {
    let mut query = Statement::new(
        "SELECT thread, bulletin, contact, rank FROM dispatches
         WHERE state = 'queued' AND next_at <= ",
    );
    query.push_bind(at.to_owned());
    query.push(" AND means = ").push_bind(means.as_str());
    query.push(
        " AND NOT EXISTS (SELECT 1 FROM dispatches AS other
                          WHERE other.thread = dispatches.thread AND other.state = 'queued'
                                AND other.leased_until > ",
    );
    query.push_bind(at.to_owned());
    query.push(") ORDER BY next_at, id LIMIT 1");
    query
}

#[derive(sqlx::FromRow)]
struct ThreadRow {
    thread: String,
    bulletin: String,
    contact: String,
    rank: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    contact: String,
    rank: String,
    means: String,
    entry: i64,
    state: String,
    why: Option<String>,
    queued_at: String,
    done_at: Option<String>,
}

impl Row {
    fn read(self) -> Result<Dispatch> {
        let done_at = self.done_at.map(|at| instant::parse(TABLE, &at));
        Ok(Dispatch {
            contact: contact_id(TABLE, &self.contact)?,
            rank: read_rank(TABLE, &self.rank)?,
            means: read_means(&self.means)?,
            entry: number(self.entry)?,
            state: DispatchState::parse(&self.state)?,
            why: self.why,
            queued_at: instant::parse(TABLE, &self.queued_at)?,
            done_at: done_at.transpose()?,
        })
    }
}

/// Reads the id of a bulletin from a row.
pub(crate) fn bulletin_id(text: &str) -> Result<BulletinId> {
    BulletinId::parse(text).map_err(|_| unreadable(TABLE, "a bulletin", text))
}

/// Reads whose turn it is from a row of `table`.
pub(crate) fn read_rank(table: &'static str, word: &str) -> Result<Rank> {
    Rank::parse(word).ok_or_else(|| unreadable(table, "first or second", word))
}

fn read_means(word: &str) -> Result<Means> {
    Means::parse(word).ok_or_else(|| unreadable(TABLE, "mail or webhook", word))
}

/// Reads the number of an entry from a row.
pub(crate) fn number(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| unreadable(TABLE, "a number", &number.to_string()))
}

const TABLE: &str = "dispatches";
