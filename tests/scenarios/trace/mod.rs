mod hep;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{House, allo, run};

const ROUEN: &str = "0805691282";
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_traced_call_opens_in_tshark_as_a_call_of_sip() {
    let house = House::open();
    let trace = Trace::begin(&house, &["--number", "+33 805 691 282"]);
    house.dial("0800101092", "", SECOND);
    house.dial(ROUEN, "", SECOND);
    let (status, told, capture) = trace.end();

    assert!(status.success(), "{told}");
    let mode = std::fs::metadata(&capture.path).expect("the file");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    assert_eq!(
        capture.tshark(&["sip.Method", "sip.Status-Code", "sip.CSeq.method"]),
        [
            "INVITE,,INVITE",
            ",100,INVITE",
            ",200,INVITE",
            "ACK,,ACK",
            "BYE,,BYE",
            ",200,BYE"
        ]
    );
    let described = capture.tshark(&["sdp.media.proto", "sdp.media.port"]);
    let described: Vec<_> = described
        .iter()
        .filter(|line| line.starts_with("RTP/AVP,"))
        .collect();
    assert_eq!(described.len(), 2, "offer and answer: {described:?}");
    let addresses = capture.tshark(&[
        "ip.src",
        "udp.srcport",
        "udp.dstport",
        "ip.checksum.status",
        "udp.checksum.status",
    ]);
    let line = house.sip().port();
    for (frame, is_ours) in addresses
        .iter()
        .zip([false, true, true, false, false, true])
    {
        let parts: Vec<_> = frame.split(',').collect();
        let ours = if is_ours { parts[1] } else { parts[2] };
        assert_eq!((parts[0], ours), ("127.0.0.1", line.to_string().as_str()));
        assert_eq!(parts[3..], ["1", "1"], "checksums are good: {frame}");
    }
    let seconds: f64 = capture.tshark(&["frame.time_relative"])[4]
        .parse()
        .expect("seconds");
    assert!(
        (0.8..3.0).contains(&seconds),
        "the BYE came after {seconds} s"
    );
    let ladder = [
        "-->  INVITE sip:0805691282@",
        "<--  200 OK (INVITE)  [audio 127.0.0.1 port",
        "-->  ACK",
        "-->  BYE",
        "<--  200 OK (BYE)",
    ];
    let mut rest = told.as_str();
    for step in ladder {
        let found = rest
            .split_once(step)
            .unwrap_or_else(|| panic!("{step} in {told}"));
        rest = found.1;
    }
    assert!(
        rest.contains("1 calls, 6 messages, 0 lost") && rest.contains("tcpdump -i any"),
        "{rest}"
    );
}

#[test]
fn messages_over_tcp_are_shown_in_clear_and_say_so() {
    let house = House::open();
    let trace = Trace::begin(&house, &["--all", "--seconds", "2"]);
    let mut stream = TcpStream::connect(house.sip()).expect("a connection");
    let local = stream.local_addr().expect("its address");
    stream
        .write_all(options(local, house.sip(), "TCP").as_bytes())
        .expect("sent");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    let (_, told, capture) = trace.end();

    assert_eq!(&answer, b"SIP/2.0 200 ");
    let frames = capture.tshark(&["sip.Method", "sip.Status-Code", "frame.comment"]);
    assert_eq!(
        frames,
        [
            "OPTIONS,,came over TCP, written as UDP",
            ",200,came over TCP, written as UDP"
        ],
        "{told}"
    );
}

#[test]
fn messages_over_ipv6_are_written_as_ipv6() {
    let settings = toml::from_str("sip = \"[::1]:0\"").expect("settings");
    let house = House::open_with(settings, |_| {});
    let trace = Trace::begin(&house, &["--all", "--seconds", "2"]);
    let socket = UdpSocket::bind("[::1]:0").expect("a port");
    let local = socket.local_addr().expect("its address");
    socket
        .send_to(options(local, house.sip(), "UDP").as_bytes(), house.sip())
        .expect("sent");
    socket.set_read_timeout(Some(SECOND)).expect("a limit");
    socket.recv(&mut [0; 2_000]).expect("an answer");
    let (_, told, capture) = trace.end();

    assert_eq!(
        capture.tshark(&[
            "ipv6.src",
            "sip.Method",
            "sip.Status-Code",
            "udp.checksum.status"
        ]),
        ["::1,OPTIONS,,1", "::1,,200,1"],
        "{told}"
    );
}

