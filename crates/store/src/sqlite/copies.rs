//! A copy of the whole database, made while it is in use.
//!
//! `VACUUM INTO` writes the rows of one instant into a new file, whatever is written meanwhile. How many rows each table
//! had at that instant is counted beside it by a reader of the same instant: nobody writes for the few milliseconds in
//! which both begin.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::{check_file, named_damage};
use crate::error::Doing;
use crate::{Error, Result};

/// Copies a database that may be in use into a file, and proves the copy: it is opened again, its structure is checked,
/// and each of its tables has as many rows as the original had at that instant. Gives those counts, by table.
///
/// - `to`: an empty file. It is on disk when this gives `Ok`.
///
/// # Errors
/// [`Error::Damaged`] for an original or a copy that is at fault, [`Error::File`] for a full disk, [`Error::Database`].
pub async fn copy_database(from: &Path, to: &Path) -> Result<BTreeMap<String, u64>> {
    let Some(name) = to.to_str() else {
        return Err(Error::File {
            path: to.to_owned(),
            source: io::Error::new(ErrorKind::InvalidFilename, "its name is no text"),
        });
    };
    let original = SqliteConnectOptions::new()
        .filename(from)
        .busy_timeout(LOCK_PATIENCE);
    let (mut copier, mut locker) = (open(&original, from).await?, open(&original, from).await?);
    let mut counter = open(&original, from).await?;
    let lock = locker.begin_with("BEGIN IMMEDIATE").await;
    let lock = named_damage(lock, from)?.doing(COPYING)?;
    let mut instant = counter.begin().await.doing(COUNTING)?;
    // A transaction sees the rows of the instant of its first statement.
    tables(&mut instant).await?;
    let copying = async {
        let statement = sqlx::query("VACUUM INTO $1").bind(name);
        statement.execute(&mut copier).await
    };
    let counting = async {
        // What is copied is what there is when the first octet is written.
        let _ = tokio::time::timeout(LONGEST_LOCK, first_octet(to)).await;
        lock.rollback().await.doing(COPYING)?;
        count(&mut instant).await
    };
    let (copied, counted) = tokio::join!(copying, counting);
    with_room(named_damage(copied, from)?.doing(COPYING), to)?;
    let counted = counted?;
    instant.rollback().await.doing(COUNTING)?;
    for connection in [copier, locker, counter] {
        connection.close().await.doing(COPYING)?;
    }
    let found = count_copy(to).await?;
    match find_difference(&counted, &found) {
        None => Ok(found),
        Some(report) => Err(Error::Damaged {
            path: to.to_owned(),
            report,
        }),
    }
}

/// Checks the structure of a database that nobody uses, and counts the rows of its tables. Nothing is written.
///
/// # Errors
/// [`Error::Damaged`], or [`Error::Database`] when it cannot be read.
pub async fn count_copy(path: &Path) -> Result<BTreeMap<String, u64>> {
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.read_only(true).immutable(true);
    let mut copy = open(&options, path).await?;
    check_file(&mut copy, path).await?;
    let counted = count(&mut copy).await?;
    copy.close().await.doing(COUNTING)?;
    Ok(counted)
}

/// Says which table has other rows, if any.
#[must_use]
pub fn find_difference(
    expected: &BTreeMap<String, u64>,
    found: &BTreeMap<String, u64>,
) -> Option<String> {
    let mut tables = expected.keys().chain(found.keys());
    let table = tables.find(|&table| expected.get(table) != found.get(table))?;
    let rows = |counts: &BTreeMap<String, u64>| counts.get(table).copied().unwrap_or(0);
    Some(format!(
        "table {table} has {} rows in place of {}",
        rows(found),
        rows(expected)
    ))
}

async fn open(options: &SqliteConnectOptions, path: &Path) -> Result<SqliteConnection> {
    let opened = SqliteConnection::connect_with(options).await;
    named_damage(opened, path)?.doing("open the database")
}

