mod knock;

use std::net::IpAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use caller::{CallPlan, CallReport, EndedBy, place_call};
use knock::{Knock, has_retry_after, status};
use serde_json::json;
use server::Settings;

use crate::support::{House, allo, eventually, run};

const ROUEN: &str = "0805691282";
const LE_HAVRE: &str = "0800101092";

#[test]
fn each_trunk_has_its_own_limit_and_its_own_refusal() {
    let house = open(
        r#"
        [[trunk]]
        name = "north"
        peers = ["127.0.0.2/32"]
        max-calls = 1
        refusal = 486
        retry-after = false

        [[trunk]]
        name = "south"
        peers = ["127.0.0.3/32"]
        max-calls = 2
        "#,
    );
    let (north, south) = (
        Knock::from("127.0.0.2", &house),
        Knock::from("127.0.0.3", &house),
    );
    let mut listeners = vec![call(&house, ROUEN, "127.0.0.2", 8)];
    house.wait_for_figure("allo_calls 1");

    let busy = north.knock(ROUEN, "one-too-many");
    assert_eq!(status(&busy), 486, "{busy}");
    assert!(!has_retry_after(&busy), "{busy}");

    listeners.push(call(&house, ROUEN, "127.0.0.3", 6));
    house.wait_for_figure("allo_calls 2");
    listeners.push(call(&house, LE_HAVRE, "127.0.0.3", 6));
    house.wait_for_figure("allo_calls 3");
    let full = south.knock(ROUEN, "two-too-many");
    assert_eq!(status(&full), 503, "{full}");
    assert!(has_retry_after(&full), "{full}");

    for listener in listeners {
        let report = listener.join().expect("the call goes on");
        assert_eq!((report.status, report.counts.lost), (200, 0));
        assert!(report.counts.packets > 250, "{}", report.counts.packets);
    }
    house.wait_for_figure("allo_calls 0");
    let again = call(&house, ROUEN, "127.0.0.2", 1).join().expect("a call");
    assert_eq!(again.status, 200, "room again");
    for (trunk, calls) in [("north", 2), ("south", 2)] {
        house.wait_for_figure(&format!(
                "allo_calls_ended_total{{end=\"caller_hung_up\",trunk=\"{trunk}\",codec=\"PCMA\"}} {calls}"
            ));
    }
}

#[test]
fn an_address_of_no_trunk_gets_no_answer_at_all() {
    let house = open("[[trunk]]\nname = \"north\"\npeers = [\"127.0.0.2/32\"]");
    let stranger = Knock::from("127.0.0.4", &house);

    stranger.send(&stranger.request("INVITE", ROUEN, "stranger"));
    stranger.send(&stranger.request("OPTIONS", ROUEN, "scanner"));
    stranger.send("no SIP at all");

    house.wait_for_figure("allo_sip_strangers_total 3");
    let known = Knock::from("127.0.0.2", &house);
    known.send(&known.request("OPTIONS", ROUEN, "known"));
    assert_eq!(status(&known.hear().expect("an answer")), 200);
    assert_eq!(stranger.hear(), None, "not one octet");
    let report = call(&house, ROUEN, "127.0.0.2", 1).join().expect("a call");
    assert!(report.counts.packets > 30, "{}", report.counts.packets);
}

#[test]
fn a_territory_that_is_full_leaves_the_line_to_the_others() {
    let house = open("[territory.rouen_metropole]\nmax-calls = 1");
    let listener = call(&house, ROUEN, "127.0.0.1", 5);
    house.wait_for_figure("allo_calls 1");

    let full = Knock::from("127.0.0.1", &house).knock("+33805691282", "second");
    assert_eq!(status(&full), 503, "{full}");
    assert!(has_retry_after(&full), "{full}");
    let other = call(&house, LE_HAVRE, "127.0.0.1", 1);

    assert_eq!(other.join().expect("a call").status, 200);
    let report = listener.join().expect("the call goes on");
    assert_eq!((report.status, report.counts.lost), (200, 0));
    house.wait_for_figure("allo_calls 0");
    let again = call(&house, ROUEN, "127.0.0.1", 1).join().expect("a call");
    assert_eq!(again.status, 200, "room again");
}

