//! Bulletins: a row and its thread of entries, written with the jobs they cause.

use bulletin::{Bulletin, BulletinId, Entry, EntryKind, TerritorySlug};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::acts::{Act, By, insert_act};
use crate::database::{Connection, Statement};
use crate::dispatches::queue_entry;
use crate::error::Doing;
use crate::rows::{BulletinRow, EntryRow, assemble, words};
use crate::{Error, NewJob, Once, Result, Store, deliveries, idempotency, instant, jobs};

impl Store {
    /// Writes a new bulletin, its jobs, what is owed to the channels and the authorities of its territory, the answer to
    /// its request and the act of its author: all of them or none.
    ///
    /// # Errors
    /// [`Error::AlreadyDone`] when the answer's key was used; [`Error::Conflict`] when the id exists;
    /// [`Error::MissingReference`] when the site, the territory or the recording of an entry does not.
    pub async fn insert_bulletin(
        &self,
        bulletin: &Bulletin,
        jobs: &[NewJob],
        once: Option<&Once>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let Some(once) = once {
            idempotency::insert(&mut transaction, once, bulletin.updated_at()).await?;
        }
        insert_row(&mut transaction, bulletin).await?;
        for entry in &bulletin.entries {
            insert_entry(&mut transaction, &bulletin.id, entry).await?;
            deliveries::owe(&mut transaction, bulletin, entry).await?;
            queue_entry(&mut transaction, bulletin, entry).await?;
        }
        jobs::insert(&mut transaction, jobs).await?;
        let act = act(bulletin, bulletin.current()).after(&posted(bulletin));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("save a bulletin")
    }

    /// Writes the entry that `bulletin` has just been given, its new expiry, its jobs, what is owed to the channels and
    /// the authorities of its territory, the answer to its request and the act of its author: all of them or none.
    ///
    /// # Errors
    /// [`Error::AlreadyDone`] when the answer's key was used; [`Error::Conflict`] when another entry took the
    /// number, so that the thread has to be read again; [`Error::NotFound`] when there is no such bulletin;
    /// [`Error::MissingReference`] when the entry's recording does not exist.
    pub async fn append_entry(
        &self,
        bulletin: &Bulletin,
        entry: &Entry,
        jobs: &[NewJob],
        once: Option<&Once>,
    ) -> Result<()> {
        let mut transaction = self.begin().await?;
        if let Some(once) = once {
            idempotency::insert(&mut transaction, once, entry.at).await?;
        }
        let before = told_before(&mut transaction, bulletin, entry).await?;
        sqlx::query("UPDATE bulletins SET expires_at = $2 WHERE id = $1")
            .bind(bulletin.id.as_str())
            .bind(instant::encode(bulletin.expires_at))
            .execute(&mut *transaction)
            .await
            .doing("change a bulletin's expiry")?;
        insert_entry(&mut transaction, &bulletin.id, entry).await?;
        deliveries::owe(&mut transaction, bulletin, entry).await?;
        queue_entry(&mut transaction, bulletin, entry).await?;
        jobs::insert(&mut transaction, jobs).await?;
        let act = act(bulletin, entry).before(&before).after(&json!({
            "text": entry.text,
            "under_control": entry.under_control,
            "on_networks": (!entry.on_networks).then_some(false),
            "recording": entry.recording.as_ref().map(|key| key.as_str()),
            "expires_at": bulletin.expires_at.to_string(),
        }));
        insert_act(&mut transaction, &act).await?;
        transaction.commit().await.doing("save an entry")
    }

    /// The bulletin with this id, expired or not.
    ///
    /// # Errors
    /// [`Error::Unreadable`].
    pub async fn find_bulletin(&self, id: &BulletinId) -> Result<Option<Bulletin>> {
        let mut query = select();
        query.push("WHERE id = ").push_bind(id.as_str());
        let found = self.read_each(query).await?.pop();
        found.map(|(_, bulletin)| bulletin).transpose()
    }

    /// Every bulletin that has not expired at `now`, of all territories, newest post first; one that this version of the
    /// program cannot read is left out, and the log says so.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn live_bulletins(&self, now: Timestamp) -> Result<Vec<Bulletin>> {
        let mut query = select();
        query
            .push("WHERE expires_at > ")
            .push_bind(instant::encode(now))
            .push(" ORDER BY posted_at DESC, id");
        self.read(query).await
    }

    /// The bulletins of a territory, expired and withdrawn ones included, newest post first; with `before`, only
    /// those posted earlier, for the next page. One that cannot be read is left out.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn archived_bulletins(
        &self,
        territory: &TerritorySlug,
        limit: u32,
        before: Option<Timestamp>,
    ) -> Result<Vec<Bulletin>> {
        let mut query = select();
        query
            .push("WHERE territory = ")
            .push_bind(territory.as_str());
        if let Some(before) = before {
            query
                .push(" AND posted_at < ")
                .push_bind(instant::encode(before));
        }
        query
            .push(" ORDER BY posted_at DESC, id LIMIT ")
            .push_bind(i64::from(limit));
        self.read(query).await
    }

    /// Reads rows and their entries as of one instant; a bulletin that cannot be read must not hide the others.
    pub(crate) async fn read(&self, query: Statement) -> Result<Vec<Bulletin>> {
        let each = self.read_each(query).await?;
        let readable = each.into_iter().filter_map(|(bulletin, read)| {
            read.inspect_err(|error| tracing::error!(bulletin, %error, "a bulletin is left out"))
                .ok()
        });
        Ok(readable.collect())
    }

    async fn read_each(&self, query: Statement) -> Result<Vec<(String, Result<Bulletin>)>> {
        let mut reading = self.begin_reading().await?;
        let rows: Vec<BulletinRow> = query
            .build_query_as()
            .fetch_all(&mut *reading)
            .await
            .doing("read bulletins")?;
        let mut entries = Vec::new();
        for chunk in rows.chunks(THREADS_AT_ONCE) {
            entries.append(&mut entries_of(&mut reading, chunk).await?);
        }
        Ok(assemble(rows, entries))
    }
}

