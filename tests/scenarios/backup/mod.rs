mod server;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use store::Store;
use tempfile::TempDir;

use super::kill_nine::{post, token};
use crate::support::{Program, allo, copy_demonstration_to, eventually, run, take_turn};

#[test]
fn what_was_acknowledged_before_a_backup_began_is_in_it_while_a_site_posts_on() {
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let program = Program::start(data.path(), |_| {});
    let poster = Poster::start(&program, &data);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut meanwhile = 0;
    for round in 0..10 * BACKUPS {
        // On a busy machine the first few may all lie between two posts.
        if round >= BACKUPS && meanwhile > 0 {
            break;
        }
        let name = format!("{round}.tar");
        poster.waits_for_another();
        let before = poster.acknowledged();

        let line = well(&backup(data.path(), &room.path().join(&name)));

        meanwhile += poster.acknowledged().len() - before.len();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            line.starts_with("kept ") && line.contains(" octets in "),
            "{line}"
        );
        let back = room.path().join(format!("back-{round}"));
        well(&restore(&room.path().join(&name), &back));
        let missing = runtime.block_on(missing(&back, &before));
        assert!(missing.is_empty(), "of {}: {missing:?}", before.len());
    }
    let posts = poster.stop();
    println!("{posts} posts, {meanwhile} of them while a backup was made");
    assert!(meanwhile > 0, "nobody was kept from posting");
}

#[test]
fn a_restored_program_serves_the_same_and_signs_with_the_same_key() {
    let _turn = take_turn();
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let start = |data: &Path| {
        Program::start_without_demo(data, |command| {
            command.args(["--public-url", "https://allo.example"]);
        })
    };
    let first = start(data.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = format!("http://{}", first.http);
    let id = runtime.block_on(post(&url, &token(&data), 0));
    let id = id.expect("acknowledged");
    first.waits_for_its_voices();

    let (kept, back) = (room.path().join("kept"), room.path().join("back"));
    well(&backup(data.path(), &kept));
    let told = well(&restore(&kept, &back));

    for table in ["bulletins", "entries", "acts", "recordings", "users"] {
        let both = [data.path(), &back].map(|folder| rows(folder, table));
        assert_eq!(both[0], both[1], "{table}");
        assert!(told.contains(&format!("{table}\t")), "{told}");
    }
    let second = start(&back);
    second.waits_for_its_voices();
    let mut paths: Vec<_> = [
        "/",
        "/rouen_metropole",
        "/rouen_metropole.en",
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/rouen_metropole.ics",
        "/rouen_metropole/archives",
        "/rouen_metropole/cap.atom",
        "/le_havre",
        "/le_havre/archives",
        "/signing-key.pem",
    ]
    .map(str::to_owned)
    .into();
    let message = format!("/rouen_metropole/{id}-1.cap.xml");
    paths.extend([format!("/rouen_metropole/{id}"), message.clone()]);
    let sounds = sounds(&first);
    assert!(sounds.len() > 3, "{sounds:?}");
    for path in paths.into_iter().chain(sounds) {
        // The minute of the last look at the rows may turn in one a little before the other.
        eventually(&path, Duration::from_secs(30), || {
            let both = [&first, &second].map(|program| without_seconds(&fetch(program, &path)));
            (both[0] == both[1]).then_some(())
        });
    }
    assert_eq!(programme(&first), programme(&second));
    let files = [
        ("key", fetch(&first, "/signing-key.pem")),
        ("message", fetch(&second, &message)),
        ("signature", fetch(&second, &format!("{message}.sig"))),
    ];
    for (name, octets) in files {
        fs::write(room.path().join(name), octets).expect("a file");
    }
    let verified = run(Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin"])
        .args(["-in", "message", "-sigfile", "signature"])
        .current_dir(room.path()));
    assert!(verified.status.success(), "{}", complaint(&verified));
}

#[test]
fn a_backup_that_is_damaged_is_refused_by_the_name_of_the_file_and_a_database_is_never_overwritten()
{
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let [folder, file, back] = ["kept", "kept.tar", "back"].map(|name| room.path().join(name));
    for target in [&folder, &file] {
        well(&backup(data.path(), target));
        let again = backup(data.path(), target);
        assert!(!again.status.success());
        assert!(
            complaint(&again).contains("exists already"),
            "{}",
            complaint(&again)
        );
    }
    let occupied = restore(&folder, data.path());
    assert!(!occupied.status.success());
    assert!(
        complaint(&occupied).contains("allo.db is there already"),
        "{}",
        complaint(&occupied)
    );

    change(&folder.join("data/allo.db"), |octets| {
        let middle = octets.len() / 2;
        octets[middle] ^= 1;
    });
    change(&file, |octets| octets.truncate(octets.len() / 2));

    for damaged in [&folder, &file] {
        let refused = restore(damaged, &back);
        assert_eq!(refused.status.code(), Some(1));
        let why = complaint(&refused);
        assert!(
            why.contains("data/allo.db of the backup is damaged"),
            "{why}"
        );
        assert_eq!(names(&back), [""; 0], "nothing is left");
    }
}

#[test]
fn a_full_disk_leaves_no_half_backup_and_says_so() {
    let (data, room) = (demonstration(), tempfile::tempdir().expect("a folder"));
    let disk = room.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    let octets = fs::metadata(data.path().join("allo.db"))
        .expect("rows")
        .len();
    // For the copy of the rows there is no room; and then for that, and not for the file that is made of it.
    for (name, size) in [("kept", octets / 2), ("kept.tar", octets + octets / 4)] {
        let in_room = |runner: &str, script: &str| {
            let program = env!("CARGO_BIN_EXE_allo");
            let mut command = Command::new(runner);
            if runner == "unshare" {
                command.args(["--map-root-user", "--mount", "sh"]);
            }
            command.args(["-c", script, program, &size.to_string()]);
            run(command.arg(&disk).arg(name).arg(data.path()))
        };
        let mut tried = in_room("unshare", FULL_DISK);
        let has_no_namespace = tried.stdout.is_empty();
        if has_no_namespace {
            tried = in_room("sh", SHORT_FILES);
        }
        let (told, why) = (String::from_utf8_lossy(&tried.stdout), complaint(&tried));
        assert_eq!(told, "1\n", "exit status, and no name of a file: {why}");
        assert!(
            has_no_namespace || why.contains("is full: make room"),
            "{why}"
        );
        assert!(!why.is_empty());
    }
}

const BACKUPS: usize = 5;

/// Mounts a disk of so many octets, tries, and prints the exit status and what lies there then.
const FULL_DISK: &str = r#"mount -t tmpfs -o size="$1" tmpfs "$2" || exit 77
"$0" backup "$2/$3" --data "$4"; echo $?; ls -A "$2""#;

/// The same where nothing may be mounted: no file may be longer than a quarter of that.
const SHORT_FILES: &str = r#"trap '' XFSZ
(ulimit -f $(($1 / 2048)); "$0" backup "$2/$3" --data "$4"); echo $?; ls -A "$2""#;

/// A site that posts as fast as it can.
struct Poster {
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<String>>>,
}

impl Poster {
    fn start(program: &Program, data: &TempDir) -> Self {
        let (url, token) = (format!("http://{}", program.http), token(data));
        let (stop, acknowledged) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(Mutex::new(Vec::new())),
        );
        let thread = std::thread::spawn({
            let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
            move || {
                let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let posted = runtime.block_on(post(&url, &token, number));
                    acknowledged.lock().unwrap().extend(posted);
                }
            }
        });
        Self {
            thread,
            stop,
            acknowledged,
        }
    }

    /// The bulletins that it was told are kept.
    fn acknowledged(&self) -> Vec<String> {
        self.acknowledged.lock().unwrap().clone()
    }

    fn waits_for_another(&self) {
        let known = self.acknowledged().len();
        eventually("another post", Duration::from_secs(20), || {
            (self.acknowledged().len() > known).then_some(())
        });
    }

    /// Ends it; gives how many were acknowledged.
    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the poster does not panic");
        self.acknowledged.lock().unwrap().len()
    }
}

