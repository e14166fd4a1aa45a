//! The server: what its tables must be like, and what is seen of it when it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bulletin::LineSettings;
use sqlx::{Connection, PgConnection, SqliteConnection};
use store::{Changes, Error, Store, WantedActs};
use tokio::task::JoinSet;

use crate::all::calls::full;
use crate::all::cluster::Cluster;
use crate::all::recordings::recording;
use crate::support::{Desk, bulletin, by, hour, job, once, site, territory};

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
    let store = with_a_site(&cluster).await;
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
async fn a_server_that_becomes_a_standby_is_left_and_used_again_when_it_takes_rows() {
    let cluster = Cluster::start();
    let store = with_a_site(&cluster).await;
    // Sessions that begin from now on take no rows, as those of a standby, and never will.
    cluster.sql(
        "postgres",
        "ALTER ROLE allo SET default_transaction_read_only = on",
    );
    let end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'allo-%'";
    cluster.sql("postgres", end_all);
    let begin = Instant::now();
    let refused = store.upsert_site(&site(), by()).await;
    assert!(
        matches!(refused, Err(Error::Database { .. })),
        "{refused:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert_eq!(
        store.sites().await.unwrap(),
        [site()],
        "what is there is read"
    );

    let again = "BEGIN READ WRITE; ALTER ROLE allo RESET default_transaction_read_only; COMMIT";
    cluster.sql("postgres", again);
    store.upsert_site(&site(), by()).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn who_waits_for_a_turn_that_does_not_end_is_told_within_three_seconds() {
    let cluster = Cluster::start();
    let address = cluster.address("postgres");
    let store = Store::open_postgres(&address, None).await.unwrap();
    store.upsert_territory(&territory(), by()).await.unwrap();
    let mut other = PgConnection::connect(&address).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT pg_advisory_xact_lock(x'616c6c6f'::bigint)")
        .execute(&mut other)
        .await
        .unwrap();

    let mut waiting = JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        waiting.spawn(async move {
            let begin = Instant::now();
            let refused = store.upsert_site(&site(), by()).await;
            (refused, begin.elapsed())
        });
    }
    for (refused, passed) in waiting.join_all().await {
        assert!(
            matches!(refused, Err(Error::Database { .. })),
            "{refused:?}"
        );
        assert!(passed < Duration::from_millis(3_500), "{passed:?}");
    }
    other.close().await.unwrap();
    store.upsert_site(&site(), by()).await.unwrap();
}

#[tokio::test]
async fn no_connection_outlives_the_machine_of_the_server() {
    let cluster = Cluster::start();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .unwrap()
        .port();
    cluster.sql(
        "postgres",
        "ALTER SYSTEM SET listen_addresses = '127.0.0.1'",
    );
    cluster.sql("postgres", &format!("ALTER SYSTEM SET port = {port}"));
    cluster.fail();
    cluster.recover();
    let address = format!("postgres://allo@127.0.0.1:{port}/postgres");
    let store = Store::open_postgres(&address, None).await.unwrap();
    let mut changes = store.changes();
    heard(&mut changes).await.unwrap();
    store.upsert_territory(&territory(), by()).await.unwrap();

    // Addresses in hexadecimal; 01 is an open connection, and 02 the timer of one whose peer will be asked (proc(5)).
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let of_ours = table.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let leads_there = fields[2].ends_with(&format!(":{port:04X}")) && fields[3] == "01";
        leads_there.then(|| fields[5].to_owned())
    });
    let timers: Vec<_> = of_ours.collect();
    assert!(
        timers.len() >= 3,
        "one that writes, one that reads, one that listens: {timers:?}"
    );
    assert!(
        timers.iter().all(|timer| timer.starts_with("02:")),
        "{timers:?}"
    );
}

