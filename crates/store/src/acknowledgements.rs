//! Whether somebody at an authority has said that a bulletin was read, and what comes of a silence.

use bulletin::{
    Bulletin, BulletinId, Contact, ContactId, ContactList, Rank, Silence, TerritorySlug,
};
use jiff::Timestamp;
use serde_json::json;

use crate::acts::{Act, By, insert_act};
use crate::alerts::{self, AlertKind, NewAlert};
use crate::contacts::{contact_id, contacts_of, lists_of};
use crate::database::Connection;
use crate::dispatches::{bulletin_id, number, queue_rank, read_rank};
use crate::error::{Doing, unreadable};
use crate::store::WriteTo;
use crate::{Result, Store, instant};

impl Store {
    /// Keeps the hash of a link that is about to be sent.
    ///
    /// - `hash`: SHA-256 of the secret in the link.
    ///
    /// # Errors
    /// [`crate::Error::MissingReference`] when there is no such bulletin or contact.
    pub async fn insert_acknowledgement_link(
        &self,
        hash: [u8; 32],
        link: &AcknowledgementLink,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO acknowledgement_links (hash, bulletin, contact, rank, made_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(hash.as_slice())
        .bind(link.bulletin.as_str())
        .bind(link.contact.as_str())
        .bind(link.rank.as_str())
        .bind(instant::encode(at))
        .write_to(self)
        .await
        .doing("save a link of acknowledgement")?;
        Ok(())
    }

    /// What a link acknowledges; `None` for one that never was.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn find_acknowledgement_link(
        &self,
        hash: [u8; 32],
    ) -> Result<Option<AcknowledgementLink>> {
        let row: Option<(String, String, String)> = sqlx::query_as(
            "SELECT bulletin, contact, rank FROM acknowledgement_links WHERE hash = $1",
        )
        .bind(hash.to_vec())
        .fetch_optional(self.readers())
        .await
        .doing("read a link of acknowledgement")?;
        row.map(|(bulletin, contact, rank)| {
            Ok(AcknowledgementLink {
                bulletin: bulletin_id(&bulletin)?,
                contact: contact_id(LINKS, &contact)?,
                rank: read_rank(LINKS, &rank)?,
            })
        })
        .transpose()
    }

