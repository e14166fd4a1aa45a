//! The nodes that share the database, as each of them says now and then how it is; and the work of which one of them at
//! a time does all.

use std::collections::BTreeMap;
use std::time::Duration;

use bulletin::{BulletinId, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::database::Flag;
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, instant};

impl Store {
    /// Writes how a node is, in place of what it said before, and forgets nodes that were last seen before an instant.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn see_node(&self, node: &KnownNode, forget_before: Timestamp) -> Result<()> {
        let crowds = node.crowds.iter();
        let crowds: BTreeMap<_, _> = crowds.map(|(slug, live)| (slug.as_str(), live)).collect();
        let held: BTreeMap<_, _> = node
            .held
            .iter()
            .map(|(id, (entry, since))| (id.as_str(), json!([entry, since.to_string()])))
            .collect();
        let mut transaction = self.begin().await?;
        sqlx::query(
            "INSERT INTO nodes (id, name, role, version, since, seen_at, calls, leaving, programme, crowds, held)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, version = excluded.version,
                 since = excluded.since, seen_at = excluded.seen_at, calls = excluded.calls,
                 leaving = excluded.leaving, programme = excluded.programme, crowds = excluded.crowds,
                 held = excluded.held",
        )
        .bind(&node.id)
        .bind(&node.name)
        .bind(&node.role)
        .bind(&node.version)
        .bind(instant::encode(node.since))
        .bind(instant::encode(node.seen_at))
        .bind(i64::try_from(node.calls).unwrap_or(i64::MAX))
        .bind(node.is_leaving)
        .bind(&node.programme)
        .bind(json!(crowds).to_string())
        .bind(json!(held).to_string())
        .execute(&mut *transaction)
        .await
        .doing("write how a node is")?;
        sqlx::query("DELETE FROM nodes WHERE seen_at < $1")
            .bind(instant::encode(forget_before))
            .execute(&mut *transaction)
            .await
            .doing("forget nodes")?;
        transaction.commit().await.doing("write how a node is")
    }

    /// Every node that is not forgotten, by name, role and id.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn nodes(&self) -> Result<Vec<KnownNode>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, name, role, version, since, seen_at, calls, CAST(leaving AS INTEGER) AS leaving, programme,
                    crowds, held
             FROM nodes ORDER BY name, role, id",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the nodes")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Takes a duty for the length of `lease`, or keeps it for that long from now on; answers whether it is this holder's.
    /// It is nobody else's until then.
    ///
    /// - `holder`: the id of a node.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn take_duty(
        &self,
        duty: &str,
        holder: &str,
        now: Timestamp,
        lease: Duration,
    ) -> Result<bool> {
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        let done = sqlx::query(
            "INSERT INTO duties (name, holder, leased_until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
             WHERE duties.holder = excluded.holder OR duties.leased_until <= $4",
        )
        .bind(duty)
        .bind(holder)
        .bind(instant::encode(until))
        .bind(instant::encode(now))
        .write_to(self)
        .await
        .doing("take a duty")?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives a duty back that is this holder's.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn leave_duty(&self, duty: &str, holder: &str) -> Result<()> {
        sqlx::query("DELETE FROM duties WHERE name = $1 AND holder = $2")
            .bind(duty)
            .bind(holder)
            .write_to(self)
            .await
            .doing("give a duty back")?;
        Ok(())
    }
}

/// A node, as it last said how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNode {
    /// What tells it from every other.
    pub id: String,
    /// How the people who run the machine call it.
    pub name: String,
    /// `all`, `line`, `web` or `jobs`.
    pub role: String,
    /// Of the program.
    pub version: String,
    /// When it was started.
    pub since: Timestamp,
    /// When it said so, by its own clock.
    pub seen_at: Timestamp,
    /// Calls in progress.
    pub calls: u64,
    /// Whether it was told to stop.
    pub is_leaving: bool,
    /// A word that is the same for nodes whose callers hear the same.
    pub programme: String,
    /// The callers of each territory.
    pub crowds: BTreeMap<TerritorySlug, u64>,
    /// The entry of each bulletin that callers hear there, and since when; empty where nobody calls.
    pub held: BTreeMap<BulletinId, (u32, Timestamp)>,
}

impl KnownNode {
    /// Whether it has said something a moment ago; clocks of nodes may differ by some seconds.
    #[must_use]
    pub fn was_seen_lately(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) < SEEN_WITHIN
    }
}

/// Several times as long as nodes are silent between two words.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_secs(20);

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    role: String,
    version: String,
    since: String,
    seen_at: String,
    calls: i64,
    leaving: Flag,
    programme: String,
    crowds: String,
    held: String,
}

impl Row {
    fn read(self) -> Result<KnownNode> {
        Ok(KnownNode {
            since: instant::parse(TABLE, &self.since)?,
            seen_at: instant::parse(TABLE, &self.seen_at)?,
            calls: u64::try_from(self.calls)
                .map_err(|_| unreadable(TABLE, "a number of calls", &self.calls.to_string()))?,
            is_leaving: self.leaving.0,
            crowds: members(&self.crowds, |slug, live| {
                Some((TerritorySlug::parse(slug).ok()?, live.as_u64()?))
            }),
            held: members(&self.held, |id, held| {
                let entry = u32::try_from(held.get(0)?.as_u64()?).ok()?;
                let since = held.get(1)?.as_str()?.parse().ok()?;
                Some((BulletinId::parse(id).ok()?, (entry, since)))
            }),
            id: self.id,
            name: self.name,
            role: self.role,
            version: self.version,
            programme: self.programme,
        })
    }
}

/// The members of a JSON object that can be read: a node of another version may say more, or say it otherwise.
fn members<K: Ord, V>(text: &str, read: impl Fn(&str, &Value) -> Option<(K, V)>) -> BTreeMap<K, V> {
    let object: Value = serde_json::from_str(text).unwrap_or_default();
    let members = object.as_object().into_iter().flatten();
    members
        .filter_map(|(key, value)| read(key, value))
        .collect()
}

const TABLE: &str = "nodes";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_another_version_says_of_itself_is_left_out_and_stops_nobody(text in ".*") {
            members(&text, |key, value| Some((key.to_owned(), value.as_u64()?)));
        }
    }

    #[test]
    fn of_an_object_what_can_be_read_is_read() {
        let read = |key: &str, value: &Value| Some((key.to_owned(), value.as_u64()?));
        let read = members(r#"{"a": 1, "b": "two", "c": 3}"#, read);
        assert_eq!(
            read,
            BTreeMap::from([("a".to_owned(), 1), ("c".to_owned(), 3)])
        );
    }
}
