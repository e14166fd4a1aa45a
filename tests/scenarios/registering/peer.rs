//! A carrier's server on loopback, answered for by hand.

use std::cell::RefCell;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

pub(super) struct Peer {
    socket: UdpSocket,
    /// The request heard last, to tell its repeats.
    last: RefCell<String>,
}

impl Peer {
    pub(super) fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .expect("a limit");
        Self {
            socket,
            last: RefCell::default(),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("its address")
    }

    /// The next request, if one comes at once.
    pub(super) fn poll(&self) -> Option<(String, SocketAddr)> {
        let mut datagram = [0; 4_096];
        let (length, from) = self.socket.recv_from(&mut datagram).ok()?;
        Some((
            String::from_utf8_lossy(&datagram[..length]).into_owned(),
            from,
        ))
    }

    /// The next request that is no repeat, within a quarter of a minute.
    pub(super) fn hear(&self) -> (String, SocketAddr) {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(heard) = self.poll()
                && self.last.replace(heard.0.clone()) != heard.0
            {
                return heard;
            }
            assert!(Instant::now() < deadline, "nobody asks {}", self.address());
        }
    }

    /// Answers a request; `lines` are whole ones, each with its CRLF.
    pub(super) fn answer(&self, (request, from): &(String, SocketAddr), status: u16, lines: &str) {
        let copied: String = request
            .lines()
            .filter(|line| COPIED.iter().any(|name| line.starts_with(name)))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let octets = format!("SIP/2.0 {status} X\r\n{copied}{lines}Content-Length: 0\r\n\r\n");
        self.socket.send_to(octets.as_bytes(), from).expect("sent");
    }

    /// Whether a server answers an OPTIONS at once.
    pub(super) fn is_answered(&self, server: SocketAddr) -> Option<()> {
        let here = self.address();
        let asked = format!(
            "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKprobe;rport\r\nMax-Forwards: 70\r\n\
             From: <sip:x@{here}>;tag=1\r\nTo: <sip:{server}>\r\nCall-ID: probe@{here}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(asked.as_bytes(), server).ok()?;
        self.poll().map(|_| ())
    }

    /// Answers everything that waits.
    pub(super) fn answer_all(&self, status: u16, lines: &str) {
        while let Some(heard) = self.poll() {
            self.answer(&heard, status, lines);
        }
    }
}

const COPIED: [&str; 5] = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "];
