//! Strangers flood the line while the carrier's callers call.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use caller::StormPlan;
use tempfile::TempDir;

use crate::node::{MOST_LINES, Node, call_meanwhile, calls_of, crowd};
use crate::row::{Found, Row, Run};
use crate::support::{Program, copy_demonstration_to};

/// INVITEs from one address.
pub(crate) const INVITES: Row = Row {
    name: "flood-invites-one-source",
    is_quick: true,
    run: |run| invites(run, 1),
};

/// The same from two hundred.
pub(crate) const MANY_SOURCES: Row = Row {
    name: "flood-invites-200-sources",
    is_quick: false,
    run: |run| invites(run, 200),
};

/// RTP to every port for sound.
pub(crate) const SOUND: Row = Row {
    name: "flood-rtp",
    is_quick: true,
    run: sound,
};

fn invites(run: &Run, sources: u8) -> Found {
    let seconds = run.seconds(60, 4);
    let mut found = Found::of(format!(
        "{INVITES_PER_SECOND} INVITEs a second, strange addresses: {sources}, for {seconds} s, {RATE} calls a second of the carrier"
    ));
    let target = Target::start();
    let line = target.node.program.sip;
    let flooders = sockets(sources);
    let invites = |number: u64| invite(line, number);
    let flood = Flood {
        sockets: &flooders,
        to: &[line],
        per_second: INVITES_PER_SECOND,
        octets: &invites,
    };
    target.judge(run, seconds, &flood, &mut found);
    let answered = flooders.iter().filter(|one| hears_anything(one)).count();
    found.must_be("strangers that got an answer", answered, 0);
    found
}

fn sound(run: &Run) -> Found {
    let seconds = run.seconds(60, 4);
    let mut found = Found::of(format!(
        "{PACKETS_PER_SECOND} RTP packets a second from 64 addresses to all ports for sound for {seconds} s, {RATE} calls a second of the carrier"
    ));
    let target = Target::start();
    let line = target.node.program.sip;
    let (first, last) = RTP_PORTS;
    let ports: Vec<_> = (first..=last)
        .map(|port| SocketAddr::new(line.ip(), port))
        .collect();
    let packets = |number: u64| packet(number);
    let flood = Flood {
        sockets: &sockets(64),
        to: &ports,
        per_second: PACKETS_PER_SECOND,
        octets: &packets,
    };
    target.judge(run, seconds, &flood, &mut found);
    found
}

/// A line that one carrier alone may call.
struct Target {
    node: Node,
    _folder: TempDir,
}

impl Target {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_demonstration_to(folder.path());
        let config = folder.path().join("allo.toml");
        let (first, last) = RTP_PORTS;
        std::fs::write(
            &config,
            format!(
                "voices = \"pico\"\nrtp-ports = \"{first}-{last}\"\n[[trunk]]\nname = \"carrier\"\npeers = [\"{CARRIER}\"]\n"
            ),
        )
        .expect("a configuration");
        let log = folder.path().join(LOG);
        let program = Program::start_by(&[], folder.path(), Some(&log), |command| {
            command.arg("--config").arg(&config).env("RUST_LOG", "info");
        });
        let node = Node::of(program, folder.path(), log);
        Self {
            node,
            _folder: folder,
        }
    }

    /// Calls as the carrier does while strangers flood, and looks what becomes of the calls, of memory and of the log.
    fn judge(&self, run: &Run, seconds: u32, flood: &Flood<'_>, found: &mut Found) {
        let plan = |seconds| StormPlan {
            bind: Some(CARRIER.into()),
            ..crowd(&self.node.target(), RATE, seconds)
        };
        // A few before, so that what every line needs for its calls is there.
        let before = call_meanwhile(plan(2)).join().expect("the storm ends");
        let (memory, log) = (self.node.memory_kb(), self.node.log_lines());
        let calling = call_meanwhile(plan(seconds));
        let sent = flood.send(Duration::from_secs(u64::from(seconds)));
        let most = self.node.memory_kb();
        let report = calling.join().expect("the storm ends");

        found.calls = calls_of(&report);
        let per_second = sent / u64::from(seconds);
        let grown = most.saturating_sub(memory);
        let written = self.node.log_lines() - log;
        found.note(format!(
            "{per_second} datagrams a second sent; set-up p99 {:.1} ms, {:.1} ms before; {grown} kB more memory; {written} lines of log",
            report.setup_ms.p99, before.setup_ms.p99
        ));
        found.must_be("calls of the carrier lost", found.calls.lost, 0);
        found.must_be("calls of the carrier refused", report.refused, 0);
        found.must(grown < MOST_KB, "memory is bounded");
        found.must(
            written < report.calls + MOST_LINES,
            "the log has a line for each call and hardly more",
        );
        // On a busy machine the sender itself is held up.
        found.must(
            !run.is_long() || per_second * 10 >= flood.per_second * 9,
            "the flood was as strong as it says",
        );
    }
}

