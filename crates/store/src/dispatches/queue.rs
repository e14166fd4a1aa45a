//! Which authorities an entry is told to: decided and written in the transaction of the entry itself.

use bulletin::{Bulletin, Contact, Entry, EntryKind, Rank, Silence};
use jiff::Timestamp;

use crate::acknowledgements::wait_again;
use crate::contacts::{contacts_of, lists_of};
use crate::database::{Connection, Flag};
use crate::error::Doing;
use crate::{Result, instant};

/// Puts an entry on its way: a first one to every contact that it concerns, a further one to whoever got the first. What
/// is posted in a territory to learn in goes nowhere.
pub(crate) async fn queue_entry(
    connection: &mut Connection,
    bulletin: &Bulletin,
    entry: &Entry,
) -> Result<()> {
    if entry.kind == EntryKind::Restoration {
        wait_again(connection, bulletin, entry.at).await?;
    }
    if entry.kind != EntryKind::First {
        return queue_further(connection, bulletin, entry).await;
    }
    let contacts = contacts_of(connection, &bulletin.territory).await?;
    if contacts.is_empty() || is_training(connection, bulletin).await? {
        return Ok(());
    }
    let commune: String = sqlx::query_scalar("SELECT commune FROM sites WHERE slug = $1")
        .bind(bulletin.site.as_str())
        .fetch_one(&mut *connection)
        .await
        .doing("read the commune of a site")?;
    let lists = lists_of(connection, &bulletin.territory).await?;
    for contact in &contacts {
        let list = lists
            .iter()
            .find(|list| list.authority == contact.authority);
        let Some(list) = list.filter(|list| list.tells(bulletin.kind)) else {
            continue;
        };
        if !contact.is_concerned_by(&commune) {
            continue;
        }
        queue_rank(
            connection,
            bulletin,
            entry.number,
            contact,
            Rank::First,
            entry.at,
        )
        .await?;
        sqlx::query(
            "INSERT INTO acknowledgements (bulletin, contact, asked_at, silence, due_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(bulletin.id.as_str())
        .bind(contact.id.as_str())
        .bind(instant::encode(entry.at))
        .bind(Silence::OfFirst.as_str())
        .bind(
            list.silent_until(bulletin.kind, entry.at)
                .map(instant::encode),
        )
        .execute(&mut *connection)
        .await
        .doing("ask for an acknowledgement")?;
    }
    Ok(())
}

/// Puts an entry on its way to those of a contact whose turn it is, by every means.
pub(crate) async fn queue_rank(
    connection: &mut Connection,
    bulletin: &Bulletin,
    entry: u32,
    contact: &Contact,
    rank: Rank,
    at: Timestamp,
) -> Result<()> {
    for means in contact.reach(rank).means() {
        let (rank, means) = (rank.as_str(), means.as_str());
        sqlx::query(
            "INSERT INTO dispatches (thread, bulletin, contact, rank, means, entry, state, attempts, next_at, queued_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, $8)",
        )
        .bind(format!("{}/{}/{rank}/{means}", bulletin.id, contact.id))
        .bind(bulletin.id.as_str())
        .bind(contact.id.as_str())
        .bind(rank)
        .bind(means)
        .bind(i64::from(entry))
        .bind(instant::encode(at))
        .bind(instant::encode(at))
        .execute(&mut *connection)
        .await
        .doing("queue a dispatch")?;
    }
    Ok(())
}

async fn queue_further(
    connection: &mut Connection,
    bulletin: &Bulletin,
    entry: &Entry,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO dispatches (thread, bulletin, contact, rank, means, entry, state, attempts, next_at, queued_at)
         SELECT DISTINCT told.thread, told.bulletin, told.contact, told.rank, told.means, $2, 'queued', 0, $3, $4
         FROM dispatches AS told JOIN contacts ON contacts.id = told.contact
         WHERE told.bulletin = $1 AND contacts.removed_at IS NULL",
    )
    .bind(bulletin.id.as_str())
    .bind(i64::from(entry.number))
    .bind(instant::encode(entry.at))
    .bind(instant::encode(entry.at))
    .execute(connection)
    .await
    .doing("queue a dispatch")?;
    Ok(())
}

async fn is_training(connection: &mut Connection, bulletin: &Bulletin) -> Result<bool> {
    let Flag(training) =
        sqlx::query_scalar("SELECT CAST(training AS INTEGER) FROM territories WHERE slug = $1")
            .bind(bulletin.territory.as_str())
            .fetch_one(connection)
            .await
            .doing("read whether a territory is one to learn in")?;
    Ok(training)
}
