//! The way to all rows.

use std::path::Path;

use sqlx::Any;
use sqlx::any::{AnyArguments, AnyQueryResult};
use sqlx::query::Query;

use crate::database::{Pool, Transaction};
use crate::error::Doing;
use crate::postgres::{self, Server};
use crate::{Result, sqlite};

/// The way to all rows; cloning it shares its connections.
///
/// Every change is on disk when its function gives `Ok`. Every function fails with [`Error::Database`] when no
/// connection is free within two seconds (five with SQLite); the errors a function documents come on top of that.
///
/// [`Error::Database`]: crate::Error::Database
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    writer: Pool,
    readers: Pool,
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
        sqlx::any::install_default_drivers();
        let (writer, readers) = sqlite::open(path).await?;
        Ok(Self {
            database: Database::Sqlite,
            writer,
            readers,
        })
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
        sqlx::any::install_default_drivers();
        let server = Server::find(address, password)?;
        let (writer, readers) = postgres::open(&server).await?;
        Ok(Self {
            database: Database::Postgres(server),
            writer,
            readers,
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`crate::Error::Database`] when there is none within two seconds.
    pub async fn check(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .doing("ask the database for a sign of life")?;
        Ok(())
    }

    /// Closes the connections once what they do is done; the store cannot be used afterwards.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Which version the tables have: the number of the last migration.
    ///
    /// # Errors
    /// Those of every function of [`Store`].
    pub async fn version(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&self.readers)
            .await
            .doing("read the version of the tables")
    }

    /// The server, if there is one.
    pub(crate) fn server(&self) -> Option<&Server> {
        match &self.database {
            Database::Sqlite => None,
            Database::Postgres(server) => Some(server),
        }
    }

    pub(crate) fn readers(&self) -> &Pool {
        &self.readers
    }

    /// Begins a transaction that writes, and is the only one until it ends.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        self.take_turn().await.doing("begin a transaction")
    }

    /// Begins a transaction that sees the rows of one instant.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction> {
        let begun = match &self.database {
            Database::Sqlite => sqlite::begin_reading(&self.readers).await,
            Database::Postgres(_) => postgres::begin_reading(&self.readers).await,
        };
        begun.doing("begin reading")
    }

    async fn take_turn(&self) -> sqlx::Result<Transaction> {
        match &self.database {
            Database::Sqlite => sqlite::begin(&self.writer).await,
            Database::Postgres(_) => postgres::begin(&self.writer).await,
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
    Sqlite,
    Postgres(Server),
}
