use std::path::Path;
use std::process::{Command, Output};

use crate::support::run;

#[test]
fn a_crate_with_a_vulnerability_fails_the_lint_if_the_program_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let advisories = folder.path().join("advisories");
    publish(&advisories, "no-crate-of-ours");
    let (output, told) = held_against(&advisories, folder.path());
    assert!(output.status.success(), "{told}");
    assert!(told.contains("advisories ok"), "{told}");

    publish(&advisories, "ring");
    let (output, told) = held_against(&advisories, folder.path());
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("RUSTSEC-2026-9999"), "{told}");
    assert!(told.contains("ring"), "{told}");
}

#[test]
fn advisories_that_cannot_be_fetched_are_said_to_be_unchecked_and_fail_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (output, told) = held_against(&folder.path().join("nowhere"), folder.path());
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("advisories ok"), "{told}");
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("ADVISORIES NOT CHECKED"), "{told}");
}

/// Runs the lint with a repository in the place of RustSec's, and a copy of it in a folder of its own.
fn held_against(repository: &Path, folder: &Path) -> (Output, String) {
    let instead = format!("url.file://{}.insteadOf", repository.display());
    let output = run(Command::new(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/dependencies.sh"),
    )
    .env("ALLO_ADVISORIES", folder.join("copies"))
    .env("GIT_CONFIG_COUNT", "1")
    .env("GIT_CONFIG_KEY_0", instead)
    .env(
        "GIT_CONFIG_VALUE_0",
        "https://github.com/rustsec/advisory-db",
    ));
    let told = [&output.stderr, &output.stdout].map(|told| String::from_utf8_lossy(told));
    let told = told.concat();
    (output, told)
}

/// Commits the only advisory of a repository, about one crate.
fn publish(repository: &Path, of: &str) {
    let crates = repository.join("crates");
    let _ = std::fs::remove_dir_all(&crates);
    let folder = crates.join(of);
    std::fs::create_dir_all(&folder).unwrap();
    let advisory = format!(
        "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"{of}\"\ndate = \"2026-01-01\"\n\
         [versions]\npatched = []\n```\n\n# Invented\n\nNothing is wrong with it.\n"
    );
    std::fs::write(folder.join("RUSTSEC-2026-9999.md"), advisory).unwrap();
    let git = |arguments: &[&str]| {
        let done = run(Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(repository));
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "An advisory"]);
}