#[test]
fn a_trace_shows_the_call_of_a_stranger_and_that_it_got_no_answer() {
    let trunk = "[[trunk]]\nname = \"carrier\"\npeers = [\"127.0.0.2\"]";
    let house = House::open_with(toml::from_str(trunk).expect("settings"), |_| {});
    let unknown = run(allo()
        .args(["trace", "--trunk", "carier", "--data"])
        .arg(house.data()));
    let complaint = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        !unknown.status.success() && complaint.contains("there are: carrier"),
        "{complaint}"
    );

    let trace = Trace::begin(&house, &["--number", ROUEN]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let invite = options(
        socket.local_addr().expect("its address"),
        house.sip(),
        "UDP",
    );
    socket
        .send_to(invite.replace("OPTIONS", "INVITE").as_bytes(), house.sip())
        .expect("sent");
    let (status, told, capture) = trace.end();

    assert!(
        status.success() && told.contains("an address of no trunk"),
        "{told}"
    );
    let frames = capture.tshark(&["sip.Method", "frame.comment"]);
    assert_eq!(
        frames,
        ["INVITE,from an address of no trunk: it got no answer"]
    );
}

#[test]
fn a_trace_can_be_shown_to_others_when_its_callers_are_hidden() {
    let house = House::open();
    let trace = Trace::begin(&house, &["--shorten"]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let local = socket.local_addr().expect("its address");
    let refused = options(local, house.sip(), "UDP")
        .replace("OPTIONS", "INVITE")
        .replace(
            "Max-Forwards",
            "Require: teleport\r\nP-Asserted-Identity: <tel:+33612345678>\r\nMax-Forwards",
        )
        .replace("sip:caller@", "sip:0612345678@");
    socket
        .send_to(refused.as_bytes(), house.sip())
        .expect("sent");
    socket.set_read_timeout(Some(SECOND)).expect("a limit");
    let length = socket.recv(&mut [0; 2_000]).expect("an answer");
    assert!(length > 0);
    socket
        .send_to(refused.replace("INVITE", "ACK").as_bytes(), house.sip())
        .expect("sent");
    let (_, told, capture) = trace.end();

    let octets = std::fs::read(&capture.path).expect("the file");
    for text in [told, String::from_utf8_lossy(&octets).into_owned()] {
        assert!(
            text.contains("0805691282") && !text.contains("612345678"),
            "{text}"
        );
    }
    assert_eq!(
        capture.tshark(&["sip.Method", "sip.Status-Code"]),
        ["INVITE,", ",420", "ACK,"]
    );
    assert_eq!(capture.tshark(&["sip.from.user"])[0], "0000000000");
}

#[test]
fn a_trace_that_catches_nothing_fails_and_says_where_to_look() {
    let house = House::open();
    let trace = Trace::begin(&house, &["--number", "0899999999", "--seconds", "1"]);
    house.dial(ROUEN, "", Duration::from_millis(200));
    let (status, told, _) = trace.end();
    assert!(
        !status.success() && told.contains("nothing came that fits"),
        "{told}"
    );

    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let lost = run(allo().args(["trace", "--data"]).arg(elsewhere.path()));
    let complaint = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert!(
        !lost.status.success() && complaint.contains("no service is at work"),
        "{complaint}"
    );
}

/// `allo trace` at work.
struct Trace {
    child: Child,
    told: BufReader<std::process::ChildStdout>,
    capture: Capture,
}

impl Trace {
    /// Begins one and waits until it listens.
    fn begin(house: &House, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("call.pcapng");
        let mut child = allo()
            .arg("trace")
            .args(arguments)
            .arg("--data")
            .arg(house.data())
            .arg("-o")
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut told = BufReader::new(child.stdout.take().expect("its words"));
        let mut first = String::new();
        told.read_line(&mut first).expect("a line");
        assert!(first.starts_with("listening"), "{first}");
        Self {
            child,
            told,
            capture: Capture {
                path,
                _folder: folder,
            },
        }
    }

    /// Waits for its end: how it went, what it said, what it wrote.
    fn end(mut self) -> (ExitStatus, String, Capture) {
        let mut told = String::new();
        self.told.read_to_string(&mut told).expect("text");
        let status = self.child.wait().expect("its end");
        (status, told, self.capture)
    }
}

struct Capture {
    path: PathBuf,
    _folder: TempDir,
}

impl Capture {
    /// These fields of each frame, joined by commas.
    fn tshark(&self, fields: &[&str]) -> Vec<String> {
        read_with_tshark(&self.path, fields)
    }
}

fn read_with_tshark(path: &Path, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    // The ports of a test are random: some belong to other protocols.
    command.args([
        "-o",
        "udp.try_heuristic_first:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
    ]);
    command.args([
        "-o",
        "udp.check_checksum:TRUE",
        "-n",
        "-T",
        "fields",
        "-E",
        "separator=,",
        "-r",
    ]);
    command.arg(path);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = run(&mut command);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// A request without a body.
fn options(from: SocketAddr, line: SocketAddr, transport: &str) -> String {
    format!(
        "OPTIONS sip:{ROUEN}@{line} SIP/2.0\r\nVia: SIP/2.0/{transport} {from};branch=z9hG4bKtrace;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:caller@{from}>;tag=1\r\nTo: <sip:{ROUEN}@{line}>\r\n\
         Call-ID: trace@test\r\nCSeq: 1 OPTIONS\r\nContact: <sip:caller@{from}>\r\nContent-Length: 0\r\n\r\n"
    )
}
