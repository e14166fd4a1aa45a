//! Signalling by TLS: the same streams within records, certificates asked for and exchanged, handshakes that cost others
//! nothing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use line::{Config, EndCause, Line, Tls, peer_at};
use net::{Dscp, Poller, Stream, StreamListener, TlsFiles, TlsIdentity, TlsTrust};
use sip::Transport;

use crate::programme::{config, long_greeting};
use crate::registering::registering;
use crate::telephone::{PATIENCE, wait_until};
use crate::wire::{Secure, Wire, invite, options, take_answer};

#[test]
fn two_requests_in_one_record_get_two_answers_in_order() {
    let house = House::open();
    let mut wire = house.connect();

    wire.say(&[options(1), options(2)].concat());

    for number in [1, 2] {
        let answer = wire.hear();
        assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
        assert!(answer.contains("Via: SIP/2.0/TLS 127.0.0.1"), "{answer}");
        assert!(answer.contains(&format!("CSeq: {number} OPTIONS\r\n")));
    }
    assert_eq!(house.line.health().connections, 1);
}

#[test]
fn a_call_in_records_of_one_octet_is_answered_heard_and_ended_by_its_connection() {
    let house = House::open();
    let mut wire = house.connect();
    let (mut call, ear) = wire.telephone(house.address());

    for octet in invite(&mut call, &ear) {
        wire.say(&[octet]);
    }
    assert!(wire.hear().starts_with("SIP/2.0 100 "));
    let answer = wire.hear();
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    let contact = format!("Contact: <sip:{};transport=tls>\r\n", house.address());
    assert!(answer.contains(&contact), "{answer}");
    take_answer(&mut call, &answer);
    wire.say(&call.ack(None));
    assert_eq!(ear.recv(&mut [0; 2_000]).unwrap(), 172);
    drop(house);

    let bye = wire.hear();
    assert!(bye.starts_with("BYE "), "{bye}");
    assert!(bye.contains("Via: SIP/2.0/TLS 127.0.0.1:"), "{bye}");
}

#[test]
fn a_ping_is_answered_by_an_empty_line() {
    let house = House::open();
    let mut wire = house.connect();
    wire.stream.write_all(b"\r\n\r\n").unwrap();

    let mut pong = [0; 100];
    let length = wire.stream.read(&mut pong).unwrap();

    assert_eq!(&pong[..length], b"\r\n");
}

