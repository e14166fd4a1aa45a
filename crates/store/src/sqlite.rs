//! What only SQLite needs: pragmas, its two pools, its way to begin, its names for violated constraints.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteConnection, SqlitePool, SqliteTransaction};

use crate::error::Doing;
use crate::{Error, Result};

pub(crate) type Database = sqlx::Sqlite;
pub(crate) type Connection = SqliteConnection;
pub(crate) type Pool = SqlitePool;
pub(crate) type Transaction = SqliteTransaction<'static>;

/// A constraint that refused a row, as far as callers act on it.
pub(crate) enum Violation {
    /// The primary key of `idempotency`.
    OnceKey,
    /// Any other primary key or unique index.
    Unique,
    /// A foreign key.
    Reference,
}

/// What goes at the end of the statement that looks for a job to claim: with one writer nobody else holds a row.
pub(crate) const CLAIM_LOCK: &str = "";

/// Opens the one connection that writes.
///
/// WAL lets readers read while it writes; FULL makes a commit survive a power cut, which NORMAL does not in WAL.
pub(crate) async fn open_writer(path: &Path) -> Result<Pool> {
    let options = options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let opened = pool(1).connect_with(options).await;
    named_damage(opened, path)?.doing("open the database for writing")
}

/// Opens the connections that read; they refuse to write.
pub(crate) async fn open_readers(path: &Path) -> Result<Pool> {
    pool(READERS)
        .connect_with(options(path).pragma("query_only", "ON"))
        .await
        .doing("open the database for reading")
}

/// Begins a transaction that owns the file's write lock from its first statement, so that it cannot fail half-way
/// because another program has written.
pub(crate) async fn begin(writer: &Pool) -> Result<Transaction> {
    writer
        .begin_with("BEGIN IMMEDIATE")
        .await
        .doing("begin a transaction")
}

/// Reads the whole file and checks its structure.
pub(crate) async fn check_file(pool: &Pool, path: &Path) -> Result<()> {
    let checked = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(pool)
        .await;
    let report: String = named_damage(checked, path)?.doing("check the database file")?;
    if report == "ok" {
        return Ok(());
    }
    Err(Error::Damaged {
        path: path.to_owned(),
        report,
    })
}

/// Says which constraint refused a row. SQLite gives no name, only "UNIQUE constraint failed: table.column".
pub(crate) fn violation(error: &sqlx::Error) -> Option<Violation> {
    let error = error.as_database_error()?;
    if error.is_foreign_key_violation() {
        Some(Violation::Reference)
    } else if !error.is_unique_violation() {
        None
    } else if error.message().contains("idempotency.") {
        Some(Violation::OnceKey)
    } else {
        Some(Violation::Unique)
    }
}

/// Takes out the two errors by which SQLite says that the file itself is at fault.
fn named_damage<T>(result: sqlx::Result<T>, path: &Path) -> Result<sqlx::Result<T>> {
    match result {
        Err(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some(CORRUPT | NOT_A_DATABASE)) =>
        {
            Err(Error::Damaged {
                path: path.to_owned(),
                report: error.message().to_owned(),
            })
        }
        other => Ok(other),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
}

/// SQLITE_CORRUPT and SQLITE_NOTADB of SQLite's result codes.
const CORRUPT: &str = "11";
const NOT_A_DATABASE: &str = "26";
/// Connections that read at the same time; a page or an API answer holds one for a few milliseconds.
const READERS: u32 = 4;
/// How long a statement waits for another program's lock on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a free connection before it says so: a busy disk must not turn a poster away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_writer_survives_a_power_cut_and_readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("allo.db");
        let writer = open_writer(&path).await.unwrap();
        let readers = open_readers(&path).await.unwrap();

        let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
            .fetch_one(&writer)
            .await
            .unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(pragma(&writer, "PRAGMA synchronous").await, 2);
        for pool in [&writer, &readers] {
            assert_eq!(pragma(pool, "PRAGMA foreign_keys").await, 1);
            assert_eq!(pragma(pool, "PRAGMA busy_timeout").await, 5000);
        }
        let refused = sqlx::query("CREATE TABLE notes (note TEXT)")
            .execute(&readers)
            .await;
        assert!(refused.is_err());
    }

    async fn pragma(pool: &Pool, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(pool).await.unwrap()
    }
}
