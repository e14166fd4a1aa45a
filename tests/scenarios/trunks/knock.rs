//! An address of loopback that sends requests by hand and reads the answers octet by octet.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::support::House;

pub(super) struct Knock {
    socket: UdpSocket,
    line: SocketAddr,
}

impl Knock {
    pub(super) fn from(address: &str, house: &House) -> Self {
        let socket = UdpSocket::bind((address, 0)).expect("an address of loopback");
        socket
            .set_read_timeout(Some(Duration::from_secs(1)))
            .expect("a limit");
        Self {
            socket,
            line: house.sip(),
        }
    }

    /// Asks for a call; the final answer.
    pub(super) fn knock(&self, number: &str, name: &str) -> String {
        self.send(&self.request("INVITE", number, name));
        loop {
            let answer = self.hear().expect("an answer");
            if status(&answer) >= 200 {
                return answer;
            }
        }
    }

    pub(super) fn request(&self, method: &str, number: &str, name: &str) -> String {
        let (from, line) = (self.socket.local_addr().expect("its address"), self.line);
        let address = from.ip();
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
        );
        format!(
            "{method} sip:{number}@{line} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{name};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@{from}>;tag={name}\r\nTo: <sip:{number}@{line}>\r\n\
             Call-ID: {name}@{from}\r\nCSeq: 1 {method}\r\nContact: <sip:x@{from}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    pub(super) fn send(&self, request: &str) {
        self.socket
            .send_to(request.as_bytes(), self.line)
            .expect("sent");
    }

    /// The next datagram, or none for a second.
    pub(super) fn hear(&self) -> Option<String> {
        let mut datagram = [0; 4_096];
        let length = self.socket.recv(&mut datagram).ok()?;
        Some(String::from_utf8_lossy(&datagram[..length]).into_owned())
    }
}

/// The number of an answer.
pub(super) fn status(answer: &str) -> u16 {
    answer
        .strip_prefix("SIP/2.0 ")
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .unwrap_or_else(|| panic!("not an answer: {answer}"))
}

pub(super) fn has_retry_after(answer: &str) -> bool {
    answer.contains("\r\nRetry-After: ")
}
