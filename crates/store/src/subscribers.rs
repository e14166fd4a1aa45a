//! People without an account who are written to: they ask, confirm from their own mailbox, and go when they like.
//!
//! What is kept of an address is sealed (see [`AddressKey`](crate::AddressKey)); no row and no act names anybody.

use bulletin::{Language, SiteSlug, TerritorySlug};
use jiff::{SignedDuration, Timestamp};

use crate::database::{Connection, Flag};
use crate::error::{Doing, unreadable};
use crate::sites::site_slug;
use crate::store::WriteTo;
use crate::territories::territory_slug;
use crate::{Result, Store, instant};

impl Store {
    /// Keeps that somebody asks to be written to, with the mail that asks whether it was they. One who has asked
    /// already is asked again with what they wish since; one who has confirmed keeps their choice and is sent their
    /// link. Nothing is done within ten minutes of the first time, nor within a day of a later one, so that nobody can
    /// have a stranger flooded.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] for a territory that does not exist.
    pub async fn ask_subscription(&self, new: &NewSubscriber, now: Timestamp) -> Result<Asked> {
        let mut transaction = self.begin().await?;
        let known: Option<(String, String, i64, Option<String>)> = sqlx::query_as(
            "SELECT id, asked_at, times_asked, confirmed_at FROM subscribers WHERE territory = $1 AND mark = $2",
        )
        .bind(new.territory.as_str())
        .bind(new.mark.as_slice())
        .fetch_optional(&mut *transaction)
        .await
        .doing("look for a subscriber")?;
        let id = match known {
            None => {
                insert(&mut transaction, new, now).await?;
                new.id.clone()
            }
            Some((id, asked_at, times, confirmed_at)) => {
                let patience = if times > 1 { LONG_PATIENCE } else { PATIENCE };
                if now.duration_since(instant::parse(TABLE, &asked_at)?) < patience {
                    return Ok(Asked::TooSoon);
                }
                sqlx::query("UPDATE subscribers SET asked_at = $2, times_asked = times_asked + 1 WHERE id = $1")
                    .bind(&id)
                    .bind(instant::encode(now))
                    .execute(&mut *transaction)
                    .await
                    .doing("save a subscriber")?;
                if confirmed_at.is_none() {
                    write_choice(&mut transaction, &id, &new.choice, new.language).await?;
                }
                id
            }
        };
        sqlx::query(
            "INSERT INTO mails (subscriber, state, rank, made_at, run_at) VALUES ($1, 'waiting', 0, $2, $2)",
        )
        .bind(&id)
        .bind(instant::encode(now))
        .execute(&mut *transaction)
        .await
        .doing("save a mail")?;
        transaction.commit().await.doing("save a subscriber")?;
        Ok(Asked::Written)
    }

    /// The subscriber of this name, confirmed or not.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_subscriber(&self, id: &str) -> Result<Option<Subscriber>> {
        let mut reading = self.begin_reading().await?;
        let row: Option<Row> = sqlx::query_as(
            "SELECT territory, language, CAST(unplanned_only AS INTEGER), confirmed_at FROM subscribers WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&mut *reading)
        .await
        .doing("read a subscriber")?;
        let Some((territory, language, unplanned_only, confirmed_at)) = row else {
            return Ok(None);
        };
        let places: Vec<(String, String)> = sqlx::query_as(
            "SELECT what, name FROM subscriber_places WHERE subscriber = $1 ORDER BY what, name",
        )
        .bind(id)
        .fetch_all(&mut *reading)
        .await
        .doing("read the places of a subscriber")?;
        let of = |kind: &str| {
            let kind = kind.to_owned();
            let places = places.iter().filter(move |(what, _)| *what == kind);
            places.map(|(_, name)| name.clone())
        };
        Ok(Some(Subscriber {
            territory: territory_slug(TABLE, &territory)?,
            language: Language::parse(&language)
                .ok_or_else(|| unreadable(TABLE, "a language", &language))?,
            choice: Choice {
                unplanned_only: unplanned_only.0,
                sites: of(SITE)
                    .map(|slug| site_slug(TABLE, &slug))
                    .collect::<Result<_>>()?,
                communes: of(COMMUNE).collect(),
            },
            is_confirmed: confirmed_at.is_some(),
        }))
    }

