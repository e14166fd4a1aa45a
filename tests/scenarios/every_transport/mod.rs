use std::process::Output;
use std::time::Duration;

use caller::StormPlan;
use server::Settings;

use super::tls::authority::{Authority, secure_house};
use crate::support::{House, allo, run};

#[test]
fn allo_call_hears_the_line_by_udp_tcp_and_tls_and_by_both_families() {
    let authority = Authority::new();
    let house = everywhere(&authority);
    let ca = authority.path("ca.pem");
    let trust = ["--tls-ca".to_owned(), ca.display().to_string()];
    let clear = house.sip_everywhere();
    let mut calls = vec![(house.sip_tls(), "tls", &trust[..])];
    for address in clear {
        calls.extend([(address, "udp", &[][..]), (address, "tcp", &[][..])]);
    }

    for (address, transport, more) in calls {
        let target = format!("sip:0805691282@{address};transport={transport}");
        let output = call(&target, more);
        assert!(output.status.success(), "{target}: {output:?}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["status"], 200, "{target}");
        assert_eq!(report["retransmissions"], 0, "{target}");
    }
}

#[test]
fn allo_call_believes_over_tls_whom_it_is_told_to_believe() {
    let house = secure_house(&Authority::new(), |_| {});
    let target = format!("sip:0805691282@{};transport=tls", house.sip_tls());
    let stranger = Authority::new();
    let ca = stranger.path("ca.pem").display().to_string();

    let refused = |more: &[String], why: &str| {
        let output = call(&target, more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{said}");
    };
    refused(&[], "--tls-ca FILE");
    refused(&["--tls-ca".into(), ca], "invalid peer certificate");
    let believed = call(&target, &["--insecure".into()]);
    assert!(believed.status.success(), "{believed:?}");
}

#[test]
fn a_storm_of_calls_shares_one_connection_of_tls() {
    let authority = Authority::new();
    let house = secure_house(&authority, |_| {});
    let target = format!("sip:0805691282@{};transport=tls", house.sip_tls());
    let ca = std::fs::read(authority.path("ca.pem")).expect("the authority");
    let plan = StormPlan {
        trust: Some(net::TlsTrust::read(&ca).expect("an authority")),
        ..StormPlan::new(&target, 30, 30.0, Duration::from_secs(2))
    };

    let report = caller::storm(&plan).expect("the storm is made");

    assert_eq!((report.answered, report.failed), (30, 0), "{report}");
}

fn call(target: &str, more: &[String]) -> Output {
    run(allo()
        .args(["call", target, "--limit", "1", "--json"])
        .args(more))
}

/// An address of each family, and TLS.
fn everywhere(authority: &Authority) -> House {
    secure_house(authority, |settings: &mut Settings| {
        let both = ["127.0.0.1:0", "[::1]:0"];
        settings.sip = Some(both.map(|one| one.parse().expect("an address")).to_vec());
    })
}
