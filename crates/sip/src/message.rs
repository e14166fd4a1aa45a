//! One SIP message read from one datagram (RFC 3261 § 7), by octets and never by characters.
//!
//! [`Message::parse`] takes every legal spelling (compact names, folds, Latin-1 names, several
//! values in a line) and refuses what would make two readers disagree. Everything it gives borrows
//! from the datagram. Limits are named in [`limits`].

mod frame;
mod headers;
pub mod limits;
mod method;
mod start_line;

pub(crate) use frame::Frame;
use headers::Place;
pub use headers::{Elements, Field, Headers};
pub use method::Method;
pub(crate) use start_line::StartLine;

use crate::Malformed;
use crate::header::{CSeq, NameAddr, Via};
use crate::uri::Uri;

/// A request or a response.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// Somebody wants something.
    Request(Request<'a>),
    /// Somebody answers.
    Response(Response<'a>),
}

/// A request whose five essential headers have been read.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What is wanted.
    pub method: Method<'a>,
    /// The Request-URI as it came.
    pub uri: &'a [u8],
    /// The Request-URI in pieces; its scheme may be any.
    pub target: Uri<'a>,
    /// Every header in order.
    pub headers: Headers<'a>,
    /// What follows the headers, cut to Content-Length.
    pub body: &'a [u8],
    essentials: Essentials<'a>,
}

/// A response whose five essential headers have been read.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// 100 to 699.
    pub status: u16,
    /// The reason phrase as it came, possibly empty.
    pub reason: &'a [u8],
    /// Every header in order.
    pub headers: Headers<'a>,
    /// What follows the headers, cut to Content-Length.
    pub body: &'a [u8],
    essentials: Essentials<'a>,
}

impl<'a> Message<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    /// [`Malformed`] with the place of the first fault. Its `status` is 505 for another version of
    /// SIP, else 400. Whether a refusal can be sent is the agent's business.
    ///
    /// Source: RFC 3261 § 7 and § 25, RFC 4475 for the cases.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        Self::from_frame(Frame::read(datagram))
    }

    pub(crate) fn from_frame(frame: Frame<'a>) -> Result<Self, Malformed> {
        let start = StartLine::parse(frame.start_line)
            .map_err(|fault| fault.shifted(frame.start_offset))?;
        if let Some(fault) = frame.fault {
            return Err(fault);
        }
        let essentials = Essentials::read(&frame.headers)?;
        let body = frame.body()?;
        let headers = frame.headers;
        match start {
            StartLine::Request { method, uri } => {
                if essentials.cseq.method != method {
                    let at = headers.offset_of("CSeq");
                    return Err(Malformed::new("CSeq names another method", at));
                }
                let uri_offset = frame.start_offset + method.as_bytes().len() + 1;
                let target = Uri::parse(uri).map_err(|fault| fault.shifted(uri_offset))?;
                Ok(Self::Request(Request {
                    method,
                    uri,
                    target,
                    headers,
                    body,
                    essentials,
                }))
            }
            StartLine::Response { status, reason } => Ok(Self::Response(Response {
                status,
                reason,
                headers,
                body,
                essentials,
            })),
        }
    }
}

macro_rules! essentials_of {
    ($name:ident) => {
        impl<'a> $name<'a> {
            /// The topmost Via.
            pub fn via(&self) -> &Via<'a> {
                &self.essentials.via
            }

            /// Who calls (RFC 3261 § 8.1.1.3).
            pub fn from(&self) -> &NameAddr<'a> {
                &self.essentials.from
            }

            /// Who is called (§ 8.1.1.2).
            pub fn to(&self) -> &NameAddr<'a> {
                &self.essentials.to
            }

            /// The Call-ID.
            pub fn call_id(&self) -> &'a [u8] {
                self.essentials.call_id
            }

            /// Number and method of CSeq.
            pub fn cseq(&self) -> &CSeq<'a> {
                &self.essentials.cseq
            }
        }
    };
}
essentials_of!(Request);
essentials_of!(Response);

/// The headers without which nothing can be answered (§ 8.1.1).
#[derive(Clone, Debug)]
struct Essentials<'a> {
    via: Via<'a>,
    from: NameAddr<'a>,
    to: NameAddr<'a>,
    call_id: &'a [u8],
    cseq: CSeq<'a>,
}

impl<'a> Essentials<'a> {
    fn read(headers: &Headers<'a>) -> Result<Self, Malformed> {
        let essentials = Self {
            via: Self::read_via(headers)?,
            from: read_once(headers, "From", NameAddr::parse)?,
            to: read_once(headers, "To", NameAddr::parse)?,
            call_id: read_once(headers, "Call-ID", parse_call_id)?,
            cseq: read_once(headers, "CSeq", CSeq::parse)?,
        };
        if headers.all("Max-Forwards").nth(1).is_some() {
            let at = headers.offset_of("Max-Forwards");
            return Err(Malformed::new("two Max-Forwards", at));
        }
        Ok(essentials)
    }

    /// Reads every Via, since all are copied back, and keeps the topmost.
    fn read_via(headers: &Headers<'a>) -> Result<Via<'a>, Malformed> {
        let mut topmost = None;
        for field in headers.fields("Via") {
            for value in Elements::new(field.value) {
                let via = Via::parse(value).map_err(|fault| fault.shifted(field.value_offset))?;
                topmost.get_or_insert(via);
            }
        }
        topmost.ok_or(Malformed::new("no Via", 0))
    }
}

/// Reads a header that must stand exactly once.
fn read_once<'a, T>(
    headers: &Headers<'a>,
    name: &'static str,
    parse: impl Fn(&'a [u8]) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut fields = headers.fields(name);
    let Some(field) = fields.next() else {
        return Err(Malformed::new("an essential header is missing", 0));
    };
    if let Some(second) = fields.next() {
        let reason = "an essential header stands twice";
        return Err(Malformed::new(reason, second.offset));
    }
    parse(field.value).map_err(|fault| fault.shifted(field.value_offset))
}

/// A Call-ID is one word without white space (§ 25.1 is narrower; phones are not).
fn parse_call_id(value: &[u8]) -> Result<&[u8], Malformed> {
    if value.is_empty() || value.iter().any(|&octet| octet <= b' ' || octet == 0x7f) {
        return Err(Malformed::new("Call-ID is not one word", 0));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_request_and_cuts_its_body_to_content_length() {
        let Ok(Message::Request(request)) = Message::parse(INVITE) else {
            panic!("a plain INVITE is refused");
        };

        assert_eq!(request.method, Method::Invite);
        assert_eq!(request.uri, b"sip:0805691282@192.0.2.1");
        assert_eq!(request.call_id(), b"c1@192.0.2.9");
        assert_eq!(request.from().tag(), Some(&b"t1"[..]));
        assert_eq!(request.body, b"v=0\r\n");
    }

    #[test]
    fn refuses_every_prefix_of_a_request() {
        let whole = INVITE.len() - b"trailing".len();
        for end in 0..whole {
            assert!(Message::parse(&INVITE[..end]).is_err(), "{end} octets pass");
        }
        assert!(Message::parse(&INVITE[..whole]).is_ok());
    }

    const INVITE: &[u8] = b"INVITE sip:0805691282@192.0.2.1 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
        From: <sip:a@192.0.2.9>;tag=t1\r\n\
        To: <sip:0805691282@192.0.2.1>\r\n\
        Call-ID: c1@192.0.2.9\r\n\
        CSeq: 1 INVITE\r\n\
        Content-Length: 5\r\n\r\nv=0\r\ntrailing";
}
