//! A caller's half of a call, over a perfect wire to one line.

use std::net::SocketAddr;

use sip::message::Message;
use sip::write::OutgoingCall;

use super::{Line, response, sdp};

/// Somebody who calls the line.
pub(crate) struct Caller {
    pub(crate) call: OutgoingCall,
}

impl Caller {
    pub(crate) fn new(seed: u64) -> Self {
        let target = "sip:0805691282@192.0.2.1";
        let call = OutgoingCall::new(target, "sip:caller@192.0.2.9", Self::address(), seed);
        Self { call }
    }

    pub(crate) fn address() -> SocketAddr {
        "192.0.2.9:5070".parse().unwrap()
    }

    pub(crate) fn invite(&self) -> Vec<u8> {
        self.call.invite(Some(&sdp("192.0.2.9", "")))
    }

    /// Takes the 200 among datagrams.
    pub(crate) fn hears(&mut self, datagrams: &[Vec<u8>]) {
        for octets in datagrams {
            if let Some(response) = response(octets)
                && response.status == 200
                && matches!(Message::parse(octets), Ok(Message::Response(_)))
            {
                self.call.establish(&response).unwrap();
            }
        }
    }

    /// Calls, is accepted, acknowledges.
    pub(crate) fn is_connected(&mut self, line: &mut Line) {
        line.receives(&self.invite());
        let sent = line.accepts();
        self.hears(&sent);
        assert!(line.receives(&self.call.ack(None)).is_empty());
    }
}