    /// Keeps that it was they who asked; `false` for nobody. Confirming twice changes nothing.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn confirm_subscriber(&self, id: &str, now: Timestamp) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE subscribers SET confirmed_at = COALESCE(confirmed_at, $2) WHERE id = $1",
        )
        .bind(id)
        .bind(instant::encode(now))
        .write_to(self)
        .await
        .doing("confirm a subscriber")?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps what a subscriber wishes from here on; `false` for nobody.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn change_subscriber(
        &self,
        id: &str,
        choice: &Choice,
        language: Language,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let is_there = write_choice(&mut transaction, id, choice, language).await?;
        transaction.commit().await.doing("change a subscriber")?;
        Ok(is_there)
    }

    /// Forgets a subscriber with everything that was to be written to them; `false` for nobody.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn remove_subscriber(&self, id: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM subscribers WHERE id = $1")
            .bind(id)
            .write_to(self)
            .await
            .doing("forget a subscriber")?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets those who asked before an instant and never confirmed; answers how many they were.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn purge_subscribers(&self, asked_before: Timestamp) -> Result<u64> {
        let done =
            sqlx::query("DELETE FROM subscribers WHERE confirmed_at IS NULL AND asked_at < $1")
                .bind(instant::encode(asked_before))
                .write_to(self)
                .await
                .doing("forget subscribers who never confirmed")?;
        Ok(done.rows_affected())
    }

    /// How many people of a territory have confirmed, by what they wish.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn subscriber_counts(&self, territory: &TerritorySlug) -> Result<SubscriberCounts> {
        let mut reading = self.begin_reading().await?;
        let (everything, unplanned_only, unconfirmed): (i64, i64, i64) = sqlx::query_as(
            "SELECT COUNT(CASE WHEN confirmed_at IS NOT NULL AND NOT unplanned_only THEN 1 END),
                    COUNT(CASE WHEN confirmed_at IS NOT NULL AND unplanned_only THEN 1 END),
                    COUNT(CASE WHEN confirmed_at IS NULL THEN 1 END)
             FROM subscribers WHERE territory = $1",
        )
        .bind(territory.as_str())
        .fetch_one(&mut *reading)
        .await
        .doing("count the subscribers")?;
        let places: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT what, name, COUNT(*) FROM subscriber_places JOIN subscribers ON id = subscriber
             WHERE territory = $1 AND confirmed_at IS NOT NULL GROUP BY what, name ORDER BY what, name",
        )
        .bind(territory.as_str())
        .fetch_all(&mut *reading)
        .await
        .doing("count the subscribers")?;
        let of = |kind: &'static str| {
            let places = places.iter().filter(move |(what, ..)| what == kind);
            places.map(|(_, name, count)| Ok((name.clone(), whole(*count)?)))
        };
        Ok(SubscriberCounts {
            everything: whole(everything)?,
            unplanned_only: whole(unplanned_only)?,
            unconfirmed: whole(unconfirmed)?,
            sites: of(SITE).collect::<Result<_>>()?,
            communes: of(COMMUNE).collect::<Result<_>>()?,
        })
    }
}

/// Somebody who asks to be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscriber {
    /// Their name in rows and links; see [`AddressKey::draw_id`](crate::AddressKey::draw_id).
    pub id: String,
    /// Of which territory they want to hear.
    pub territory: TerritorySlug,
    /// Their address, sealed for this name.
    pub address: Vec<u8>,
    /// What it is found by.
    pub mark: [u8; 32],
    /// In which language they are written to.
    pub language: Language,
    /// Of what.
    pub choice: Choice,
}

/// Of what somebody wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Of unplanned events alone.
    pub unplanned_only: bool,
    /// Of these sites…
    pub sites: Vec<SiteSlug>,
    /// … and of the sites in these communes; without a site and a commune, of the whole territory.
    pub communes: Vec<String>,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way.
    Written,
    /// The last one is too young.
    TooSoon,
}

/// A subscriber without their address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// Of which territory they hear.
    pub territory: TerritorySlug,
    /// In which language they are written to.
    pub language: Language,
    /// Of what.
    pub choice: Choice,
    /// Whether it is sure that they asked.
    pub is_confirmed: bool,
}

/// Subscribers of one territory, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscriberCounts {
    /// Confirmed, and told everything.
    pub everything: u64,
    /// Confirmed, and told of unplanned events alone.
    pub unplanned_only: u64,
    /// Not confirmed yet.
    pub unconfirmed: u64,
    /// By the slug of a site they chose; who chose two counts twice.
    pub sites: Vec<(String, u64)>,
    /// By the commune they chose, likewise.
    pub communes: Vec<(String, u64)>,
}

async fn insert(connection: &mut Connection, new: &NewSubscriber, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO subscribers (id, territory, address, mark, language, unplanned_only, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&new.id)
    .bind(new.territory.as_str())
    .bind(&new.address)
    .bind(new.mark.as_slice())
    .bind(new.language.as_str())
    .bind(new.choice.unplanned_only)
    .bind(instant::encode(now))
    .execute(&mut *connection)
    .await
    .doing("save a subscriber")?;
    write_places(connection, &new.id, &new.choice).await
}

/// Writes what a subscriber wishes; `false` for nobody.
async fn write_choice(
    connection: &mut Connection,
    id: &str,
    choice: &Choice,
    language: Language,
) -> Result<bool> {
    let done =
        sqlx::query("UPDATE subscribers SET unplanned_only = $2, language = $3 WHERE id = $1")
            .bind(id)
            .bind(choice.unplanned_only)
            .bind(language.as_str())
            .execute(&mut *connection)
            .await
            .doing("change a subscriber")?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("DELETE FROM subscriber_places WHERE subscriber = $1")
        .bind(id)
        .execute(&mut *connection)
        .await
        .doing("change a subscriber")?;
    write_places(connection, id, choice).await?;
    Ok(true)
}

async fn write_places(connection: &mut Connection, id: &str, choice: &Choice) -> Result<()> {
    let sites = choice.sites.iter().map(|site| (SITE, site.as_str()));
    let communes = choice.communes.iter().map(|name| (COMMUNE, name.as_str()));
    for (what, name) in sites.chain(communes) {
        sqlx::query(
            "INSERT INTO subscriber_places (subscriber, what, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(what)
        .bind(name)
        .execute(&mut *connection)
        .await
        .doing("save the places of a subscriber")?;
    }
    Ok(())
}

type Row = (String, String, Flag, Option<String>);

fn whole(count: i64) -> Result<u64> {
    u64::try_from(count).map_err(|_| unreadable(TABLE, "a number", &count.to_string()))
}

const TABLE: &str = "subscribers";
const SITE: &str = "site";
const COMMUNE: &str = "commune";
/// Between the first two mails that ask the same address: a mail is there within minutes, or looked for in the wrong folder.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The same from the third mail on: who needs more of them reads none.
const LONG_PATIENCE: SignedDuration = SignedDuration::from_hours(24);
