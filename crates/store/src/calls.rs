//! Calls that are over, until their time is up.

mod figures;

use bulletin::{BulletinId, Noticed};
use jiff::Timestamp;

use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, instant};

pub use figures::{CallQuarter, HeardSum};

impl Store {
    /// Writes calls that are over and adds them to the figures, all of them or none. The same calls once more change
    /// nothing: whoever did not hear what became of a commit may ask again.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn insert_calls(&self, calls: &[RecordedCall]) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let [first, ..] = calls
            && is_written(&mut transaction, first).await?
        {
            return Ok(());
        }
        for call in calls {
            sqlx::query(INSERT)
                .bind(storable(&call.call_id))
                .bind(&call.trunk)
                .bind(&call.territory)
                .bind(&call.dialled)
                .bind(&call.caller)
                .bind(&call.verstat)
                .bind(&call.attestation)
                .bind(instant::encode(call.started_at))
                .bind(call.answered_at.map(instant::encode))
                .bind(instant::encode(call.ended_at))
                .bind(&call.keys)
                .bind(encode_heard(&call.heard))
                .bind(encode_noticed(&call.noticed))
                .bind(&call.codec)
                .bind(call.ptime_ms.map(i64::from))
                .bind(&call.srtp)
                .bind(call.packets_sent)
                .bind(call.packets_lost.map(i64::from))
                .bind(call.worst_loss.map(i64::from))
                .bind(call.jitter_us)
                .bind(call.round_trip_us)
                .bind(&call.end)
                .bind(&call.ended_by)
                .bind(call.sip_status.map(i64::from))
                .bind(call.q850.map(i64::from))
                .execute(&mut *transaction)
                .await
                .doing("save a call")?;
        }
        figures::add(&mut transaction, calls).await?;
        transaction.commit().await.doing("save calls")
    }

    /// As [`Store::insert_calls`], where no rows are wanted: the figures name nobody, and alone are kept.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn add_to_figures(&self, calls: &[RecordedCall]) -> Result<()> {
        let mut transaction = self.begin().await?;
        figures::add(&mut transaction, calls).await?;
        transaction.commit().await.doing("save figures of calls")
    }

    /// The calls that started before `until` and stand behind a place, in the order in which they started, at most
    /// `most` of them, each with its own place.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn calls(
        &self,
        behind: &CallPlace,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<(CallPlace, RecordedCall)>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, call_id, trunk, territory, dialled, caller, verstat, attestation, started_at, answered_at,
                    ended_at, keys, heard, noticed, codec, ptime_ms, srtp, packets_sent, packets_lost, worst_loss,
                    jitter_us, round_trip_us, end_word, ended_by, sip_status, q850
             FROM calls WHERE (started_at, id) > ($1, $2) AND started_at < $3
             ORDER BY started_at, id LIMIT $4",
        )
        .bind(&behind.started_at)
        .bind(behind.id)
        .bind(instant::encode(until))
        .bind(i64::from(most))
        .fetch_all(self.readers())
        .await
        .doing("read calls")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Forgets at most `most` of the calls that started before an instant, the oldest first; answers how many that were.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_calls(&self, before: Timestamp, most: u32) -> Result<u64> {
        let done = sqlx::query(
            "DELETE FROM calls WHERE id IN
             (SELECT id FROM calls WHERE started_at < $1 ORDER BY started_at LIMIT $2)",
        )
        .bind(instant::encode(before))
        .bind(i64::from(most))
        .write_to(self)
        .await
        .doing("forget calls")?;
        Ok(done.rows_affected())
    }
}

/// A call that is over, as rows hold it: words and numbers for whoever evaluates them, nothing to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCall {
    /// The Call-ID of its INVITE.
    pub call_id: String,
    /// The trunk it came by.
    pub trunk: Option<String>,
    /// The territory dialled, or the one chosen last in the menu.
    pub territory: Option<String>,
    /// The number found in the INVITE, in E.164 form.
    pub dialled: Option<String>,
    /// The beginning of the caller's number, or `withheld`.
    pub caller: Option<String>,
    /// What a carrier says it found when it checked the caller's number.
    pub verstat: Option<String>,
    /// `A`, `B` or `C`, as the carrier that signed the call claims.
    pub attestation: Option<String>,
    /// When its INVITE came.
    pub started_at: Timestamp,
    /// When sound began; `None` if it never did.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Timestamp,
    /// Keys pressed, in order.
    pub keys: String,
    /// Bulletins that began to play.
    pub heard: Vec<HeardBulletin>,
    /// What the caller said is noticed.
    pub noticed: Vec<Noticed>,
    /// The codec sent.
    pub codec: Option<String>,
    /// Milliseconds of sound in a packet.
    pub ptime_ms: Option<u32>,
    /// The crypto suite of its sound; `None` where it went in clear.
    pub srtp: Option<String>,
    /// RTP packets sent.
    pub packets_sent: i64,
    /// Packets that the caller's side reported lost; negative where more arrived than were sent.
    pub packets_lost: Option<i32>,
    /// The worst loss between two reports, in 256ths.
    pub worst_loss: Option<u8>,
    /// The largest jitter reported, in microseconds.
    pub jitter_us: Option<i64>,
    /// The latest round trip, in microseconds.
    pub round_trip_us: Option<i64>,
    /// How it ended, in a word.
    pub end: String,
    /// Who ended it: `caller` or `line`.
    pub ended_by: String,
    /// The SIP status that ended it before it was answered, or that the caller gave as a reason.
    pub sip_status: Option<u16>,
    /// The Q.850 cause in the Reason of the request that ended it.
    pub q850: Option<u8>,
}

