//! What subscribers are written: a queue of its own, for a town of them is no matter of seconds.
//!
//! Rows are made in portions, claimed in portions and settled in portions, so that whoever posts meanwhile waits for
//! none of it. A mail is sent at least once; one that was sent says that its reader is told how the event ends.

use std::time::Duration;

use bulletin::{Bulletin, BulletinId, Entry, EntryKind, Kind, Language};
use jiff::{SignedDuration, Timestamp};

use crate::database::{Connection, Flag};
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Error, Result, Store, instant};

impl Store {
    /// Queues an entry for everybody it concerns, and drops what the same people were still to be written of the same
    /// bulletin: the mail tells the whole thread. An end or a withdrawal goes to those alone who were written to; every
    /// other entry also to those who wish to hear of such a bulletin. May be called again; answers how many were added.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] for a bulletin that is not there.
    pub async fn queue_mails(
        &self,
        bulletin: &Bulletin,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<u64> {
        let (mut behind, mut added) = (String::new(), 0);
        loop {
            let mut transaction = self.begin().await?;
            let last: Option<String> = sqlx::query_scalar(
                "SELECT MAX(id) FROM (SELECT id FROM subscribers WHERE territory = $1 AND id > $2 ORDER BY id LIMIT $3) AS portion",
            )
            .bind(bulletin.territory.as_str())
            .bind(&behind)
            .bind(PORTION)
            .fetch_one(&mut *transaction)
            .await
            .doing("read the subscribers")?;
            let Some(last) = last else {
                return Ok(added);
            };
            added +=
                queue_portion(&mut transaction, (bulletin, entry), (&behind, &last), now).await?;
            transaction.commit().await.doing("queue mails")?;
            behind = last;
        }
    }

    /// Takes the mails that have been due for longest, at most `most`, for the length of `lease`; those that ask
    /// somebody to confirm first, for they wait at their screen. One whose row cannot be read is named, and put off for
    /// an hour, so that it keeps no other one back.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn claim_mails(
        &self,
        most: u32,
        now: Timestamp,
        lease: Duration,
    ) -> Result<ClaimedMails> {
        // Most looks find nothing, and leave whoever posts the only writer.
        let Flag(is_any) = sqlx::query_scalar(
            "SELECT CAST(EXISTS (SELECT 1 FROM mails WHERE state = 'waiting' AND run_at <= $1)
                 OR EXISTS (SELECT 1 FROM mails WHERE state = 'leased' AND leased_until <= $1) AS INTEGER)",
        )
        .bind(instant::encode(now))
        .fetch_one(self.readers())
        .await
        .doing("look for mails")?;
        if !is_any {
            return Ok(ClaimedMails::default());
        }
        let mut transaction = self.begin().await?;
        for statement in [
            // A worker has died with these; what a later entry tells is not told twice.
            "DELETE FROM mails WHERE state = 'leased' AND leased_until <= $1 AND EXISTS (
                 SELECT 1 FROM mails AS later WHERE later.subscriber = mails.subscriber
                 AND later.bulletin = mails.bulletin AND later.entry > mails.entry)",
            "UPDATE mails SET state = 'waiting' WHERE state = 'leased' AND leased_until <= $1",
        ] {
            sqlx::query(statement)
                .bind(instant::encode(now))
                .execute(&mut *transaction)
                .await
                .doing("claim mails")?;
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT mails.id AS id, mails.subscriber, bulletin, entry, attempts, made_at, address, language, confirmed_at
             FROM mails JOIN subscribers ON subscribers.id = mails.subscriber
             WHERE state = 'waiting' AND run_at <= $1 ORDER BY rank, run_at, mails.id LIMIT $2",
        )
        .bind(instant::encode(now))
        .bind(i64::from(most))
        .fetch_all(&mut *transaction)
        .await
        .doing("claim mails")?;
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let mut claimed = ClaimedMails::default();
        for row in rows {
            let id = row.id;
            match row.read() {
                Ok(mail) => {
                    lease_out(&mut transaction, id, until).await?;
                    claimed.mails.push(mail);
                }
                Err(error) => {
                    put_off(&mut transaction, id, now + UNREADABLE_WAITS, &error).await?;
                    claimed.unreadable.push((id, error));
                }
            }
        }
        transaction.commit().await.doing("claim mails")?;
        Ok(claimed)
    }

    /// Writes down what came of mails that were claimed; answers how many subscribers were forgotten because their
    /// address has refused mail [`MOST_BOUNCES`] times in a row, those counted that came back, or the very first one.
    /// Of one whose lease has run out meanwhile, only that it was sent is still worth writing.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn settle_mails(
        &self,
        outcomes: &[(MailClaim, MailOutcome)],
        now: Timestamp,
    ) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let mut forgotten = 0;
        for (claim, outcome) in outcomes {
            if *outcome == MailOutcome::Sent || is_held(&mut transaction, *claim).await? {
                forgotten += settle(&mut transaction, claim.id, outcome, now).await?;
            }
        }
        transaction.commit().await.doing("settle mails")?;
        Ok(forgotten)
    }

    /// How many mails wait, those in hand included, and since when the oldest does.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn waiting_mails(&self) -> Result<(u64, Option<Timestamp>)> {
        let (count, oldest): (i64, Option<String>) = sqlx::query_as(
            "SELECT COUNT(*), MIN(made_at) FROM mails WHERE state IN ('waiting', 'leased')",
        )
        .fetch_one(self.readers())
        .await
        .doing("count the mails")?;
        let oldest = oldest.map(|at| instant::parse(TABLE, &at)).transpose()?;
        Ok((u64::try_from(count).unwrap_or(0), oldest))
    }

    /// Counts a mail as returned that a server had taken and could not deliver, days later perhaps; answers whether
    /// its subscriber was forgotten for it. That the server takes the next one says nothing; the count begins anew when
    /// none has come back for a year.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn count_returned_mail(&self, subscriber: &str, now: Timestamp) -> Result<bool> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "UPDATE subscribers SET returned = CASE WHEN returned_at >= $2 THEN returned + 1 ELSE 1 END,
                                    returned_at = $3
             WHERE id = $1",
        )
        .bind(subscriber)
        .bind(instant::encode(now - RETURNED_KEPT))
        .bind(instant::encode(now))
        .execute(&mut *transaction)
        .await
        .doing("count a returned mail")?;
        let forgotten = forget_bouncing(&mut transaction, subscriber, now).await?;
        transaction.commit().await.doing("count a returned mail")?;
        Ok(forgotten > 0)
    }

    /// Forgets to whom a bulletin was written that expired before an instant: nothing more will be told of it. Answers
    /// how many mails that were, `most` at most; further ones wait for the next call.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_mails(&self, expired_before: Timestamp, most: u32) -> Result<u64> {
        let done = sqlx::query(
            "DELETE FROM mails WHERE id IN (
                 SELECT mails.id FROM bulletins JOIN mails ON mails.bulletin = bulletins.id
                 WHERE expires_at < $1 LIMIT $2)",
        )
        .bind(instant::encode(expired_before))
        .bind(i64::from(most))
        .write_to(self)
        .await
        .doing("forget old mails")?;
        Ok(done.rows_affected())
    }
}

