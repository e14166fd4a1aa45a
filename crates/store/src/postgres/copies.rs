//! A copy of a whole database of a server, in a file of the same tables, made while it is in use.
//!
//! One transaction reads every row as it was at one instant, whatever is written meanwhile, and keeps nobody from writing.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _};

use super::{Server, begin_reading, pool, with};
use crate::database::Connection;
use crate::error::Doing;
use crate::moving::{self, ROWS_AT_ONCE, Table};
use crate::{Error, Result, sqlite};

/// Copies a database of a server that may be in use into a file, and proves the copy: it is opened again, its structure is
/// checked, and each of its tables has as many rows as the server had at that instant. Gives those counts, by table.
///
/// - `address`, `password`: as [`crate::Store::open_postgres`] takes them; no table is changed.
/// - `to`: an empty file. It is on disk when this gives `Ok`, and to be thrown away otherwise.
///
/// # Errors
/// [`Error::OtherVersion`] unless the tables are those of this program; [`Error::Damaged`] for a copy that is at fault,
/// [`Error::File`] for a full disk, [`Error::Database`].
pub async fn copy_server(
    address: &str,
    password: Option<&str>,
    to: &Path,
) -> Result<BTreeMap<String, u64>> {
    sqlx::any::install_default_drivers();
    let server = Server::find(address, password)?;
    let port = server.port().doing("read the address of the database")?;
    let door = pool(1, port).connect_with(with(&server.options, &PATIENT));
    let door = door.await.doing("open the database")?;
    let mut instant = begin_reading(&door).await.doing(READING)?;
    check_version(&mut instant).await?;
    let counted = sqlite::with_room(write(&mut instant, to).await, to)?;
    instant.rollback().await.doing(READING)?;
    door.close().await;
    let found = sqlite::count_copy(to).await?;
    let mut copied = found.clone();
    // The file has its own.
    copied.remove("_sqlx_migrations");
    match sqlite::find_difference(&counted, &copied) {
        None => Ok(found),
        Some(report) => Err(Error::Damaged {
            path: to.to_owned(),
            report,
        }),
    }
}

async fn check_version(server: &mut Connection) -> Result<()> {
    let found: i64 = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(server)
        .await
        .doing("read the version of the tables")?;
    let known = sqlite::version();
    match found == known {
        true => Ok(()),
        false => Err(Error::OtherVersion { found, known }),
    }
}

/// Fills the file, and has it on disk; gives how many rows each table of the server has.
async fn write(server: &mut Connection, to: &Path) -> Result<BTreeMap<String, u64>> {
    let mut file = sqlite::make(to).await?;
    let mut rows = file.begin().await.doing(WRITING)?;
    let mut counted = BTreeMap::new();
    for table in moving::tables(server).await? {
        copy(server, &mut rows, &table).await?;
        let count = moving::count(server, &table.name).await?;
        counted.insert(table.name, count);
    }
    rows.commit().await.doing(WRITING)?;
    file.close().await.doing(WRITING)?;
    let on_disk = File::open(to).and_then(|file| file.sync_all());
    on_disk.map_err(|source| Error::File {
        path: to.to_owned(),
        source,
    })?;
    Ok(counted)
}

async fn copy(server: &mut Connection, file: &mut Connection, table: &Table) -> Result<()> {
    let name = &table.name;
    // A name of its own for each: what a statement gives is remembered by its words.
    let declare = format!(
        "DECLARE {name}_rows NO SCROLL CURSOR FOR SELECT {} FROM {name}",
        table.selection()
    );
    sqlx::query(AssertSqlSafe(declare))
        .execute(&mut *server)
        .await
        .doing(READING)?;
    loop {
        let fetch = format!("FETCH {ROWS_AT_ONCE} FROM {name}_rows");
        let rows = sqlx::query(AssertSqlSafe(fetch))
            .fetch_all(&mut *server)
            .await
            .doing(READING)?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let insert = table.insert(row).doing(READING)?;
            insert.build().execute(&mut *file).await.doing(WRITING)?;
        }
    }
    if table.is_numbered {
        continue_numbers(server, file, name).await?;
    }
    Ok(())
}

/// Where the file remembers the numbers of rows that are gone, it knows all that the server ever gave.
async fn continue_numbers(
    server: &mut Connection,
    file: &mut Connection,
    table: &str,
) -> Result<()> {
    let given: Option<i64> = sqlx::query_scalar(
        "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass)",
    )
    .bind(table)
    .fetch_one(server)
    .await
    .doing("read the numbers of rows")?;
    let Some(given) = given else { return Ok(()) };
    sqlx::query("DELETE FROM sqlite_sequence WHERE name = $1")
        .bind(table)
        .execute(&mut *file)
        .await
        .doing(WRITING)?;
    sqlx::query(
        "INSERT INTO sqlite_sequence (name, seq)
         SELECT name, $2 FROM sqlite_schema WHERE name = $1 AND sql LIKE '%AUTOINCREMENT%'",
    )
    .bind(table)
    .bind(given)
    .execute(file)
    .await
    .doing(WRITING)?;
    Ok(())
}

const READING: &str = "read the rows of the database";
const WRITING: &str = "write the rows into a file";
/// A slow disk here is nobody's trouble but ours; and yet a copy that stands still must not keep a server for ever from
/// clearing away what was deleted.
const PATIENT: [(&str, &str); 3] = [
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "60000"),
    ("idle_in_transaction_session_timeout", "60000"),
];
