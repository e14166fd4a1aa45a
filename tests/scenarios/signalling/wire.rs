//! A socket that sends what it is told, octet for octet.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use crate::support::House;

/// One end of the wire; the other is the line of a house.
pub(super) struct Wire {
    socket: UdpSocket,
    line: SocketAddr,
}

impl Wire {
    pub(super) fn to(house: &House) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let patience = Some(Duration::from_secs(2));
        socket.set_read_timeout(patience).expect("a limit");
        Self {
            socket,
            line: house.sip(),
        }
    }

    /// A good INVITE; everything that must be its own carries `name`.
    pub(super) fn invite(&self, name: &str) -> String {
        let (from, line) = (self.socket.local_addr().expect("its address"), self.line);
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";
        format!(
            "INVITE sip:0805691282@{line} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{name};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@{from}>;tag={name}\r\nTo: <sip:0805691282@{line}>\r\n\
             Call-ID: {name}@test\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@{from}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    pub(super) fn send(&self, octets: &[u8]) {
        self.socket.send_to(octets, self.line).expect("sent");
    }

    /// The next datagram, or none for two seconds.
    pub(super) fn hear(&self) -> Option<String> {
        self.hear_octets()
            .map(|octets| String::from_utf8_lossy(&octets).into_owned())
    }

    fn hear_octets(&self) -> Option<Vec<u8>> {
        let mut datagram = vec![0; 65_536];
        let length = self.socket.recv(&mut datagram).ok()?;
        datagram.truncate(length);
        Some(datagram)
    }

    /// The first answer that is not provisional.
    pub(super) fn ask(&self, request: &[u8]) -> String {
        String::from_utf8_lossy(&self.final_octets(request)).into_owned()
    }

    /// The same in octets.
    pub(super) fn final_octets(&self, request: &[u8]) -> Vec<u8> {
        self.send(request);
        loop {
            let heard = self.hear_octets().expect("an answer");
            if !heard.starts_with(b"SIP/2.0 1") {
                return heard;
            }
        }
    }

    /// The answer whose CSeq names this method; repeats of other answers are passed over.
    pub(super) fn ask_for(&self, request: &[u8], method: &str) -> String {
        self.send(request);
        loop {
            let heard = self.hear().expect("an answer");
            if heard.contains(&format!(" {method}\r\n")) && status(&heard) >= 200 {
                return heard;
            }
        }
    }

    /// Hangs up the call that this 200 answered; the answer.
    pub(super) fn bye(&self, answer: &str) -> String {
        let copied: String = ["Via: ", "From: ", "To: ", "Call-ID: "]
            .iter()
            .filter_map(|name| answer.lines().find(|line| line.starts_with(name)))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let contact = answer
            .lines()
            .find_map(|line| line.strip_prefix("Contact: <"));
        let target = contact
            .and_then(|rest| rest.split('>').next())
            .expect("a Contact");
        let bye = format!(
            "BYE {target} SIP/2.0\r\n{}Max-Forwards: 70\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
            copied.replace("branch=z9hG4bK", "branch=z9hG4bKbye")
        );
        self.ask_for(bye.as_bytes(), "BYE")
    }
}

/// The number of an answer.
pub(super) fn status(answer: &str) -> u16 {
    answer
        .strip_prefix("SIP/2.0 ")
        .and_then(|rest| rest.get(..3)?.parse().ok())
        .unwrap_or_else(|| panic!("not an answer: {answer}"))
}