/// What one look into the queue has found.
#[derive(Debug, Default)]
pub struct ClaimedMails {
    /// Those to be sent.
    pub mails: Vec<QueuedMail>,
    /// Rows that cannot be read, and why.
    pub unreadable: Vec<(i64, Error)>,
}

/// A mail in one hand: the next hand that takes it has another one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailClaim {
    /// Its row.
    id: i64,
    /// See [`QueuedMail::attempts`].
    attempts: u32,
}

/// A mail that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    /// Its row.
    pub id: i64,
    /// For whom.
    pub subscriber: String,
    /// Their address, sealed.
    pub address: Vec<u8>,
    /// Their language.
    pub language: Language,
    /// Whether they have confirmed.
    pub is_confirmed: bool,
    /// The entry to be told; without one, the mail that asks to confirm, or that brings the link again.
    pub about: Option<(BulletinId, u32)>,
    /// How often it was claimed: 1 the first time.
    pub attempts: u32,
    /// Since when it waits.
    pub made_at: Timestamp,
}

impl QueuedMail {
    /// By which [`Store::settle_mails`] knows whether it is still in this hand.
    #[must_use]
    pub fn claim(&self) -> MailClaim {
        MailClaim {
            id: self.id,
            attempts: self.attempts,
        }
    }
}

/// What came of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server took it.
    Sent,
    /// It is tried again then.
    Later {
        /// Not before.
        at: Timestamp,
        /// What the server said.
        why: String,
    },
    /// It was not tried, and waits as before.
    Untried,
    /// It is given up.
    Refused {
        /// What the server said.
        why: String,
    },
    /// There is no such mailbox.
    NoSuchAddress {
        /// What the server said.
        why: String,
    },
    /// There is nothing to say any more.
    Dropped,
}

/// After so many refusals in a row, with those that came later, an address is forgotten.
pub const MOST_BOUNCES: u8 = 3;

