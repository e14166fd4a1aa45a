use std::path::Path;
use std::process::Command;

use crate::support::run;

#[test]
fn whoever_packs_a_program_gets_the_same_octets_and_sums_that_fit() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("a program");
    std::fs::write(&program, "what the compiler made").unwrap();
    let sources = folder.path().join("sources");
    std::fs::create_dir(&sources).unwrap();
    let copied = told(
        Command::new("cp")
            .arg("-r")
            .args(PACKED.map(|one| root().join(one)))
            .arg(&sources),
    );
    assert_eq!(copied, "");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));

    pack(&program, root(), &one, &["umask 022", "export TZ=UTC"]);
    let strange = ["umask 077", "export TZ=Asia/Tokyo LC_ALL=C.UTF-8"];
    pack(&program, &sources, &other, &strange);

    let sums = std::fs::read_to_string(one.join("SHA256SUMS")).unwrap();
    assert_eq!(
        sums,
        std::fs::read_to_string(other.join("SHA256SUMS")).unwrap()
    );
    told(
        Command::new("sha256sum")
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(&other),
    );
    let archive = sums.trim_end().rsplit("  ").next().unwrap();
    assert!(archive.starts_with(concat!("allo-", env!("CARGO_PKG_VERSION"), "-")));
    let inside = told(
        Command::new("tar")
            .args(["--list", "--verbose", "--numeric-owner", "--file"])
            .arg(one.join(archive)),
    );
    for line in inside.lines() {
        assert!(line.contains(" 0/0 "), "{line}");
    }
    let program = inside.lines().find(|line| line.ends_with("/allo"));
    assert!(program.is_some_and(|line| line.starts_with("-rwxr-xr-x")));
    for needed in [
        "/deploy/systemd/allo.service",
        "/docs/guide/upgrade.md",
        "/sip-config/allo.toml",
    ] {
        let found = inside.lines().find(|line| line.ends_with(needed));
        let readable = found.is_some_and(|line| line.starts_with("-rw-r--r--"));
        assert!(readable, "{needed}: {found:?}");
    }
}

fn pack(program: &Path, sources: &Path, folder: &Path, settings: &[&str]) {
    let script = format!("{}; exec \"$0\" pack \"$@\"", settings.join("; "));
    told(
        Command::new("bash")
            .args(["-c", &script])
            .arg(root().join("scripts/release.sh"))
            .args([program, sources, folder])
            .env("SOURCE_DATE_EPOCH", "1790000000"),
    );
}

/// What a command that succeeds says.
fn told(command: &mut Command) -> String {
    let output = run(command);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What of the sources goes into an archive, and the file that has the version.
const PACKED: [&str; 7] = [
    "CHANGELOG.md",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "deploy",
    "docs",
    "sip-config",
];
