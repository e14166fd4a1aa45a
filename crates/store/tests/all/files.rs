//! The file: what survives a restart, a death of the process, a damage.

use std::fs;
use std::path::Path;

use store::{Error, Store};

use crate::support::{Desk, bulletin, hour, job, once, site, territory};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    desk.store.close().await;
    assert_full(&desk.open_again().await).await;
}

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
async fn opening_a_file_twice_changes_nothing() {
    let desk = Desk::open().await;
    fill(&desk.store).await;
    for _ in 0..3 {
        assert_full(&desk.open_again().await).await;
    }
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

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let desk = Desk::open().await;
    desk.meddle(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    let refused = Store::open(&desk.path()).await.map(|_| ()).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("bring the tables up to date"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let desk = Desk::open().await;
    desk.store.check().await.unwrap();
    desk.store.close().await;
    let refused = desk.store.check().await.unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("ask the database for a sign of life: "),
        "{refused}"
    );
}

async fn fill(store: &Store) {
    let mut it = bulletin(1);
    let jobs = [job("speak", "a")];
    let answer = once("token", "key");
    store
        .insert_bulletin(&it, &jobs, Some(&answer))
        .await
        .unwrap();
    let entry = it.end(None, "anne", hour(2)).unwrap();
    store.append_entry(&it, &entry, &[], None).await.unwrap();
}

async fn assert_full(store: &Store) {
    let mut expected = bulletin(1);
    expected.end(None, "anne", hour(2)).unwrap();
    assert_eq!(store.territories().await.unwrap(), [territory()]);
    assert_eq!(store.sites().await.unwrap(), [site()]);
    assert_eq!(store.live_bulletins(hour(3)).await.unwrap(), [expected]);
    assert_eq!(store.pending_jobs().await.unwrap()[0].payload, "a");
    let answer = store.find_once("token", "key").await.unwrap();
    assert_eq!(answer, Some(once("token", "key")));
}

/// A copy of the closed file in which the first page of one table has lost its head.
async fn damaged_copy(desk: &Desk, table: &str) -> tempfile::TempDir {
    let page = if table == "sqlite_schema" {
        1
    } else {
        desk.first_page(table).await
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
