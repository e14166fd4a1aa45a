//! Calls that listen at once, against the line and right afterwards against a bare sender.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use caller::{Comparison, StormPlan, StormReport, compare};

use crate::Part;
use crate::process::Program;

/// Runs the storms, one after the other, and shows each row as soon as it is known.
pub(crate) fn run() -> Part {
    let (mut rows, mut missed) = (String::new(), Vec::new());
    let mut before = None;
    for (calls, hold) in STORMS {
        let program = Program::start(MOST_CALLS);
        // All listen at once for a while: that is when cost is measured.
        let rate = f64::from(calls) / 10.0;
        let calls = usize::try_from(calls).expect("a small number");
        let plan = StormPlan {
            server: Some(program.process.pid()),
            watcher: Some(|progress| eprintln!("{progress}")),
            ..StormPlan::new(&program.target(), calls, rate, Duration::from_secs(hold))
        };
        eprintln!("{calls} calls for {hold} s, the line and then a bare sender");
        let executable = Path::new(env!("CARGO_BIN_EXE_allo"));
        let found = compare(&plan, executable).expect("both storms begin");
        let ratio = ratio(&found, before.as_ref());
        let row = row(&found, ratio);
        print!("{row}");
        rows += &row;
        if calls > GOAL_UP_TO {
            continue;
        }
        for (who, report) in [("the line", &found.line), ("the bare sender", &found.bare)] {
            if !report.valid || report.failed > 0 || report.answered != calls {
                missed.push(format!(
                    "{calls} calls, {who}: {} answered, refused {:?}, {} failed, {:?}; the line had no room for {}",
                    report.answered,
                    report.refused_by_status,
                    report.failed,
                    report.notes,
                    program.refused_overloaded()
                ));
            }
        }
        if found.line.bad_calls > 0 {
            missed.push(format!("{calls} calls: {} bad", found.line.bad_calls));
        }
        // With fewer calls it is waking up that costs, not packets.
        let is_between = before.is_some_and(|bare: StormReport| bare.calls == calls);
        if calls == GOAL_UP_TO && is_between && !(0.0..=1.15).contains(&ratio) {
            missed.push(format!(
                "{calls} calls: {ratio:.2} times the bare sender's cost"
            ));
        }
        before = Some(found.bare);
    }
    Part { rows, missed }
}

/// What a packet costs the line where it costs the bare sender 1: the mean of its storms before and after where both had
/// as many calls, because what neighbours take of the machine changes within a minute; else the one after.
///
/// - `before`: of the bare sender.
fn ratio(found: &Comparison, before: Option<&StormReport>) -> f64 {
    let cost = |report: &StormReport| report.server.map_or(f64::NAN, |one| one.us_per_packet);
    let after = cost(&found.bare);
    let before = before.filter(|bare| bare.calls == found.bare.calls);
    let bare = before.map_or(after, |before| f64::midpoint(cost(before), after));
    cost(&found.line) / bare
}

fn row(Comparison { line, bare, .. }: &Comparison, ratio: f64) -> String {
    let mut rows = String::new();
    for (who, report, ratio) in [
        ("line", line, format!("{ratio:.2}")),
        ("bare", bare, String::new()),
    ] {
        let StormReport {
            late_ms, setup_ms, ..
        } = report;
        let (cost, memory) = report.server.map_or((f64::NAN, f64::NAN), |one| {
            (one.us_per_packet, one.octets_per_call)
        });
        let _ = writeln!(
            rows,
            "| {} | {who} | {} | {:.2} / {:.2} / {:.2} / {:.1} | {cost:.2} | {ratio} | {memory:.0} | {:.2} |",
            report.calls,
            report.bad_calls,
            late_ms.p50,
            late_ms.p99,
            late_ms.p999,
            late_ms.max,
            setup_ms.p99,
        );
    }
    rows
}

/// Calls, and how many seconds each listens.
const STORMS: [(u32, u64); 8] = [
    (100, 20),
    (1_000, 20),
    (3_000, 30),
    (5_000, 60),
    (5_000, 60),
    (5_000, 60),
    (5_000, 60),
    (6_000, 30),
];
/// Above this the machine's limit is being looked for.
const GOAL_UP_TO: usize = 5_000;
const MOST_CALLS: usize = 20_000;
