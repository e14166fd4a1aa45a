//! Tables that a later version of the program has been at.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection, SqlSafeStr};
use store::Error;

use super::support::{Desk, by, site};

#[tokio::test]
async fn tables_that_a_later_version_added_to_are_worked_on_by_an_earlier_one() {
    let desk = Desk::open().await;
    later_version(
        &desk,
        LATER,
        "towers",
        "ALTER TABLE sites ADD COLUMN tower TEXT",
    )
    .await;

    let earlier = desk.open_again().await;

    earlier.upsert_site(&site(), by()).await.unwrap();
    let sites = earlier.sites().await.unwrap();
    assert_eq!(sites, [site()]);
    assert_eq!(earlier.version().await.unwrap(), LATER);
    assert!(earlier.check().await.is_ok());
}

#[tokio::test]
async fn tables_from_which_a_later_version_took_something_are_refused_by_its_name() {
    let desk = Desk::open().await;
    later_version(&desk, LATER, "towers", "CREATE TABLE towers (name TEXT)").await;
    later_version(
        &desk,
        LATER + 1,
        "contract towers",
        "ALTER TABLE idempotency RENAME TO gone",
    )
    .await;

    let refused = desk.try_to_open_again().await.err().unwrap();

    assert!(matches!(&refused, Error::Contracted { version, .. } if *version == LATER + 1));
    assert!(refused.to_string().contains("contract towers"), "{refused}");
}

/// Carries out a migration as the program that has it would.
async fn later_version(desk: &Desk, version: i64, name: &'static str, sql: &'static str) {
    let migration = Migration::new(
        version,
        name.into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    );
    let mut migrations = Migrator::with_migrations(vec![migration]);
    migrations.set_ignore_missing(true);
    let mut door = AnyConnection::connect(&desk.address()).await.unwrap();
    migrations.run(&mut door).await.unwrap();
    door.close().await.unwrap();
}

/// A number that no migration of ours has.
const LATER: i64 = 900_000;
