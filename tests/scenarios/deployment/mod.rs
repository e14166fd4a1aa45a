mod compose;
mod dockerfile;
mod figures;
mod system_calls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::run;

#[test]
fn systemd_reads_the_unit_and_finds_that_it_exposes_little() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unit = folder.path().join("allo.service");
    // Where it will be installed there is nothing here.
    let text = unit_text().replace("/usr/local/bin/allo", env!("CARGO_BIN_EXE_allo"));
    std::fs::write(&unit, &text).expect("the unit");
    assert!(text.contains("Type=notify") && text.contains("WatchdogSec=10"));

    let verified = run(Command::new("systemd-analyze")
        .args(["verify", "--recursive-errors=no"])
        .arg(&unit));
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(
        !said(&verified).contains("allo.service"),
        "{}",
        said(&verified)
    );

    // In tenths: 2.0.
    let judged = run(Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--threshold=20", "--no-pager"])
        .arg(&unit));
    assert!(judged.status.success(), "{}", said(&judged));
}

/// The unit as it is shipped.
fn unit_text() -> String {
    std::fs::read_to_string(deploy("systemd/allo.service")).expect("the unit")
}

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(file)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}