/// How much of a bulletin a caller heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardBulletin {
    /// Which one.
    pub bulletin: BulletinId,
    /// Milliseconds that were played.
    pub played_ms: u64,
    /// Milliseconds that there were.
    pub whole_ms: u64,
}

/// Where a call stands in the order of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlace {
    started_at: String,
    id: i64,
}

impl CallPlace {
    /// Before all calls that started at this instant or later.
    #[must_use]
    pub fn before(instant: Timestamp) -> Self {
        Self {
            started_at: instant::encode(instant),
            id: i64::MIN,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    call_id: String,
    trunk: Option<String>,
    territory: Option<String>,
    dialled: Option<String>,
    caller: Option<String>,
    verstat: Option<String>,
    attestation: Option<String>,
    started_at: String,
    answered_at: Option<String>,
    ended_at: String,
    keys: String,
    heard: String,
    noticed: String,
    codec: Option<String>,
    ptime_ms: Option<i64>,
    srtp: Option<String>,
    packets_sent: i64,
    packets_lost: Option<i64>,
    worst_loss: Option<i64>,
    jitter_us: Option<i64>,
    round_trip_us: Option<i64>,
    end_word: String,
    ended_by: String,
    sip_status: Option<i64>,
    q850: Option<i64>,
}

impl Row {
    fn read(self) -> Result<(CallPlace, RecordedCall)> {
        let answered_at = self.answered_at.as_deref();
        let call = RecordedCall {
            call_id: self.call_id,
            trunk: self.trunk,
            territory: self.territory,
            dialled: self.dialled,
            caller: self.caller,
            verstat: self.verstat,
            attestation: self.attestation,
            started_at: instant::parse(TABLE, &self.started_at)?,
            answered_at: answered_at
                .map(|text| instant::parse(TABLE, text))
                .transpose()?,
            ended_at: instant::parse(TABLE, &self.ended_at)?,
            keys: self.keys,
            heard: parse_heard(&self.heard)?,
            noticed: parse_noticed(&self.noticed)?,
            codec: self.codec,
            ptime_ms: narrow(self.ptime_ms)?,
            srtp: self.srtp,
            packets_sent: self.packets_sent,
            packets_lost: narrow(self.packets_lost)?,
            worst_loss: narrow(self.worst_loss)?,
            jitter_us: self.jitter_us,
            round_trip_us: self.round_trip_us,
            end: self.end_word,
            ended_by: self.ended_by,
            sip_status: narrow(self.sip_status)?,
            q850: narrow(self.q850)?,
        };
        let place = CallPlace {
            started_at: self.started_at,
            id: self.id,
        };
        Ok((place, call))
    }
}

/// Whether a call has its row, and with it all that were written together.
async fn is_written(transaction: &mut Connection, call: &RecordedCall) -> Result<bool> {
    let rows: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM calls WHERE started_at = $1 AND ended_at = $2 AND call_id = $3",
    )
    .bind(instant::encode(call.started_at))
    .bind(instant::encode(call.ended_at))
    .bind(storable(&call.call_id))
    .fetch_one(transaction)
    .await
    .doing("look for a call")?;
    Ok(rows > 0)
}

/// The one word that whoever calls has chosen freely: PostgreSQL takes no NUL.
fn storable(call_id: &str) -> String {
    call_id.replace('\0', "\u{fffd}")
}

/// A number of a row as it was before it was written.
fn narrow<T: TryFrom<i64>>(stored: Option<i64>) -> Result<Option<T>> {
    let whole = |stored: i64| {
        T::try_from(stored).map_err(|_| unreadable(TABLE, "a smaller number", &stored.to_string()))
    };
    stored.map(whole).transpose()
}

fn encode_heard(heard: &[HeardBulletin]) -> String {
    let words: Vec<_> = heard
        .iter()
        .map(|one| format!("{}:{}/{}", one.bulletin, one.played_ms, one.whole_ms))
        .collect();
    words.join(" ")
}

fn parse_heard(text: &str) -> Result<Vec<HeardBulletin>> {
    text.split_whitespace()
        .map(|word| {
            parse_one(word).ok_or_else(|| unreadable(TABLE, "a bulletin that was heard", word))
        })
        .collect()
}

fn parse_one(word: &str) -> Option<HeardBulletin> {
    let (bulletin, lengths) = word.split_once(':')?;
    let (played, whole) = lengths.split_once('/')?;
    Some(HeardBulletin {
        bulletin: BulletinId::parse(bulletin).ok()?,
        played_ms: played.parse().ok()?,
        whole_ms: whole.parse().ok()?,
    })
}

fn encode_noticed(noticed: &[Noticed]) -> String {
    let words: Vec<_> = noticed.iter().map(|one| one.as_str()).collect();
    words.join(" ")
}

fn parse_noticed(text: &str) -> Result<Vec<Noticed>> {
    let parse =
        |word| Noticed::parse(word).ok_or_else(|| unreadable(TABLE, "what a caller notices", word));
    text.split_whitespace().map(parse).collect()
}

const TABLE: &str = "calls";
const INSERT: &str = "INSERT INTO calls (call_id, trunk, territory, dialled, caller, verstat, attestation,
    started_at, answered_at, ended_at, keys, heard, noticed, codec, ptime_ms, srtp, packets_sent, packets_lost, worst_loss,
    jitter_us, round_trip_us, end_word, ended_by, sip_status, q850)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
    $23, $24, $25)";
