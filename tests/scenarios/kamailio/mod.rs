mod proxy;

use std::fmt::Write;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use media::rtp;
use proxy::{ADDRESS, Proxy};
use server::Settings;

use crate::support::{House, eventually, find, free_port, run};

/// What is dialled, the user of To, the display name; and whether the call is for Rouen, else for Le Havre.
const CALLS: [(&str, &str, &[u8], bool); 6] = [
    ("withheld", "+33805691282", b"\"Anonymous\"", true),
    ("diverted", "+33261910050", b"\"A caller\"", false),
    ("account", "0805691282", b"", true),
    ("called", "+33261910050", b"\"Bell, A.\"", false),
    ("history", "+33261910051", b"\"Pr\xE9fecture\"", true),
    ("strict", "0805691282", b"\"A, tag=9\"", true),
];

#[test]
fn callers_of_five_carriers_hear_their_territory_through_a_proxy_and_bye_passes_it_both_ways() {
    let house = open();
    let rouen = posted(&house, "huiles-du-fleuve");
    let havre = posted(&house, "raffinerie-du-cap");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proxy = Proxy::before(house.sip(), folder.path());

    let over = Arc::new(AtomicBool::new(false));
    let ears = [("u1", ears(&over)), ("t1", ears(&over))];
    let (said, short) = std::thread::scope(|threads| {
        let listening = ears.each_ref().map(|(transport, ears)| {
            let (proxy, folder) = (&proxy, folder.path());
            threads.spawn(move || listen_to_the_end(proxy, transport, ears, folder))
        });
        let short = [("u1", "withheld"), ("t1", "history"), ("u1", "strict")]
            .map(|(transport, dialled)| threads.spawn(|| hang_up(&proxy, transport, dialled)));
        (
            listening.map(|call| call.join().expect("sipp ends")),
            short.map(|call| call.join().expect("sipp ends")),
        )
    });
    over.store(true, Relaxed);

    for output in said.iter().chain(&short) {
        assert!(output.status.success(), "{}", complaint(output));
    }
    for (transport, ears) in ears {
        for (ear, (carrier, _, _, is_for_rouen)) in ears.into_iter().zip(CALLS) {
            let heard = ear.listener.join().expect("the listener ends");
            let (theirs, other) = match is_for_rouen {
                true => (&rouen, &havre),
                false => (&havre, &rouen),
            };
            let octets = heard.len();
            assert!(
                find(&heard, theirs).is_some(),
                "{carrier} by {transport}: {octets} octets"
            );
            assert!(find(&heard, other).is_none(), "{carrier} by {transport}");
        }
    }
    let metrics = house.fetch(&house.metrics_url());
    for (end, calls) in [("longest_call", 12), ("caller_hung_up", 3)] {
        let line = format!(
            "allo_calls_ended_total{{end=\"{end}\",trunk=\"proxy\",codec=\"PCMA\"}} {calls}"
        );
        assert!(metrics.lines().any(|one| one == line), "{line}\n{metrics}");
    }
}

/// Nobody may call but the proxy, and calls are over before the programme is.
fn open() -> House {
    let file = format!(
        "[[trunk]]\nname = \"proxy\"\npeers = [\"{ADDRESS}\"]\nmax-call-seconds = {LONGEST_CALL}"
    );
    let settings: Settings = toml::from_str(&file).expect("a configuration");
    House::open_with(settings, |_| {})
}

fn posted(house: &House, site: &str) -> Vec<u8> {
    let answer = house.post(site, &format!("Bruit bref, {site}."));
    let id = answer["id"].as_str().expect("an id").to_owned();
    eventually("the recording", Duration::from_secs(10), || {
        house.recording(site, &id)
    })
}

/// One call for each carrier at once, until the line has hung up on all.
fn listen_to_the_end(proxy: &Proxy, transport: &str, ears: &[Ear], folder: &Path) -> Output {
    let mut rows = b"SEQUENTIAL\n".to_vec();
    for ((dialled, to, name, _), ear) in CALLS.iter().zip(ears) {
        let row = [dialled.as_bytes(), to.as_bytes(), name, ear.port.as_bytes()].join(&b';');
        rows.extend([&row[..], b"\n"].concat());
    }
    let file = folder.join(format!("{transport}.csv"));
    std::fs::write(&file, rows).expect("a file");
    run(sipp(proxy, transport, "kamailio/called.xml")
        .args(["-m", "6", "-r", "20", "-inf"])
        .arg(file))
}

/// A short call that the caller ends.
fn hang_up(proxy: &Proxy, transport: &str, dialled: &str) -> Output {
    let ear = UdpSocket::bind("127.0.0.1:0").expect("a port that nobody reads");
    let port = ear.local_addr().expect("its address").port().to_string();
    run(sipp(proxy, transport, "sipp/uac.xml").args([
        "-s", dialled, "-key", "sound", &port, "-d", "500", "-m", "1",
    ]))
}

fn sipp(proxy: &Proxy, transport: &str, scenario: &str) -> Command {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut command = Command::new("sipp");
    command
        .arg(proxy.address.to_string())
        .args(["-t", transport, "-i", "127.0.0.1", "-nostdin"])
        .args(["-p", &free_port().to_string()])
        .arg("-sf")
        .arg(scenarios.join(scenario))
        .args(["-max_socket", "1000", "-timeout", "150s", "-timeout_error"])
        .env("TERM", "dumb");
    command
}

fn complaint(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = String::from_utf8_lossy(&output.stdout);
    let last: Vec<_> = said.lines().rev().take(40).collect();
    for line in last.into_iter().rev() {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// A port where sound is heard until the calls are over.
struct Ear {
    port: String,
    listener: JoinHandle<Vec<u8>>,
}

fn ears(over: &Arc<AtomicBool>) -> Vec<Ear> {
    let ear = |_| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let patience = Some(Duration::from_millis(100));
        socket.set_read_timeout(patience).expect("a limit");
        let port = socket.local_addr().expect("its address").port().to_string();
        let over = Arc::clone(over);
        let listener = std::thread::spawn(move || hear(&socket, &over));
        Ear { port, listener }
    };
    CALLS.iter().map(ear).collect()
}

fn hear(socket: &UdpSocket, over: &AtomicBool) -> Vec<u8> {
    let (mut heard, mut datagram) = (vec![], [0; 2_048]);
    while !over.load(Relaxed) {
        if let Ok(length) = socket.recv(&mut datagram) {
            let packet = rtp::parse(&datagram[..length]).expect("RTP");
            heard.extend_from_slice(packet.payload);
        }
    }
    heard
}

/// Greeting, count and the newest bulletin fit into it.
const LONGEST_CALL: u32 = 38;
