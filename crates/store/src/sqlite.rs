//! What only SQLite needs: the file, its pragmas, its two pools, its way to begin, its copies.

mod copies;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AnyConnection, Connection as _, Executor, SqliteConnection};

use crate::database::{Connection, Pool, Transaction};
use crate::error::Doing;
use crate::{Error, Result, tables};

pub(crate) use copies::with_room;
pub use copies::{copy_database, count_copy, find_difference};

/// Opens the file, makes it if it does not exist, checks it and brings its tables up to date; gives the pool of the one
/// connection that writes, and that of those that read.
///
/// WAL lets readers read while it writes; FULL makes a commit survive a power cut, which NORMAL does not in WAL.
pub(crate) async fn open(path: &Path) -> Result<(Pool, Pool)> {
    let named = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    make_private(path).map_err(named)?;
    let address = address(path).map_err(named)?;
    let mut first = connect(path).await?;
    check_file(&mut first, path).await?;
    TABLES
        .run_direct(None, &mut first, false)
        .await
        .doing("bring the tables up to date")?;
    let writer = pool(1, WRITER, &address).await;
    let writer = writer.doing("open the database for writing")?;
    let readers = pool(READERS, READER, &address).await;
    let readers = readers.doing("open the database for reading")?;
    tables::check(&readers, &TABLES).await?;
    // What it did is done, and the others are there: the file does not change any more for its end.
    first.close().await.doing("open the database")?;
    Ok((writer, readers))
}

/// Makes the tables in an empty file that is written once, and opens it for the rows. Nothing of it is sure to be on disk
/// before somebody asks for that, and there is no way back: a file that does not become whole is thrown away.
pub(crate) async fn make(path: &Path) -> Result<Connection> {
    let address = address(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off);
    let tables = SqliteConnection::connect_with(&options).await;
    let mut tables = tables.doing("make a database file")?;
    TABLES.run(&mut tables).await.doing("make the tables")?;
    tables.close().await.doing("make the tables")?;
    let rows = Connection::connect_with(&address).await;
    let mut rows = rows.doing("open a database file")?;
    let set = rows.execute(WRITTEN_ONCE).await;
    set.doing("open a database file")?;
    Ok(rows)
}

/// Which version the tables have that this program makes.
pub(crate) fn version() -> i64 {
    let versions = TABLES.iter().map(|one| one.version);
    versions.max().unwrap_or_default()
}

/// Begins a transaction that owns the file's write lock from its first statement, so that it cannot fail half-way
/// because another program has written.
pub(crate) async fn begin(writer: &Pool) -> sqlx::Result<Transaction> {
    writer.begin_with("BEGIN IMMEDIATE").await
}

/// Begins a transaction that sees the rows of one instant: that of its first statement.
pub(crate) async fn begin_reading(readers: &Pool) -> sqlx::Result<Transaction> {
    readers.begin().await
}

/// The version of a file as one connection sees it: another after each transaction of any other one, of whatever process.
#[derive(Debug)]
pub(crate) struct Version {
    address: Arc<AnyConnectOptions>,
    seen: Option<(AnyConnection, i64)>,
}

impl Version {
    pub(crate) fn new(readers: &Pool) -> Self {
        Self {
            address: readers.connect_options(),
            seen: None,
        }
    }

    /// Whether it is another than at the last look.
    pub(crate) async fn has_changed(&mut self) -> sqlx::Result<bool> {
        let Some((connection, seen)) = &mut self.seen else {
            let mut connection = AnyConnection::connect_with(&self.address).await?;
            let version = read_version(&mut connection).await?;
            self.seen = Some((connection, version));
            return Ok(true);
        };
        match read_version(connection).await {
            Ok(version) => Ok(std::mem::replace(seen, version) != version),
            Err(error) => {
                self.seen = None;
                Err(error)
            }
        }
    }
}

async fn read_version(connection: &mut AnyConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(connection)
        .await
}

/// The connection that prepares the file for those of the pools: what is wrong with a file is told to it alone, for a
/// pool tries again until its time is up.
async fn connect(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let opened = SqliteConnection::connect_with(&options).await;
    named_damage(opened, path)?.doing("open the database")
}

/// Reads the whole file and checks its structure.
async fn check_file(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    let checked = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
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

/// Opens connections that begin with these pragmas.
async fn pool(
    connections: u32,
    pragmas: &'static str,
    address: &AnyConnectOptions,
) -> sqlx::Result<Pool> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection to a file does not age, and a new one is a new thread that fills a cache of its own.
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(pragmas).await.map(|_| ()) })
        })
        // SQLite itself takes a transaction back when the disk is full or fails. sqlx then asks in vain for what is done, and
        // believes for ever that it goes on: such a connection is closed, and another one opened.
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        })
        .connect_with(address.clone())
        .await
}

/// The address of a file that exists.
fn address(path: &Path) -> io::Result<AnyConnectOptions> {
    let invalid = |why| io::Error::new(ErrorKind::InvalidInput, why);
    let whole = fs::canonicalize(path)?;
    let whole = whole
        .to_str()
        .ok_or_else(|| invalid("its name is not UTF-8".to_owned()))?;
    let mut address = String::from("sqlite://");
    for octet in whole.bytes() {
        match octet {
            b'/' | b'-' | b'_' | b'.' => address.push(octet.into()),
            _ if octet.is_ascii_alphanumeric() => address.push(octet.into()),
            _ => address.push_str(&format!("%{octet:02X}")),
        }
    }
    address
        .parse()
        .map_err(|error: sqlx::Error| invalid(error.to_string()))
}

/// Makes the directory and an empty file that only its owner reads: it holds the hashes of passwords and PINs.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// SQLITE_CORRUPT and SQLITE_NOTADB of SQLite's result codes.
const CORRUPT: &str = "11";
const NOT_A_DATABASE: &str = "26";
static TABLES: LazyLock<Migrator> =
    LazyLock::new(|| tables::beside_later_ones(sqlx::migrate!("../../migrations/sqlite")));
/// Of a file that [`make`] makes.
const WRITTEN_ONCE: &str =
    "PRAGMA foreign_keys = ON; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF";
/// The mode of the journal is the file's; the rest is each connection's.
const WRITER: &str =
    "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL";
/// Each reader keeps 512 KiB of the file for itself, not the usual 2,000: the system keeps it in memory for all of them, and
/// what a node needs is then the same after an hour as after a day.
const READER: &str = "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -512; \
    PRAGMA query_only = ON";
/// Connections that read at the same time; a page or an API answer holds one for a few milliseconds.
const READERS: u32 = 4;
/// How long a statement waits for another program's lock on the file; the pragmas say the same.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a free connection before it says so: a busy disk must not turn a poster away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_writer_survives_a_power_cut_and_readers_cannot_write() {
        sqlx::any::install_default_drivers();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("allo.db");
        let (writer, readers) = open(&path).await.unwrap();

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

    #[tokio::test]
    async fn any_name_of_a_file_is_kept() {
        sqlx::any::install_default_drivers();
        let directory = tempfile::tempdir().unwrap();
        for name in ["a b.db", "Été?mode=ro#%41&.db", "à/../b.db"] {
            fs::create_dir_all(directory.path().join("à")).unwrap();
            let path = directory.path().join(name);
            let (writer, _) = open(&path).await.unwrap();
            let file: String = sqlx::query_scalar("SELECT file FROM pragma_database_list")
                .fetch_one(&writer)
                .await
                .unwrap();
            assert_eq!(file, fs::canonicalize(&path).unwrap().to_str().unwrap());
        }
    }

    async fn pragma(pool: &Pool, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(pool).await.unwrap()
    }
}
