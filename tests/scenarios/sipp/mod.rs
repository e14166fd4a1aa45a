use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use media::rtp;
use server::Settings;

use crate::support::{House, eventually, find, free_port, run};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn sipp_hears_the_exact_octets_of_the_bulletin() {
    let house = House::open();
    sipp_hears_the_bulletin(&house, house.sip(), "u1");
}

#[test]
fn sipp_hears_the_bulletin_by_ipv6_over_udp_and_tcp() {
    let both = ["127.0.0.1:0", "[::1]:0"].map(|address| address.parse().expect("an address"));
    let settings = Settings {
        sip: Some(both.to_vec()),
        ..Settings::default()
    };
    let house = House::open_with(settings, |_| {});
    let six = house.sip_everywhere()[1];
    assert!(six.is_ipv6());

    std::thread::scope(|scope| {
        for transport in ["u1", "t1"] {
            let house = &house;
            scope.spawn(move || sipp_hears_the_bulletin(house, six, transport));
        }
    });
}

/// - `line`: where it dials.
/// - `transport`: as sipp names it.
fn sipp_hears_the_bulletin(house: &House, line: SocketAddr, transport: &str) {
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(5), || {
        house.recording(SITE, &id)
    });
    let ear = UdpSocket::bind((own_address(line), 0)).expect("a port");
    ear.set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a limit");
    let port = ear.local_addr().expect("its address").port();
    let listener = std::thread::spawn(move || payloads(&ear));

    let output = run(&mut sipp(line, transport, port, 28_000, 1, 1));

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let heard = listener.join().expect("the listener ends");
    assert!(
        find(&heard, &octets).is_some(),
        "{} octets heard",
        heard.len()
    );
}

#[test]
fn two_hundred_short_calls_of_sipp_pass_without_a_retransmission() {
    two_hundred_calls_pass("u1");
}

#[test]
fn two_hundred_short_calls_by_one_tcp_connection_pass() {
    two_hundred_calls_pass("t1");
}

#[test]
fn two_hundred_short_calls_by_a_tcp_connection_each_pass() {
    two_hundred_calls_pass("tn");
}

/// - `transport`: as sipp names it.
fn two_hundred_calls_pass(transport: &str) {
    let house = House::open();
    let ear = UdpSocket::bind("127.0.0.1:0").expect("a port that nobody reads");
    let port = ear.local_addr().expect("its address").port();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let counts = folder.path().join("counts.csv");

    let output = run(sipp(house.sip(), transport, port, 200, 200, 50)
        .args(["-trace_stat", "-fd", "1", "-stf"])
        .arg(&counts));

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counts = std::fs::read_to_string(counts).expect("the counts");
    assert_eq!(column(&counts, "SuccessfulCall(C)"), "200");
    assert_eq!(column(&counts, "Retransmissions(C)"), "0");
}

fn sipp(
    line: SocketAddr,
    transport: &str,
    sound: u16,
    listen_ms: u32,
    calls: u32,
    rate: u32,
) -> Command {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/sipp/uac.xml");
    let mut command = Command::new("sipp");
    command
        .arg(line.to_string())
        .args([
            "-t",
            transport,
            "-i",
            &own_address(line).to_string(),
            "-nostdin",
            "-s",
            "0805691282",
        ])
        .arg("-sf")
        .arg(scenario)
        .args(["-p", &free_port().to_string()])
        .args(["-key", "sound", &sound.to_string()])
        .args(["-d", &listen_ms.to_string()])
        .args(["-m", &calls.to_string(), "-r", &rate.to_string()])
        // Its own default is more than many machines allow.
        .args(["-max_socket", "1000"])
        .args(["-timeout", "60s", "-timeout_error"])
        .env("TERM", "dumb");
    command
}

/// The loopback address of the same family.
fn own_address(line: SocketAddr) -> IpAddr {
    match line {
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// The payloads of all packets in the order of arrival, until none comes any more.
fn payloads(ear: &UdpSocket) -> Vec<u8> {
    let (mut heard, mut datagram) = (vec![], [0; 2048]);
    let mut waited = 0;
    while waited < 3 {
        match ear.recv(&mut datagram) {
            Ok(length) => {
                let packet = rtp::parse(&datagram[..length]).expect("RTP");
                assert_eq!(packet.payload_type, 8);
                heard.extend_from_slice(packet.payload);
            }
            Err(_) => waited += 1,
        }
    }
    heard
}

/// The last value of a column of sipp's counts.
fn column<'a>(counts: &'a str, name: &str) -> &'a str {
    let mut lines = counts.lines();
    let names: Vec<_> = lines.next().expect("a header").split(';').collect();
    let place = names
        .iter()
        .position(|one| *one == name)
        .expect("the column");
    let last = lines.next_back().expect("a row");
    last.split(';').nth(place).expect("a value")
}
