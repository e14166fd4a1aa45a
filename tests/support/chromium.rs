//! A browser that nobody looks at.

use std::path::Path;
use std::process::Command;

/// Debian's chromium that has no window, without a network of its own, with an empty profile in a folder.
///
/// What stands in the path is a script: killed, it leaves its browser behind.
pub(crate) fn chromium(profile: &Path) -> Command {
    let mut command = Command::new("/usr/lib/chromium/chromium-headless-shell");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .arg(format!("--user-data-dir={}", profile.display()));
    command
}
