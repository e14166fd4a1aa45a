//! Files of earlier versions: what they hold is kept.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection};
use store::{Role, Store};

use crate::all::recordings::recording;

#[tokio::test]
async fn people_of_before_keep_their_password_and_their_site() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("allo.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = SqlitePoolOptions::new()
        .connect_with(options.create_if_missing(true))
        .await
        .unwrap();
    let all = sqlx::migrate!("../../migrations/sqlite");
    let before = all.iter().filter(|one| one.version < 8).cloned().collect();
    let before = sqlx::migrate::Migrator::with_migrations(before);
    before.run(&pool).await.unwrap();
    for statement in [
        "INSERT INTO territories VALUES ('boucles', 'Boucles', 'Boucles', 'Europe/Paris')",
        "INSERT INTO sites VALUES ('raffinerie', 'boucles', 'R', 'R', 'Rouen')",
        "INSERT INTO users VALUES ('anne@example.org', 'operator', 'raffinerie', '$argon2id$a', NULL)",
        "INSERT INTO users VALUES ('ada@example.org', 'administrator', NULL, '$argon2id$b', NULL)",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;

    let store = Store::open(&path).await.unwrap();

    let anne = store.find_user("anne@example.org").await.unwrap().unwrap();
    assert_eq!(anne.person.role, Role::Operator);
    let sites: Vec<_> = anne.person.sites.iter().map(|slug| slug.as_str()).collect();
    assert_eq!(sites, ["raffinerie"]);
    assert_eq!(anne.keys.password_hash.as_deref(), Some("$argon2id$a"));
    assert_eq!(anne.keys.totp_secret, None, "they enrol when they sign in");
    let ada = store.find_user("ada@example.org").await.unwrap().unwrap();
    assert_eq!(ada.person.role, Role::Administrator);
}

#[tokio::test]
async fn a_recording_of_a_file_from_before_the_wide_band_stays_and_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allo.db");
    let file = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&file).await.unwrap();
    first_migration(folder.path())
        .await
        .run(&mut old)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO recordings (key, text, engine, duration_ms, master_wav, pcma, pcmu)
         VALUES ('k1', 'Bruit.', 'pico 0', 20, x'01', x'02', x'03')",
    )
    .execute(&mut old)
    .await
    .unwrap();
    old.close().await.unwrap();

    let store = Store::open(&path).await.unwrap();

    let kept = store.find_recording("k1").await.unwrap().unwrap();
    assert_eq!((kept.pcma, kept.pcmu, kept.g722), (vec![2], vec![3], None));
    store.save_recording(&recording("k2")).await.unwrap();
    let new = store.find_recording("k2").await.unwrap();
    assert_eq!(new, Some(recording("k2")));
}

/// The tables as the first version of the program left them.
async fn first_migration(folder: &Path) -> Migrator {
    let only = folder.join("migrations");
    std::fs::create_dir(&only).unwrap();
    let name = "0001_ground.sql";
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    std::fs::copy(all.join(name), only.join(name)).unwrap();
    Migrator::new(only).await.unwrap()
}
