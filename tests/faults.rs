//! `make faults`: something breaks, callers call and sites post all the while, and what was lost is counted.
//!
//! Each row of [`ROWS`] starts the real program, breaks one thing, prints its line of the table as it ends, and fails when its
//! condition is not met. The rows run one after the other, because what they measure they would spoil for each other. `make test` runs
//! those that need no patience, shortened; `make faults` runs all at their whole length and writes what it measured into
//! `docs/reliability.md`. `cargo test --test faults -- NAME…` runs the rows of these names, with `--long` at their whole length;
//! `ALLO_FAULTS_SHARE=0.1` makes that a tenth, for a trial.

#![allow(
    clippy::unwrap_used,
    reason = "a row that cannot go on stops where it stands, and says so in its line"
)]

#[path = "faults/away.rs"]
mod away;
#[path = "faults/clocks.rs"]
mod clocks;
#[path = "faults/disks.rs"]
mod disks;
#[path = "faults/floods.rs"]
mod floods;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/limits.rs"]
mod limits;
#[path = "faults/loads.rs"]
mod loads;
#[path = "faults/node.rs"]
mod node;
#[path = "faults/nodes.rs"]
mod nodes;
#[path = "faults/page.rs"]
mod page;
#[path = "faults/relay.rs"]
mod relay;
#[path = "faults/row.rs"]
mod row;
#[allow(
    dead_code,
    unused_imports,
    reason = "it is that of the scenarios, who use the rest"
)]
mod support;
#[path = "faults/upgrades.rs"]
mod upgrades;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use row::{Found, Row, Run};

/// Every row, the quick ones first.
const ROWS: &[Row] = &[
    kills::ON_POSTGRESQL,
    away::DATABASE_AWAY,
    nodes::DRAIN,
    floods::INVITES,
    floods::SOUND,
    disks::FULL,
    clocks::JUMPS,
    limits::DESCRIPTORS,
    kills::ON_SQLITE,
    kills::AT_THE_FIRST_START,
    nodes::KILL,
    away::LISTENER_KILLED,
    away::CUT_OFF,
    nodes::STANDS_STILL,
    nodes::PROXY_RESTARTS,
    floods::MANY_SOURCES,
    disks::READ_ONLY,
    limits::MEMORY,
    upgrades::NEWER_TABLES,
    loads::CITY,
    loads::BURST,
    loads::TWICE,
    loads::UNLIMITED,
    loads::READERS,
    loads::SOAK,
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|one| one == "--list") {
        return ExitCode::SUCCESS;
    }
    let has = |word: &str| arguments.iter().any(|one| one == word);
    let named: Vec<_> = arguments
        .iter()
        .filter(|one| !one.starts_with('-'))
        .collect();
    let run = if has("--long") {
        Run::long()
    } else {
        Run::quick()
    };
    let is_wanted = |row: &&Row| match &named[..] {
        [] => row.is_quick || run.is_long(),
        names => names.iter().any(|name| row.name.contains(name.as_str())),
    };
    let wanted: Vec<_> = ROWS.iter().filter(is_wanted).collect();
    let mut missed = vec![];
    println!("{}", page::HEAD);
    for (number, row) in wanted.iter().enumerate() {
        eprintln!("{} of {}: {}", number + 1, wanted.len(), row.name);
        let begun = Instant::now();
        let found = try_out(row, &run);
        eprintln!("{} took {:.0?}", row.name, begun.elapsed());
        let line = page::line(row, &found);
        println!("{line}");
        if has("--write") {
            page::write(row, &line);
        }
        missed.extend(
            found
                .missed
                .iter()
                .map(|what| format!("{}: {what}", row.name)),
        );
    }
    for what in &missed {
        eprintln!("MISSED {what}");
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A row that stops in the middle has missed its condition, and the others go on.
fn try_out(row: &Row, run: &Run) -> Found {
    catch_unwind(AssertUnwindSafe(|| (row.run)(run))).unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<String>().cloned();
        let told = told.or_else(|| panic.downcast_ref::<&str>().map(|told| (*told).to_owned()));
        let mut found = Found::of("it stopped in the middle");
        found.must(false, &told.unwrap_or_default().replace('\n', " "));
        found
    })
}
