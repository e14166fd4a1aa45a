//! A line and a caller without sockets: fixtures, a clock that jumps, and readers of what was sent.

mod caller;
mod fixtures;
mod line;

pub(crate) use caller::Caller;
pub(crate) use fixtures::{all_fixtures, fixture};
pub(crate) use line::Line;

use sip::message::{Message, Response};

/// The status codes among datagrams, in order, whatever broken headers a refusal copies back.
pub(crate) fn statuses(datagrams: &[Vec<u8>]) -> Vec<u16> {
    let status = |octets: &Vec<u8>| {
        let digits = octets.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    datagrams.iter().filter_map(status).collect()
}

/// The first words of datagrams: `BYE`, or `200`.
pub(crate) fn words(datagrams: &[Vec<u8>]) -> Vec<String> {
    datagrams.iter().map(|octets| word(octets)).collect()
}

fn word(octets: &[u8]) -> String {
    match Message::parse(octets).expect("the line writes what it can read") {
        Message::Request(request) => String::from_utf8_lossy(request.method.as_bytes()).into(),
        Message::Response(response) => response.status.to_string(),
    }
}

/// A datagram as a response.
pub(crate) fn response(octets: &[u8]) -> Option<Response<'_>> {
    match Message::parse(octets) {
        Ok(Message::Response(response)) => Some(response),
        _ => None,
    }
}

/// A datagram as text, octets outside ASCII escaped.
pub(crate) fn text(octets: &[u8]) -> String {
    let escape = |&octet: &u8| match octet {
        b'\r' => String::new(),
        b'\n' | b' '..=b'~' => char::from(octet).to_string(),
        _ => format!("\\x{octet:02X}"),
    };
    octets.iter().map(escape).collect()
}

/// A description with one stream of both laws and keys, heard at `address`.
pub(crate) fn sdp(address: &str, attributes: &str) -> Vec<u8> {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n{attributes}"
    )
    .into_bytes()
}
