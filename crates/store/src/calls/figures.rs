//! Figures of calls by territory and quarter of an hour: added up as rows are written, read without reading a row.

use std::collections::BTreeMap;

use bulletin::{BulletinId, Noticed, TerritorySlug};
use jiff::{Timestamp, tz::TimeZone};

use super::RecordedCall;
use crate::database::Connection;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, milestones};

impl Store {
    /// The calls of a territory that began from `since` on and before `until`, by quarter of an hour; quarters without
    /// a call are left out.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn call_quarters(
        &self,
        territory: &TerritorySlug,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CallQuarter>> {
        let rows: Vec<(String, i64, i64, i64, i64)> = sqlx::query_as(
            "SELECT quarter, calls, answered, refused, listened_ms FROM call_quarters
             WHERE territory = $1 AND quarter >= $2 AND quarter < $3 ORDER BY quarter",
        )
        .bind(territory.as_str())
        .bind(quarter_of(since))
        .bind(ceiling_of(until))
        .fetch_all(self.readers())
        .await
        .doing("read figures of calls")?;
        rows.into_iter()
            .map(|(quarter, calls, answered, refused, listened_ms)| {
                Ok(CallQuarter {
                    begins_at: parse_quarter(&quarter)?,
                    calls: whole(calls)?,
                    answered: whole(answered)?,
                    refused: whole(refused)?,
                    listened_ms: whole(listened_ms)?,
                })
            })
            .collect()
    }

    /// How often each key was pressed in that time.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn keys_pressed(
        &self,
        territory: &TerritorySlug,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(String, u64)>> {
        let sums = self.tallies(territory, KEY, since, until).await?;
        Ok(sums.into_iter().map(|it| (it.word, it.count)).collect())
    }

    /// How many callers said that they noticed what, in that time.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn callers_noticed(
        &self,
        territory: &TerritorySlug,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Noticed, u64)>> {
        let sums = self.tallies(territory, NOTICED, since, until).await?;
        sums.into_iter()
            .map(|it| {
                let noticed = Noticed::parse(&it.word)
                    .ok_or_else(|| unreadable(TALLIES, "what a caller notices", &it.word))?;
                Ok((noticed, it.count))
            })
            .collect()
    }

    /// How many callers heard which bulletin and how much of it, in that time; those heard most come first.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn bulletins_heard(
        &self,
        territory: &TerritorySlug,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<HeardSum>> {
        let sums = self.tallies(territory, HEARD, since, until).await?;
        sums.into_iter()
            .map(|it| {
                Ok(HeardSum {
                    bulletin: BulletinId::parse(&it.word)
                        .map_err(|_| unreadable(TALLIES, "a bulletin", &it.word))?,
                    callers: it.count,
                    played_ms: it.played_ms,
                    whole_ms: it.whole_ms,
                })
            })
            .collect()
    }

    /// Adds to the calls that the line did not let in, in the quarter of an hour of `at`.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn add_refusals(&self, at: Timestamp, calls: u64) -> Result<()> {
        sqlx::query(
            "INSERT INTO refusals (quarter, calls) VALUES ($1, $2)
             ON CONFLICT (quarter) DO UPDATE SET calls = refusals.calls + excluded.calls",
        )
        .bind(quarter_of(at))
        .bind(signed(calls))
        .write_to(self)
        .await
        .doing("count calls that were not let in")?;
        Ok(())
    }

    /// The calls that the line did not let in, of all territories, by quarter of an hour.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn refusals(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, u64)>> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT quarter, calls FROM refusals WHERE quarter >= $1 AND quarter < $2 ORDER BY quarter",
        )
        .bind(quarter_of(since))
        .bind(ceiling_of(until))
        .fetch_all(self.readers())
        .await
        .doing("read calls that were not let in")?;
        rows.into_iter()
            .map(|(quarter, calls)| Ok((parse_quarter(&quarter)?, whole(calls)?)))
            .collect()
    }

    async fn tallies(
        &self,
        territory: &TerritorySlug,
        kind: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Sum>> {
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
            "SELECT word, CAST(SUM(count) AS BIGINT), CAST(SUM(played_ms) AS BIGINT), CAST(SUM(whole_ms) AS BIGINT)
             FROM call_tallies
             WHERE territory = $1 AND kind = $2 AND quarter >= $3 AND quarter < $4
             GROUP BY word ORDER BY 2 DESC, 1",
        )
        .bind(territory.as_str())
        .bind(kind)
        .bind(quarter_of(since))
        .bind(ceiling_of(until))
        .fetch_all(self.readers())
        .await
        .doing("read figures of calls")?;
        rows.into_iter()
            .map(|(word, count, played_ms, whole_ms)| {
                Ok(Sum {
                    word,
                    count: whole(count)?,
                    played_ms: whole(played_ms)?,
                    whole_ms: whole(whole_ms)?,
                })
            })
            .collect()
    }
}

