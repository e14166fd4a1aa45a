//! The server: what its tables must be like, and what is seen of it when it goes.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection, SqliteConnection};
use store::{Error, Store};

use crate::all::cluster::Cluster;
use crate::support::{Desk, bulletin, by, hour, site, territory};

#[tokio::test]
async fn all_text_is_sorted_octet_by_octet_whatever_the_database_was_set_up_with() {
    let desk = Desk::empty().await;
    let mut door = PgConnection::connect(&desk.address()).await.unwrap();
    let others: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
               AND table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut door)
    .await
    .unwrap();
    assert_eq!(others, []);
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let desk = Desk::empty().await;
    let mut door = PgConnection::connect(&desk.address()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allo.db");
    let file = Store::open(&path).await.unwrap();
    let mut file_door = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap();

    let here: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, is_nullable = 'NO' FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'
         ORDER BY table_name COLLATE \"C\", column_name COLLATE \"C\"",
    )
    .fetch_all(&mut door)
    .await
    .unwrap();
    let there: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT t.name, c.name, c.\"notnull\" OR c.pk FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations' ORDER BY 1, 2",
    )
    .fetch_all(&mut file_door)
    .await
    .unwrap();
    assert_eq!(here, there);

    let here: Vec<String> = sqlx::query_scalar(
        "SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'
             AND indexname NOT LIKE '%\\_pkey' AND indexname NOT LIKE '%\\_key'
         ORDER BY indexname COLLATE \"C\"",
    )
    .fetch_all(&mut door)
    .await
    .unwrap();
    let there: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%\\_key' ESCAPE '\\'
         ORDER BY 1",
    )
    .fetch_all(&mut file_door)
    .await
    .unwrap();
    assert_eq!(here, there);
    file.close().await;
}

#[tokio::test]
async fn a_server_that_goes_is_noticed_within_three_seconds_and_used_again_when_it_is_back() {
    let cluster = Cluster::start();
    let store = Store::open_postgres(&cluster.address("postgres"), None)
        .await
        .unwrap();
    store.upsert_territory(&territory(), by()).await.unwrap();
    store.upsert_site(&site(), by()).await.unwrap();
    store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();

    cluster.fail();
    let begin = Instant::now();
    let refused = store.insert_bulletin(&bulletin(2), &[], None).await;
    assert!(
        matches!(refused, Err(Error::Database { .. })),
        "{refused:?}"
    );
    let passed = begin.elapsed();
    assert!(passed < Duration::from_secs(3), "{passed:?}");
    assert!(store.check().await.is_err());
    let away = Store::open_postgres(&cluster.address("postgres"), None).await;
    assert!(matches!(away, Err(Error::Database { .. })), "{away:?}");

    cluster.recover();
    store
        .insert_bulletin(&bulletin(3), &[], None)
        .await
        .unwrap();
    let live = store.live_bulletins(hour(0)).await.unwrap();
    assert_eq!(live, [bulletin(3), bulletin(1)]);
}

#[tokio::test]
async fn a_password_is_used_and_told_to_nobody() {
    let cluster = Cluster::start();
    let mut door = PgConnection::connect(&cluster.address("postgres"))
        .await
        .unwrap();
    let secret = "p@ss:/w?rd&é";
    for statement in [
        "CREATE ROLE guarded LOGIN PASSWORD 'p@ss:/w?rd&é'",
        "CREATE DATABASE guarded OWNER guarded",
        "COPY (SELECT 'local all guarded scram-sha-256') TO PROGRAM 'cat >pg_hba.new && cat pg_hba.conf >>pg_hba.new && mv pg_hba.new pg_hba.conf'",
        "SELECT pg_reload_conf()",
    ] {
        sqlx::raw_sql(statement).execute(&mut door).await.unwrap();
    }
    let address = cluster.address("guarded").replace("//allo@", "//guarded@");

    let store = Store::open_postgres(&address, Some(secret)).await.unwrap();

    store.check().await.unwrap();
    assert!(!format!("{store:?}").contains("p@ss"), "{store:?}");
    for wrong in [Some("p@ssw0rd"), None] {
        let refused = Store::open_postgres(&address, wrong).await.unwrap_err();
        assert!(!format!("{refused:?} {refused}").contains("p@ss"));
    }
}