#[tokio::test]
async fn a_server_that_starts_after_the_program_is_joined_and_its_tables_are_made_then() {
    let cluster = Cluster::start();
    cluster.fail();
    let address = cluster.address("postgres");
    let store = Store::unopened_postgres(&address, None).await.unwrap();
    assert!(matches!(store.join().await, Err(Error::Database { .. })));

    cluster.recover();
    store.join().await.unwrap();

    store.upsert_territory(&territory(), by()).await.unwrap();
    assert_eq!(store.territories().await.unwrap(), [territory()]);
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

#[tokio::test]
async fn what_another_node_writes_is_heard_at_once_and_what_this_one_writes_is_not() {
    let desk = Desk::open().await;
    let other = desk.open_again().await;
    let mut changes = desk.store.changes();
    heard(&mut changes)
        .await
        .expect("a reason to read: nobody listened before");

    let (own, others) = (bulletin(1), bulletin(2));
    let jobs = [job("speak", "{}")];
    desk.store.insert_bulletin(&own, &[], None).await.unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(300), changes.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");

    other.insert_bulletin(&others, &jobs, None).await.unwrap();
    heard(&mut changes).await.unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(300), changes.next()).await;
    assert!(
        nothing.is_err(),
        "one transaction is heard once: {nothing:?}"
    );
}

#[tokio::test]
async fn a_listener_whose_session_was_ended_has_a_reason_to_read_again() {
    let desk = Desk::open().await;
    let mut changes = desk.store.changes();
    heard(&mut changes).await.unwrap();
    desk.meddle(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .await;
    // It may say first that nothing can be heard.
    if heard(&mut changes).await.is_err() {
        heard(&mut changes).await.unwrap();
    }
    let other = desk.open_again().await;
    other
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    heard(&mut changes).await.unwrap();
}

#[tokio::test]
async fn after_an_outage_there_is_a_reason_to_read_although_nothing_was_heard() {
    let cluster = Cluster::start();
    let store = Store::open_postgres(&cluster.address("postgres"), None)
        .await
        .unwrap();
    let mut changes = store.changes();
    heard(&mut changes).await.unwrap();

    cluster.fail();
    while heard(&mut changes).await.is_ok() {}
    assert!(heard(&mut changes).await.is_err(), "as long as it lasts");
    cluster.recover();
    heard(&mut changes).await.unwrap();
}

#[tokio::test]
async fn every_row_of_a_file_is_moved_and_numbers_go_on_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = Store::open(&folder.path().join("allo.db")).await.unwrap();
    let done = fill(&file).await;

    let desk = Desk::empty().await;
    let moved = desk.store.move_from(&file).await.unwrap();

    let count = |table: &str| moved.iter().find(|(name, _)| name == table).unwrap().1;
    assert_eq!((count("entries"), count("recordings")), (2, 50));
    assert_same(&desk.store, &file).await;
    assert_numbers_go_on(&desk.store, done).await;

    let again = desk.store.move_from(&file).await;
    assert!(matches!(again, Err(Error::NotEmpty { .. })), "{again:?}");
    let looked = desk.store.refuse_rows().await;
    assert!(matches!(looked, Err(Error::NotEmpty { .. })), "{looked:?}");
}

