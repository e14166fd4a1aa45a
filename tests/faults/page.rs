//! The table of `docs/reliability.md`.

use std::path::Path;
use std::time::Duration;

use crate::row::{Calls, Found, Posts, Row};

/// The head of the table.
pub(crate) const HEAD: &str = "\
| row | what broke | calls tried / good / lost | posts acknowledged / found | to recover | besides | held | day, program |
|---|---|---|---|---|---|---|---|";

/// The line of a row.
pub(crate) fn line(row: &Row, found: &Found) -> String {
    let name = row.name;
    let program = if cfg!(debug_assertions) {
        "as tested"
    } else {
        "as released"
    };
    let day = format!("{}, {program}", jiff::Zoned::now().date());
    if let Some(why) = &found.left_out {
        return format!("| `{name}` | not run: {why} | | | | | | {day} |");
    }
    let Calls { tried, good, lost } = found.calls;
    let calls = match tried {
        0 => String::new(),
        _ => format!("{tried} / {good} / {lost}"),
    };
    let posts = match found.posts {
        Posts {
            acknowledged: 0,
            found: 0,
        } => String::new(),
        Posts {
            acknowledged,
            found,
        } => format!("{acknowledged} / {found}"),
    };
    let recovery = found.recovery.map(seconds).unwrap_or_default();
    let also = found.also.join("; ");
    let held = if found.missed.is_empty() { "yes" } else { "no" };
    let missed: String = found
        .missed
        .iter()
        .map(|what| format!(" **{what}**"))
        .collect();
    format!(
        "| `{name}` | {} | {calls} | {posts} | {recovery} | {also}{missed} | {held} | {day} |",
        found.broke
    )
}

/// Puts a line into the page, in place of the one that is there for its row.
pub(crate) fn write(row: &Row, line: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let begin = format!("| `{}` |", row.name);
    let (mut is_there, mut lines) = (false, vec![]);
    for before in page.lines() {
        if before.starts_with(&begin) {
            is_there = true;
            lines.push(line);
        } else {
            lines.push(before);
        }
    }
    assert!(
        is_there,
        "docs/reliability.md has no line for `{}`",
        row.name
    );
    std::fs::write(path, lines.join("\n") + "\n").expect("the page can be written");
}

/// A length of time, to the hundredth of a second.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