async fn first_octet(path: &Path) {
    while fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Takes out the error by which SQLite says that the disk is full.
pub(crate) fn with_room<T>(result: Result<T>, path: &Path) -> Result<T> {
    match result {
        Err(Error::Database { source, .. }) if is_of_full_disk(&*source) => Err(Error::File {
            path: path.to_owned(),
            source: ErrorKind::StorageFull.into(),
        }),
        other => other,
    }
}

fn is_of_full_disk(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_database = error
        .downcast_ref()
        .and_then(sqlx::Error::as_database_error);
    of_database.is_some_and(|error| error.code().as_deref() == Some(FULL))
        || error.source().is_some_and(is_of_full_disk)
}

async fn count(connection: &mut SqliteConnection) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for table in tables(connection).await? {
        let quoted = table.replace('"', "\"\"");
        let statement = AssertSqlSafe(format!("SELECT count(*) FROM \"{quoted}\""));
        let rows: i64 = sqlx::query_scalar(statement)
            .fetch_one(&mut *connection)
            .await
            .doing(COUNTING)?;
        counts.insert(table, rows.unsigned_abs());
    }
    Ok(counts)
}

async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'",
    )
    .fetch_all(connection)
    .await
    .doing(COUNTING)
}

const COPYING: &str = "copy the database";
const COUNTING: &str = "count the rows";
/// How long others may write before it is our turn.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);
/// Shorter than what a service waits for its turn: nobody is turned away because of a slow disk. The counts may differ
/// then, which is said.
const LONGEST_LOCK: Duration = Duration::from_secs(2);
/// SQLITE_FULL of SQLite's result codes.
const FULL: &str = "13";

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_holds_what_was_written_before_it_began_and_the_rows_of_one_instant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("allo.db");
        sqlx::any::install_default_drivers();
        let (writer, _) = crate::sqlite::open(&path).await.unwrap();
        for table in ["CREATE TABLE ones (n)", "CREATE TABLE others (n)"] {
            sqlx::query(table).execute(&writer).await.unwrap();
        }
        let (stop, written) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let writing = tokio::spawn({
            let (stop, written, writer) = (stop.clone(), written.clone(), writer.clone());
            async move {
                while !stop.load(Ordering::SeqCst) {
                    let mut both = writer.begin().await.unwrap();
                    for one in [
                        "INSERT INTO ones VALUES (1)",
                        "INSERT INTO others VALUES (1)",
                    ] {
                        sqlx::query(one).execute(&mut *both).await.unwrap();
                    }
                    both.commit().await.unwrap();
                    written.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        for number in 0..10 {
            let copy = folder.path().join(format!("{number}.db"));
            fs::write(&copy, "").unwrap();
            let before = written.load(Ordering::SeqCst);

            let rows = copy_database(&path, &copy).await.unwrap();

            assert!(rows["ones"] >= before, "{rows:?}, {before} before");
            assert_eq!(rows["ones"], rows["others"]);
            assert_eq!(count_copy(&copy).await.unwrap(), rows);
        }
        stop.store(true, Ordering::SeqCst);
        writing.await.unwrap();
        assert!(written.load(Ordering::SeqCst) > 10);
    }

    #[tokio::test]
    async fn a_copy_that_is_cut_or_no_database_is_damaged_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("allo.db"), folder.path().join("copy"));
        crate::Store::open(&path).await.unwrap().close().await;
        fs::write(&copy, "").unwrap();
        copy_database(&path, &copy).await.unwrap();
        let whole = fs::read(&copy).unwrap();

        for octets in [&whole[..whole.len() / 2], b"not a database at all"] {
            fs::write(&copy, octets).unwrap();
            let damaged = count_copy(&copy).await;
            assert!(matches!(damaged, Err(Error::Damaged { .. })), "{damaged:?}");
            assert_eq!(fs::read(&copy).unwrap(), octets);
        }
        fs::write(
            &path,
            b"not a database at all, and longer than a header of one",
        )
        .unwrap();
        fs::write(&copy, "").unwrap();
        let refused = copy_database(&path, &copy).await;
        assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    }

    #[test]
    fn a_table_that_is_missing_or_has_other_rows_is_named() {
        let counts = |rows: &[(&str, u64)]| {
            let rows = rows.iter().map(|&(table, rows)| (table.to_owned(), rows));
            rows.collect::<BTreeMap<_, _>>()
        };
        let (two, three) = (counts(&[("calls", 2)]), counts(&[("calls", 3)]));
        assert_eq!(find_difference(&two, &two), None);
        let said = "table calls has 3 rows in place of 2";
        assert_eq!(find_difference(&two, &three).as_deref(), Some(said));
        assert!(find_difference(&two, &counts(&[])).is_some());
        assert!(find_difference(&counts(&[]), &two).is_some());
    }
}
