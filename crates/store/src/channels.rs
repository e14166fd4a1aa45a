//! The channels as rows know them: enough for an entry to be owed to each in the transaction that writes it.

use bulletin::TerritorySlug;
use jiff::Timestamp;

use crate::database::Flag;
use crate::error::Doing;
use crate::territories::territory_slug;
use crate::{Result, Store, instant};

impl Store {
    /// Writes which channels there are, in place of those there were. What was owed to one that is there no longer is
    /// cancelled.
    ///
    /// # Errors
    /// [`crate::Error::Conflict`] when two have the same name.
    pub async fn replace_channels(&self, channels: &[KnownChannel], now: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query("DELETE FROM channels")
            .execute(&mut *transaction)
            .await
            .doing("replace the channels")?;
        for one in channels {
            sqlx::query(
                "INSERT INTO channels (name, territory, kind, is_network) VALUES ($1, $2, $3, $4)",
            )
            .bind(&one.name)
            .bind(one.territory.as_ref().map(TerritorySlug::as_str))
            .bind(&one.kind)
            .bind(one.is_network)
            .execute(&mut *transaction)
            .await
            .doing("save a channel")?;
        }
        sqlx::query(
            "UPDATE deliveries SET state = 'cancelled', holder = NULL, why = 'channel-gone', done_at = $1
             WHERE state = 'queued' AND channel NOT IN (SELECT name FROM channels)",
        )
        .bind(instant::encode(now))
        .execute(&mut *transaction)
        .await
        .doing("cancel what is owed to former channels")?;
        transaction.commit().await.doing("replace the channels")
    }

    /// The channels by name.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn channels(&self) -> Result<Vec<KnownChannel>> {
        let rows: Vec<(String, Option<String>, String, Flag)> = sqlx::query_as(
            "SELECT name, territory, kind, CAST(is_network AS INTEGER) FROM channels ORDER BY name",
        )
        .fetch_all(self.readers())
        .await
        .doing("read the channels")?;
        let read = |(name, territory, kind, is_network): (String, Option<String>, _, Flag)| {
            let territory = territory.as_deref();
            Ok(KnownChannel {
                name,
                territory: territory
                    .map(|slug| territory_slug("channels", slug))
                    .transpose()?,
                kind,
                is_network: is_network.0,
            })
        };
        rows.into_iter().map(read).collect()
    }
}

/// A channel, as far as rows know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChannel {
    /// Its name; no other channel has it.
    pub name: String,
    /// Whose bulletins it is told; those of every territory where there is none.
    pub territory: Option<TerritorySlug>,
    /// Its kind: `webhook`, `mastodon`, `subscribers`.
    pub kind: String,
    /// Whether it is a social network, on which an entry may be unwanted ([`bulletin::Entry::on_networks`]).
    pub is_network: bool,
}