/// A demonstration that is spoken, and not at work.
fn demonstration() -> TempDir {
    let data = tempfile::tempdir().expect("a folder");
    copy_demonstration_to(data.path());
    data
}

fn backup(data: &Path, target: &Path) -> Output {
    run(allo().arg("backup").arg(target).arg("--data").arg(data))
}

fn restore(backup: &Path, data: &Path) -> Output {
    run(allo().arg("restore").arg(backup).arg("--data").arg(data))
}

/// What a command printed that went well.
fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}", complaint(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The bulletins that are not in a data folder.
async fn missing(data: &Path, ids: &[String]) -> Vec<String> {
    let store = Store::open(&data.join("allo.db")).await;
    let store = store.expect("the database opens");
    let mut missing = vec![];
    for id in ids {
        let parsed = bulletin::BulletinId::parse(id).unwrap();
        if store.find_bulletin(&parsed).await.unwrap().is_none() {
            missing.push(id.clone());
        }
    }
    store.close().await;
    missing
}

/// The hash of all rows of a table, as sqlite3 makes it.
fn rows(data: &Path, table: &str) -> String {
    let hash = run(Command::new("sqlite3")
        .arg(data.join("allo.db"))
        .arg(format!(".sha3sum {table}")));
    let hash = well(&hash);
    assert!(hash.len() > 40, "{hash:?}");
    hash
}

/// What callers of Rouen hear, but not when that was last looked at.
fn programme(program: &Program) -> Value {
    let text = program.read("/rouen_metropole.json");
    let mut programme: Value = serde_json::from_str(&text).expect("JSON");
    programme["checked_at"].take();
    programme
}

/// The addresses of the sounds of Rouen's page.
fn sounds(program: &Program) -> Vec<String> {
    let programme = programme(program);
    let lists = ["ongoing", "ended"].map(|list| programme[list].as_array().expect("a list"));
    let bulletins = lists.into_iter().flatten();
    let sounds = bulletins.filter_map(|bulletin| bulletin["audio"].as_str());
    sounds.map(str::to_owned).collect()
}

/// A page without the second of the last look at the rows, which each program takes by itself.
fn without_seconds(page: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(page) else {
        return page.to_vec();
    };
    let mut parts = text.split("<time datetime=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('"').map_or(part, |(_, after)| after));
    rest.fold(first, |page, part| page + part).into_bytes()
}

/// The octets at a path.
fn fetch(program: &Program, path: &str) -> Vec<u8> {
    let fetched = run(Command::new("curl")
        .args(["--silent", "--fail"])
        .arg(format!("http://{}{path}", program.http)));
    assert!(fetched.status.success(), "{path}: {}", complaint(&fetched));
    fetched.stdout
}

fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut octets = fs::read(path).expect("a file");
    how(&mut octets);
    fs::write(path, octets).expect("a file");
}

/// What lies in a folder; nothing where there is none.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.expect("a file").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}
