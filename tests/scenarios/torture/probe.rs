//! A telephone that asks whether the line still answers, and how fast.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use sip::message::{Message, Method};
use sip::write::OutgoingCall;

pub(super) struct Probe {
    socket: UdpSocket,
    /// Where its sound would be heard.
    ear: UdpSocket,
    line: SocketAddr,
    calls: u64,
}

impl Probe {
    pub(super) fn of(line: SocketAddr) -> Self {
        Self {
            socket: listener(Duration::from_secs(1)),
            ear: listener(Duration::from_secs(1)),
            line,
            calls: 0,
        }
    }

    /// Whether a call is answered within 50 ms. A line that a message harmed stays slow, a machine that is busy
    /// elsewhere does not: it may try again.
    pub(super) fn is_answered(&mut self) -> bool {
        (0..3).any(|_| self.call().is_some_and(|wait| wait < LIMIT))
    }

    /// A whole call; how long its 200 took, `None` if nothing came for a second.
    fn call(&mut self) -> Option<Duration> {
        self.calls += 1;
        let own = self.socket.local_addr().expect("its address");
        let (target, caller) = (
            format!("sip:0805691282@{}", self.line),
            format!("sip:{own}"),
        );
        let mut call = OutgoingCall::new(&target, &caller, own, self.calls);
        let port = self.ear.local_addr().expect("its address").port();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
        );
        let dialled = Instant::now();
        self.send(&call.invite(Some(offer.as_bytes())));
        let answer = self.answer(&call, Method::Invite)?;
        let wait = dialled.elapsed();
        if let Ok(Message::Response(response)) = Message::parse(&answer) {
            assert_eq!(response.status, 200, "the probe is refused");
            call.establish(&response).expect("a Contact");
        }
        self.send(&call.ack(None));
        self.send(&call.bye());
        self.answer(&call, Method::Bye)?;
        Some(wait)
    }

    /// The final answer to this method of this call.
    fn answer(&self, call: &OutgoingCall, method: Method<'_>) -> Option<Vec<u8>> {
        let mut datagram = vec![0; 65_536];
        loop {
            let length = self.socket.recv(&mut datagram).ok()?;
            if let Ok(Message::Response(response)) = Message::parse(&datagram[..length])
                && response.call_id() == call.call_id().as_bytes()
                && response.cseq().method == method
                && response.status >= 200
            {
                datagram.truncate(length);
                return Some(datagram);
            }
        }
    }

    fn send(&self, octets: &[u8]) {
        self.socket.send_to(octets, self.line).expect("sent");
    }
}

/// A port of loopback that waits so long for a datagram.
pub(super) fn listener(patience: Duration) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(patience)).expect("a limit");
    socket
}

/// How long an answer may take.
pub(super) const LIMIT: Duration = Duration::from_millis(50);
