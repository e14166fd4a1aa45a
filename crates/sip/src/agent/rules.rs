//! What a request must be before it is looked at further (RFC 3261 § 8.2), in the order of the RFC.

use super::content::Content;
use crate::message::limits::MAX_KEPT;
use crate::message::{Headers, Method, Request};
use crate::octets::unfold;
use crate::uri::{Scheme, Uri};
use crate::write::{ALLOW, line};

/// A refusal by rule: the same request would always get it, so no state is kept for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) reason: &'static str,
    /// Whole lines that belong to it.
    pub(super) lines: Vec<u8>,
}

impl Refusal {
    pub(super) fn new(status: u16, reason: &'static str) -> Self {
        Self {
            status,
            reason,
            lines: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        line(&mut self.lines, name, value.as_bytes());
        self
    }
}

/// Method, Request-URI and Require, for every request but ACK and CANCEL.
pub(super) fn check(request: &Request<'_>) -> Result<(), Refusal> {
    check_method(request.method)?;
    check_request_uri(&request.target)?;
    check_require(&request.headers)
}

/// § 8.2.1
fn check_method(method: Method<'_>) -> Result<(), Refusal> {
    match method {
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Info
        | Method::Prack
        | Method::Update => Ok(()),
        Method::Other(_) => Err(Refusal::new(501, "Not Implemented")),
        Method::Register
        | Method::Subscribe
        | Method::Notify
        | Method::Refer
        | Method::Message
        | Method::Publish => Err(Refusal::new(405, "Method Not Allowed").with("Allow", ALLOW)),
    }
}

/// § 8.2.2.1; headers inside a Request-URI are forbidden by § 19.1.1.
fn check_request_uri(target: &Uri<'_>) -> Result<(), Refusal> {
    if target.scheme() == Scheme::Other {
        return Err(Refusal::new(416, "Unsupported URI Scheme"));
    }
    if target.headers().is_some() {
        return Err(Refusal::new(400, "Headers in Request-URI"));
    }
    Ok(())
}

/// § 8.2.2.3; Proxy-Require is none of our business.
fn check_require(headers: &Headers<'_>) -> Result<(), Refusal> {
    let unknown: Vec<_> = headers
        .list("Require")
        .filter(|option| !option.is_empty() && !is_known(option))
        .map(unfold)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut refusal = Refusal::new(420, "Bad Extension");
    line(&mut refusal.lines, "Unsupported", &unknown.join(&b", "[..]));
    Err(refusal)
}

/// RFC 4028 and RFC 3262.
fn is_known(option: &[u8]) -> bool {
    option.eq_ignore_ascii_case(b"timer") || option.eq_ignore_ascii_case(b"100rel")
}

/// What a call keeps of an INVITE, or of what moves its target, once for its dialog and once for the response that is
/// repeated (§ 21.5.7).
pub(super) fn check_kept(headers: &Headers<'_>) -> Result<(), Refusal> {
    let lines = KEPT.iter().flat_map(|name| {
        let elements = headers.list(name);
        elements.map(|element| name.len() + element.len() + LINE_EXTRA)
    });
    match lines.sum::<usize>() {
        0..=MAX_KEPT => Ok(()),
        _ => Err(Refusal::new(513, "Message Too Large")),
    }
}

/// Type, coding and the types the caller takes back (§ 8.2.3 and § 20.1), for an INVITE and
/// for what may carry an offer or an answer beside it.
pub(super) fn check_content<'a>(request: &Request<'a>) -> Result<Option<&'a [u8]>, Refusal> {
    let unsupported = || Refusal::new(415, "Unsupported Media Type");
    let offer = match Content::of(request) {
        Content::Nothing => None,
        Content::Sdp(sdp) => Some(sdp),
        Content::Unknown => return Err(unsupported().with("Accept", "application/sdp")),
        Content::Encoded => return Err(unsupported().with("Accept-Encoding", "identity")),
    };
    if !takes_sdp(&request.headers) {
        return Err(Refusal::new(406, "Not Acceptable"));
    }
    Ok(offer)
}

fn takes_sdp(headers: &Headers<'_>) -> bool {
    let mut ranges = headers
        .list("Accept")
        .filter(|range| !range.is_empty())
        .peekable();
    ranges.peek().is_none()
        || ranges.any(|range| {
            let end = range.iter().position(|&octet| octet == b';');
            let kind = crate::octets::trim(&range[..end.unwrap_or(range.len())]);
            let takes = |known: &str| kind.eq_ignore_ascii_case(known.as_bytes());
            takes("application/sdp") || takes("application/*") || takes("*/*")
        })
}

/// The headers that a call keeps, each element of a list in a line of its own.
const KEPT: [&str; 7] = [
    "Via",
    "Record-Route",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
];
/// Octets of a line beside its name and its value.
const LINE_EXTRA: usize = ": \r\n".len();