/// The calls of a territory that began in one quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallQuarter {
    /// When the quarter begins.
    pub begins_at: Timestamp,
    /// Calls that reached the line.
    pub calls: u64,
    /// Those that heard something.
    pub answered: u64,
    /// Those that were refused after they had reached it, such as for want of a common codec.
    pub refused: u64,
    /// Milliseconds of all of them on the line.
    pub listened_ms: u64,
}

/// What callers heard of one bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardSum {
    /// Which one.
    pub bulletin: BulletinId,
    /// Callers to whom it began to play.
    pub callers: u64,
    /// Milliseconds played to all of them.
    pub played_ms: u64,
    /// Milliseconds there were for all of them.
    pub whole_ms: u64,
}

struct Sum {
    word: String,
    count: u64,
    played_ms: u64,
    whole_ms: u64,
}

/// Adds calls to the figures and notes which bulletins were heard first, in the transaction of their rows.
pub(super) async fn add(connection: &mut Connection, calls: &[RecordedCall]) -> Result<()> {
    let mut quarters: BTreeMap<(&str, String), [u64; 4]> = BTreeMap::new();
    let mut tallies: BTreeMap<(&str, &str, String, String), [u64; 3]> = BTreeMap::new();
    let mut heard_at: BTreeMap<&BulletinId, Timestamp> = BTreeMap::new();
    for call in calls {
        let territory = call.territory.as_deref().unwrap_or_default();
        let quarter = quarter_of(call.started_at);
        let listened_ms = call.answered_at.map_or(0, |at| listened_ms(at, call));
        let sums = quarters.entry((territory, quarter.clone())).or_default();
        let more = [
            1,
            call.answered_at.is_some().into(),
            (call.end == REFUSED).into(),
            listened_ms,
        ];
        grow(sums, more);
        let keys = call
            .keys
            .chars()
            .map(|key| (KEY, key.to_string(), [1, 0, 0]));
        let noticed = call.noticed.iter();
        let noticed = noticed.map(|one| (NOTICED, one.as_str().to_owned(), [1, 0, 0]));
        let heard = call.heard.iter().map(|one| {
            let sums = [1, one.played_ms, one.whole_ms];
            (HEARD, one.bulletin.to_string(), sums)
        });
        for (kind, word, more) in keys.chain(noticed).chain(heard) {
            let place = (territory, kind, quarter.clone(), word);
            grow(tallies.entry(place).or_default(), more);
        }
        for one in &call.heard {
            let at = call.answered_at.unwrap_or(call.started_at);
            let first = heard_at.entry(&one.bulletin).or_insert(at);
            *first = at.min(*first);
        }
    }
    for ((territory, quarter), sums) in quarters {
        add_quarter(connection, territory, &quarter, sums).await?;
    }
    for ((territory, kind, quarter, word), sums) in tallies {
        add_tally(connection, [territory, kind, &quarter, &word], sums).await?;
    }
    for (bulletin, at) in heard_at {
        milestones::insert(connection, bulletin, 0, milestones::HEARD, at).await?;
    }
    Ok(())
}

