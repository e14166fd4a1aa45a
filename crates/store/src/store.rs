//! The way to all rows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use sqlx::Any;
use sqlx::any::{AnyArguments, AnyPoolOptions, AnyQueryResult};
use sqlx::query::Query;

use crate::database::{Pool, Transaction};
use crate::error::Doing;
use crate::postgres::{self, Server};
use crate::{Result, sqlite};

/// The way to all rows; cloning it shares its connections.
///
/// Every change is on disk when its function gives `Ok`. Every function fails with [`Error::Database`] when no
/// connection is free within two seconds (five with SQLite), and at once while the database is not open; the errors a
/// function documents come on top of that.
///
/// [`Error::Database`]: crate::Error::Database
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    pools: Arc<OnceLock<Pools>>,
    /// It is closed: what is asked before there are pools is refused at once.
    refusing: Pool,
}

impl Store {
    /// Opens an SQLite file, makes it if it does not exist, checks it and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Damaged`], or [`Error::Contracted`] for a file from which a later version of the
    /// program has taken something away.
    ///
    /// [`Error::File`]: crate::Error::File
    /// [`Error::Damaged`]: crate::Error::Damaged
    /// [`Error::Contracted`]: crate::Error::Contracted
    pub async fn open(path: &Path) -> Result<Self> {
        let store = Self::unopened(path).await?;
        store.join().await?;
        Ok(store)
    }

    /// Opens a database of a PostgreSQL server and brings its tables up to date.
    ///
    /// - `address`: `postgres://USER@HOST:PORT/DATABASE`, with what libpq knows behind a `?`, such as
    ///   `sslmode=verify-full`.
    /// - `password`: in place of one in the address; without any, `PGPASSWORD` and the file `.pgpass` are looked at.
    ///
    /// # Errors
    /// [`Error::Database`] for an address that is none and a server that does not answer within two seconds,
    /// [`Error::Contracted`] for tables from which a later version of the program has taken something away.
    ///
    /// [`Error::Contracted`]: crate::Error::Contracted
    /// [`Error::Database`]: crate::Error::Database
    pub async fn open_postgres(address: &str, password: Option<&str>) -> Result<Self> {
        let store = Self::unopened_postgres(address, password).await?;
        store.join().await?;
        Ok(store)
    }

    /// The way to the rows of a file that [`Store::join`] opens: for whoever has something to do without them.
    ///
    /// # Errors
    /// [`crate::Error::Database`], for no reason that is known.
    pub async fn unopened(path: &Path) -> Result<Self> {
        Self::to(Database::Sqlite(path.to_owned())).await
    }

    /// The same of a PostgreSQL server, as [`Store::open_postgres`] takes it.
    ///
    /// # Errors
    /// [`crate::Error::Database`] for an address that is none.
    pub async fn unopened_postgres(address: &str, password: Option<&str>) -> Result<Self> {
        let server = Server::find(address, password)?;
        Self::to(Database::Postgres(server)).await
    }

    async fn to(database: Database) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let nowhere = AnyPoolOptions::new()
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy("sqlite::memory:");
        let refusing = nowhere.doing("prepare the way to the database")?;
        refusing.close().await;
        Ok(Self {
            database,
            pools: Arc::default(),
            refusing,
        })
    }

    /// Opens the database that is not open yet, as [`Store::open`] and [`Store::open_postgres`] do; every clone is open
    /// then. Try it again after an error.
    ///
    /// # Errors
    /// Theirs.
    pub async fn join(&self) -> Result<()> {
        if self.pools.get().is_some() {
            return Ok(());
        }
        let (writer, readers) = match &self.database {
            Database::Sqlite(path) => sqlite::open(path).await?,
            Database::Postgres(server) => postgres::open(server).await?,
        };
        // Of two that open it together the first one's pools are used; the other ones' end unused.
        let _ = self.pools.set(Pools { writer, readers });
        Ok(())
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`crate::Error::Database`] when there is none within two seconds.
    pub async fn check(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(self.readers())
            .await
            .doing("ask the database for a sign of life")?;
        Ok(())
    }

    /// Closes the connections once what they do is done; the store cannot be used afterwards.
    pub async fn close(&self) {
        if let Some(Pools { writer, readers }) = self.pools.get() {
            readers.close().await;
            writer.close().await;
        }
    }

    /// Which version the tables have: the number of the last migration.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn version(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(self.readers())
            .await
            .doing("read the version of the tables")
    }

    /// The server, if there is one.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.database {
            Database::Sqlite(_) => None,
            Database::Postgres(server) => Some(server),
        }
    }

    pub(crate) fn readers(&self) -> &Pool {
        let pools = self.pools.get();
        pools.map_or(&self.refusing, |pools| &pools.readers)
    }

    fn writer(&self) -> &Pool {
        let pools = self.pools.get();
        pools.map_or(&self.refusing, |pools| &pools.writer)
    }

    /// Begins a transaction that writes, and is the only one until it ends.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        self.take_turn().await.doing("begin a transaction")
    }

    /// Begins a transaction that sees the rows of one instant.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction> {
        let begun = match &self.database {
            Database::Sqlite(_) => sqlite::begin_reading(self.readers()).await,
            Database::Postgres(_) => postgres::begin_reading(self.readers()).await,
        };
        begun.doing("begin reading")
    }

    async fn take_turn(&self) -> sqlx::Result<Transaction> {
        match &self.database {
            Database::Sqlite(_) => sqlite::begin(self.writer()).await,
            Database::Postgres(_) => postgres::begin(self.writer()).await,
        }
    }
}

/// A statement that writes and is a transaction of its own.
pub(crate) trait WriteTo {
    /// Carries it out.
    async fn write_to(self, store: &Store) -> sqlx::Result<AnyQueryResult>;
}

impl WriteTo for Query<'_, Any, AnyArguments> {
    async fn write_to(self, store: &Store) -> sqlx::Result<AnyQueryResult> {
        let mut transaction = store.take_turn().await?;
        let done = self.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(done)
    }
}

/// Which database it is.
#[derive(Clone, Debug)]
enum Database {
    Sqlite(PathBuf),
    Postgres(Server),
}

/// The connections of an open database.
#[derive(Debug)]
struct Pools {
    writer: Pool,
    readers: Pool,
}
