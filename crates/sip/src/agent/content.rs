//! What an INVITE carries: SDP, nothing, or something we cannot read.

use crate::header::Params;
use crate::message::{Frame, Request};

/// The body of an INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// No body, or one that its sender lets us ignore.
    Nothing,
    /// An offer or an answer.
    Sdp(&'a [u8]),
    /// A type we do not know: 415.
    Unknown,
    /// A coding we do not know: 415.
    Encoded,
}

impl<'a> Content<'a> {
    /// Reads type, coding and disposition. A body without a type is SDP if it begins like one.
    pub(super) fn of(request: &Request<'a>) -> Self {
        if request.body.is_empty() {
            return Self::Nothing;
        }
        let coding = request.headers.find("Content-Encoding").unwrap_or_default();
        let read = if coding.is_empty() || coding.eq_ignore_ascii_case(b"identity") {
            Self::read(request.headers.find("Content-Type"), request.body)
        } else {
            Self::Encoded
        };
        match read {
            Self::Unknown | Self::Encoded if is_optional(request) => Self::Nothing,
            read => read,
        }
    }

    fn read(kind: Option<&'a [u8]>, body: &'a [u8]) -> Self {
        let (media_type, params) = split_type(kind.unwrap_or(b"application/sdp"));
        if media_type.eq_ignore_ascii_case(b"application/sdp") {
            return if kind.is_none() && !body.starts_with(b"v=0") {
                Self::Unknown
            } else {
                Self::Sdp(body)
            };
        }
        let is_multipart =
            media_type.len() >= 10 && media_type[..10].eq_ignore_ascii_case(b"multipart/");
        let boundary = params.find("boundary").filter(|_| is_multipart);
        boundary
            .and_then(|boundary| find_sdp_part(body, boundary))
            .map_or(Self::Unknown, Self::Sdp)
    }
}

/// `handling=optional` in Content-Disposition (RFC 3261 § 20.11).
fn is_optional(request: &Request<'_>) -> bool {
    let disposition = request
        .headers
        .find("Content-Disposition")
        .unwrap_or_default();
    let (_, params) = split_type(disposition);
    let handling = params.find("handling").unwrap_or_default();
    handling.eq_ignore_ascii_case(b"optional")
}

fn split_type(value: &[u8]) -> (&[u8], Params<'_>) {
    let end = value.iter().position(|&octet| octet == b';');
    let (kind, params) = value.split_at(end.unwrap_or(value.len()));
    (
        crate::octets::trim(kind),
        Params::parse(params).unwrap_or_default(),
    )
}

/// The part of a multipart body (RFC 2046 § 5.1) whose type is `application/sdp`.
fn find_sdp_part<'a>(body: &'a [u8], boundary: &[u8]) -> Option<&'a [u8]> {
    let boundary = boundary.strip_prefix(b"\"").unwrap_or(boundary);
    let boundary = boundary.strip_suffix(b"\"").unwrap_or(boundary);
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return None;
    }
    let delimiter = [b"--", boundary].concat();
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) = find(body.get(at..)?, &delimiter) {
        starts.push(at + found);
        at += found + delimiter.len();
        if starts.len() > MAX_PARTS {
            return None;
        }
    }
    starts.windows(2).find_map(|pair| {
        let part = body.get(pair[0] + delimiter.len()..pair[1])?;
        sdp_of_part(part.strip_prefix(b"\r\n")?)
    })
}

/// The content of one part if its type is SDP. A part is cut like a message without a start line.
fn sdp_of_part(part: &[u8]) -> Option<&[u8]> {
    let end = find(part, b"\r\n\r\n")?;
    let head = [b"part\r\n", part.get(..end + 4)?].concat();
    let frame = Frame::read(&head);
    let (kind, _) = split_type(frame.headers.find("Content-Type")?);
    let content = part.get(end + 4..)?;
    let content = content.strip_suffix(b"\r\n").unwrap_or(content);
    kind.eq_ignore_ascii_case(b"application/sdp")
        .then_some(content)
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// Longest boundary of RFC 2046.
const MAX_BOUNDARY: usize = 70;
/// Parts of a body.
const MAX_PARTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn knows_sdp_with_and_without_its_type() {
        assert_eq!(
            content("Content-Type: Application/SDP;charset=x", "v=0\r\n"),
            "Sdp v=0\r\n"
        );
        assert_eq!(content("Subject: x", "v=0\r\n"), "Sdp v=0\r\n");
        assert_eq!(content("Subject: x", "hello"), "Unknown");
        assert_eq!(
            content("Content-Type: application/unknown", "v=0"),
            "Unknown"
        );
        assert_eq!(
            content(
                "Content-Type: application/sdp\r\nContent-Encoding: gzip",
                "x"
            ),
            "Encoded"
        );
        assert_eq!(content("Content-Type: application/sdp", ""), "Nothing");
    }

    #[test]
    fn lets_a_body_be_ignored_if_its_sender_does() {
        let headers =
            "Content-Type: application/x\r\nContent-Disposition: render;handling=optional";
        assert_eq!(content(headers, "v=0"), "Nothing");
    }

    #[test]
    fn finds_sdp_among_several_parts() {
        let body = "preamble\r\n--b1\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n\
            --b1\r\nc: application/sdp\r\n\r\nv=0\r\ns=-\r\n--b1--\r\n";

        assert_eq!(
            content("Content-Type: multipart/mixed;boundary=\"b1\"", body),
            "Sdp v=0\r\ns=-"
        );
        assert_eq!(
            content("Content-Type: multipart/mixed;boundary=b2", body),
            "Unknown"
        );
        assert_eq!(content("Content-Type: multipart/mixed", body), "Unknown");
    }

    fn content(headers: &str, body: &str) -> String {
        let text = format!(
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>\r\nTo: <sip:b@h>\r\n\
             Call-ID: c\r\nCSeq: 1 INVITE\r\n{headers}\r\n\r\n{body}"
        );
        let Ok(Message::Request(request)) = Message::parse(text.as_bytes()) else {
            panic!("the INVITE is refused");
        };
        match Content::of(&request) {
            Content::Sdp(sdp) => format!("Sdp {}", String::from_utf8_lossy(sdp)),
            other => format!("{other:?}"),
        }
    }
}