async fn add_quarter(
    connection: &mut Connection,
    territory: &str,
    quarter: &str,
    sums: [u64; 4],
) -> Result<()> {
    let mut query = sqlx::query(
        "INSERT INTO call_quarters (territory, quarter, calls, answered, refused, listened_ms)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (territory, quarter) DO UPDATE
         SET calls = call_quarters.calls + excluded.calls,
             answered = call_quarters.answered + excluded.answered,
             refused = call_quarters.refused + excluded.refused,
             listened_ms = call_quarters.listened_ms + excluded.listened_ms",
    )
    .bind(territory)
    .bind(quarter);
    for sum in sums {
        query = query.bind(signed(sum));
    }
    query
        .execute(connection)
        .await
        .doing("add calls to the figures")?;
    Ok(())
}

async fn add_tally(connection: &mut Connection, place: [&str; 4], sums: [u64; 3]) -> Result<()> {
    let mut query = sqlx::query(
        "INSERT INTO call_tallies (territory, kind, quarter, word, count, played_ms, whole_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (territory, kind, quarter, word) DO UPDATE
         SET count = call_tallies.count + excluded.count,
             played_ms = call_tallies.played_ms + excluded.played_ms,
             whole_ms = call_tallies.whole_ms + excluded.whole_ms",
    );
    for word in place {
        query = query.bind(word);
    }
    for sum in sums {
        query = query.bind(signed(sum));
    }
    query
        .execute(connection)
        .await
        .doing("add calls to the figures")?;
    Ok(())
}

/// The clock may have been set back while somebody listened.
fn listened_ms(answered_at: Timestamp, call: &RecordedCall) -> u64 {
    let passed = answered_at.duration_until(call.ended_at).as_millis();
    u64::try_from(passed).unwrap_or(0)
}

fn grow<const N: usize>(sums: &mut [u64; N], more: [u64; N]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = sum.saturating_add(more);
    }
}

/// The beginning of the quarter of an hour in which an instant is, as rows hold it.
fn quarter_of(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    let minute = at.minute() / 15 * 15;
    format!("{}:{minute:02}", at.strftime("%Y-%m-%dT%H"))
}

/// The first quarter that begins at an instant or later.
fn ceiling_of(at: Timestamp) -> String {
    let almost = jiff::SignedDuration::from_secs(15 * 60 - 1);
    quarter_of(at.saturating_add(almost).unwrap_or(Timestamp::MAX))
}

fn parse_quarter(text: &str) -> Result<Timestamp> {
    format!("{text}:00Z")
        .parse()
        .map_err(|_| unreadable("call_quarters", "a quarter of an hour", text))
}

fn whole(stored: i64) -> Result<u64> {
    u64::try_from(stored).map_err(|_| unreadable(TALLIES, "a count", &stored.to_string()))
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How `line::EndCause::Refused` is written.
const REFUSED: &str = "refused";
const KEY: &str = "key";
const NOTICED: &str = "noticed";
const HEARD: &str = "heard";
const TALLIES: &str = "call_tallies";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_an_hour_is_named_by_its_beginning() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(quarter_of(at("2026-11-25T22:44:59.9Z")), "2026-11-25T22:30");
        assert_eq!(quarter_of(at("2026-11-25T22:45:00Z")), "2026-11-25T22:45");
        assert_eq!(ceiling_of(at("2026-11-25T22:45:00Z")), "2026-11-25T22:45");
        assert_eq!(ceiling_of(at("2026-11-25T22:45:01Z")), "2026-11-25T23:00");
        assert_eq!(
            parse_quarter("2026-11-25T22:45").unwrap(),
            at("2026-11-25T22:45:00Z")
        );
    }
}
