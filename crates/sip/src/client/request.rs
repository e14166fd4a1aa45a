//! The two requests that leave without having been asked for (RFC 3261 § 8.1.1, § 10.2 and § 11.1).

use super::hop::Hop;
use crate::write::{body, line};

/// What is asked. There is no third: the program that answers places no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Calls for an address of record shall come to us.
    Register,
    /// Whether anybody is there.
    Options,
}

impl Asking {
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
        }
    }
}

/// One request; URIs are without brackets.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) asking: Asking,
    pub(super) uri: &'a str,
    pub(super) from: &'a str,
    pub(super) from_tag: &'a str,
    pub(super) to: &'a str,
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
    pub(super) branch: &'a str,
    /// Whole lines, each with its CRLF.
    pub(super) more: &'a [u8],
}

impl Ask<'_> {
    /// The request in wire form, for one hop.
    pub(super) fn write(&self, hop: &Hop) -> Vec<u8> {
        let method = self.asking.method();
        let mut octets = format!("{method} {} SIP/2.0\r\n", self.uri).into_bytes();
        let via = format!(
            "SIP/2.0/{} {};rport;branch={}",
            hop.peer.transport.name(),
            hop.local,
            self.branch
        );
        line(&mut octets, "Via", via.as_bytes());
        line(&mut octets, "Max-Forwards", b"70");
        if let Some(route) = &hop.route {
            line(&mut octets, "Route", format!("<{route};lr>").as_bytes());
        }
        let from = format!("<{}>;tag={}", self.from, self.from_tag);
        line(&mut octets, "From", from.as_bytes());
        line(&mut octets, "To", format!("<{}>", self.to).as_bytes());
        line(&mut octets, "Call-ID", self.call_id.as_bytes());
        let cseq = format!("{} {method}", self.cseq);
        line(&mut octets, "CSeq", cseq.as_bytes());
        octets.extend_from_slice(self.more);
        body(&mut octets, None);
        octets
    }
}
