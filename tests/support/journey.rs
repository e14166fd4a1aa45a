//! A journey through the desk in a real browser: `tests/browser/NAME.mjs`, walked by Node with playwright-core.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::run;

/// Walks a journey with what it needs to know, and gives what it returns.
///
/// # Panics
/// When it does not come to its end; its words say where, and `target/screenshots` has pictures.
pub(crate) fn walk(name: &str, input: &Value) -> Value {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tools = house.join("target/tools/browser");
    assert!(
        tools.join("node_modules").is_dir(),
        "{} is not there: run scripts/set-up.sh test",
        tools.display()
    );
    let own = house.join("target/tools/node/node");
    let node = if own.exists() {
        own.as_path()
    } else {
        Path::new("node")
    };
    let mut node = Command::new(node)
        .arg(house.join("tests/browser").join(format!("{name}.mjs")))
        .env("ALLO_BROWSER_TOOLS", &tools)
        .env("ALLO_SCREENSHOTS", house.join("target/screenshots"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut stdin = node.stdin.take().expect("it was piped");
    stdin
        .write_all(input.to_string().as_bytes())
        .expect("the journey reads what it needs");
    drop(stdin);
    let walked = node.wait_with_output().expect("the journey ends");
    let told = String::from_utf8_lossy(&walked.stderr);
    assert!(walked.status.success(), "the journey {name}: {told}");
    serde_json::from_slice(&walked.stdout).expect("what it returns is JSON")
}

/// Checks that a picture of a journey is kept in `docs/images`; with `ALLO_IMAGES` set it is kept anew.
///
/// # Panics
/// When it is not there.
pub(crate) fn keep_picture(taken: &Path, name: &str) {
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    let kept = images.join(name);
    if std::env::var_os("ALLO_IMAGES").is_some() {
        // Few colours: a tenth of the size.
        let made = run(Command::new("ffmpeg")
            .args(["-y", "-v", "error", "-i"])
            .arg(taken)
            .args([
                "-vf",
                "split[a][b];[a]palettegen=max_colors=48[p];[b][p]paletteuse=dither=none",
            ])
            .arg(&kept));
        assert!(made.status.success(), "{made:?}");
    }
    assert!(kept.is_file(), "{name} is not there: make images");
}
