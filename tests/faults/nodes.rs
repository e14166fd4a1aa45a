//! Two nodes behind Kamailio, as it is shipped, under fifty new calls a second: one leaves, dies or stands still; or the proxy does.

use std::time::{Duration, Instant};

use caller::StormReport;
use tempfile::TempDir;

use crate::node::{Node, call_meanwhile, calls_of, crowd, is_answered_with_sound, target};
use crate::row::{Calls, Found, Row, Run};
use crate::support::{Kamailio, copy_demonstration_to, eventually};

/// Told to stop.
pub(crate) const DRAIN: Row = Row {
    name: "drain-one-of-two",
    is_quick: true,
    run: drain,
};

/// `kill -9`.
pub(crate) const KILL: Row = Row {
    name: "kill-one-of-two",
    is_quick: false,
    run: kill,
};

/// SIGSTOP, and SIGCONT after a while.
pub(crate) const STANDS_STILL: Row = Row {
    name: "one-of-two-stands-still",
    is_quick: false,
    run: stands_still,
};

/// Ended, and started again at the same address.
pub(crate) const PROXY_RESTARTS: Row = Row {
    name: "proxy-restarts",
    is_quick: false,
    run: proxy_restarts,
};

fn drain(run: &Run) -> Found {
    let seconds = run.seconds(60, 7);
    let mut found = Found::of(format!(
        "one of two nodes told to stop (SIGTERM) under {RATE} new calls a second for {seconds} s"
    ));
    let Pair {
        mut first,
        second,
        kamailio,
        ..
    } = Pair::start();

    let calling = call_meanwhile(crowd(&target(kamailio.address), RATE, seconds));
    std::thread::sleep(Duration::from_secs(u64::from(seconds / 2)));
    let live = first.calls();
    first.signal("TERM");
    let told = Instant::now();
    let status = eventually("its end", Duration::from_secs(60), || {
        first.program.exit_status()
    });
    let took = told.elapsed();
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    found.note(format!(
        "{live} calls on it, ended after {:.1} s; set-up at most {:.0} ms",
        took.as_secs_f64(),
        report.setup_ms.max
    ));
    found.must(live > 0, "calls were on it");
    found.must(status.success(), "it ends with 0");
    found.must_be("calls lost", found.calls.lost, 0);
    found.must(
        is_answered_with_sound(&second.target()),
        "the other node answers",
    );
    found
}

fn kill(run: &Run) -> Found {
    let seconds = run.seconds(60, 7);
    let mut found = Found::of(format!(
        "`kill -9` of one of two nodes under {RATE} new calls a second for {seconds} s"
    ));
    let Pair {
        first, kamailio, ..
    } = &mut Pair::start();
    let target = target(kamailio.address);

    let calling = call_meanwhile(crowd(&target, RATE, seconds));
    std::thread::sleep(Duration::from_secs(u64::from(seconds / 2)));
    let live = first.calls();
    first.signal("KILL");
    let dead = Instant::now();
    // Two, for they go to the nodes in turn.
    let next = [(); 2].map(|()| is_answered_with_sound(&target));
    found.recovery = Some(dead.elapsed());
    let report = calling.join().expect("the storm ends");

    found.must(live > 0, "calls were on it");
    found.must_be("of two more calls answered", count(&next), 2);
    judge_those_cut(&mut found, &report, live);
    found
}

fn stands_still(run: &Run) -> Found {
    let still = run.seconds(30, 10);
    let seconds = still + 20;
    let mut found = Found::of(format!(
        "one of two nodes stands still for {still} s (SIGSTOP, SIGCONT) under {RATE} new calls a second"
    ));
    let Pair {
        first, kamailio, ..
    } = &mut Pair::start();

    let calling = call_meanwhile(crowd(&target(kamailio.address), RATE, seconds));
    std::thread::sleep(Duration::from_secs(5));
    let live = first.calls();
    first.signal("STOP");
    std::thread::sleep(Duration::from_secs(u64::from(still)));
    first.signal("CONT");
    let back = Instant::now();
    eventually("an answer of its own", Duration::from_secs(20), || {
        is_answered_with_sound(&first.target()).then_some(())
    });
    found.recovery = Some(back.elapsed());
    let report = calling.join().expect("the storm ends");

    judge_those_cut(&mut found, &report, live);
    found
}

/// What is lost beside new calls are calls in progress on the node, and no other.
///
/// - `live`: a moment before. At this rate a call or two begin until the node is gone.
fn judge_those_cut(found: &mut Found, report: &StormReport, live: usize) {
    found.calls = calls_of(report);
    found.note(format!(
        "{live} calls in progress on it, {} new calls lost; set-up at most {:.0} ms",
        report.calls - report.answered,
        report.setup_ms.max
    ));
    found.must_be("new calls lost", report.calls - report.answered, 0);
    let Calls { lost, .. } = found.calls;
    found.must(
        lost <= live + 3,
        &format!("{lost} lost, of {live} in progress on the node"),
    );
}

fn proxy_restarts(run: &Run) -> Found {
    let away = run.seconds(10, 3);
    let mut found = Found::of(format!(
        "the proxy in front is away for {away} s and starts again, {SLOW_RATE} new calls a second"
    ));
    let mut pair = Pair::start();
    let target = target(pair.kamailio.address);

    let calling = call_meanwhile(crowd(&target, SLOW_RATE, away + 20));
    std::thread::sleep(Duration::from_secs(4));
    pair.kamailio.restart(Duration::from_secs(u64::from(away)));
    let back = Instant::now();
    let answered = is_answered_with_sound(&target);
    let recovery = back.elapsed();
    found.recovery = Some(recovery);
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    found.note(format!(
        "whoever called while it was away was answered after it: set-up at most {:.0} ms",
        report.setup_ms.max
    ));
    found.must(answered, "a call is answered after it");
    found.must_take(
        "from its return to a call that is heard",
        recovery,
        run.limit(Duration::from_secs(5)),
    );
    found.must_be("calls that fell silent", report.fell_silent, 0);
    // With its 100 an INVITE is not sent again (RFC 3261 § 17.1.1.2), and a proxy that stops just then forgets it.
    found.must(
        found.calls.lost <= 1,
        "no call is lost but one that was in the proxy's hands",
    );
    found
}

fn count(answers: &[bool]) -> usize {
    answers.iter().filter(|one| **one).count()
}

/// Two nodes, each with rows of its own, and the proxy before them.
struct Pair {
    // Dropped before the nodes, so that it does not ask the dead.
    kamailio: Kamailio,
    first: Node,
    second: Node,
    _folders: [TempDir; 3],
}

impl Pair {
    fn start() -> Self {
        let folders = [(); 3].map(|()| tempfile::tempdir().expect("a temporary folder"));
        let [first, second] = [&folders[0], &folders[1]].map(|folder| {
            copy_demonstration_to(folder.path());
            Node::start(folder.path(), |_| {})
        });
        let nodes = [first.program.sip, second.program.sip];
        let kamailio = Kamailio::before(&nodes, folders[2].path());
        Self {
            kamailio,
            first,
            second,
            _folders: folders,
        }
    }
}

const RATE: u32 = 50;
/// Those who call while nobody answers are all answered in one moment.
const SLOW_RATE: u32 = 10;