#[test]
fn an_invite_of_60_000_octets_is_answered() {
    let house = House::open();
    let mut wire = house.connect();
    let (call, ear) = wire.telephone(house.address());
    let ours = sip::sdp::Capabilities::new(ear.local_addr().unwrap().ip(), 4_000, 1);
    let more = "X-Long: 0123456789012345678901234567890123456789\r\n".repeat(1_180);
    let more = more
        .replace("X-Long", "Identity")
        .lines()
        .take(200)
        .collect::<Vec<_>>()
        .join("\r\n");
    let more = format!(
        "{more}\r\nX-Long: {}\r\nX-Long: {}\r\n",
        "a".repeat(24_000),
        "b".repeat(24_000)
    );

    wire.say(&call.invite_with(Some(&sip::sdp::offer(&ours)), more.as_bytes()));

    assert!(wire.hear().starts_with("SIP/2.0 100 "));
    assert!(wire.hear().starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn who_is_cut_off_is_connected_to_by_tls_if_its_authority_is_trusted() {
    let authority = Authority::new();
    for trusted in [true, false] {
        let ca = trusted.then_some(authority.pem.as_str());
        let house = House::with(Authority::new(), None, ca);
        let listener = StreamListener::bind(local(), Dscp::CS3).unwrap();
        let mut wire = house.connect();
        wire.listens = listener.local_addr().unwrap();
        let (mut call, ear) = wire.telephone(house.address());
        let invite = String::from_utf8(invite(&mut call, &ear)).unwrap();
        let contact = format!("Contact: <sip:{}", wire.listens);
        let invite = invite.replace(&contact, &format!("{contact};transport=tls"));
        wire.say(invite.as_bytes());
        wire.hear();
        take_answer(&mut call, &wire.hear());
        wire.say(&call.ack(None));
        ear.recv(&mut [0; 2_000]).unwrap();

        drop(wire);
        wait_until(|| house.line.health().connections == 0);
        let ending = std::thread::spawn(move || house.hang_up());

        if trusted {
            let server = authority.identity();
            let secure = Secure::new(take(&listener).accept_tls(&server).unwrap());
            let bye = Wire::new(secure, Transport::Tls, local()).hear();
            assert!(bye.starts_with("BYE sip:127.0.0.1:"), "{bye}");
        }
        let records = ending.join().unwrap();
        let record = records.recv_timeout(PATIENCE).unwrap();
        assert_eq!(record.end, EndCause::Stopped);
        let next = listener.accept().unwrap();
        assert!(next.is_none(), "nobody is connected to without trust");
    }
}

#[test]
fn a_registrar_must_show_the_name_that_the_configuration_gives_it() {
    for (shown, is_believed) in [("registrar.example", true), ("127.0.0.1", false)] {
        let (ours, authority) = (Authority::new(), Authority::naming(shown));
        let files = TlsFiles {
            certificate: ours.certificate.as_bytes(),
            key: ours.key.as_bytes(),
            client_ca: None,
            ca: Some(authority.pem.as_bytes()),
        };
        let identity = TlsIdentity::read(&files).unwrap();
        let target = "sip:registrar.example;transport=tls";
        let secured = Config {
            tls: Some(Tls {
                addresses: vec![local()],
                identity: Arc::new(ArcSwap::from_pointee(identity)),
            }),
            ..registering(target)
        };
        let (line, _records) = Line::start(&secured, long_greeting()).unwrap();
        let listener = StreamListener::bind(local(), Dscp::CS3).unwrap();
        let address = listener.local_addr().unwrap();

        line.set_peers(
            target.parse().unwrap(),
            vec![peer_at(address, Transport::Tls)],
        );

        let server = authority.identity();
        let mut secure = Secure::new(take(&listener).accept_tls(&server).unwrap());
        if is_believed {
            let request = Wire::new(secure, Transport::Tls, local()).hear();
            let here = line.tls_addrs().next().unwrap();
            assert!(request.starts_with("REGISTER sip:registrar.example SIP/2.0\r\n"));
            assert!(
                request.contains(&format!("Via: SIP/2.0/TLS {here};")),
                "{request}"
            );
            assert!(request.contains(&format!("Contact: <sip:u@{here};transport=tls>")));
        } else {
            assert!(secure.shake_hands().is_err() || is_over(&mut secure));
            let trouble = || line.trunks()[0].registrations[0].trouble.clone();
            wait_until(|| trouble().as_deref() == Some("cannot be reached"));
        }
    }
}

#[test]
fn who_must_show_a_certificate_and_has_none_is_refused() {
    let authority = Authority::new();
    let (signed, ca) = (authority.identity(), authority.pem.clone());
    let house = House::with(authority, Some(&ca), None);

    let mut stranger = house.try_connect(&TlsTrust::anyone().unwrap()).unwrap();
    let _ = stranger.write_all(&options(1));
    assert!(is_over(&mut stranger), "no certificate");

    let mut known = house.try_connect(signed.trust().unwrap()).unwrap();
    known.write_all(&options(1)).unwrap();
    let mut answer = [0; 4_096];
    let length = known.read(&mut answer).unwrap();
    assert!(answer[..length].starts_with(b"SIP/2.0 200 OK\r\n"));
}

#[test]
fn a_new_certificate_is_shown_to_the_next_one_and_the_others_talk_on() {
    let house = House::open();
    let mut before = house.connect();
    let next = Authority::new();

    house.identity.store(Arc::new(next.identity()));

    let trust = TlsTrust::read(next.pem.as_bytes()).unwrap();
    let mut after = house.try_connect(&trust).unwrap();
    after.write_all(&options(1)).unwrap();
    assert_ne!(after.read(&mut [0; 4_096]).unwrap(), 0);
    before.say(&options(2));
    assert!(before.hear().starts_with("SIP/2.0 200 OK\r\n"));
    let old = TlsTrust::read(house.authority.pem.as_bytes()).unwrap();
    assert!(house.try_connect(&old).is_err());
}

#[test]
fn what_is_no_tls_is_cut_off() {
    let house = House::open();
    for nonsense in [options(1), vec![0x16, 3, 1, 0xff, 0xff], vec![0; 70_000]] {
        let mut stream = TcpStream::connect(house.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // The line may close before everything is written.
        let _ = stream.write_all(&nonsense);
        let _ = stream.shutdown(Shutdown::Write);
        assert!(is_over(&mut stream));
    }
    house.connect().say(&options(1));
}

#[test]
fn a_flood_of_handshakes_keeps_nobody_waiting_who_asks_by_udp() {
    let house = House::open();
    let hello = client_hello();
    let flood: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = TcpStream::connect(house.address()).unwrap();
            stream.write_all(&hello).unwrap();
            stream
        })
        .collect();
    let telephone = UdpSocket::bind("127.0.0.1:0").unwrap();
    telephone.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut slowest = Duration::ZERO;
    for number in 0..50 {
        let asked = Instant::now();
        telephone
            .send_to(&options(number), house.line.local_addr())
            .unwrap();
        let mut answer = [0; 2_000];
        let length = telephone.recv(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"SIP/2.0 200 "));
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_millis(200), "{slowest:?}");

    let mut wire = house.connect(); // behind the flood, and served all the same
    wire.say(&options(99));
    assert!(wire.hear().starts_with("SIP/2.0 200 "));
    drop(flood);
}

