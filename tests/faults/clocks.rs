//! The wall clock of the machine jumps under calls in progress (libfaketime; the steady clock goes on).

use std::path::PathBuf;
use std::time::{Duration, Instant};

use caller::StormPlan;
use store::{Store, WantedActs};
use tokio::runtime::Runtime;

use crate::node::{Node, call_meanwhile, calls_of};
use crate::row::{Found, Row, Run};
use crate::support::{Program, copy_demonstration_to, eventually};

/// An hour forth and back, ten days forth and back.
pub(crate) const JUMPS: Row = Row {
    name: "clock-jumps",
    is_quick: true,
    run: jumps,
};

fn jumps(run: &Run) -> Found {
    let all = [("+1h", true), ("-1h", true), ("+10d", false), ("+0", true)];
    let jumps = if run.is_long() { &all[..] } else { &all[2..] };
    let names: Vec<_> = jumps.iter().map(|(name, _)| *name).collect();
    let mut found = Found::of(format!(
        "the wall clock jumps to {} of the right time, {CALLS} calls in progress",
        names.join(", ")
    ));
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(folder.path());
    let clock = folder.path().join("clock");
    std::fs::write(&clock, "+0\n").expect("a file");
    let log = folder.path().join("log");
    let program = Program::start_by(&[], folder.path(), Some(&log), |command| {
        command
            .env("LD_PRELOAD", libfaketime())
            .env("FAKETIME_TIMESTAMP_FILE", &clock)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
    });
    let node = Node::of(program, folder.path(), log);
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(Store::open(&folder.path().join("allo.db")));
    let store = store.expect("the rows");
    let told = || {
        let acts = runtime.block_on(store.acts(&WantedActs::default(), u32::MAX));
        let acts = acts.expect("the audit log");
        let jumps = acts.iter().filter(|(_, act)| act.what == "clock.jumped");
        jumps.count()
    };
    let first = "Bruit de ventilation.";
    node.poster.post_until_acknowledged(first);
    let mut texts = vec![first.to_owned()];

    // Each is there through all jumps, and hangs up after the last, before the line has said everything.
    let hold = Duration::from_secs(if run.is_long() { 60 } else { 30 });
    let calling = call_meanwhile(StormPlan::new(&node.target(), CALLS, 20.0, hold));
    std::thread::sleep(Duration::from_secs(2));
    let mut slowest = Duration::ZERO;
    for (number, (jump, is_told)) in jumps.iter().enumerate() {
        std::fs::write(&clock, format!("{jump}\n")).expect("a file");
        let jumped = Instant::now();
        if !run.is_long() {
            // Whoever posts makes it look at once.
            texts.push(post(&node, jump));
        }
        eventually("what the new hour wants", Duration::from_secs(35), || {
            (node.page()?.contains(first) == *is_told).then_some(())
        });
        slowest = slowest.max(jumped.elapsed());
        eventually("the jump in the audit log", Duration::from_secs(15), || {
            (told() == number + 1).then_some(())
        });
        if run.is_long() {
            texts.push(post(&node, jump));
        }
    }
    let in_progress = node.calls();
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    found.must_be("calls lost", found.calls.lost, 0);
    found.must_be("calls in progress after the last jump", in_progress, CALLS);
    found.posts.acknowledged = texts.len();
    let archive = node.program.read("/rouen_metropole/archives");
    let page = node.page().unwrap_or_default() + &archive;
    found.posts.found = texts.iter().filter(|text| page.contains(&text[..])).count();
    found.must_be("posts found", found.posts.found, texts.len());
    found.recovery = Some(slowest);
    found.must_take(
        "until the page is that of the new hour",
        slowest,
        run.limit(Duration::from_secs(30)),
    );
    found
}

fn post(node: &Node, jump: &str) -> String {
    let text = format!("Bruit sourd, horloge {jump}.");
    node.poster.post_until_acknowledged(&text);
    text
}

/// Debian puts it into a folder of the architecture.
fn libfaketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("/usr/lib");
    let paths =
        folders.filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")));
    let mut there = paths.filter(|path| path.exists());
    there
        .next()
        .expect("Debian's package `libfaketime` is installed: `scripts/set-up.sh test` does it")
}

const CALLS: usize = 10;
