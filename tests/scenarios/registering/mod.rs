mod peer;
mod process;

use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use caller::{CallPlan, place_call};
use peer::Peer;
use process::Process;
use server::Settings;

use crate::support::{House, allo, eventually, free_port, listen, run};

const SITE: &str = "huiles-du-fleuve";
const NUMBER: &str = "0805691282";
const PASSWORD: &str = "mot-de-passe-42";

#[test]
fn kamailio_registers_the_line_by_sha_256_and_a_call_by_it_hears_the_bulletin() {
    let carrier = Kamailio::start("SHA-256");
    let password = Password::write();
    let mut house =
        open(&password.trunk(&format!("\"sip:{}\"", carrier.address), "watch-seconds = 1"));
    let answer = house.post(SITE, "Bruit bref.");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let octets = eventually("the recording", Duration::from_secs(10), || {
        house.recording(SITE, &id)
    });
    house.wait_for_figure(&registered(&carrier.address, 1));
    house.wait_for_figure(&up(&carrier.address, 1));

    let heard = listen(&carrier.target(), "", Duration::from_secs(30));

    assert!(
        heard.has(&octets),
        "the Request-URI names the account, To what was dialled"
    );
    let stranger = UdpSocket::bind("127.0.0.9:0").expect("an address of loopback");
    stranger
        .send_to(b"OPTIONS sip:x SIP/2.0\r\n\r\n", house.sip())
        .expect("sent");
    house.wait_for_figure("allo_sip_strangers_total 1");
    house.stop();
    let gone = place_call(&CallPlan::new(&carrier.target())).expect("an answer");
    assert_eq!(gone.status, 404, "the registration is taken away");
}

#[test]
fn kamailio_registers_the_line_by_md5() {
    let carrier = Kamailio::start("MD5");
    let password = Password::write();
    let house = open(&password.trunk(&format!("\"sip:{}\"", carrier.address), ""));

    house.wait_for_figure(&registered(&carrier.address, 1));
}