    /// The contacts that were asked about a bulletin, and what they answered.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`].
    pub async fn acknowledgements(&self, bulletin: &BulletinId) -> Result<Vec<Acknowledgement>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT contact, asked_at, silence, due_at, acknowledged_at, rank, entry, name
             FROM acknowledgements WHERE bulletin = $1 ORDER BY asked_at, contact",
        )
        .bind(bulletin.as_str())
        .fetch_all(self.readers())
        .await
        .doing("read acknowledgements")?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Says that somebody at a contact has read a bulletin, and writes the act of that; who said so first stays named.
    /// Answers whether this was the first time.
    ///
    /// - `territory`: of the bulletin.
    /// - `entry`: the latest that they were shown.
    /// - `name`: who they say they are, if they do.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn acknowledge(
        &self,
        link: &AcknowledgementLink,
        territory: &TerritorySlug,
        entry: u32,
        name: Option<&str>,
        at: Timestamp,
    ) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE acknowledgements SET acknowledged_at = $3, rank = $4, entry = $5, name = $6
             WHERE bulletin = $1 AND contact = $2 AND acknowledged_at IS NULL",
        )
        .bind(link.bulletin.as_str())
        .bind(link.contact.as_str())
        .bind(instant::encode(at))
        .bind(link.rank.as_str())
        .bind(i64::from(entry))
        .bind(name)
        .execute(&mut *transaction)
        .await
        .doing("acknowledge a bulletin")?;
        let is_first = changed.rows_affected() > 0;
        if is_first {
            let who = format!("contact:{}", link.contact);
            let by = By { who: &who, at };
            let called = name_of(&mut transaction, &link.contact).await?;
            let object = format!("bulletin/{}", link.bulletin);
            let act = Act::new(by, "contact.acknowledged", object)
                .within(territory)
                .after(&json!({
                    "contact": called, "rank": link.rank.as_str(), "entry": entry, "name": name,
                }));
            insert_act(&mut transaction, &act).await?;
            end_alert(&mut transaction, &link.bulletin, &link.contact, at).await?;
        }
        transaction.commit().await.doing("acknowledge a bulletin")?;
        Ok(is_first)
    }

    /// The silences that have lasted too long, the longest first; for each row that cannot be read
    /// [`crate::Error::Unreadable`] in its place, so that it hides no other one.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn due_silences(&self, now: Timestamp) -> Result<Vec<Result<DueSilence>>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT bulletin, contact, silence FROM acknowledgements
             WHERE due_at IS NOT NULL AND acknowledged_at IS NULL AND due_at <= $1 ORDER BY due_at",
        )
        .bind(instant::encode(now))
        .fetch_all(self.readers())
        .await
        .doing("read silences")?;
        let read = |(bulletin, contact, silence): (String, String, String)| {
            Ok(DueSilence {
                bulletin: bulletin_id(&bulletin)?,
                contact: contact_id(TABLE, &contact)?,
                silence: read_silence(&silence)?,
            })
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Follows a silence that has lasted too long up: the second contact is told what goes on, or an alert says that
    /// nobody answers. Nothing is done, and `false` answered, where somebody has acknowledged or followed it up
    /// meanwhile.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn follow_silence_up(
        &self,
        due: &DueSilence,
        bulletin: &Bulletin,
        contact: &Contact,
        list: &ContactList,
        by: By<'_>,
    ) -> Result<bool> {
        let next = due.silence.goes_on(contact);
        let due_at = match next {
            Silence::OfAll => None,
            _ => list.silent_until(bulletin.kind, by.at),
        };
        let mut transaction = self.begin().await?;
        if !set_silence(&mut transaction, due, next, due_at).await? {
            return Ok(false);
        }
        let act = Act::new(by, "contact.silent", format!("bulletin/{}", bulletin.id))
            .within(&bulletin.territory)
            .of_site(&bulletin.site)
            .after(&json!({ "contact": contact.name, "silent": next.as_str() }));
        insert_act(&mut transaction, &act).await?;
        if next == Silence::OfSecond {
            let entry = bulletin.current().number;
            queue_rank(
                &mut transaction,
                bulletin,
                entry,
                contact,
                Rank::Second,
                by.at,
            )
            .await?;
        } else {
            let alert = NewAlert {
                kind: AlertKind::Silence,
                territory: bulletin.territory.clone(),
                site: Some(bulletin.site.clone()),
                bulletin: Some(bulletin.id.clone()),
                told: json!({
                    "contact": contact.id.as_str(), "name": contact.name, "telephone": contact.telephone,
                }),
            };
            alerts::insert(&mut transaction, &alert, by).await?;
        }
        transaction.commit().await.doing("follow a silence up")?;
        Ok(true)
    }

    /// Lets a silence be: the bulletin is over, or the contact no longer on its list.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn let_silence_be(&self, due: &DueSilence) -> Result<()> {
        let mut transaction = self.begin().await?;
        set_silence(&mut transaction, due, due.silence, None).await?;
        transaction.commit().await.doing("let a silence be")
    }
}

/// What a link acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgementLink {
    /// Which bulletin.
    pub bulletin: BulletinId,
    /// Who was told.
    pub contact: ContactId,
    /// Who of them.
    pub rank: Rank,
}

/// What is known of a contact that was asked to acknowledge a bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who was asked.
    pub contact: ContactId,
    /// When.
    pub asked_at: Timestamp,
    /// Who has been silent, while nobody has answered.
    pub silence: Silence,
    /// When somebody else is told of that.
    pub due_at: Option<Timestamp>,
    /// The answer.
    pub answer: Option<Answer>,
}

/// Somebody's word that a bulletin was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When it was given.
    pub at: Timestamp,
    /// Who of the contact was told.
    pub rank: Rank,
    /// The latest entry that they were shown.
    pub entry: u32,
    /// Who they say they are.
    pub name: Option<String>,
}

/// A silence that has lasted too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSilence {
    /// About which bulletin.
    pub bulletin: BulletinId,
    /// Whose.
    pub contact: ContactId,
    /// Who of them.
    pub silence: Silence,
}

/// Writes what comes of a silence, if it still is as it was read.
async fn set_silence(
    connection: &mut Connection,
    due: &DueSilence,
    next: Silence,
    due_at: Option<Timestamp>,
) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE acknowledgements SET silence = $4, due_at = $5
         WHERE bulletin = $1 AND contact = $2 AND silence = $3 AND acknowledged_at IS NULL AND due_at IS NOT NULL",
    )
    .bind(due.bulletin.as_str())
    .bind(due.contact.as_str())
    .bind(due.silence.as_str())
    .bind(next.as_str())
    .bind(due_at.map(instant::encode))
    .execute(connection)
    .await
    .doing("follow a silence up")?;
    Ok(changed.rows_affected() > 0)
}

