//! A response: what it copies from its request and where it goes (RFC 3261 § 8.2.6 and § 18.2).

use std::net::SocketAddr;

use super::{body, line};
use crate::Malformed;
use crate::header::{NameAddr, Via};
use crate::message::{Elements, Headers, Request};

/// The lines every response to one request has in common, and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where the response goes.
    pub to: SocketAddr,
    lines: Vec<u8>,
}

impl Reply {
    /// Prepares responses to a request heard from `source`.
    ///
    /// `tag` is added to To unless To has one.
    pub fn new(request: &Request<'_>, source: SocketAddr, tag: Option<&str>) -> Self {
        let mut reply = Self {
            to: request.via().reply_address(source),
            lines: Vec::with_capacity(512),
        };
        reply.copy(&request.headers, request.via(), source, tag);
        reply
    }

    /// Prepares a refusal of a request that is broken elsewhere: the topmost Via is readable, From,
    /// To, Call-ID and CSeq are there.
    pub(crate) fn to_broken(
        headers: &Headers<'_>,
        source: SocketAddr,
        tag: &str,
    ) -> Result<Self, Malformed> {
        let missing = Malformed::new("not enough of it can be read to refuse it", 0);
        let essential = ["From", "To", "Call-ID", "CSeq"];
        let is_there = |name: &&str| headers.find(name).is_some_and(|value| !value.is_empty());
        let via = headers
            .find("Via")
            .and_then(|value| Elements::new(value).next());
        let via = Via::parse(via.ok_or(missing)?)?;
        if !essential.iter().all(is_there) {
            return Err(missing);
        }
        let mut reply = Self {
            to: via.reply_address(source),
            lines: Vec::with_capacity(512),
        };
        reply.copy(headers, &via, source, Some(tag));
        Ok(reply)
    }

    fn copy(
        &mut self,
        headers: &Headers<'_>,
        via: &Via<'_>,
        source: SocketAddr,
        tag: Option<&str>,
    ) {
        self.copy_vias(headers, via, source);
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let Some(value) = headers.find(name) else {
                continue;
            };
            line(&mut self.lines, name, value);
            let wants_tag = NameAddr::parse(value).is_ok_and(|to| to.params.find("tag").is_none());
            if let (true, "To", Some(tag)) = (wants_tag, name, tag) {
                self.lines.truncate(self.lines.len() - b"\r\n".len());
                self.lines.extend_from_slice(b";tag=");
                self.lines.extend_from_slice(tag.as_bytes());
                self.lines.extend_from_slice(b"\r\n");
            }
        }
    }

    /// The topmost Via says where the request was heard from; the others come back as they came.
    fn copy_vias(&mut self, headers: &Headers<'_>, via: &Via<'_>, source: SocketAddr) {
        line(&mut self.lines, "Via", &heard_from(via, source));
        let values = headers.all("Via").flat_map(Elements::new);
        for value in values.skip(1) {
            line(&mut self.lines, "Via", value);
        }
    }

    /// Writes one response. `more` holds whole lines, each with its CRLF; `content` a type and a body.
    pub fn write(
        &self,
        status: u16,
        reason: &str,
        more: &[u8],
        content: Option<(&str, &[u8])>,
    ) -> Vec<u8> {
        let length = self.lines.len() + more.len() + content.map_or(0, |(_, body)| body.len());
        let mut octets = Vec::with_capacity(length + 128);
        octets.extend_from_slice(format!("SIP/2.0 {status} {reason}\r\n").as_bytes());
        octets.extend_from_slice(&self.lines);
        octets.extend_from_slice(more);
        body(&mut octets, content);
        octets
    }
}

/// The Via with `received`, and `rport` filled in if it asks (RFC 3581 § 4).
fn heard_from(via: &Via<'_>, source: SocketAddr) -> Vec<u8> {
    let address = source.ip().to_canonical();
    let mut octets = via.head.to_vec();
    let mut wants_port = false;
    for param in via.params.iter() {
        if param.name.eq_ignore_ascii_case(b"rport") {
            wants_port = true;
        } else if !param.name.eq_ignore_ascii_case(b"received") {
            octets.push(b';');
            octets.extend_from_slice(param.text);
        }
    }
    if wants_port {
        octets.extend_from_slice(format!(";rport={}", source.port()).as_bytes());
    }
    if wants_port || via.host.parse() != Ok(address) {
        octets.extend_from_slice(format!(";received={address}").as_bytes());
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn copies_what_identifies_the_request_octet_by_octet() {
        let written = replied(b"Via: SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bK1, SIP/2.0/UDP b\r\n\
            v: SIP/2.0/TCP [2001:db8::2];branch=z9hG4bK2\r\n\
            f: \"Pr\xe9fecture\"\r\n <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: c\r\nCSeq: 1 OPTIONS\r\n\r\n");

        assert_eq!(
            written.escape_ascii().to_string(),
            b"SIP/2.0 200 OK\r\n\
            Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1;rport=4000;received=198.51.100.7\r\n\
            Via: SIP/2.0/UDP b\r\nVia: SIP/2.0/TCP [2001:db8::2];branch=z9hG4bK2\r\n\
            From: \"Pr\xe9fecture\" <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=ours\r\nCall-ID: c\r\n\
            CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
                .escape_ascii()
                .to_string()
        );
    }

    #[test]
    fn leaves_a_via_that_tells_the_truth_and_a_to_that_has_a_tag() {
        let written = replied(
            b"Via: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK1\r\n\
            From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n",
        );
        let text = String::from_utf8(written).unwrap();

        assert!(text.contains("Via: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK1\r\n"));
        assert!(text.contains("To: <sip:b@h>;tag=2\r\n"));
    }

    fn replied(headers: &[u8]) -> Vec<u8> {
        let datagram = [b"OPTIONS sip:b@h SIP/2.0\r\n", headers].concat();
        let Ok(Message::Request(request)) = Message::parse(&datagram) else {
            panic!("the request is refused");
        };
        let source = "198.51.100.7:4000".parse().unwrap();
        Reply::new(&request, source, Some("ours")).write(200, "OK", b"", None)
    }
}
