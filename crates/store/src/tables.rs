//! Tables that a later version of the program has been at: an earlier one works on them, unless something it needs is gone.
//!
//! A migration adds and leaves the version before what it needs, so that nodes are renewed one by one and somebody can go
//! back. What only earlier versions needed is taken away later by a migration of its own, whose name begins with
//! `contract_`.

use sqlx::migrate::Migrator;

use crate::database::Pool;
use crate::error::Doing;
use crate::{Error, Result};

/// Has the migrations of this version not mind those of later ones.
pub(crate) fn beside_later_ones(mut migrations: Migrator) -> Migrator {
    migrations.set_ignore_missing(true);
    migrations
}

/// Refuses tables from which a version after these migrations has taken something away.
pub(crate) async fn check(tables: &Pool, migrations: &Migrator) -> Result<()> {
    let versions = migrations.iter().map(|one| one.version);
    let taken: Option<(i64, String)> = sqlx::query_as(
        "SELECT version, description FROM _sqlx_migrations
         WHERE version > $1 AND description LIKE 'contract %' ORDER BY version LIMIT 1",
    )
    .bind(versions.max().unwrap_or_default())
    .fetch_optional(tables)
    .await
    .doing("read the version of the tables")?;
    match taken {
        None => Ok(()),
        Some((version, what)) => Err(Error::Contracted { version, what }),
    }
}
