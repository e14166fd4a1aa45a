use std::net::UdpSocket;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;

use super::tls::authority::{Authority, secure_house};
use crate::support::{House, allo, eventually, free_port, run};

#[test]
fn a_trunk_is_checked_line_by_line_and_no_call_is_placed() {
    let carrier = Carrier::at("127.0.0.71:5060");
    let (folder, output) = check("127.0.0.71", "20000-20999");
    let told = said(&output);

    assert!(output.status.success(), "{told}");
    for line in [
        "ok    calls: carrier from 127.0.0.71/32, at most 50 calls",
        "ok    options: 127.0.0.71:5060 answers OPTIONS over UDP in ",
        "ok    address: 127.0.0.71 is told to send sound to 127.0.0.1",
        "sound ports: 20000-20999 is free for ",
        "descriptors: ",
        "priority: ",
        "udp dport 20000-20999 accept",
        "nft add rule inet filter input ip saddr 127.0.0.71/32 udp dport ",
        "ufw allow proto udp from 127.0.0.71/32 to any port ",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert!(!told.contains("FAIL"), "{told}");
    assert!(!folder.path().join("line").exists(), "nothing is made");
    let heard = carrier.end();
    assert!(
        !heard.is_empty() && heard.iter().all(|first| first.starts_with("OPTIONS ")),
        "{heard:?}"
    );
}

#[test]
fn what_would_keep_calls_away_fails_and_what_may_be_well_is_a_warning() {
    // Bound, so that nobody else answers there.
    let _silent = UdpSocket::bind("127.0.0.72:5060").expect("its port");
    let (_folder, output) = check("127.0.0.72", "20000-20019");
    let told = said(&output);
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("FAIL  sound ports: 20000-20019 is enough for 10 calls, max-calls is 50; widen rtp-ports"), "{told}");
    assert!(
        told.contains("warn  options: 127.0.0.72:5060 does not answer OPTIONS"),
        "{told}"
    );

    let (_folder, output) = check_named("127.0.0.72", "20000-20999", "carier");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && told.contains("there are: carrier"),
        "{told}"
    );
}

#[test]
fn a_server_with_tls_is_asked_by_tls_and_its_certificate_is_looked_at() {
    let authority = Authority::new();
    let house = secure_house(&authority, |_| {});
    let ours = Authority::new();

    let told = said(&check_by_tls(&house, &ours, Some(&authority)));
    assert!(told.contains("answers OPTIONS over TLS in "), "{told}");
    assert!(
        told.contains("its certificate for 127.0.0.1 is good for "),
        "{told}"
    );
    assert!(!told.contains("FAIL"), "{told}");

    for (believed, why) in [
        (
            Some(&ours),
            "do not agree on TLS for 127.0.0.1: invalid peer certificate",
        ),
        (None, "is not reached over TLS: no authority is believed"),
    ] {
        let output = check_by_tls(&house, &ours, believed);
        let told = said(&output);
        assert!(!output.status.success(), "{told}");
        assert!(told.contains(why), "{told}");
    }

    authority.write_certificate("first", 5);
    let due = eventually("the new certificate", Duration::from_secs(20), || {
        let told = said(&check_by_tls(&house, &ours, Some(&authority)));
        told.contains("warn  options: ").then_some(told)
    });
    assert!(due.contains("; tell its owner"), "{due}");
}

#[test]
fn a_carrier_that_is_reached_over_tls_alone_is_not_told_of_the_port_that_is_for_this_machine() {
    let ours = Authority::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("allo.toml");
    write(&file, "198.51.100.10", "20000-20999");
    let text = std::fs::read_to_string(&file).expect("what was written");
    let secure = format!(
        "sip-tls = \"0.0.0.0:{}\"\nsip-tls-certificate = {:?}\nsip-tls-key = {:?}\n",
        free_port(),
        ours.path("line.pem"),
        ours.path("line.key")
    );
    std::fs::write(&file, secure + &text).expect("a configuration");

    let told = said(&run(allo()
        .args(["check", "--trunk", "carrier", "--config"])
        .arg(&file)));

    // Its own address depends on the machine of the test.
    assert!(!told.contains("to send sound to 127.0.0.1"), "{told}");
    assert!(told.contains("warn  options: nobody was asked"), "{told}");
}

/// Checks a trunk whose server is this house, by a line that believes certificates of `believed`.
fn check_by_tls(house: &House, ours: &Authority, believed: Option<&Authority>) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("allo.toml");
    let believed = believed.map_or(String::new(), |authority| {
        format!("sip-tls-ca = {:?}\n", authority.path("ca.pem"))
    });
    let text = format!(
        "data = {data:?}\nsip = \"127.0.0.1:{plain}\"\nsip-tls = \"127.0.0.1:{secure}\"\n\
         sip-tls-certificate = {certificate:?}\nsip-tls-key = {key:?}\n{believed}rtp-ports = \"20000-20999\"\n\
         max-calls = 50\n[[trunk]]\nname = \"carrier\"\npeers = [\"127.0.0.1\"]\n\
         proxies = [\"sip:{server};transport=tls\"]\n",
        data = folder.path().join("line"),
        plain = free_port(),
        secure = free_port(),
        certificate = ours.path("line.pem"),
        key = ours.path("line.key"),
        server = house.sip_tls(),
    );
    std::fs::write(&file, text).expect("a configuration");
    run(allo()
        .args(["check", "--trunk", "carrier", "--config"])
        .arg(&file))
}

fn check(peer: &str, rtp_ports: &str) -> (TempDir, Output) {
    check_named(peer, rtp_ports, "carrier")
}

fn check_named(peer: &str, rtp_ports: &str, trunk: &str) -> (TempDir, Output) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("allo.toml");
    write(&file, peer, rtp_ports);
    let output = run(allo()
        .args(["check", "--trunk", trunk, "--config"])
        .arg(&file));
    (folder, output)
}

fn write(file: &Path, peer: &str, rtp_ports: &str) {
    let data = file.with_file_name("line");
    let text = format!(
        "data = {data:?}\nsip = \"127.0.0.1:{}\"\nrtp-ports = {rtp_ports:?}\nmax-calls = 50\n\
         [[trunk]]\nname = \"carrier\"\npeers = [{peer:?}]\n",
        free_port()
    );
    std::fs::write(file, text).expect("a configuration");
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A machine that answers every request with 200 and remembers their first lines.
struct Carrier {
    over: Arc<AtomicBool>,
    work: JoinHandle<Vec<String>>,
}

impl Carrier {
    fn at(address: &str) -> Self {
        let socket = UdpSocket::bind(address).expect("its port");
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .expect("a limit");
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let work = std::thread::spawn(move || {
            let (mut heard, mut octets) = (vec![], [0; 4_096]);
            while !seen.load(Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut octets) else {
                    continue;
                };
                let text = String::from_utf8_lossy(&octets[..length]).into_owned();
                let (first, rest) = text.split_once("\r\n").expect("a request");
                heard.push(first.to_owned());
                socket
                    .send_to(format!("SIP/2.0 200 OK\r\n{rest}").as_bytes(), from)
                    .expect("sent");
            }
            heard
        });
        Self { over, work }
    }

    fn end(self) -> Vec<String> {
        self.over.store(true, Relaxed);
        self.work.join().expect("it answers")
    }
}