#[test]
fn the_programme_is_shortened_by_hand_without_a_restart() {
    let house = House::open();
    let bulletin = single_bulletin(&house);
    let by_hand = |word: &str| {
        let mut command = allo();
        command
            .args(["short-programme", word, "--data"])
            .arg(house.data());
        assert!(run(&mut command).status.success(), "{word}");
    };
    house.wait_for_figure("allo_short_programme 0");

    by_hand("on");
    house.wait_for_figure("allo_short_programme 1");
    let short = call(&house, LE_HAVRE, "127.0.0.1", 60)
        .join()
        .expect("a call");

    by_hand("off");
    house.wait_for_figure("allo_short_programme 0");
    let patience = Duration::from_secs_f64(short.duration_ms / 1_000.0 + 4.0);
    let long = call_for(&house, LE_HAVRE, "127.0.0.1", patience)
        .join()
        .expect("a call");

    assert_eq!(short.ended_by, EndedBy::Line, "goodbye after one round");
    assert_eq!(times(&short, &bulletin), 1);
    assert_eq!(long.ended_by, EndedBy::Caller, "there is more to hear");
    assert!(times(&long, &bulletin) >= 1);
    let said = run(allo().args(["short-programme", "--data"]).arg(house.data()));
    assert!(String::from_utf8_lossy(&said.stdout).starts_with("off: "));
    let refused = run(allo()
        .args(["short-programme", "yes", "--data"])
        .arg(house.data()));
    assert!(!refused.status.success());
}

/// A house with the trunks and territories of a configuration file.
fn open(file: &str) -> House {
    let settings: Settings = toml::from_str(file).expect("a configuration");
    House::open_with(settings, |_| {})
}

/// Leaves Le Havre with one short bulletin; its octets.
fn single_bulletin(house: &House) -> Vec<u8> {
    for site in ["raffinerie-du-cap", "engrais-de-l-estuaire"] {
        for bulletin in live_bulletins(house, site) {
            house.act(site, &bulletin, "withdraw", &json!({}));
        }
    }
    let answer = house.post("raffinerie-du-cap", "Bruit de compresseur.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording("raffinerie-du-cap", &id)
    });
    eventually("the recording on the air", Duration::from_secs(5), || {
        let page = house.read("/le_havre.json").1;
        (!page.contains("\"queued\"")).then_some(())
    });
    octets
}

fn live_bulletins(house: &House, site: &str) -> Vec<String> {
    let page = house.read_json("/le_havre.json");
    let list = page["ongoing"].as_array().expect("a list").iter();
    list.filter(|one| one["site"]["slug"] == site)
        .filter_map(|one| one["id"].as_str().map(str::to_owned))
        .collect()
}

/// A resident who listens for so many seconds, calling from this address.
fn call(house: &House, number: &str, from: &str, seconds: u64) -> JoinHandle<CallReport> {
    call_for(house, number, from, Duration::from_secs(seconds))
}

fn call_for(house: &House, number: &str, from: &str, limit: Duration) -> JoinHandle<CallReport> {
    let from: IpAddr = from.parse().expect("an address");
    let plan = CallPlan {
        limit,
        bind: Some(from),
        ..CallPlan::new(&house.target(number))
    };
    std::thread::spawn(move || place_call(&plan).expect("the call is placed"))
}

/// How often these octets were heard whole.
fn times(report: &CallReport, octets: &[u8]) -> usize {
    let mut heard = 0;
    let mut rest = &report.octets[..];
    while let Some(at) = crate::support::find(rest, octets) {
        heard += 1;
        rest = &rest[at + octets.len()..];
    }
    heard
}
