//! The tables become those of the next version while a node of this one is at work.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::node::{Node, call_meanwhile, calls_of, crowd, hears};
use crate::row::{Found, Row, Run};
use crate::support::cluster::Cluster;
use crate::support::{copy_demonstration_to, run as run_command};

/// Every table gets a column more, and a migration that this version does not know is noted: what "expand" does, before "contract".
pub(crate) const NEWER_TABLES: Row = Row {
    name: "newer-tables",
    is_quick: false,
    run: newer_tables,
};

fn newer_tables(run: &Run) -> Found {
    let mut found = Found::of(format!(
        "every table gets a column of the next version under {RATE} new calls a second, SQLite and then PostgreSQL"
    ));
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(folder.path());
    let file = folder.path().join("allo.db");
    let node = Node::start(folder.path(), |_| {});
    let sql = |statement: &str| sqlite(&file, statement);
    let tables = sql(TABLES_OF_SQLITE);
    go_through(run, &node, &tables, &sql, &mut found);

    let folder = tempfile::tempdir().expect("a temporary folder");
    let address = cluster.address("postgres");
    let node = Node::start(folder.path(), |command| {
        command.args(["--database", &address]);
    });
    let sql = |statement: &str| cluster.sql("postgres", statement);
    let tables = sql(TABLES_OF_POSTGRESQL);
    go_through(run, &node, &tables, &sql, &mut found);

    found.calls.lost = found.calls.tried - found.calls.good;
    found.must_be("calls lost", found.calls.lost, 0);
    found.must_be("posts found", found.posts.found, found.posts.acknowledged);
    found
}

/// - `tables`: one in each line.
/// - `sql`: runs a statement.
fn go_through(
    run: &Run,
    node: &Node,
    tables: &str,
    sql: &dyn Fn(&str) -> String,
    found: &mut Found,
) {
    let seconds = run.seconds(20, 10);
    node.program.waits_for_its_voices();
    let calling = call_meanwhile(crowd(&node.target(), RATE, seconds));
    let before = node.poster.post_until_acknowledged("Bruit de ventilation.");
    let begun = Instant::now();
    for table in tables.lines() {
        sql(&format!(
            "ALTER TABLE {table} ADD COLUMN of_the_next_version TEXT"
        ));
    }
    sql(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
         SELECT version + 1, 'of the next version', installed_on, success, checksum, execution_time
         FROM _sqlx_migrations ORDER BY version DESC LIMIT 1",
    );
    let after = node.poster.post("Odeur de gaz.");
    let took = begun.elapsed();
    found.must(after.id().is_some(), &format!("a post is kept: {after:?}"));
    found.recovery = found.recovery.max(Some(took));
    let id = after.id().unwrap_or(before);
    node.tells("Odeur de gaz.");
    let octets = node.recording(&id);
    std::thread::sleep(Duration::from_secs(1));
    found.calls.tried += 1;
    found.calls.good += usize::from(hears(&node.target(), &octets));
    let calls = calls_of(&calling.join().expect("the storm ends"));
    found.calls.tried += calls.tried;
    found.calls.good += calls.good;
    found.posts.acknowledged += 2;
    let page = node.page().unwrap_or_default();
    found.posts.found += ["Bruit de ventilation.", "Odeur de gaz."]
        .iter()
        .filter(|text| page.contains(**text))
        .count();
}

fn sqlite(file: &Path, statement: &str) -> String {
    let done = run_command(
        Command::new("sqlite3")
            .arg("-cmd")
            .arg(".timeout 5000")
            .arg(file)
            .arg(statement),
    );
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{statement}: {told}");
    String::from_utf8(done.stdout).expect("text")
}

const RATE: u32 = 20;
const TABLES_OF_SQLITE: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%sqlx%'";
const TABLES_OF_POSTGRESQL: &str =
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%sqlx%'";
