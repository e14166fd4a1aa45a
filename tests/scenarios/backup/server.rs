use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{Poster, complaint, demonstration, missing, names, well};
use crate::support::cluster::Cluster;
use crate::support::{Program, allo, eventually, run};

#[test]
fn rows_of_a_server_are_kept_while_a_site_posts_and_come_back_into_a_file_and_into_a_server() {
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let cluster = Cluster::start();
    let [first, second] = ["postgres", "back"].map(|name| cluster.address(name));
    sql(&first, "CREATE DATABASE back");
    let file = data.path().join("allo.db");
    let mut moved = on(&first, "migrate", data.path());
    well(&run(moved.arg("--from").arg(&file)));
    fs::remove_file(file).expect("a file that was moved");
    let program = start(&first, data.path());
    let poster = Poster::start(&program, &data);
    poster.waits_for_another();

    let (mut meanwhile, kept) = (0, room.path().join("kept.tar"));
    let before = eventually("a post while a backup is made", PATIENCE, || {
        let before = poster.acknowledged();
        let _ = fs::remove_file(&kept);
        let begun = Instant::now();
        let line = well(&backup(&first, data.path(), &kept));
        println!("{:.1} s: {line}", begun.elapsed().as_secs_f64());
        meanwhile = poster.acknowledged().len() - before.len();
        (meanwhile > 0).then_some(before)
    });

    let back = room.path().join("back");
    let told = well(&run(allo()
        .arg("restore")
        .arg(&kept)
        .arg("--data")
        .arg(&back)));
    assert!(told.contains("bulletins\t"), "{told}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let missing = runtime.block_on(missing(&back, &before));
    assert!(missing.is_empty(), "of {}: {missing:?}", before.len());
    let posts = poster.stop();
    println!("{posts} posts, {meanwhile} of them while the backup was made");
    program.kill();

    // Nobody writes: what comes back is all there is.
    let last = room.path().join("last");
    well(&backup(&first, data.path(), &last));
    let folder = room.path().join("beside-the-server");
    let told = well(&restore(&second, &last, &folder));
    println!("{}", told.lines().last().unwrap_or_default());
    assert_eq!(
        names_without_rows(&folder),
        names_without_rows(&last.join("data"))
    );
    assert!(!folder.join("allo.db").exists());
    for table in TABLES {
        let both = [&first, &second].map(|address| rows(address, table));
        assert_eq!(both[0], both[1], "{table}");
        assert!(!both[0].starts_with("0|"), "{table} has rows");
    }
    // What the file holds is what the server got of it.
    let again = room.path().join("again");
    well(&backup(&second, &folder, &again));
    for table in TABLES {
        let both = [&last, &again].map(|backup| lines(backup, table));
        assert_eq!(both[0], both[1], "{table}");
    }

    let occupied = restore(&second, &last, &room.path().join("other"));
    let why = complaint(&occupied);
    assert!(
        !occupied.status.success() && why.contains("has rows already"),
        "{why}"
    );
    let restored = start(&second, &folder);
    let newest = format!("/rouen_metropole/{}", before.last().expect("a post"));
    eventually("a page of what was kept", PATIENCE, || {
        restored.try_read(&newest)
    });
}

#[test]
fn a_server_that_is_away_or_has_no_tables_is_said_and_no_half_backup_is_left() {
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let cluster = Cluster::start();
    let address = cluster.address("postgres");
    let target = room.path().join("kept.tar");
    let without_tables = backup(&address, data.path(), &target);
    assert!(complaint(&without_tables).contains("the version of the tables"));
    cluster.fail();
    let away = backup(&address, data.path(), &target);
    assert!(
        complaint(&away).contains("open the database"),
        "{}",
        complaint(&away)
    );
    for refused in [without_tables, away] {
        assert_eq!(refused.status.code(), Some(1));
    }
    assert_eq!(names(room.path()), [""; 0], "nothing is left");
}

/// Those with something in them.
const TABLES: [&str; 6] = [
    "bulletins",
    "entries",
    "recordings",
    "speech_links",
    "acts",
    "users",
];
const PATIENCE: Duration = Duration::from_secs(60);

fn on(address: &str, command: &str, data: &Path) -> Command {
    let mut allo = allo();
    allo.args([command, "--database", address, "--data"])
        .arg(data);
    allo
}

fn backup(address: &str, data: &Path, target: &Path) -> Output {
    run(on(address, "backup", data).arg(target))
}

fn restore(address: &str, backup: &Path, data: &Path) -> Output {
    run(on(address, "restore", data).arg(backup))
}

fn start(address: &str, data: &Path) -> Program {
    Program::start_without_demo(data, |command| {
        command.args(["--database", address]);
    })
}

/// How many rows a table has, and the hash of all, in whatever order they lie.
fn rows(address: &str, table: &str) -> String {
    let hash = "md5(string_agg(md5(one::text), '' ORDER BY md5(one::text)))";
    sql(
        address,
        &format!("SELECT count(*), {hash} FROM {table} AS one"),
    )
}

fn sql(address: &str, statement: &str) -> String {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
    let address = format!("{address}&port=5432");
    well(&run(psql.args(["--command", statement, &address])))
}

/// The hash of what a table of a backup holds, in whatever order it lies.
fn lines(backup: &Path, table: &str) -> String {
    let script = r#"sqlite3 "$0" ".dump $1" | LC_ALL=C sort | sha256sum"#;
    let database = backup.join("data/allo.db");
    well(&run(Command::new("sh")
        .args(["-c", script])
        .arg(database)
        .arg(table)))
}

/// What a data folder holds beside the rows.
fn names_without_rows(folder: &Path) -> BTreeSet<String> {
    let names = names(folder).into_iter();
    names.filter(|name| name != "allo.db").collect()
}