#[tokio::test]
async fn a_copy_of_a_server_is_a_file_with_every_row_and_goes_back_to_another_server() {
    let (desk, folder) = (Desk::empty().await, tempfile::tempdir().unwrap());
    let done = fill(&desk.store).await;
    let path = folder.path().join("copy.db");
    std::fs::write(&path, "").unwrap();

    let rows = store::copy_server(&desk.address(), None, &path)
        .await
        .unwrap();

    assert_eq!((rows["entries"], rows["recordings"]), (2, 50));
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 1, "the file is whole without a journal");
    let file = Store::open(&path).await.unwrap();
    assert_same(&file, &desk.store).await;
    let other = Desk::empty().await;
    other.store.refuse_rows().await.unwrap();
    other.store.move_from(&file).await.unwrap();
    assert_same(&other.store, &desk.store).await;
    for store in [&file, &other.store] {
        assert_numbers_go_on(store, done).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_server_holds_what_was_written_before_it_began_and_the_rows_of_one_instant() {
    let (desk, folder) = (Desk::open().await, tempfile::tempdir().unwrap());
    let (stop, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let writing = tokio::spawn({
        let (stop, written, store) = (stop.clone(), written.clone(), desk.store.clone());
        async move {
            while !stop.load(Ordering::SeqCst) {
                let number = written.load(Ordering::SeqCst);
                // A bulletin, its entry and its job in one transaction.
                let (it, job) = (bulletin(number), [job("speak", "{}")]);
                store.insert_bulletin(&it, &job, None).await.unwrap();
                written.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    for number in 0..5 {
        let copy = folder.path().join(format!("{number}.db"));
        std::fs::write(&copy, "").unwrap();
        let before = written.load(Ordering::SeqCst);

        let rows = store::copy_server(&desk.address(), None, &copy)
            .await
            .unwrap();

        assert!(rows["bulletins"] >= before, "{rows:?}, {before} before");
        assert_eq!(rows["bulletins"], rows["entries"]);
        assert_eq!(rows["bulletins"], rows["jobs"]);
        assert_eq!(store::count_copy(&copy).await.unwrap(), rows);
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
    assert!(written.load(Ordering::SeqCst) > 0, "nobody waited");
}

#[tokio::test]
async fn tables_of_another_version_are_not_copied() {
    let (desk, folder) = (Desk::open().await, tempfile::tempdir().unwrap());
    desk.meddle("UPDATE _sqlx_migrations SET version = 9999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .await;
    let refused = store::copy_server(&desk.address(), None, &folder.path().join("copy.db")).await;
    let found = match refused {
        Err(Error::OtherVersion { found, .. }) => found,
        other => panic!("{other:?}"),
    };
    assert_eq!(found, 9999);
}

/// Writes something into many tables of a store without rows; gives the number of a job that is done.
async fn fill(store: &Store) -> i64 {
    store.upsert_territory(&territory(), by()).await.unwrap();
    store.upsert_site(&site(), by()).await.unwrap();
    let mut it = bulletin(1);
    store
        .insert_bulletin(&it, &[job("speak", "a")], Some(&once("token", "key")))
        .await
        .unwrap();
    let end = it.end(None, "anne", hour(2)).unwrap();
    store
        .append_entry(&it, &end, &[job("speak", "b")], None)
        .await
        .unwrap();
    // Ids of jobs that are done are never given again.
    let lease = Duration::from_secs(60);
    store
        .claim_job(&["speak"], "node", hour(3), lease)
        .await
        .unwrap();
    let last = store
        .claim_job(&["speak"], "node", hour(3), lease)
        .await
        .unwrap();
    let last = last.expect("the second of two");
    store.complete_job(&last).await.unwrap();
    let done = last.id;
    for number in 0..50 {
        let sound = recording(&format!("k{number}"));
        store.save_recording(&sound).await.unwrap();
    }
    let settings = LineSettings {
        asks_noticed: true,
        ..LineSettings::default()
    };
    let (slug, none) = (territory().slug, LineSettings::default());
    store
        .set_line_settings(&slug, &none, &settings, &[], by())
        .await
        .unwrap();
    store.insert_calls(&[full()]).await.unwrap();
    done
}

async fn assert_same(here: &Store, there: &Store) {
    assert_eq!(
        here.live_bulletins(hour(0)).await.unwrap(),
        there.live_bulletins(hour(0)).await.unwrap()
    );
    let all = WantedActs::default();
    let acts = here.acts(&all, 99).await.unwrap();
    assert_eq!(acts, there.acts(&all, 99).await.unwrap());
    assert!(!acts.is_empty());
    let settings = here.line_settings().await.unwrap();
    assert_eq!(settings, there.line_settings().await.unwrap());
    assert!(settings.values().any(|one| one.asks_noticed));
    let sound = here.find_recording("k49").await.unwrap();
    assert_eq!(sound, Some(recording("k49")));
    let once_more = here.find_once("token", "key").await.unwrap();
    assert_eq!(once_more, Some(once("token", "key")));
}

async fn assert_numbers_go_on(store: &Store, done: i64) {
    store.insert_jobs(&[job("speak", "c")]).await.unwrap();
    let jobs = store.pending_jobs().await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(ids, [done - 1, done + 1]);
}

async fn with_a_site(cluster: &Cluster) -> Store {
    let address = cluster.address("postgres");
    let store = Store::open_postgres(&address, None).await.unwrap();
    store.upsert_territory(&territory(), by()).await.unwrap();
    store.upsert_site(&site(), by()).await.unwrap();
    store
}

/// The next reason to read, which comes at once or not at all.
async fn heard(changes: &mut Changes) -> store::Result<()> {
    tokio::time::timeout(Duration::from_secs(5), changes.next())
        .await
        .expect("it says something within five seconds")
}
