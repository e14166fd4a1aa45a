//! A response: what it copies from its request and where it goes (RFC 3261 § 8.2.6 and § 18.2).

use std::fmt::{self, Display};
use std::io::Write as _;
use std::net::SocketAddr;

use super::{body, line, reason_phrase};
use crate::Malformed;
use crate::header::{NameAddr, Via};
use crate::message::{Elements, Headers, Request};
use crate::octets::extend_unfolded;
use crate::peer::Peer;

/// The lines every response to one request has in common, and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where the response goes.
    pub to: Peer,
    lines: Vec<u8>,
}

impl Reply {
    /// Prepares responses to a request heard from `source`.
    ///
    /// `tag` is added to To unless To has one.
    pub fn new(request: &Request<'_>, source: impl Into<Peer>, tag: Option<&str>) -> Self {
        let source = source.into();
        let tag = tag.as_ref().map(|tag| tag as &dyn Display);
        let mut lines = Vec::with_capacity(length_of(&request.headers));
        copy(
            &mut lines,
            &request.headers,
            request.via(),
            source.address,
            tag,
        );
        Self {
            to: request.via().reply_to(source),
            lines,
        }
    }

    /// Prepares a refusal of a request that is broken elsewhere: the topmost Via is readable, From,
    /// To, Call-ID and CSeq are there.
    pub(crate) fn to_broken(
        headers: &Headers<'_>,
        source: Peer,
        tag: &dyn Display,
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
        let mut lines = Vec::with_capacity(length_of(headers));
        copy(&mut lines, headers, &via, source.address, Some(tag));
        Ok(Self {
            to: via.reply_to(source),
            lines,
        })
    }

    /// Writes the refusal of a request nothing of which is kept, with the phrase of its status and
    /// Retry-After if seconds are given. `via` is the topmost one.
    ///
    /// The response is the only allocation.
    pub(crate) fn refuse(
        headers: &Headers<'_>,
        via: &Via<'_>,
        source: Peer,
        tag: &dyn Display,
        (status, retry_after): (u16, Option<u32>),
    ) -> Vec<u8> {
        let mut octets = Vec::with_capacity(length_of(headers) + EXTRA);
        status_line(&mut octets, status, reason_phrase(status));
        copy(&mut octets, headers, via, source.address, Some(tag));
        if let Some(seconds) = retry_after {
            add(&mut octets, format_args!("Retry-After: {seconds}\r\n"));
        }
        body(&mut octets, None);
        octets
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
        let mut octets = Vec::with_capacity(length + EXTRA);
        status_line(&mut octets, status, reason);
        octets.extend_from_slice(&self.lines);
        octets.extend_from_slice(more);
        body(&mut octets, content);
        octets
    }
}

/// Appends the lines that every response to a request copies from it.
fn copy(
    octets: &mut Vec<u8>,
    headers: &Headers<'_>,
    via: &Via<'_>,
    source: SocketAddr,
    tag: Option<&dyn Display>,
) {
    copy_vias(octets, headers, via, source);
    for name in COPIED {
        let Some(value) = headers.find(name) else {
            continue;
        };
        line(octets, name, value);
        if let ("To", Some(tag)) = (name, tag)
            && NameAddr::parse(value).is_ok_and(|to| to.params.find("tag").is_none())
        {
            octets.truncate(octets.len() - b"\r\n".len());
            add(octets, format_args!(";tag={tag}\r\n"));
        }
    }
}

/// The topmost Via says where the request was heard from; the others come back as they came.
fn copy_vias(octets: &mut Vec<u8>, headers: &Headers<'_>, via: &Via<'_>, source: SocketAddr) {
    octets.extend_from_slice(b"Via: ");
    add_heard_from(octets, via, source);
    octets.extend_from_slice(b"\r\n");
    let values = headers.all("Via").flat_map(Elements::new);
    for value in values.skip(1) {
        line(octets, "Via", value);
    }
}

/// The Via with `received`, and `rport` filled in if it asks (RFC 3581 § 4).
fn add_heard_from(octets: &mut Vec<u8>, via: &Via<'_>, source: SocketAddr) {
    let address = source.ip().to_canonical();
    extend_unfolded(octets, via.head);
    let mut wants_port = false;
    for param in via.params.iter() {
        if param.name.eq_ignore_ascii_case(b"rport") {
            wants_port = true;
        } else if !param.name.eq_ignore_ascii_case(b"received") {
            octets.push(b';');
            extend_unfolded(octets, param.text);
        }
    }
    if wants_port {
        add(octets, format_args!(";rport={}", source.port()));
    }
    if wants_port || via.host.parse() != Ok(address) {
        add(octets, format_args!(";received={address}"));
    }
}

fn status_line(octets: &mut Vec<u8>, status: u16, reason: &str) {
    add(octets, format_args!("SIP/2.0 {status} {reason}\r\n"));
}

fn add(octets: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = octets.write_fmt(text);
}

/// Room for all that [`copy`] appends, unless many Via stand in one line.
fn length_of(headers: &Headers<'_>) -> usize {
    let lines = ["Via"]
        .iter()
        .chain(&COPIED)
        .flat_map(|name| headers.all(name));
    lines.map(|value| value.len() + LINE_EXTRA).sum::<usize>() + EXTRA
}

/// What is copied beside Via, in this order.
const COPIED: [&str; 4] = ["From", "To", "Call-ID", "CSeq"];
/// Octets of the longest of their names, its colon and its end.
const LINE_EXTRA: usize = "Call-ID: \r\n".len();
/// Octets of a tag, `rport` and `received`, or of a status line, Retry-After and Content-Length.
const EXTRA: usize = 128;

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
        let source: SocketAddr = "198.51.100.7:4000".parse().unwrap();
        Reply::new(&request, source, Some("ours")).write(200, "OK", b"", None)
    }
}
