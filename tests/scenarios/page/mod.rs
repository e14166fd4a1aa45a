use std::time::Duration;

use crate::support::{House, chromium, eventually, run};

#[test]
fn chromium_shows_what_the_line_says() {
    let house = House::open();
    let answer = house.post("huiles-du-fleuve", "Bruit de vapeur près du quai.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    eventually("the sound on the page", Duration::from_secs(5), || {
        let programme = house.read_json("/rouen_metropole.json").to_string();
        programme.contains(&id).then_some(())
    });
    eventually("the recording", Duration::from_secs(5), || {
        house.recording("huiles-du-fleuve", &id)
    });

    let page = dump(&house.url("/rouen_metropole"));

    assert!(page.contains("Bruit de vapeur près du quai."));
    assert!(page.contains("href=\"tel:+33805691282\""));
    assert!(page.contains("<audio"));
    assert!(page.contains("lang=\"fr\""));
    assert!(!page.contains("<script"));
}

/// The page as chromium has understood it.
fn dump(url: &str) -> String {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = run(chromium(profile.path()).args(["--dump-dom", url]));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}
