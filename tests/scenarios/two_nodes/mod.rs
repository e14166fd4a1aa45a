use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use caller::{CallPlan, CallReport, place_call};

use crate::support::{Program, eventually, run};

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
        heard[0] < 150 && heard[1] >= 199,
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

/// Kamailio by the configuration that is shipped; ended when dropped.
struct Kamailio {
    child: Child,
    address: SocketAddr,
    /// What it said, printed when a test fails.
    log: PathBuf,
}

impl Kamailio {
    fn before(nodes: &[SocketAddr], folder: &Path) -> Self {
        // An address of its own: no client that connects from 127.0.0.1 meanwhile takes this port.
        let probe = UdpSocket::bind("127.0.0.8:0").expect("an address of loopback");
        let address = probe.local_addr().expect("its address");
        drop(probe);
        let list: String = nodes
            .iter()
            .map(|node| format!("1 sip:{node};transport=udp 0 0\n"))
            .collect();
        std::fs::write(folder.join("kamailio-dispatcher.list"), list).expect("the list of nodes");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip-config/kamailio.cfg");
        let text = std::fs::read_to_string(shipped).expect("the configuration");
        let text = text
            .replace("127.0.0.1:5060", &address.to_string())
            .replace("/etc/kamailio", &folder.display().to_string())
            .replace("children=4", "children=2");
        let file = folder.join("kamailio.cfg");
        std::fs::write(&file, text).expect("the configuration");
        let log = folder.join("kamailio.log");
        let child = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "32", "-M", "4", "-f"])
            .arg(&file)
            .arg("-P")
            .arg(folder.join("pid"))
            .arg("-Y")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).expect("a file for what it says"))
            .spawn()
            .expect("kamailio is installed");
        let kamailio = Self {
            child,
            address,
            log,
        };
        eventually("Kamailio with its nodes", Duration::from_secs(60), || {
            kamailio.is_ready().then_some(())
        });
        kamailio
    }

    /// Whether it answers OPTIONS with 200, which it does while a node is there.
    fn is_ready(&self) -> bool {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let own = socket.local_addr().expect("its address");
        let options = format!(
            "OPTIONS sip:{line} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{port};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:probe@{own}>;tag=1\r\nTo: <sip:{line}>\r\nCall-ID: {port}@probe\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n",
            line = self.address,
            port = own.port()
        );
        socket
            .send_to(options.as_bytes(), self.address)
            .expect("sent");
        socket
            .set_read_timeout(Some(Duration::from_millis(200)))
            .expect("a limit");
        let mut answer = [0; 2_000];
        socket.recv(&mut answer).is_ok() && answer.starts_with(b"SIP/2.0 200")
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Asked rather than killed: its main process then ends its workers.
        run(Command::new("kill").arg(self.child.id().to_string()));
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
