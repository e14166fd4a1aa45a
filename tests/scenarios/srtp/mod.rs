mod baresip;

use std::time::Duration;

use baresip::Baresip;
use media::Codec;
use server::Settings;

use crate::support::{House, eventually};

const SITE: &str = "huiles-du-fleuve";
const ROUEN: &str = "0805691282";

#[test]
fn baresip_with_mandatory_srtp_records_the_bulletin_and_its_keys_act() {
    let house = open("srtp = \"required\"");
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let mut phone = Baresip::start(";mediaenc=srtp-mand");
    phone.dials(&house.target(ROUEN));
    phone.waits_for("CALL_ESTABLISHED");
    // At a person's pace: past the greeting, past the count, and the bulletin once more.
    for (pause_ms, key) in [(1_000, "#"), (1_500, "#"), (3_500, "*")] {
        std::thread::sleep(Duration::from_millis(pause_ms));
        phone.presses(key);
    }
    std::thread::sleep(Duration::from_secs(12));
    let heard = phone.hangs_up();

    let bulletin = Codec::Pcma.decoder().decode(&octets);
    let begins = places(&heard, &bulletin[..8_000]);
    assert_eq!(
        begins.len(),
        2,
        "# leads to it and * says it again: {begins:?}"
    );
    assert!(
        begins[0] < 6 * 8_000,
        "sooner than without keys: {begins:?}"
    );
    assert_eq!(places(&heard, &bulletin).len(), 1, "the second time whole");
    let metrics = house.fetch(&house.metrics_url());
    assert!(has(&metrics, "allo_srtp_refused_total 0"), "{metrics}");
}

#[test]
fn baresip_that_offers_srtp_beside_the_clear_gets_it() {
    let house = open("");
    let mut phone = Baresip::start(";mediaenc=srtp");
    phone.dials(&house.target(ROUEN));
    phone.waits_for("CALL_ESTABLISHED");

    phone.waits_for_word("SRTP is Enabled");
}

#[test]
fn a_trunk_without_srtp_gives_488_to_who_insists_and_one_that_insists_to_who_has_none() {
    for (policy, telephone) in [("never", ";mediaenc=srtp-mand"), ("required", "")] {
        let house = open(&format!("srtp = \"{policy}\""));
        let mut phone = Baresip::start(telephone);
        phone.dials(&house.target(ROUEN));

        phone.waits_for("488 Not Acceptable Here");
    }
}

/// A house whose only trunk has this line.
fn open(line: &str) -> House {
    let file = format!("[[trunk]]\nname = \"pbx\"\npeers = [\"127.0.0.1\"]\n{line}\n");
    let settings: Settings = toml::from_str(&file).expect("a configuration");
    House::open_with(settings, |_| {})
}

/// Where these samples begin in what was heard.
fn places(heard: &[i16], wanted: &[i16]) -> Vec<usize> {
    let windows = heard.windows(wanted.len()).enumerate();
    let found = windows.filter(|(_, window)| *window == wanted);
    found.map(|(at, _)| at).collect()
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|one| one == line)
}
