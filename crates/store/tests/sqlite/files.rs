//! The file: what survives a death of the process, a damage.

use std::fs;
use std::path::Path;

use sqlx::{Connection, SqliteConnection};
use store::{Error, Store};

use crate::all::restarts::fill;
use crate::support::{Desk, bulletin, hour, job};

#[tokio::test]
async fn what_was_acknowledged_is_in_the_files_as_a_killed_process_leaves_them() {
    let desk = Desk::open().await;
    for number in 1..=12 {
        desk.store
            .insert_bulletin(&bulletin(number), &[job("speak", "{}")], None)
            .await
            .unwrap();
        let left = copy_of(&desk.path());
        let found = Store::open(&left.path().join("allo.db")).await.unwrap();
        let posted = found.live_bulletins(hour(0)).await.unwrap();
        assert_eq!(posted.len() as u64, number);
        let jobs = found.pending_jobs().await.unwrap();
        assert_eq!(jobs.len() as u64, number);
    }
}

#[tokio::test]
async fn whoever_watches_a_file_sees_that_another_process_has_written_and_that_nobody_has() {
    let desk = Desk::open().await;
    let other = desk.open_again().await;
    let mut watch = desk.store.watch_file().expect("it is a file");
    assert!(watch.has_changed().await.unwrap(), "nobody knows what was");
    assert!(!watch.has_changed().await.unwrap());

    other.insert_jobs(&[job("speak", "{}")]).await.unwrap();

    assert!(watch.has_changed().await.unwrap());
    assert!(!watch.has_changed().await.unwrap());
}

#[tokio::test]
async fn the_directory_is_made_and_the_file_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data/of/allo/allo.db");
    let store = Store::open(&path).await.unwrap();
    store.check().await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in ["allo.db", "allo.db-wal"] {
            let mode = fs::metadata(path.with_file_name(name))
                .unwrap()
                .permissions();
            assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        }
    }
}

#[tokio::test]
async fn a_transaction_that_sqlite_itself_took_back_keeps_no_later_one_out() {
    let desk = Desk::open().await;
    let (first, second) = (bulletin(1), bulletin(2));
    // What a full disk does: not the statement alone is taken back.
    desk.meddle(
        "CREATE TRIGGER full_disk BEFORE INSERT ON jobs BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
    )
    .await;
    let job = [job("speak", "{}")];
    let refused = desk.store.insert_bulletin(&first, &job, None).await;
    assert!(
        matches!(refused, Err(Error::Database { .. })),
        "{refused:?}"
    );

    desk.meddle("DROP TRIGGER full_disk").await;
    desk.store
        .insert_bulletin(&second, &job, None)
        .await
        .unwrap();

    let there = desk.store.live_bulletins(hour(0)).await.unwrap();
    assert_eq!(there, [second]);
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    let refused = Store::open(&file.join("allo.db")).await;
    assert!(matches!(refused, Err(Error::File { .. })));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("allo.db");
    let text = "a letter to the prefect\n".repeat(400);
    fs::write(&path, &text).unwrap();
    let refused = Store::open(&path).await;
    assert!(matches!(refused, Err(Error::Damaged { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_file_is_refused_with_the_first_complaint() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    desk.store.close().await;
    for table in ["sqlite_schema", "entries"] {
        let copy = damaged_copy(&desk, table).await;
        let damaged = copy.path().join("allo.db");
        match Store::open(&damaged).await {
            Err(Error::Damaged { path, report }) => {
                assert_eq!(path, damaged);
                assert!(!report.is_empty());
            }
            other => panic!("{table}: {other:?}"),
        }
    }
}

/// A copy of the closed file in which the first page of one table has lost its head.
async fn damaged_copy(desk: &Desk, table: &str) -> tempfile::TempDir {
    let page = if table == "sqlite_schema" {
        1
    } else {
        first_page(desk, table).await
    };
    let copy = tempfile::tempdir().unwrap();
    let mut octets = fs::read(desk.path()).unwrap();
    // The file's own head, 100 octets, stays: without it this would be no database at all.
    let begin = if page == 1 { 100 } else { (page - 1) * 4096 };
    octets[begin..begin + 64].fill(0xa5);
    fs::write(copy.path().join("allo.db"), octets).unwrap();
    copy
}

/// The files as they are on disk while the store still holds them open.
fn copy_of(path: &Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    for name in ["allo.db", "allo.db-wal"] {
        fs::copy(path.with_file_name(name), left.path().join(name)).unwrap();
    }
    left
}

/// The page of the file where a table begins, counted from 1.
async fn first_page(desk: &Desk, table: &str) -> usize {
    let mut file = SqliteConnection::connect(&desk.address()).await.unwrap();
    let page: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = $1")
        .bind(table)
        .fetch_one(&mut file)
        .await
        .unwrap();
    file.close().await.unwrap();
    usize::try_from(page).unwrap()
}