/// Follows the silences about a bulletin up again that were let be while it was withdrawn, each with its minutes from
/// the beginning; not one of which an alert tells all along.
pub(crate) async fn wait_again(
    connection: &mut Connection,
    bulletin: &Bulletin,
    at: Timestamp,
) -> Result<()> {
    let told = open_alerts(connection, &bulletin.id).await?;
    let lists = lists_of(connection, &bulletin.territory).await?;
    for contact in contacts_of(connection, &bulletin.territory).await? {
        if told.iter().any(|(_, silent)| silent == contact.id.as_str()) {
            continue;
        }
        let list = lists
            .iter()
            .find(|list| list.authority == contact.authority);
        sqlx::query(
            "UPDATE acknowledgements SET due_at = $3
             WHERE bulletin = $1 AND contact = $2 AND acknowledged_at IS NULL AND due_at IS NULL",
        )
        .bind(bulletin.id.as_str())
        .bind(contact.id.as_str())
        .bind(
            list.and_then(|list| list.silent_until(bulletin.kind, at))
                .map(instant::encode),
        )
        .execute(&mut *connection)
        .await
        .doing("wait for an acknowledgement again")?;
    }
    Ok(())
}

/// Ends the alert that nobody at a contact answers.
async fn end_alert(
    connection: &mut Connection,
    bulletin: &BulletinId,
    contact: &ContactId,
    at: Timestamp,
) -> Result<()> {
    for (id, silent) in open_alerts(connection, bulletin).await? {
        if silent == contact.as_str() {
            sqlx::query("UPDATE alerts SET ended_at = $2 WHERE id = $1")
                .bind(id)
                .bind(instant::encode(at))
                .execute(&mut *connection)
                .await
                .doing("end an alert")?;
        }
    }
    Ok(())
}

/// The alerts about a bulletin that nobody at a contact answers, with the contact of each.
async fn open_alerts(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Vec<(i64, String)>> {
    let open: Vec<(i64, String)> = sqlx::query_as(
        "SELECT id, told FROM alerts WHERE kind = 'silence' AND bulletin = $1 AND ended_at IS NULL",
    )
    .bind(bulletin.as_str())
    .fetch_all(connection)
    .await
    .doing("read alerts")?;
    let contact = |(id, told): (i64, String)| {
        let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
        (id, told["contact"].as_str().unwrap_or_default().to_owned())
    };
    Ok(open.into_iter().map(contact).collect())
}

async fn name_of(connection: &mut Connection, contact: &ContactId) -> Result<String> {
    sqlx::query_scalar("SELECT name FROM contacts WHERE id = $1")
        .bind(contact.as_str())
        .fetch_one(connection)
        .await
        .doing("read a contact")
}

fn read_silence(word: &str) -> Result<Silence> {
    Silence::parse(word).ok_or_else(|| unreadable(TABLE, "first, second or all", word))
}

#[derive(sqlx::FromRow)]
struct Row {
    contact: String,
    asked_at: String,
    silence: String,
    due_at: Option<String>,
    acknowledged_at: Option<String>,
    rank: Option<String>,
    entry: Option<i64>,
    name: Option<String>,
}

impl Row {
    fn read(self) -> Result<Acknowledgement> {
        let due_at = self.due_at.map(|at| instant::parse(TABLE, &at));
        let given = self.acknowledged_at.zip(self.rank).zip(self.entry);
        let answer = given.map(|((at, rank), entry)| {
            Ok(Answer {
                at: instant::parse(TABLE, &at)?,
                rank: read_rank(TABLE, &rank)?,
                entry: number(entry)?,
                name: self.name,
            })
        });
        Ok(Acknowledgement {
            contact: contact_id(TABLE, &self.contact)?,
            asked_at: instant::parse(TABLE, &self.asked_at)?,
            silence: read_silence(&self.silence)?,
            due_at: due_at.transpose()?,
            answer: answer.transpose()?,
        })
    }
}

const TABLE: &str = "acknowledgements";
const LINKS: &str = "acknowledgement_links";
