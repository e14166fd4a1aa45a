use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bulletin::Language;
use serde_json::Value;
use speech::prompts;

use crate::support::{House, eventually};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn a_voice_that_dies_leaves_the_line_speaking_and_the_text_published() {
    stays_on_the_air_without_a_voice("#!/bin/sh\nkill -9 $$\n");
}

#[test]
fn a_voice_that_says_nothing_leaves_the_line_speaking_and_the_text_published() {
    stays_on_the_air_without_a_voice("#!/bin/sh\ncat >/dev/null\n");
}

#[test]
fn a_voice_that_never_stops_leaves_the_line_speaking_and_the_text_published() {
    stays_on_the_air_without_a_voice("#!/bin/sh\nexec cat /dev/zero\n");
}

#[test]
fn a_voice_that_hangs_leaves_the_line_speaking_and_the_text_published() {
    stays_on_the_air_without_a_voice("#!/bin/sh\nkill -STOP $$\n");
}

#[test]
fn a_helper_stopped_by_a_signal_in_mid_sentence_is_given_up_and_the_bulletin_spoken_later() {
    let mut house = House::open();
    house.stop();
    let wrapper = script(
        &house,
        &format!(
            "#!/bin/sh\necho $$ > {pid}\nkill -STOP $$\nexec {allo} \"$@\"\n",
            pid = house.data().join("helper").display(),
            allo = env!("CARGO_BIN_EXE_allo")
        ),
    );
    house.start(&wrapper);
    let answer = house.post(SITE, "Bruit de soupape.");
    let id = answer["id"].as_str().expect("an id").to_owned();

    eventually("the trouble in /readyz", Duration::from_secs(40), || {
        voice_trouble(&house)
    });
    let left_over = std::fs::read_to_string(house.data().join("helper")).expect("the helper's pid");
    eventually(
        "the end of the stopped helper",
        Duration::from_secs(15),
        || {
            let still_there = Command::new("kill")
                .args(["-0", left_over.trim()])
                .status()
                .expect("kill runs");
            (!still_there.success()).then_some(())
        },
    );

    house.stop();
    house.start(Path::new(env!("CARGO_BIN_EXE_allo")));
    let octets = eventually("the recording", Duration::from_secs(90), || {
        house.recording(SITE, &id)
    });
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(14));
    assert!(heard.has(&octets));
}

fn stays_on_the_air_without_a_voice(helper: &str) {
    let mut house = House::open();
    house.stop();
    let program = script(&house, helper);
    house.start(&program);

    house.post(SITE, "Bruit de soupape au nord.");

    let (_, page) = house.read("/rouen_metropole");
    assert!(
        page.contains("Bruit de soupape au nord"),
        "published as text"
    );
    let heard = house.dial("0805691282", "@0.2:#", Duration::from_secs(20));
    let general = prompts::find(Language::French, "bulletin_unspoken").expect("a fixed sentence");
    assert!(
        heard.has(general.sound().pcma),
        "the general sentence stands in its place"
    );
    let trouble = eventually("the trouble in /readyz", Duration::from_secs(40), || {
        voice_trouble(&house)
    });
    assert!(trouble.len() > 10, "{trouble}");
    let (status, _) = house.read("/readyz");
    assert!(status.is_success(), "callers can still be answered");
}

/// What `/readyz` says against the voice.
pub(super) fn voice_trouble(house: &House) -> Option<String> {
    let concerns = house.read_json("/readyz");
    let voice = find_concern(&concerns, "voice")?;
    let well = voice["ok"].as_bool().expect("ok is true or false");
    (!well).then(|| voice["detail"].as_str().unwrap_or_default().to_owned())
}

pub(super) fn find_concern<'a>(concerns: &'a Value, name: &str) -> Option<&'a Value> {
    let list = concerns
        .as_array()
        .or_else(|| concerns["concerns"].as_array())?;
    list.iter().find(|one| one["name"] == name)
}

fn script(house: &House, text: &str) -> PathBuf {
    let path = house.data().join("helper.sh");
    std::fs::write(&path, text).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    path
}
