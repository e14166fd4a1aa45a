use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use server::demo::Credentials;
use tempfile::TempDir;

use crate::support::{Program, allo, copy_demonstration_to, eventually, free_port, run};

#[test]
fn a_line_that_says_what_its_page_shows_is_well_and_one_that_says_an_old_programme_is_not() {
    let (data, data_of_the_page) = (demonstration(), demonstration());
    let line = Program::start(data.path(), |_| {});
    let page = Program::start(data_of_the_page.path(), |_| {});
    let id = update(&page, data_of_the_page.path());

    let [well, old] = [line.http, page.http].map(|http| {
        let target = format!("sip:{NUMBER}@{}", line.sip);
        std::thread::spawn(move || without_gaps(&target, http))
    });
    let (well, old) = (well.join().unwrap(), old.join().unwrap());

    let told = one_line(&well);
    assert!(
        told.contains("2 bulletins are said as the page shows them"),
        "{told}"
    );
    assert!(told.contains("none lost"), "{told}");
    let packets = told
        .split(", ")
        .find_map(|part| part.strip_suffix(" packets"));
    let packets: u32 = packets.unwrap().parse().unwrap();
    assert!(packets < 50 * A_ROUND, "it stays after one round: {told}");
    assert_eq!(well.status.code(), Some(0), "{told}");
    let told = one_line(&old);
    let wanted = format!("another programme: bulletin {id} is on the page, and is not said");
    assert!(told.contains(&wanted), "{told}");
    assert_eq!(old.status.code(), Some(1));
}

#[test]
fn a_line_that_is_silent_or_does_not_answer_is_told_from_one_that_is_well() {
    let data = demonstration();
    let page = Program::start(data.path(), |_| {});
    let silent = Silent::start();
    let nobody = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let nobody = (nobody.local_addr().expect("its address"), nobody);

    let http = page.http;
    let [mute, absent] = [silent.address, nobody.0].map(|sip| {
        let target = format!("sip:{NUMBER}@{sip}");
        std::thread::spawn(move || probe(&target, http))
    });

    let (mute, absent) = (mute.join().unwrap(), absent.join().unwrap());
    for (probed, wanted) in [
        (&mute, "silence: not one packet of sound came in 10 s"),
        (&absent, "no answer: nobody is there"),
    ] {
        let told = one_line(probed);
        assert!(told.contains(wanted), "{told}");
        assert_eq!(probed.status.code(), Some(1));
    }
}

#[test]
fn a_number_or_a_page_that_is_not_there_is_named() {
    let data = demonstration();
    let page = Program::start(data.path(), |_| {});
    let strange = probe(&format!("sip:0102030405@{}", page.sip), page.http);
    let nowhere = probe(&format!("sip:{NUMBER}@{}", page.sip), local(free_port()));
    for (probed, wanted) in [
        (strange, "has the number +33102030405"),
        (nowhere, "the page cannot be read"),
    ] {
        let why = String::from_utf8_lossy(&probed.stderr).into_owned();
        assert!(why.contains(wanted), "{why}");
        assert_eq!(probed.status.code(), Some(1));
    }
}

/// Le Havre, with two bulletins.
const NUMBER: &str = "0800101092";
/// Seconds in which callers there have heard everything once, with room to spare: about 62. A call lasts 104.
const A_ROUND: u32 = 80;

fn demonstration() -> TempDir {
    let data = tempfile::tempdir().expect("a folder");
    copy_demonstration_to(data.path());
    data
}

fn probe(target: &str, page: SocketAddr) -> Output {
    let url = format!("http://{page}");
    run(allo().args(["call", target, "--probe", "--url", &url]))
}

/// The same; once more where a machine that is busy with other tests has kept packets back.
fn without_gaps(target: &str, page: SocketAddr) -> Output {
    let mut probed = probe(target, page);
    for _ in 0..2 {
        if !one_line(&probed).contains(": gaps:") {
            break;
        }
        probed = probe(target, page);
    }
    probed
}

/// What a probe printed.
fn one_line(probed: &Output) -> String {
    let told = String::from_utf8_lossy(&probed.stdout).into_owned();
    let why = String::from_utf8_lossy(&probed.stderr);
    assert_eq!(told.lines().count(), 1, "{told}{why}");
    told
}

/// Adds to the first bulletin of a program and waits for the sound; gives its id.
fn update(program: &Program, data: &Path) -> String {
    let of_the_page = || {
        let text = program.read("/le_havre.json");
        let mut programme: Value = serde_json::from_str(&text).expect("JSON");
        programme["ongoing"][0].take()
    };
    let before = of_the_page();
    let id = before["id"].as_str().expect("an id").to_owned();
    let credentials = Credentials::read(data).expect("the file of secrets");
    let mut tokens = credentials.tokens.into_iter();
    let token = tokens.find(|one| one.site == before["site"]["slug"]);
    let token = token.expect("a token").token;
    let posted = run(Command::new("curl")
        .args(["--silent", "--fail", "--show-error"])
        .args(["-H", &format!("Authorization: Bearer {token}")])
        .args(["-H", "Content-Type: application/json", "--data"])
        .arg(json!({ "text": "Le bruit est plus fort ce soir." }).to_string())
        .arg(format!(
            "http://{}/api/v1/bulletins/{id}/updates",
            program.http
        )));
    assert!(
        posted.status.success(),
        "{}",
        String::from_utf8_lossy(&posted.stderr)
    );
    eventually("its sound", Duration::from_secs(60), || {
        let now = of_the_page();
        (now["speech"] == "ready" && now["telephone"] != before["telephone"]).then_some(())
    });
    id
}

/// sipp, which answers and sends no sound.
struct Silent {
    process: Child,
    address: SocketAddr,
}

impl Silent {
    fn start() -> Self {
        let address = local(free_port());
        let scenario =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/probe/silent.xml");
        let process = Command::new("sipp")
            .arg("-sf")
            .arg(scenario)
            .args(["-i", "127.0.0.1", "-p", &address.port().to_string()])
            .args(["-mp", &free_port().to_string(), "-nostdin"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp starts");
        // It has its port once that is taken for others.
        eventually("sipp", Duration::from_secs(10), || {
            UdpSocket::bind(address).is_err().then_some(())
        });
        Self { process, address }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
