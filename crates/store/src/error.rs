//! What can go wrong between the program and its rows.

use std::path::PathBuf;

use crate::database::{Violation, violation};

/// What can go wrong between the program and its rows.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The idempotency key was used before: read its [`crate::Once`] and give the same answer.
    #[error("this request was already carried out")]
    AlreadyDone,
    /// Somebody else wrote the same row first: read again, apply the change again, try again.
    #[error("another change was written first")]
    Conflict,
    /// The row to change does not exist.
    #[error("{what} does not exist")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The row names another one (a site, a territory, a recording) that does not exist.
    #[error("{doing}: it names a row that does not exist")]
    MissingReference {
        /// What was attempted.
        doing: &'static str,
    },
    /// A text holds U+0000: PostgreSQL has none in texts. SQLite takes it, and finds nothing by it.
    #[error("{doing}: a text holds the character U+0000")]
    Character {
        /// What was attempted.
        doing: &'static str,
    },
    /// A row holds a word that no rule of the program would have written.
    #[error("unreadable row of {table}: {reason}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The word, and what was expected.
        reason: String,
    },
    /// The time zone has no name in the time zone database, so that a row cannot hold it.
    #[error("the time zone of territory {territory} has no name")]
    NamelessZone {
        /// The territory's slug.
        territory: String,
    },
    /// A territory to learn in has no number: nobody must hear it by telephone.
    #[error("{territory} is a training territory: no number can lead to it")]
    TrainingNumber {
        /// The territory's slug.
        territory: String,
    },
    /// The file fails its own check and must be restored from a copy.
    #[error("the database {} is damaged: {report}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first complaint of the check.
        report: String,
    },
    /// The database's directory or file could not be made.
    #[error("cannot make {}: {source}", path.display())]
    File {
        /// The directory or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A later version of the program has taken something away from the tables that this one needs.
    #[error(
        "a later version of the program has taken away from the tables what this one needs (migration {version}, {what}); \
         install that version, or bring the rows back from a copy of before"
    )]
    Contracted {
        /// The number of the migration that did it.
        version: i64,
        /// Its name.
        what: String,
    },
    /// Rows are to be moved to a database that has some.
    #[error("{table} has rows already; name a database without any")]
    NotEmpty {
        /// The table.
        table: String,
    },
    /// Not every row of a table has come to the other database; nothing is left there.
    #[error("{found} of {wanted} rows of {table} were moved; nothing is changed")]
    NotMoved {
        /// The table.
        table: String,
        /// Its rows in the file.
        wanted: u64,
        /// Those in the other database.
        found: u64,
    },
    /// The tables of a database are those of another version of the program.
    #[error(
        "the tables have version {found} and those of this program {known}: take the program that the service runs"
    )]
    OtherVersion {
        /// The number of their last migration.
        found: i64,
        /// That of this program.
        known: i64,
    },
    /// Anything else the database says: no connection within two seconds, a full disk, a broken file.
    #[error("{doing}: {source}")]
    Database {
        /// What was attempted.
        doing: &'static str,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What every function of this room gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Adds what was attempted to what the database says.
pub(crate) trait Doing<T> {
    /// Names the constraints that callers act on; keeps everything else with its cause.
    fn doing(self, what: &'static str) -> Result<T>;
}

impl<T> Doing<T> for sqlx::Result<T> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|error| match violation(&error) {
            Some(Violation::OnceKey) => Error::AlreadyDone,
            Some(Violation::Unique) => Error::Conflict,
            Some(Violation::Reference) => Error::MissingReference { doing: what },
            Some(Violation::Character) => Error::Character { doing: what },
            None => Error::Database {
                doing: what,
                source: match error {
                    sqlx::Error::PoolClosed => "the database is not open".into(),
                    sqlx::Error::PoolTimedOut => NO_CONNECTION.into(),
                    error => Box::new(error),
                },
            },
        })
    }
}

const NO_CONNECTION: &str = "no connection within two seconds: the server is away, takes no rows, does not let this program in, or has none left";

impl<T> Doing<T> for Result<T, sqlx::migrate::MigrateError> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|error| Error::Database {
            doing: what,
            source: Box::new(error),
        })
    }
}

/// An [`Error::Unreadable`] for `word` where `expected` was.
pub(crate) fn unreadable(table: &'static str, expected: &str, word: &str) -> Error {
    Error::Unreadable {
        table,
        reason: format!("“{word}” where {expected} was expected"),
    }
}