/// What the author of an entry did.
fn act(bulletin: &Bulletin, entry: &Entry) -> Act {
    let what = match entry.kind {
        EntryKind::First => "bulletin.posted",
        EntryKind::Update => "bulletin.updated",
        EntryKind::Correction => "bulletin.corrected",
        EntryKind::End => "bulletin.ended",
        EntryKind::Withdrawal => "bulletin.withdrawn",
        EntryKind::Restoration => "bulletin.restored",
    };
    let by = By {
        who: &entry.author,
        at: entry.at,
    };
    Act::new(by, what, format!("bulletin/{}", bulletin.id))
        .within(&bulletin.territory)
        .of_site(&bulletin.site)
}

/// A new bulletin as its act tells it.
fn posted(bulletin: &Bulletin) -> Value {
    let entry = bulletin.current();
    json!({
        "kind": bulletin.kind.as_str(),
        "events": bulletin.events.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "nuisances": bulletin.nuisances.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "text": entry.text,
        "recording": entry.recording.as_ref().map(|key| key.as_str()),
        "on_networks": (!entry.on_networks).then_some(false),
        "starts_at": bulletin.starts_at.map(|at| at.to_string()),
        "ends_at": bulletin.ends_at.map(|at| at.to_string()),
        "expires_at": bulletin.expires_at.to_string(),
    })
}

/// What a thread says until `entry` comes, as its act tells it.
async fn told_before(
    connection: &mut Connection,
    bulletin: &Bulletin,
    entry: &Entry,
) -> Result<Value> {
    let expiry: Option<String> =
        sqlx::query_scalar("SELECT expires_at FROM bulletins WHERE id = $1")
            .bind(bulletin.id.as_str())
            .fetch_optional(connection)
            .await
            .doing("read a bulletin's expiry")?;
    let expiry = expiry.ok_or_else(|| Error::NotFound {
        what: format!("bulletin {}", bulletin.id),
    })?;
    let earlier = bulletin
        .entries
        .iter()
        .rfind(|one| one.number < entry.number);
    Ok(json!({
        "text": earlier.map(|one| &one.text),
        "under_control": earlier.is_some_and(|one| one.under_control),
        "expires_at": instant::parse("bulletins", &expiry)?.to_string(),
    }))
}

async fn insert_row(connection: &mut Connection, bulletin: &Bulletin) -> Result<()> {
    sqlx::query(
        "INSERT INTO bulletins (id, site, territory, kind, events, nuisances, language,
                                starts_at, ends_at, posted_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(bulletin.id.as_str())
    .bind(bulletin.site.as_str())
    .bind(bulletin.territory.as_str())
    .bind(bulletin.kind.as_str())
    .bind(words(bulletin.events.iter().map(|it| it.as_str())))
    .bind(words(bulletin.nuisances.iter().map(|it| it.as_str())))
    .bind(bulletin.language.as_str())
    .bind(bulletin.starts_at.map(instant::encode))
    .bind(bulletin.ends_at.map(instant::encode))
    .bind(instant::encode(bulletin.posted_at))
    .bind(instant::encode(bulletin.expires_at))
    .execute(connection)
    .await
    .doing("save a bulletin")?;
    Ok(())
}

async fn insert_entry(connection: &mut Connection, id: &BulletinId, entry: &Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO entries (bulletin, number, kind, text, at, author, under_control, recording,
                              on_networks)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(id.as_str())
    .bind(i64::from(entry.number))
    .bind(entry.kind.as_str())
    .bind(&entry.text)
    .bind(instant::encode(entry.at))
    .bind(&entry.author)
    .bind(entry.under_control)
    .bind(entry.recording.as_ref().map(|key| key.as_str()))
    .bind(entry.on_networks)
    .execute(connection)
    .await
    .doing("save an entry")?;
    Ok(())
}

/// The beginning of every query that [`Store::read`] and [`Store::find_bulletin`] take.
pub(crate) fn select() -> Statement {
    Statement::new(
        "SELECT id, site, territory, kind, events, nuisances, language,
                starts_at, ends_at, posted_at, expires_at FROM bulletins ",
    )
}

async fn entries_of(connection: &mut Connection, rows: &[BulletinRow]) -> Result<Vec<EntryRow>> {
    let mut query = Statement::new(
        "SELECT bulletin, number, kind, text, at, author, CAST(under_control AS INTEGER) AS under_control,
                recording, CAST(on_networks AS INTEGER) AS on_networks FROM entries
         WHERE bulletin IN (",
    );
    query.push_list(rows.iter().map(|row| row.id.as_str()));
    query.push(") ORDER BY bulletin, number");
    query
        .build_query_as()
        .fetch_all(connection)
        .await
        .doing("read entries")
}

/// Databases limit the parameters of one statement.
const THREADS_AT_ONCE: usize = 500;
