//! A request other than INVITE until its final response (RFC 3261 § 17.1.2).
//!
//! Timers E and F are those of [`Repeats`]: over UDP the request is repeated, over a stream it is sent once; after 32 s
//! it has failed either way. Timer K needs no state here: whoever has a final response forgets the transaction, and
//! later ones match nothing.

use std::time::Instant;

use super::request::Asking;
use crate::message::Response;
use crate::peer::Peer;
use crate::repeats::{Repeats, Step};

/// One request on its way.
#[derive(Debug)]
pub(super) struct Transaction {
    asking: Asking,
    branch: String,
    to: Peer,
    repeats: Repeats,
}

impl Transaction {
    /// Takes the request in wire form; the first [`Step`] sends it at once.
    pub(super) fn new(
        now: Instant,
        asking: Asking,
        branch: String,
        to: Peer,
        octets: Vec<u8>,
    ) -> Self {
        Self {
            asking,
            branch,
            to,
            repeats: Repeats::over(now, octets, to.transport),
        }
    }

    /// Where the request goes.
    pub(super) fn to(&self) -> Peer {
        self.to
    }

    /// Whether the response is one to this request (§ 17.1.3). The branch is a secret of ours, so its source may be any.
    pub(super) fn owns(&self, response: &Response<'_>) -> bool {
        response.via().branch() == self.branch.as_bytes()
            && response.cseq().method.as_bytes() == self.asking.method().as_bytes()
            && response.headers.list("Via").nth(1).is_none()
    }

    /// Takes a response of its own; answers whether it is a final one.
    pub(super) fn handle_response(&mut self, response: &Response<'_>) -> bool {
        if response.status < 200 {
            self.repeats.slow_down();
        }
        response.status >= 200
    }

    /// Says what to do now.
    pub(super) fn poll_output(&mut self, now: Instant) -> Step<'_> {
        self.repeats.poll_output(now)
    }
}
