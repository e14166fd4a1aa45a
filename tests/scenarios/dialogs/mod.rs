mod ear;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ear::{Ear, Heard};
use server::Settings;

use crate::support::{House, eventually, free_port, run};

#[test]
fn a_late_offer_is_answered_by_ours_in_the_200() {
    let heard = call(&House::open(), "late_offer");

    assert!(heard.packets() > 30, "{}", heard.packets());
}

#[test]
fn a_required_100rel_gets_a_reliable_180_and_its_prack_brings_the_200() {
    let house = House::open();

    for scenario in ["prack", "prack_late_offer"] {
        let heard = call(&house, scenario);
        assert!(heard.packets() > 30, "{scenario}: {}", heard.packets());
    }
}

#[test]
fn a_session_timer_is_agreed_on_either_side_and_one_too_short_gets_422() {
    call(&House::open(), "timer");
}

#[test]
fn a_caller_who_takes_no_update_is_refreshed_by_an_invite() {
    let heard = call(&House::open(), "refreshed");

    assert!(heard.longest_gap() < Duration::from_millis(500));
}

#[test]
fn on_hold_nothing_is_sent_and_the_recording_goes_on_where_it_was() {
    let house = House::open();
    let whole = call(&house, "no_hold");
    assert!(whole.longest_gap() < Duration::from_millis(500));

    for scenario in ["hold_by_reinvite", "hold_by_update"] {
        let held = call(&house, scenario);

        let gap = held.longest_gap();
        assert!(
            gap > Duration::from_millis(1_300) && gap < Duration::from_millis(2_000),
            "{scenario}: {gap:?}"
        );
        assert!(held.packets() > 120, "{scenario}: {}", held.packets());
        assert!(held.has_every_sequence_number(), "{scenario}");
        assert!(
            whole.begins_with(&held),
            "{scenario}: another sound after the hold"
        );
    }
}

#[test]
fn a_fax_in_mid_call_is_refused_and_the_call_goes_on() {
    let heard = call(&House::open(), "fax");

    assert!(heard.packets() > 60, "{}", heard.packets());
    assert!(heard.longest_gap() < Duration::from_millis(500));
}

#[test]
fn an_unknown_extension_is_refused_by_its_name() {
    let heard = call(&House::open(), "unknown_extension");

    assert_eq!(heard.packets(), 0);
}

#[test]
fn a_hundred_calls_pass_where_one_packet_in_ten_is_lost() {
    let house = House::open();
    let ear = Ear::open();

    let mut command = sipp(&house, "lossy", ear.port());
    let losing = ["-lost", "10", "-m", "100", "-r", "25"];
    passes(command.args(losing), "lossy");

    // sipp gives up a call, and says nothing of it, where it loses the ACK of a repeated 200: the line then repeats
    // its 200 for the whole of 64*T1.
    let metrics = eventually("the end of every call", Duration::from_secs(45), || {
        let metrics = house.fetch(&house.metrics_url());
        metrics.contains("\nallo_calls 0\n").then_some(metrics)
    });
    let ended = "allo_calls_ended_total{end=\"caller_hung_up\"";
    let ended = metrics.lines().find(|line| line.starts_with(ended));
    let ended = ended.and_then(|line| line.rsplit(' ').next()?.parse::<u32>().ok());
    assert!(ended.is_some_and(|calls| calls >= 95), "{metrics}");
}

#[test]
fn our_bye_takes_the_way_of_the_proxy() {
    let house = open("[[trunk]]\nname = \"proxy\"\nmax-call-seconds = 1");

    call(&house, "routes");
}

#[test]
fn a_trunk_may_want_ringing_and_a_session_timer() {
    let house = open(
        r#"
        [[trunk]]
        name = "slow"
        ringing = "180"
        answer-delay-ms = 300
        session-expires-seconds = 600
        "#,
    );

    call(&house, "ringing");
}

#[test]
fn a_caller_who_gives_up_before_the_answer_gets_487_with_a_reason() {
    let house = open("[[trunk]]\nname = \"slow\"\nringing = \"180\"\nanswer-delay-ms = 5000");

    let heard = call(&house, "cancelled");

    assert_eq!(heard.packets(), 0);
    let metrics = house.fetch(&house.metrics_url());
    let cancelled = "allo_calls_ended_total{end=\"cancelled\",trunk=\"slow\",codec=\"PCMA\"} 1\n";
    assert!(metrics.contains(cancelled), "{metrics}");
}

#[test]
fn a_closed_line_says_so_before_it_refuses() {
    let house = open("[[trunk]]\nname = \"shut\"\nclosed = true\nrefusal = 480");

    let heard = call(&house, "closed");
    assert!(heard.packets() > 300, "{}", heard.packets());
    let unheard = call(&house, "closed_at_once");
    assert_eq!(unheard.packets(), 0, "nothing proves where it is");

    let metrics = house.fetch(&house.metrics_url());
    assert!(metrics.contains("\nallo_calls 0\n"), "{metrics}");
    assert!(
        metrics.contains("end=\"refused\",trunk=\"shut\",codec=\"PCMA\"} 2\n"),
        "{metrics}"
    );
}

/// A house with a configuration file.
fn open(config: &str) -> House {
    let settings: Settings = toml::from_str(config).expect("a configuration");
    House::open_with(settings, |_| {})
}

/// One call of sipp, and what its port for sound heard.
fn call(house: &House, scenario: &str) -> Heard {
    let ear = Ear::open();
    let port = ear.port();
    let listening = ear.listen();
    passes(sipp(house, scenario, port).args(["-m", "1"]), scenario);
    listening.stop()
}

fn passes(command: &mut Command, scenario: &str) {
    let output = run(command);
    assert!(
        output.status.success(),
        "{scenario}: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn sipp(house: &House, scenario: &str, sound: u16) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/dialogs");
    let mut command = Command::new("sipp");
    command
        .arg(house.sip().to_string())
        .args(["-t", "u1", "-i", "127.0.0.1", "-nostdin"])
        .args(["-s", "0805691282"])
        .arg("-sf")
        .arg(folder.join(scenario).with_extension("xml"))
        .args(["-p", &free_port().to_string()])
        .args(["-key", "sound", &sound.to_string()])
        .args(["-max_socket", "1000"])
        .args(["-timeout", "60s", "-timeout_error"])
        .env("TERM", "dumb");
    command
}