#[test]
fn of_three_challenges_the_strongest_is_answered_and_a_stale_nonce_replaced() {
    let port = free_port();
    let scenario =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/registering/registrar.xml");
    let mut sipp = Command::new("sipp");
    sipp.args([
        "-i",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-nostdin",
        "-m",
        "1",
    ])
    .args([
        "-max_socket",
        "1000",
        "-timeout",
        "50s",
        "-timeout_error",
        "-sf",
    ])
    .arg(scenario)
    .env("TERM", "dumb");
    let registrar = std::thread::spawn(move || run(&mut sipp));
    let password = Password::write();
    let registrars = format!("\"sip:127.0.0.1:{port}\"");
    let _house = open(&password.trunk(&registrars, ""));

    let output = registrar.join().expect("sipp ends");

    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn a_wrong_password_is_refused_once_and_said() {
    let registrar = Peer::open();
    let password = Password::write();
    let house = open(&password.trunk(&format!("\"sip:{}\"", registrar.address()), ""));
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n";
    for _ in 0..2 {
        registrar.answer(&registrar.hear(), 401, challenge);
    }

    let detail = concern(&house, "the name or the password is not accepted");

    assert!(
        detail["ok"] == false && house.read("/readyz").0.is_success(),
        "{detail}"
    );
    house.wait_for_figure(&registered(&registrar.address(), 0));
    assert!(registrar.poll().is_none(), "it is not asked again at once");
}

#[test]
fn a_silent_registrar_is_asked_for_32_seconds_and_then_left_alone() {
    let registrar = Peer::open();
    let password = Password::write();
    let house = open(&password.trunk(&format!("\"sip:{}\"", registrar.address()), ""));
    let (start, mut asked) = (Instant::now(), 0);

    while !house.read("/readyz").1.contains("no answer") {
        assert!(
            start.elapsed() < Duration::from_secs(45),
            "it is not given up"
        );
        while let Some((request, _)) = registrar.poll() {
            assert!(request.starts_with("REGISTER "), "{request}");
            asked += 1;
        }
    }

    assert!((9..=12).contains(&asked), "{asked} repeats within 32 s");
    while registrar.poll().is_some() {}
    std::thread::sleep(Duration::from_secs(2));
    assert!(registrar.poll().is_none(), "half a minute of rest at least");
    house.wait_for_figure(&registered(&registrar.address(), 0));
}

#[test]
fn a_silent_peer_is_told_down_and_up_again_once_it_answers() {
    let sbc = Peer::open();
    let file = format!(
        "[[trunk]]\nname = \"carrier\"\npeers = [\"127.0.0.0/8\"]\nproxies = [\"sip:{}\"]\nwatch-seconds = 1",
        sbc.address()
    );
    let house = open(&file);

    let (first, _) = sbc.hear();
    assert!(first.starts_with("OPTIONS sip:127.0.0.1:"), "{first}");
    house.wait_for_figure(&up(&sbc.address(), 0));
    let detail = concern(&house, "of carrier does not answer");
    assert_eq!(detail["ok"], false);
    eventually("a word that it answers", Duration::from_secs(10), || {
        sbc.answer_all(404, "");
        has_figure(&house, &up(&sbc.address(), 1))
    });
    eventually("three times 503", Duration::from_secs(15), || {
        sbc.answer_all(503, "");
        has_figure(&house, &up(&sbc.address(), 0))
    });
}

#[test]
fn names_are_found_by_dns_in_the_carriers_order_and_kept_when_dns_falls_silent() {
    let (first, second) = (Peer::open(), Peer::open());
    let port = free_port();
    let dns = Process::start(
        Command::new("dnsmasq")
            .args([
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
            ])
            .args([
                "--listen-address=127.0.0.1",
                "--bind-interfaces",
                "--local-ttl=1",
                "--user=root",
            ])
            .arg(format!("--port={port}"))
            .args([
                "--local=/test/",
                "--host-record=one.carrier.test,127.0.0.1",
                "--host-record=two.carrier.test,127.0.0.1",
            ])
            .arg("--naptr-record=carrier.test,10,10,S,SIP+D2U,,_sip._udp.here.carrier.test")
            .arg(format!(
                "--srv-host=_sip._udp.here.carrier.test,two.carrier.test,{},20,1",
                second.address().port()
            ))
            .arg(format!(
                "--srv-host=_sip._udp.here.carrier.test,one.carrier.test,{},10,1",
                first.address().port()
            )),
    );
    let password = Password::write();
    let house = open(&format!(
        "dns-servers = \"127.0.0.1:{port}\"\n{}",
        password.trunk("\"sip:carrier.test\"", "")
    ));

    let asked = first.hear();
    assert!(
        asked.0.starts_with("REGISTER sip:carrier.test SIP/2.0\r\n"),
        "{}",
        asked.0
    );
    assert!(
        asked.0.contains("\r\nTo: <sip:compte-42@carrier.test>\r\n"),
        "{}",
        asked.0
    );
    first.answer(&asked, 503, "");
    second.answer(&second.hear(), 200, "Expires: 20\r\n");
    let figure = "allo_trunk_registered{trunk=\"carrier\",registrar=\"sip:carrier.test\"} 1";
    house.wait_for_figure(figure);
    house.wait_for_figure("allo_trunk_server_found{server=\"sip:carrier.test\"} 1");

    dns.end();

    let lost = "allo_trunk_server_found{server=\"sip:carrier.test\"} 0";
    eventually("a word that DNS is silent", Duration::from_secs(60), || {
        second.answer_all(200, "Expires: 20\r\n");
        has_figure(&house, lost)
    });
    let detail = concern(&house, "sip:carrier.test is used where it was at");
    assert_eq!(detail["ok"], false);
    second.answer(&second.hear(), 200, "Expires: 20\r\n");
    assert!(
        has_figure(&house, figure).is_some(),
        "refreshed where it was"
    );
}

#[test]
fn the_check_prints_how_the_line_registers_and_no_password() {
    let password = Password::write();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("allo.toml");
    std::fs::write(
        &file,
        password.trunk("\"sip:registrar.example\"", "watch-seconds = 30"),
    )
    .expect("written");

    let output = run(allo()
        .arg("check")
        .arg("--config")
        .arg(&file)
        .arg("--data")
        .arg(folder.path()));

    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    for words in [
        "registrars = [\"sip:registrar.example\"]",
        "registers compte-42 at sip:registrar.example",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains(PASSWORD), "{said}");
}

/// A carrier whose registrar asks for a password.
struct Kamailio {
    address: std::net::SocketAddr,
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Kamailio {
    fn start(algorithm: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("kamailio.cfg");
        let port = free_port();
        let text = include_str!("kamailio.cfg")
            .replace("PORT", &port.to_string())
            .replace("ALGORITHM", algorithm)
            .replace("PASSWORD", PASSWORD);
        std::fs::write(&file, text).expect("written");
        let process = Process::start(
            Command::new("kamailio")
                .args(["-DD", "-E", "-f"])
                .arg(&file)
                .arg("-Y")
                .arg(folder.path())
                .arg("-P")
                .arg(folder.path().join("pid")),
        );
        let kamailio = Self {
            address: ([127, 0, 0, 1], port).into(),
            _process: process,
            _folder: folder,
        };
        let probe = Peer::open();
        eventually("Kamailio", Duration::from_secs(20), || {
            probe.is_answered(kamailio.address)
        });
        kamailio
    }

    fn target(&self) -> String {
        format!("sip:{NUMBER}@{}", self.address)
    }
}

/// A file that holds the password.
struct Password(tempfile::NamedTempFile);

impl Password {
    fn write() -> Self {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), format!("{PASSWORD}\n")).expect("written");
        Self(file)
    }

    /// A trunk that registers there; it names no prefix.
    fn trunk(&self, registrars: &str, keys: &str) -> String {
        format!(
            "[[trunk]]\nname = \"carrier\"\n{keys}\n[trunk.register]\nregistrars = [{registrars}]\n\
             username = \"compte-42\"\npassword-file = {:?}\n",
            self.0.path().display().to_string()
        )
    }
}

fn open(file: &str) -> House {
    let settings: Settings = toml::from_str(file).expect("a configuration");
    House::open_with(settings, |_| {})
}

fn registered(registrar: &std::net::SocketAddr, figure: u8) -> String {
    format!("allo_trunk_registered{{trunk=\"carrier\",registrar=\"sip:{registrar}\"}} {figure}")
}

fn up(peer: &std::net::SocketAddr, figure: u8) -> String {
    format!("allo_trunk_peer_up{{trunk=\"carrier\",peer=\"udp:{peer}\"}} {figure}")
}

fn has_figure(house: &House, line: &str) -> Option<()> {
    let figures = house.fetch(&house.metrics_url());
    figures.lines().any(|one| one == line).then_some(())
}

/// What `/readyz` says of the trunks, once it says these words.
fn concern(house: &House, words: &str) -> serde_json::Value {
    eventually(words, Duration::from_secs(10), || {
        let page = house.read_json("/readyz");
        let concerns = page["concerns"].as_array().expect("a list").iter();
        let mut trunks = concerns.filter(|one| one["name"] == "trunks");
        let detail = trunks.next().expect("a concern for trunks").clone();
        detail["detail"].as_str()?.contains(words).then_some(detail)
    })
}