/// A mailbox that is full one summer and another is a living one.
const RETURNED_KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Subscribers queued in one transaction: a tenth of a second of a slow disk.
const PORTION: i64 = 1_000;

/// A row that cannot be read is looked at again this late: a newer version of the program may have written it.
const UNREADABLE_WAITS: SignedDuration = SignedDuration::from_hours(1);

async fn lease_out(connection: &mut Connection, id: i64, until: Timestamp) -> Result<()> {
    sqlx::query(
        "UPDATE mails SET state = 'leased', leased_until = $2, attempts = attempts + 1 WHERE id = $1",
    )
    .bind(id)
    .bind(instant::encode(until))
    .execute(connection)
    .await
    .doing("claim mails")?;
    Ok(())
}

async fn put_off(
    connection: &mut Connection,
    id: i64,
    until: Timestamp,
    why: &Error,
) -> Result<()> {
    sqlx::query("UPDATE mails SET run_at = $2, why = $3 WHERE id = $1")
        .bind(id)
        .bind(instant::encode(until))
        .bind(why.to_string())
        .execute(connection)
        .await
        .doing("put a mail off")?;
    Ok(())
}

/// Whether a mail is still in the hand that has taken it.
async fn is_held(connection: &mut Connection, claim: MailClaim) -> Result<bool> {
    let held: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM mails WHERE id = $1 AND attempts = $2 AND state = 'leased'",
    )
    .bind(claim.id)
    .bind(i64::from(claim.attempts))
    .fetch_optional(connection)
    .await
    .doing("settle mails")?;
    Ok(held.is_some())
}

async fn queue_portion(
    connection: &mut Connection,
    (bulletin, entry): (&Bulletin, &Entry),
    (behind, last): (&str, &str),
    now: Timestamp,
) -> Result<u64> {
    let closes = matches!(entry.kind, EntryKind::End | EntryKind::Withdrawal);
    let done = sqlx::query(
        "INSERT INTO mails (subscriber, bulletin, entry, state, rank, made_at, run_at)
         SELECT id, $1, $2, 'waiting', 1, $3, $3 FROM subscribers
         WHERE territory = $4 AND id > $5 AND id <= $6 AND confirmed_at IS NOT NULL AND (
             EXISTS (SELECT 1 FROM mails WHERE subscriber = subscribers.id AND bulletin = $1
                     AND entry < $2 AND state IN ('sent', 'leased'))
             OR ($7 AND ($8 OR NOT unplanned_only) AND (
                 NOT EXISTS (SELECT 1 FROM subscriber_places WHERE subscriber = subscribers.id)
                 OR EXISTS (SELECT 1 FROM subscriber_places JOIN sites ON sites.slug = $9
                            WHERE subscriber = subscribers.id
                            AND ((what = 'site' AND subscriber_places.name = sites.slug)
                              OR (what = 'commune' AND subscriber_places.name = sites.commune))))))
         ON CONFLICT DO NOTHING",
    )
    .bind(bulletin.id.as_str())
    .bind(i64::from(entry.number))
    .bind(instant::encode(now))
    .bind(bulletin.territory.as_str())
    .bind(behind)
    .bind(last)
    .bind(!closes)
    .bind(bulletin.kind == Kind::Unplanned)
    .bind(bulletin.site.as_str())
    .execute(&mut *connection)
    .await
    .doing("queue mails")?;
    sqlx::query(
        "DELETE FROM mails WHERE bulletin = $1 AND entry < $2 AND state = 'waiting'
         AND subscriber > $3 AND subscriber <= $4",
    )
    .bind(bulletin.id.as_str())
    .bind(i64::from(entry.number))
    .bind(behind)
    .bind(last)
    .execute(connection)
    .await
    .doing("drop mails that were overtaken")?;
    Ok(done.rows_affected())
}

