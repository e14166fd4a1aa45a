pub(super) mod authority;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use authority::{Authority, secure_house};
use server::Settings;

use super::baresip::baresip_records_the_bulletin;
use crate::support::eventually;

#[test]
fn baresip_records_the_bulletin_by_tls() {
    by_tls(|_| {}, "", "");
}

#[test]
fn baresip_records_the_bulletin_by_tls_where_sound_must_be_encrypted_too() {
    let encrypted = |settings: &mut Settings| {
        let file = "[[trunk]]\nname = \"pbx\"\npeers = [\"127.0.0.1\"]\nsrtp = \"required\"";
        let required: Settings = toml::from_str(file).expect("a configuration");
        settings.trunks = required.trunks;
    };
    by_tls(encrypted, ";mediaenc=srtp-mand", "module srtp.so\n");
}

/// - `account` and `config`: what baresip is told besides.
fn by_tls(change: impl FnOnce(&mut Settings), account: &str, config: &str) {
    let authority = Authority::new();
    let house = secure_house(&authority, change);
    let dialled = format!("sip:0805691282@{};transport=tls", house.sip_tls());
    let account = format!(";transport=tls{account}");
    let config = format!(
        "sip_cafile {}\nsip_verify_server yes\n{config}",
        authority.path("ca.pem").display()
    );

    baresip_records_the_bulletin(&house, &dialled, &account, &config, 0);
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_older_ones_are_not() {
    let authority = Authority::new();
    let house = secure_house(&authority, |_| {});

    for (version, said) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let output = s_client(&authority, house.sip_tls(), &[version]);
        let text = said_by(&output);
        assert!(output.status.success(), "{text}");
        assert!(
            text.contains(&format!("Protocol version: {said}")),
            "{text}"
        );
        assert!(text.contains("Verification: OK"), "{text}");
        assert!(text.contains("SIP/2.0 200 OK"), "{text}");
    }
    let old = s_client(
        &authority,
        house.sip_tls(),
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
    );
    assert!(!said_by(&old).contains("SIP/2.0"), "{}", said_by(&old));
}

#[test]
fn who_shows_no_certificate_is_refused_where_one_is_asked_for() {
    let authority = Authority::new();
    let house = secure_house(&authority, |settings| {
        settings.sip_tls_client_ca = Some(authority.path("ca.pem"));
    });

    for version in ["-tls1_2", "-tls1_3"] {
        let without = said_by(&s_client(&authority, house.sip_tls(), &[version]));
        assert!(!without.contains("SIP/2.0 200"), "{without}");
        assert!(without.contains("alert"), "{without}");
        let (certificate, key) = (authority.path("line.pem"), authority.path("line.key"));
        let shown = [
            "-cert",
            &certificate.to_string_lossy(),
            "-key",
            &key.to_string_lossy(),
        ];
        let with = s_client(
            &authority,
            house.sip_tls(),
            &[&[version][..], &shown].concat(),
        );
        assert!(
            said_by(&with).contains("SIP/2.0 200 OK"),
            "{}",
            said_by(&with)
        );
    }
}

#[test]
fn new_files_are_shown_without_a_restart_and_broken_ones_change_nothing() {
    let authority = Authority::new();
    let house = secure_house(&authority, |_| {});
    let shown = || said_by(&s_client(&authority, house.sip_tls(), &["-showcerts"]));
    assert!(shown().contains("CN = first"), "{}", shown());

    authority.write_certificate("second", 5);
    eventually("the new certificate", Duration::from_secs(10), || {
        shown().contains("CN = second").then_some(())
    });
    let metrics = house.fetch(&house.metrics_url());
    let left = metrics
        .lines()
        .find_map(|line| line.strip_prefix("allo_tls_certificate_expires_seconds "));
    let left: i64 = left
        .and_then(|left| left.parse().ok())
        .expect("a number of seconds");
    assert!((4 * 86_400..=5 * 86_400).contains(&left), "{left}");
    assert!(
        concern(&house).contains("over in 4 days"),
        "{}",
        concern(&house)
    );

    std::fs::write(authority.path("line.key"), "no key").expect("a file");
    eventually("the complaint", Duration::from_secs(10), || {
        concern(&house)
            .contains("sip-tls-key holds no private key")
            .then_some(())
    });
    assert!(shown().contains("CN = second"), "{}", shown());
}

/// What `/readyz` says of TLS.
fn concern(house: &crate::support::House) -> String {
    let ready = house.read_json("/readyz");
    let concerns = ready["concerns"].as_array().expect("concerns").clone();
    let tls = concerns.iter().find(|one| one["name"] == "tls");
    tls.expect("the concern of TLS")["detail"]
        .as_str()
        .expect("words")
        .to_owned()
}

/// Asks by OPTIONS and waits for the end; the certificate must hold.
fn s_client(authority: &Authority, line: std::net::SocketAddr, more: &[&str]) -> Output {
    let options = "OPTIONS sip:allo SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:a@h>;tag=1\r\nTo: <sip:allo>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    // Nothing but a message without a length makes the line end the connection at once.
    let end = "BYE\r\n\r\n";
    let mut child = Command::new("openssl")
        .args([
            "s_client",
            "-brief",
            "-ign_eof",
            "-connect",
            &line.to_string(),
        ])
        .args(["-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile"])
        .arg(authority.path("ca.pem"))
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl runs");
    let mut input = child.stdin.take().expect("its input");
    // Who is refused does not read it.
    let _ = input.write_all(format!("{options}{end}").as_bytes());
    let output = child.wait_with_output().expect("openssl ends");
    drop(input);
    output
}

fn said_by(output: &Output) -> String {
    let (out, error) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(&[out.as_slice(), error].concat()).into_owned()
}
