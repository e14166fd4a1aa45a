//! Writes requests and responses in wire form.
//!
//! [`Reply`] answers a request, whoever asks. [`OutgoingCall`] writes what a caller says during one
//! call; it only makes octets, whoever places the call sends them.

mod outgoing_call;
mod reason;
mod reply;

use std::io::Write as _;

pub use outgoing_call::OutgoingCall;
pub use reason::reason_phrase;
pub use reply::Reply;

/// The methods an answering party of ours takes, as Allow says them.
pub const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE";

/// The extensions an answering party of ours knows, as Supported says them (RFC 4028, RFC 3262).
pub(crate) const SUPPORTED: &str = "timer, 100rel";

/// Appends `name: value` and CRLF; folds in the value become spaces.
pub(crate) fn line(octets: &mut Vec<u8>, name: &str, value: &[u8]) {
    octets.extend_from_slice(name.as_bytes());
    octets.extend_from_slice(b": ");
    crate::octets::extend_unfolded(octets, value);
    octets.extend_from_slice(b"\r\n");
}

/// Appends Content-Type and Content-Length, the empty line and the body.
pub(crate) fn body(octets: &mut Vec<u8>, body: Option<(&str, &[u8])>) {
    let (kind, content) = body.unwrap_or_default();
    if !kind.is_empty() {
        line(octets, "Content-Type", kind.as_bytes());
    }
    let length = content.len();
    // Writing to a Vec cannot fail.
    let _ = write!(octets, "Content-Length: {length}\r\n\r\n");
    octets.extend_from_slice(content);
}