/// Answers how many subscribers were forgotten.
async fn settle(
    connection: &mut Connection,
    id: i64,
    outcome: &MailOutcome,
    now: Timestamp,
) -> Result<u64> {
    let mut forgotten = 0;
    match outcome {
        MailOutcome::Sent => {
            // A mail that asked to confirm has nobody to be told an end.
            run(
                connection,
                "DELETE FROM mails WHERE id = $1 AND bulletin IS NULL",
                id,
            )
            .await?;
            run(
                connection,
                "UPDATE subscribers SET bounces = 0 WHERE bounces > 0
                 AND id = (SELECT subscriber FROM mails WHERE id = $1)",
                id,
            )
            .await?;
            let sent =
                "UPDATE mails SET state = 'sent', leased_until = NULL, why = NULL WHERE id = $1";
            run(connection, sent, id).await?;
        }
        MailOutcome::Dropped => run(connection, "DELETE FROM mails WHERE id = $1", id).await?,
        MailOutcome::Untried => {
            overtaken(connection, id).await?;
            run(
                connection,
                "UPDATE mails SET state = 'waiting', leased_until = NULL, attempts = attempts - 1 WHERE id = $1",
                id,
            )
            .await?;
        }
        MailOutcome::Later { at, why } => {
            overtaken(connection, id).await?;
            sqlx::query(
                "UPDATE mails SET state = 'waiting', leased_until = NULL, run_at = $2, why = $3 WHERE id = $1",
            )
            .bind(id)
            .bind(instant::encode(*at))
            .bind(why)
            .execute(connection)
            .await
            .doing("settle mails")?;
        }
        MailOutcome::Refused { why } => refuse(connection, id, why).await?,
        MailOutcome::NoSuchAddress { why } => {
            refuse(connection, id, why).await?;
            let subscriber: Option<String> =
                sqlx::query_scalar("SELECT subscriber FROM mails WHERE id = $1")
                    .bind(id)
                    .fetch_optional(&mut *connection)
                    .await
                    .doing("settle mails")?;
            if let Some(subscriber) = subscriber {
                forgotten = bounce(connection, &subscriber, now).await?;
            }
        }
    }
    Ok(forgotten)
}

/// A mail that was in hand when a later entry came is dropped when it was not sent.
async fn overtaken(connection: &mut Connection, id: i64) -> Result<()> {
    run(
        connection,
        "DELETE FROM mails WHERE id = $1 AND EXISTS (
             SELECT 1 FROM mails AS later WHERE later.subscriber = mails.subscriber
             AND later.bulletin = mails.bulletin AND later.entry > mails.entry)",
        id,
    )
    .await
}

async fn refuse(connection: &mut Connection, id: i64, why: &str) -> Result<()> {
    sqlx::query("UPDATE mails SET state = 'refused', leased_until = NULL, why = $2 WHERE id = $1")
        .bind(id)
        .bind(why)
        .execute(connection)
        .await
        .doing("settle mails")?;
    Ok(())
}

/// Counts a refusal of an address; answers how many subscribers were forgotten.
async fn bounce(connection: &mut Connection, subscriber: &str, now: Timestamp) -> Result<u64> {
    sqlx::query("UPDATE subscribers SET bounces = bounces + 1 WHERE id = $1")
        .bind(subscriber)
        .execute(&mut *connection)
        .await
        .doing("count a refusal")?;
    forget_bouncing(connection, subscriber, now).await
}

/// Forgets a subscriber at the last refusal or return of a mail, and at the first if they never confirmed.
async fn forget_bouncing(
    connection: &mut Connection,
    subscriber: &str,
    now: Timestamp,
) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM subscribers WHERE id = $1 AND (
             bounces + CASE WHEN returned_at >= $3 THEN returned ELSE 0 END >= $2 OR confirmed_at IS NULL)",
    )
    .bind(subscriber)
    .bind(i64::from(MOST_BOUNCES))
    .bind(instant::encode(now - RETURNED_KEPT))
    .execute(connection)
    .await
    .doing("forget a subscriber")?;
    Ok(done.rows_affected())
}

async fn run(connection: &mut Connection, statement: &'static str, id: i64) -> Result<()> {
    sqlx::query(statement)
        .bind(id)
        .execute(connection)
        .await
        .doing("settle mails")?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    subscriber: String,
    bulletin: Option<String>,
    entry: Option<i64>,
    attempts: i64,
    made_at: String,
    address: Vec<u8>,
    language: String,
    confirmed_at: Option<String>,
}

impl Row {
    fn read(self) -> Result<QueuedMail> {
        let number = |text: i64| {
            u32::try_from(text).map_err(|_| unreadable(TABLE, "a number", &text.to_string()))
        };
        let about = match (self.bulletin, self.entry) {
            (Some(id), Some(entry)) => {
                let id =
                    BulletinId::parse(&id).map_err(|_| unreadable(TABLE, "a bulletin", &id))?;
                Some((id, number(entry)?))
            }
            _ => None,
        };
        Ok(QueuedMail {
            id: self.id,
            subscriber: self.subscriber,
            address: self.address,
            language: Language::parse(&self.language)
                .ok_or_else(|| unreadable(TABLE, "a language", &self.language))?,
            is_confirmed: self.confirmed_at.is_some(),
            about,
            attempts: number(self.attempts)?.saturating_add(1),
            made_at: instant::parse(TABLE, &self.made_at)?,
        })
    }
}

const TABLE: &str = "mails";