/// A line that listens for TLS beside UDP and TCP.
struct House {
    line: Line,
    records: std::sync::mpsc::Receiver<line::CallRecord>,
    authority: Authority,
    identity: Arc<ArcSwap<TlsIdentity>>,
}

impl House {
    fn open() -> Self {
        Self::with(Authority::new(), None, None)
    }

    fn with(authority: Authority, client_ca: Option<&str>, ca: Option<&str>) -> Self {
        let files = TlsFiles {
            certificate: authority.certificate.as_bytes(),
            key: authority.key.as_bytes(),
            client_ca: client_ca.map(str::as_bytes),
            ca: ca.map(str::as_bytes),
        };
        let identity = Arc::new(ArcSwap::from_pointee(TlsIdentity::read(&files).unwrap()));
        let secured = Config {
            tls: Some(Tls {
                addresses: vec![local()],
                identity: Arc::clone(&identity),
            }),
            ..config()
        };
        let (line, records) = Line::start(&secured, long_greeting()).unwrap();
        Self {
            line,
            records,
            authority,
            identity,
        }
    }

    fn address(&self) -> SocketAddr {
        self.line.tls_addrs().next().unwrap()
    }

    fn connect(&self) -> Wire<Secure> {
        let trust = TlsTrust::read(self.authority.pem.as_bytes()).unwrap();
        let secure = self.try_connect(&trust).unwrap();
        Wire::new(secure, Transport::Tls, local())
    }

    fn try_connect(&self, trust: &TlsTrust) -> io::Result<Secure> {
        let stream = Stream::connect(self.address(), local().ip(), Dscp::CS3)?;
        let mut secure = Secure::new(stream.connect_tls(trust, "127.0.0.1")?);
        secure.shake_hands()?;
        Ok(secure)
    }

    /// Ends the line; what is left are the records.
    fn hang_up(self) -> std::sync::mpsc::Receiver<line::CallRecord> {
        drop(self.line);
        self.records
    }
}

/// Signs a certificate for loopback.
struct Authority {
    pem: String,
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        Self::naming("127.0.0.1")
    }

    fn naming(name: &str) -> Self {
        let own = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&own).unwrap().pem();
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec![name.to_owned()];
        let certificate = rcgen::CertificateParams::new(names).unwrap();
        let issuer = rcgen::Issuer::new(authority, own);
        Self {
            pem,
            certificate: certificate.signed_by(&key, &issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    /// Shows its certificate, and believes others of its own.
    fn identity(&self) -> TlsIdentity {
        TlsIdentity::read(&TlsFiles {
            certificate: self.certificate.as_bytes(),
            key: self.key.as_bytes(),
            client_ca: None,
            ca: Some(self.pem.as_bytes()),
        })
        .unwrap()
    }
}

/// The next connection that comes.
fn take(listener: &StreamListener) -> Stream {
    let poller = Poller::new().unwrap();
    poller.add(listener, 1).unwrap();
    poller.wait(&mut vec![], Some(PATIENCE)).unwrap();
    listener.accept().unwrap().unwrap().0
}

/// What a client says first.
fn client_hello() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stream = Stream::connect(address, address.ip(), Dscp::CS3).unwrap();
    let trust = TlsTrust::anyone().unwrap();
    let mut secure = stream.connect_tls(&trust, "127.0.0.1").unwrap();
    let (mut other, _) = listener.accept().unwrap();
    secure.flush().unwrap();
    let mut hello = vec![0; 4_096];
    let length = other.read(&mut hello).unwrap();
    hello.truncate(length);
    hello
}

fn is_over(stream: &mut impl Read) -> bool {
    let start = Instant::now();
    let mut octets = vec![0; 16_384];
    loop {
        match stream.read(&mut octets) {
            Ok(0) => break,
            Ok(_) => {} // an alert, or the session tickets of one that goes wrong later
            Err(error) => {
                let waited = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
                return !waited.contains(&error.kind());
            }
        }
    }
    start.elapsed() < PATIENCE
}

fn local() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}
