//! The way to all rows.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use crate::error::Doing;
use crate::sqlite::{self, Pool, Transaction};
use crate::{Error, Result};

/// The way to all rows; cloning it shares its connections.
///
/// Every change is on disk when its function gives `Ok`. Every function fails with [`Error::Database`] when no
/// connection is free within two seconds; the errors a function documents come on top of that.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Pool,
    readers: Pool,
}

impl Store {
    /// Opens the file, makes it if it does not exist, checks it and brings its tables up to date.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Damaged`], or [`Error::Database`] for a file that another version of the program
    /// has changed in a way this one does not know.
    pub async fn open(path: &Path) -> Result<Self> {
        make_private(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })?;
        let writer = sqlite::open_writer(path).await?;
        sqlite::check_file(&writer, path).await?;
        sqlx::migrate!("../../migrations/sqlite")
            .run(&writer)
            .await
            .doing("bring the tables up to date")?;
        let readers = sqlite::open_readers(path).await?;
        Ok(Self { writer, readers })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Database`] when there is none within two seconds.
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

    pub(crate) fn writer(&self) -> &Pool {
        &self.writer
    }

    pub(crate) fn readers(&self) -> &Pool {
        &self.readers
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Transaction> {
        sqlite::begin(&self.writer).await
    }

    /// Begins a transaction that sees the rows of one instant.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction> {
        self.readers.begin().await.doing("begin reading")
    }
}

/// Makes the directory and an empty file that only its owner reads: it holds the hashes of passwords and PINs.
fn make_private(path: &Path) -> std::io::Result<()> {
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
