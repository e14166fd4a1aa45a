//! `make bench`: what a call costs, how soon it is answered, how soon a post is heard.
//!
//! It starts the real program on loopback, calls it with sipp and with our own telephone, and
//! prints one table. sipp's own answering side is measured in the same run as a reference:
//! compare ratios, for absolute times change with the machine and its neighbours. Every figure is
//! checked for being one (calls counted, sound received); a run that lost calls fails, and so does one that misses a
//! goal, after everything has been measured and written down.

#[path = "bench/heard.rs"]
mod heard;
#[path = "bench/page.rs"]
mod page;
#[path = "bench/process.rs"]
mod process;
#[path = "bench/readers.rs"]
mod readers;
#[path = "bench/signalling.rs"]
mod signalling;
#[path = "bench/storms.rs"]
mod storms;
#[path = "bench/strains.rs"]
mod strains;

use process::Program;

fn main() {
    // `cargo test --benches` runs this too; it has nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!(
        "Allo {} on {}",
        env!("CARGO_PKG_VERSION"),
        process::machine()
    );
    let storms = wanted("storms").then(storms::run);
    let strains = strains::run();
    if let Some(storms) = &storms
        && wanted("strains")
    {
        let page = page::write(storms, &strains);
        std::fs::write("docs/benchmarks.md", page).expect("docs/benchmarks.md can be written");
    }
    if wanted("signalling") {
        signalling::run();
    }
    for calls in [0, 100, 1_000].into_iter().filter(|_| wanted("heard")) {
        let program = Program::start(calls * 2 + 10);
        heard::run(&program, calls);
    }
    let missed: Vec<String> = storms
        .into_iter()
        .chain([strains])
        .flat_map(|part| part.missed)
        .collect();
    assert!(missed.is_empty(), "missed: {missed:#?}");
}

/// A table of the page, and the goals that its figures miss.
struct Part {
    rows: String,
    missed: Vec<String>,
}

/// Whether a part or a strain is to be measured: all are, unless some are named (`cargo bench --bench line -- storms keys`).
fn wanted(part: &str) -> bool {
    let mut named = std::env::args()
        .skip(1)
        .filter(|one| !one.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|one| one == part)
}
