//! Calls that listen at once, against the line and right afterwards against a bare sender: the table of
//! `docs/benchmarks.md`.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use caller::{Comparison, StormPlan, StormReport, compare};

use crate::process::{self, Program};

/// Runs the four storms, prints the table and writes it to `docs/benchmarks.md`.
pub(crate) fn run() {
    let mut rows = String::new();
    let mut faults = Vec::new();
    for (calls, hold) in [(100, 20), (1_000, 20), (3_000, 30), (5_000, 60)] {
        let program = Program::start(calls);
        let rate = f64::from(u32::try_from(calls).expect("a small number")) / 20.0;
        let plan = StormPlan {
            server: Some(program.process.pid()),
            watcher: Some(|progress| eprintln!("{progress}")),
            ..StormPlan::new(&program.target(), calls, rate, Duration::from_secs(hold))
        };
        eprintln!("{calls} calls for {hold} s, the line and then a bare sender");
        let executable = Path::new(env!("CARGO_BIN_EXE_allo"));
        let found = compare(&plan, executable).expect("both storms begin");
        rows += &row(&found);
        for (who, report) in [("the line", &found.line), ("the bare sender", &found.bare)] {
            if !report.valid || report.failed > 0 || report.answered != calls {
                faults.push(format!("{calls} calls, {who}: {:?}", report.notes));
            }
        }
    }
    let page = page(&rows);
    println!("{page}");
    std::fs::write("docs/benchmarks.md", page).expect("docs/benchmarks.md can be written");
    assert!(faults.is_empty(), "not measured: {faults:?}");
}

fn row(Comparison { line, bare, ratios }: &Comparison) -> String {
    let ratio = ratios.us_per_packet.unwrap_or(f64::NAN);
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

fn page(rows: &str) -> String {
    let (today, machine) = (jiff::Zoned::now().date(), process::machine());
    format!(
        "# Benchmarks\n\n\
         `make bench` on {today}: {machine}. Each storm against the line is followed at once by the same storm against a bare\n\
         sender, which answers every call and sends it one buffer: one connected socket and one `sendmsg` per packet, and nothing\n\
         else. Absolute times change with the machine and its neighbours; the ratio holds.\n\n\
         | calls | | bad calls | lateness p50 / p99 / p99.9 / max, ms | CPU µs per packet | ratio | octets per call | set-up p99, ms |\n\
         |---|---|---|---|---|---|---|---|\n{rows}\n\
         Lateness is against each call's own ideal clock, by the kernel's receive timestamps. A bad call has over 0.1 % bad packets:\n\
         lost, over 20 ms late, missing by the clock, or wrong in size or step. CPU and memory are those of the answering process, CPU\n\
         in the steady window. The calls are PCMA in packets of 20 ms, of callers who say nothing.\n"
    )
}
