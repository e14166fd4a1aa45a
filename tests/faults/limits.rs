//! The kernel gives the program no more descriptors, or no more memory, than it has.

use std::process::Command;
use std::time::{Duration, Instant};

use caller::StormPlan;

use crate::node::{HOLD, Node, call_meanwhile, calls_of, crowd, is_answered_with_sound};
use crate::row::{Found, Row, Run};
use crate::support::{copy_demonstration_to, eventually, run as run_command};

/// Room for some calls, and many more come.
pub(crate) const DESCRIPTORS: Row = Row {
    name: "descriptors-exhausted",
    is_quick: true,
    run: descriptors,
};

/// Room for the calls that the line takes, and as many more come.
pub(crate) const MEMORY: Row = Row {
    name: "memory-cap",
    is_quick: false,
    run: memory,
};

fn descriptors(run: &Run) -> Found {
    let seconds = run.seconds(60, 5);
    let mut found = Found::of(format!(
        "{SPARE} file descriptors left, {RATE} new calls a second for {seconds} s, of two descriptors each"
    ));
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(folder.path());
    let mut node = Node::start(folder.path(), |_| {});
    node.page().expect("the page");
    let before = node.descriptors();
    limit(&node, "nofile", before + SPARE);

    let report = call_meanwhile(crowd(&node.target(), RATE, seconds)).join();
    let report = report.expect("the storm ends");
    let over = Instant::now();
    eventually("a call and the page", Duration::from_secs(60), || {
        (is_answered_with_sound(&node.target()) && node.page().is_some()).then_some(())
    });

    found.recovery = Some(over.elapsed());
    found.calls = calls_of(&report);
    found.note(format!(
        "refused by status {:?}, {} failed; {} descriptors before, {} after",
        report.refused_by_status,
        report.failed,
        before,
        node.descriptors()
    ));
    found.must(report.refused > 0, "calls beyond the limit are refused");
    found.must_be("calls without an answer", report.failed, 0);
    found.must_be("admitted calls that fell silent", report.fell_silent, 0);
    found.must_be(
        "lost besides those refused",
        found.calls.lost - report.refused,
        0,
    );
    found.must(node.program.exit_status().is_none(), "it goes on");
    found
}

fn memory(run: &Run) -> Found {
    let seconds = run.seconds(60, 10);
    let mut found = Found::of(format!(
        "memory limited to {SPARE_KB} kB more than an idle line has, {MOST_CALLS} calls allowed, twice as many come for {seconds} s"
    ));
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(folder.path());
    let mut node = Node::start(folder.path(), |command| {
        command.args(["--max-calls", &MOST_CALLS.to_string()]);
        command.args(["--max-call-rate", "1000", "--short-programme", "off"]);
    });
    let idle = node.status("VmData:");
    let octets = usize::try_from(idle + SPARE_KB).expect("a size") * 1_024;
    limit(&node, "data", octets);

    let hold = HOLD * 2;
    // Twice as many at once.
    let rate = u32::try_from(MOST_CALLS / 3).expect("a number");
    let calls = usize::try_from(rate * seconds).expect("a number");
    let plan = StormPlan {
        hold,
        ..StormPlan::new(&node.target(), calls, f64::from(rate), hold)
    };
    let calling = call_meanwhile(plan);
    let mut posts = vec![];
    for number in 0..seconds / 5 {
        std::thread::sleep(Duration::from_secs(4));
        let text = format!("Bruit sourd, {number}.");
        if node.poster.post(&text).id().is_some() {
            posts.push(text);
        }
    }
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    let grown = node.status("VmData:").saturating_sub(idle);
    found.note(format!(
        "refused by status {:?}; {grown} kB more, of which RssAnon {} kB",
        report.refused_by_status,
        node.memory_kb()
    ));
    found.must(node.program.exit_status().is_none(), "it goes on");
    found.must(report.refused > 0, "calls beyond the limit are refused");
    found.must_be("calls without an answer", report.failed, 0);
    found.must_be("admitted calls that fell silent", report.fell_silent, 0);
    let page = node.page().unwrap_or_default();
    found.posts.acknowledged = posts.len();
    found.posts.found = posts.iter().filter(|text| page.contains(&text[..])).count();
    found.must_be("posts found", found.posts.found, posts.len());
    found.must(
        is_answered_with_sound(&node.target()),
        "a call is answered after it",
    );
    found
}

/// Lowers a limit of the running program.
fn limit(node: &Node, what: &str, most: usize) {
    let done = run_command(
        Command::new("prlimit")
            .args(["--pid", &node.program.pid().to_string()])
            .arg(format!("--{what}={most}:{most}")),
    );
    assert!(done.status.success(), "{done:?}");
}

const RATE: u32 = 20;
const SPARE: usize = 60;
const MOST_CALLS: usize = 200;
const SPARE_KB: u64 = 64_000;
