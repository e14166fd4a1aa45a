//! The file system of the data folder is full, or becomes read-only, under callers. Each is mounted where the program alone sees it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::node::{Node, call_meanwhile, calls_of, crowd, hears};
use crate::row::{Found, Row, Run};
use crate::support::{Program, copy_demonstration_to, eventually, run as run_command};

/// No octet is left, and later there are some again.
pub(crate) const FULL: Row = Row {
    name: "disk-full",
    is_quick: true,
    run: full,
};

/// What Linux does when it finds an error in a file system.
pub(crate) const READ_ONLY: Row = Row {
    name: "disk-read-only",
    is_quick: false,
    run: read_only,
};

fn full(run: &Run) -> Found {
    let seconds = run.seconds(60, 8);
    let mut found = Found::of(format!(
        "the file system of data folder and log is full for {seconds} s under {RATE} new calls a second"
    ));
    let Some(place) = Place::start("mount -t tmpfs -o size=32m tmpfs \"$2\"") else {
        return Found::left_out("mounting needs root");
    };
    let node = &place.node;
    let (first, octets) = place.post_and_speak();
    let files = place.files();

    let calling = call_meanwhile(crowd(&node.target(), RATE, seconds + 6));
    let filler = place.inside("filler");
    fill(&filler);
    let begun = Instant::now();
    place.judge_refusal(run, &mut found);
    found.must(
        hears(&node.target(), &octets),
        "the last programme is heard to the octet",
    );
    let left = Duration::from_secs(u64::from(seconds)).saturating_sub(begun.elapsed());
    std::thread::sleep(left);
    place.judge_refusal(run, &mut found);
    std::fs::remove_file(&filler).expect("it is there");
    let back = Instant::now();
    let second = node.poster.post_until_acknowledged("Odeur de gaz.");
    node.tells("Odeur de gaz.");
    found.recovery = Some(back.elapsed());
    node.recording(&second);
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    found.must_be("calls lost", found.calls.lost, 0);
    found.posts.acknowledged = [first, second].len();
    let page = node.page().unwrap_or_default();
    found.posts.found = [FIRST_TEXT, "Odeur de gaz."]
        .iter()
        .filter(|text| page.contains(**text))
        .count();
    found.must_be("posts found", found.posts.found, found.posts.acknowledged);
    found.must(!page.contains(REFUSED_TEXT), "what was refused is not told");
    eventually("no half file to be left", Duration::from_secs(30), || {
        place.files().is_subset(&files).then_some(())
    });
    let database = place.inside("allo.db");
    let checked = run_command(
        Command::new("sqlite3")
            .arg(&database)
            .arg("PRAGMA quick_check"),
    );
    found.must_be(
        "the database",
        String::from_utf8_lossy(&checked.stdout).trim(),
        "ok",
    );
    found
}

fn read_only(run: &Run) -> Found {
    let seconds = run.seconds(60, 8);
    let mut found = Found::of(format!(
        "the file system of data folder and log becomes read-only by an error for {seconds} s under {RATE} new calls a second"
    ));
    let image = tempfile::NamedTempFile::new().expect("a temporary file");
    image.as_file().set_len(64 << 20).expect("a hole");
    let path = image.path().display();
    let made = run_command(Command::new("/sbin/mkfs.ext4").arg("-q").arg(image.path()));
    assert!(made.status.success(), "{made:?}");
    let mount = format!("mount -o loop,errors=remount-ro {path} \"$2\"");
    let Some(place) = Place::start(&mount) else {
        return Found::left_out("mounting needs root");
    };
    let node = &place.node;
    let (_, octets) = place.post_and_speak();

    let calling = call_meanwhile(crowd(&node.target(), RATE, seconds));
    std::thread::sleep(Duration::from_secs(2));
    if let Err(why) = place.break_file_system() {
        calling.join().expect("the storm ends");
        return Found::left_out(why);
    }
    place.judge_refusal(run, &mut found);
    found.must(
        hears(&node.target(), &octets),
        "the last programme is heard to the octet",
    );
    let report = calling.join().expect("the storm ends");
    place.judge_refusal(run, &mut found);

    found.calls = calls_of(&report);
    found.must_be("calls lost", found.calls.lost, 0);
    found.posts.acknowledged = 1;
    let page = node.page().unwrap_or_default();
    found.posts.found = usize::from(page.contains(FIRST_TEXT));
    found.must_be("posts found", found.posts.found, 1);
    found.must(!page.contains(REFUSED_TEXT), "what was refused is not told");
    found
}

