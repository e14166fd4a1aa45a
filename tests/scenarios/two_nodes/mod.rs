use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use caller::{CallPlan, CallReport, place_call};

use crate::support::{Kamailio, Program, eventually, run};

#[test]
fn of_two_nodes_behind_kamailio_one_dies_and_only_its_callers_are_cut() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
    let [first, second] = [&folders[0], &folders[1]].map(|one| Program::start(one.path(), |_| {}));
    let work = tempfile::tempdir().expect("a temporary folder");
    let kamailio = Kamailio::before(&[first.sip, second.sip], work.path());

    let listeners = [call(&kamailio, 4), call(&kamailio, 4)];
    eventually("a call on each node", Duration::from_secs(5), || {
        (calls(&first) == 1 && calls(&second) == 1).then_some(())
    });
    first.kill();
    let after = call(&kamailio, 1).join().expect("a report");
    assert_eq!(after.status, 200, "the other node answers");
    let mut heard = listeners.map(|one| one.join().expect("a report").counts.packets);
    heard.sort_unstable();
    assert!(
        heard[0] < 150 && heard[1] > 190,
        "one was cut, one heard on: {heard:?}"
    );

    let last = call(&kamailio, 4);
    eventually("the last call", Duration::from_secs(5), || {
        (calls(&second) == 1).then_some(())
    });
    run(Command::new("kill").arg(second.pid().to_string()));
    let refused = eventually("a refusal", Duration::from_secs(5), || {
        let report = call(&kamailio, 1).join().expect("a report");
        (report.status != 200).then_some(report.status)
    });
    assert_eq!(refused, 503);
    let last = last.join().expect("a report");
    assert_eq!(
        (last.status, last.counts.lost),
        (200, 0),
        "a stop lets calls end"
    );
    assert!(last.counts.packets >= 199, "{}", last.counts.packets);
}

fn call(kamailio: &Kamailio, seconds: u64) -> JoinHandle<CallReport> {
    let plan = CallPlan {
        limit: Duration::from_secs(seconds),
        ..CallPlan::new(&format!("sip:0805691282@{}", kamailio.address))
    };
    std::thread::spawn(move || place_call(&plan).expect("the call is placed"))
}

/// Calls in progress, as the node says them.
fn calls(node: &Program) -> usize {
    let report: serde_json::Value = serde_json::from_str(&node.read("/readyz")).expect("JSON");
    let concerns = report["concerns"].as_array().expect("concerns");
    let load = concerns
        .iter()
        .find(|one| one["name"] == "load")
        .expect("load");
    let detail = load["detail"].as_str().expect("words");
    let number = detail.split(' ').next().and_then(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("{detail}"))
}
