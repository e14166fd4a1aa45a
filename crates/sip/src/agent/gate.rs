//! Who is let in: the question each new call raises before anything of it is kept.

use std::net::SocketAddr;

use super::candidates;
use crate::message::Headers;

/// Decides on each new call before anything of it is kept.
///
/// A closure from [`NewCall`] to [`Verdict`] is a gate that never drains; [`Open`] admits everybody.
pub trait Gate {
    /// Says whether a call is taken.
    ///
    /// Asked once for every INVITE that is new: never for a repeat of one that is known, for one
    /// inside a call, nor for any other request. What was refused is not remembered, so its repeat
    /// is new again. An admitted INVITE may still be refused by a rule or for want of room; the calls
    /// to count are those announced by [`crate::Event::Invited`].
    fn judge(&mut self, call: &NewCall<'_>) -> Verdict;

    /// Whether this line goes away; then OPTIONS gets 503, so that a carrier turns elsewhere, with
    /// these seconds in Retry-After. New calls are judged all the same.
    fn is_draining(&self) -> Option<Option<u32>> {
        None
    }
}

/// What becomes of a new call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is announced.
    Admit,
    /// It is refused, and nothing of it is kept.
    Refuse {
        /// 503, or what the carrier prefers: 403, 480, 486, 500, 600, 603. What is no refusal (400 to
        /// 699) is sent as 500.
        status: u16,
        /// Seconds after which the caller may try again.
        retry_after: Option<u32>,
    },
}

/// The gate that admits everybody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Open;

impl Gate for Open {
    fn judge(&mut self, _: &NewCall<'_>) -> Verdict {
        Verdict::Admit
    }
}

impl<F: FnMut(&NewCall<'_>) -> Verdict> Gate for F {
    fn judge(&mut self, call: &NewCall<'_>) -> Verdict {
        self(call)
    }
}

/// An INVITE that opens a call, as it came: nothing is copied and nothing allocated.
///
/// URIs are given without brackets. The candidates for the dialled number are the same, in the same
/// order, as in the [`crate::Invitation`] that follows if the call is admitted.
#[derive(Clone, Copy, Debug)]
pub struct NewCall<'a> {
    /// Where the INVITE was heard from.
    pub source: SocketAddr,
    /// The Request-URI.
    pub request_uri: &'a [u8],
    /// The URI of To.
    pub to: &'a [u8],
    /// The URI of From.
    pub from: &'a [u8],
    /// The Call-ID.
    pub call_id: &'a [u8],
    pub(super) headers: &'a Headers<'a>,
}

impl<'a> NewCall<'a> {
    /// The URI of P-Called-Party-ID (RFC 7315).
    pub fn p_called_party_id(&self) -> Option<&'a [u8]> {
        candidates::p_called_party_id(self.headers)
    }

    /// The URIs of Diversion, at most 32, as they stand: the last diversion first (RFC 5806).
    pub fn diversion(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        candidates::diversion(self.headers)
    }

    /// The URIs of History-Info, at most 32, in the order of their index (RFC 7044).
    pub fn history_info(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        candidates::history_info(self.headers)
    }

    /// Every element of any other header as it came, found one by one as the iterator goes on.
    /// `name` is the long form, in any case.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.list(name)
    }
}