/// Datagrams at a rate.
struct Flood<'a> {
    /// From each in turn.
    sockets: &'a [UdpSocket],
    /// To each in turn.
    to: &'a [SocketAddr],
    per_second: u64,
    /// The datagram of a number.
    octets: &'a (dyn Fn(u64) -> Vec<u8> + Sync),
}

impl Flood<'_> {
    /// Sends for so long, a little each millisecond; says how many left.
    fn send(&self, length: Duration) -> u64 {
        let (over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|threads| {
            threads.spawn(|| self.send_until(&over, &sent));
            std::thread::sleep(length);
            over.store(true, Ordering::Relaxed);
        });
        sent.into_inner()
    }

    fn send_until(&self, over: &AtomicBool, sent: &AtomicU64) {
        let begun = Instant::now();
        let mut number = 0;
        while !over.load(Ordering::Relaxed) {
            let elapsed = u64::try_from(begun.elapsed().as_micros()).expect("not for ever");
            let due = self.per_second * elapsed / 1_000_000;
            // One that was held up does not make up for all of it at once.
            for number in number..due.min(number + MOST_AT_ONCE) {
                let [from, to] = [self.sockets.len(), self.to.len()]
                    .map(|length| usize::try_from(number).expect("a number") % length);
                // A port that nobody has open says so: that is no reason to stop.
                let datagram = (self.octets)(number);
                let left = self.sockets[from].send_to(&datagram, self.to[to]);
                sent.fetch_add(u64::from(left.is_ok()), Ordering::Relaxed);
            }
            number = due;
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Sockets of so many addresses of loopback that are not the carrier's.
fn sockets(addresses: u8) -> Vec<UdpSocket> {
    (1..=addresses)
        .map(|number| {
            let address = Ipv4Addr::new(127, 66, number / 16, number);
            UdpSocket::bind((address, 0)).expect("an address of loopback")
        })
        .collect()
}

fn hears_anything(socket: &UdpSocket) -> bool {
    socket.set_nonblocking(true).expect("a mode");
    socket.recv(&mut [0; 2_000]).is_ok()
}

/// An INVITE of a call of its own.
fn invite(line: SocketAddr, number: u64) -> Vec<u8> {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.9\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
    let mut text = String::new();
    let _ = write!(
        text,
        "INVITE sip:0805691282@{line} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bKf{number};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@127.0.0.9>;tag=f{number}\r\nTo: <sip:0805691282@{line}>\r\n\
         Call-ID: flood-{number}@127.0.0.9\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.9:5060>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    text.into_bytes()
}

/// A packet of sound with a stream and a number of its own.
fn packet(number: u64) -> Vec<u8> {
    let [.., a, b, c, d] = number.to_be_bytes();
    let mut packet = vec![0x80, 8, c, d, 0, a, b, c, 0x66, b, c, d];
    packet.resize(172, 0xd5);
    packet
}

/// Its calls come from here, and no others are let in.
const CARRIER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 5);
const RATE: u32 = 20;
const INVITES_PER_SECOND: u64 = 2_000;
const PACKETS_PER_SECOND: u64 = 50_000;
const MOST_AT_ONCE: u64 = 1_000;
/// A few more than the calls at once need, so that most packets meet an open port.
const RTP_PORTS: (u16, u16) = (42_000, 42_199);
/// More memory than this would be some kept of every datagram.
const MOST_KB: u64 = 20_000;
const LOG: &str = "log";