/// A node on a file system of its own.
struct Place {
    node: Node,
    /// The folder, which is empty but for the program.
    data: TempDir,
    _seed: TempDir,
}

impl Place {
    /// `None` where nothing may be mounted.
    ///
    /// - `mount`: the command; `"$2"` is the folder.
    fn start(mount: &str) -> Option<Self> {
        let may = run_command(Command::new("unshare").args(["--mount", "true"]));
        if !may.status.success() {
            return None;
        }
        let [seed, data] = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
        copy_demonstration_to(seed.path());
        // The log is there too, so that it cannot be written either.
        let script = format!(
            "{mount} && cp -r \"$1\"/. \"$2\" && cd \"$2\" && shift 2 && exec \"$@\" 2>log"
        );
        let [from, to] = [&seed, &data].map(|one| one.path().to_str().expect("a path"));
        let by = ["unshare", "--mount", "sh", "-c", &script, "sh", from, to];
        let program = Program::start_by(&by, data.path(), None, |command| {
            command.env("RUST_LOG", "info");
        });
        let node = Node::of(program, seed.path(), data.path().join("log"));
        Some(Self {
            node,
            data,
            _seed: seed,
        })
    }

    fn post_and_speak(&self) -> (String, Vec<u8>) {
        let id = self.node.poster.post_until_acknowledged(FIRST_TEXT);
        let octets = self.node.recording(&id);
        self.node.program.waits_for_its_voices();
        (id, octets)
    }

    /// A post is refused in words and soon, and the page is there.
    fn judge_refusal(&self, run: &Run, found: &mut Found) {
        let refused = self.node.poster.post(REFUSED_TEXT);
        found.must(
            refused.is_refused_in_words(),
            &format!("a post is refused in words: {refused:?}"),
        );
        found.must_take("a refusal", refused.took, run.limit(Duration::from_secs(3)));
        found.note(format!(
            "a post refused in {:.2} s",
            refused.took.as_secs_f64()
        ));
        found.must(self.node.page().is_some(), "the page is answered with 200");
    }

    /// A file of the folder as the program sees it.
    fn inside(&self, name: &str) -> PathBuf {
        let path = self.data.path().join(name);
        let path = path.strip_prefix("/").expect("a whole path");
        Path::new("/proc")
            .join(self.node.program.pid().to_string())
            .join("root")
            .join(path)
    }

    fn files(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.inside("")).expect("the folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("an entry").file_name().into_string()
        };
        entries.map(|entry| name(entry).expect("a name")).collect()
    }

    /// Lets Linux find an error in the file system, which it then makes read-only.
    fn break_file_system(&self) -> Result<(), String> {
        let mounts = format!("/proc/{}/mountinfo", self.node.program.pid());
        let mounts = std::fs::read_to_string(mounts).expect("the mounts");
        let folder = self.data.path().display().to_string();
        let ours = mounts
            .lines()
            .find(|line| line.split(' ').nth(4) == Some(&folder[..]));
        let device = ours
            .and_then(|line| line.split("/dev/").nth(1)?.split(' ').next())
            .ok_or("the mount is not listed")?;
        let trigger = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        let mut trigger = File::options()
            .write(true)
            .open(&trigger)
            .map_err(|error| format!("{trigger}: {error}"))?;
        // The error that is asked for may be the answer.
        let _ = trigger.write_all(b"a fault of the tests");
        eventually(
            "a file system that is read-only",
            Duration::from_secs(10),
            || File::create(self.inside("probe")).is_err().then_some(()),
        );
        Ok(())
    }
}

/// Writes until not one octet more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("a file");
    for size in [1 << 16, 1 << 12, 1 << 8, 1] {
        let octets = vec![0; size];
        while file.write_all(&octets).is_ok() {}
    }
}

const RATE: u32 = 20;
const FIRST_TEXT: &str = "Bruit de ventilation.";
const REFUSED_TEXT: &str = "Fumée blanche.";
