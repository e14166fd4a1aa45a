//! Whoever throws hostile messages at the port, and hears what comes back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use sip::message::{Message, Method};

use super::probe::{LIMIT, listener};

pub(super) struct Thrower {
    socket: UdpSocket,
    line: SocketAddr,
    asked: u32,
}

impl Thrower {
    pub(super) fn at(line: SocketAddr) -> Self {
        Self {
            socket: listener(Duration::from_secs(2)),
            line,
            asked: 0,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("its address")
    }

    /// Throws a datagram, hangs up what it opened, and gives the statuses that came back before a plain OPTIONS was
    /// answered. `None` if that took longer than 50 ms, and longer again when asked twice more.
    pub(super) fn throws(&mut self, octets: &[u8]) -> Option<Vec<u16>> {
        self.socket.send_to(octets, self.line).expect("sent");
        let mut statuses = vec![];
        (0..3)
            .any(|_| self.is_answered(&mut statuses))
            .then_some(statuses)
    }

    /// The signalling thread takes one datagram after the other: what it has to say comes before this answer.
    fn is_answered(&mut self, statuses: &mut Vec<u16>) -> bool {
        self.asked += 1;
        let (line, own) = (self.line, self.address());
        let name = format!("barrier{}", self.asked);
        let asked = Instant::now();
        let options = options(line, "UDP", own, &name);
        self.socket.send_to(options.as_bytes(), line).expect("sent");
        let mut datagram = vec![0; 65_536];
        loop {
            let Ok(length) = self.socket.recv(&mut datagram) else {
                return false;
            };
            let Ok(Message::Response(response)) = Message::parse(&datagram[..length]) else {
                continue;
            };
            if response.call_id() == name.as_bytes() {
                return response.status == 200 && asked.elapsed() < LIMIT;
            }
            statuses.push(response.status);
            if response.status == 200 && response.cseq().method == Method::Invite {
                let bye = self.bye(&response);
                self.socket.send_to(&bye, line).expect("sent");
            }
        }
    }

    /// Whatever the answer holds is said back to the octet.
    fn bye(&self, answer: &sip::message::Response<'_>) -> Vec<u8> {
        let number = answer.cseq().number.saturating_add(1).min((1 << 31) - 1);
        let head = format!(
            "BYE sip:{} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bKbye{}\r\n\
             CSeq: {number} BYE\r\nContent-Length: 0\r\n",
            self.line,
            self.address(),
            self.asked,
        );
        let mut octets = head.into_bytes();
        for name in ["From", "To", "Call-ID"] {
            let value = answer.headers.find(name).unwrap_or_default();
            octets.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        octets.extend(b"\r\n");
        octets
    }
}

/// Throws octets by a connection of their own, and gives what came back until the line had nothing more to say.
pub(super) fn by_connection(line: SocketAddr, octets: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(line).expect("a connection");
    let patience = Some(Duration::from_secs(2));
    stream.set_read_timeout(patience).expect("a limit");
    // A line that has heard enough may close before the last octet.
    let _ = stream.write_all(octets);
    let _ = stream.shutdown(Shutdown::Write);
    let mut heard = vec![];
    let _ = stream.read_to_end(&mut heard);
    heard
}

/// Whether OPTIONS by a new connection is answered within 50 ms, or when asked again.
pub(super) fn is_answered_by_connection(line: SocketAddr) -> bool {
    (0..3).any(|_| {
        let asked = Instant::now();
        let mut stream = TcpStream::connect(line).expect("a connection");
        let own = stream.local_addr().expect("its address");
        let options = options(line, "TCP", own, "connection");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        let mut heard = [0; 4096];
        stream.write_all(options.as_bytes()).is_ok()
            && stream.read(&mut heard).is_ok()
            && heard.starts_with(b"SIP/2.0 200 ")
            && asked.elapsed() < LIMIT
    })
}

fn options(line: SocketAddr, transport: &str, own: SocketAddr, name: &str) -> String {
    format!(
        "OPTIONS sip:{line} SIP/2.0\r\nVia: SIP/2.0/{transport} {own};rport;branch=z9hG4bK{name}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{own}>;tag={name}\r\nTo: <sip:{line}>\r\nCall-ID: {name}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}
