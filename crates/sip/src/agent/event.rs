//! What the agent tells its driver.

use std::net::SocketAddr;
use std::time::Instant;

use crate::Peer;

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this message.
    Transmit {
        /// Where it goes, and how.
        to: Peer,
        /// The whole message.
        octets: Vec<u8>,
    },
    /// Something happened to a call.
    Event(Event),
    /// Nothing to do before this instant, or before the next datagram.
    Timeout(Instant),
}

/// Something that happened to a call.
///
/// Every call that was [`Event::Invited`] ends in exactly one of three ways: [`Event::Cancelled`],
/// [`Event::Ended`], or the driver's own [`crate::Agent::reject`], which no event follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody calls; 100 is on its way. Accept or reject.
    Invited {
        /// Names the call from here on.
        call: CallHandle,
        /// Who, whom and how.
        invitation: Box<Invitation>,
    },
    /// The ACK of our 200: from here on sound may be sent.
    Acknowledged {
        /// Which call.
        call: CallHandle,
        /// The answer to our offer, if the INVITE had none.
        answer: Option<Vec<u8>>,
    },
    /// The caller went before an answer; 487 is on its way.
    Cancelled {
        /// Which call.
        call: CallHandle,
    },
    /// The call is over; nothing more may be sent to the caller.
    Ended {
        /// Which call.
        call: CallHandle,
        /// Why.
        cause: EndCause,
    },
    /// A key pressed by INFO.
    Key {
        /// Which call.
        call: CallHandle,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        key: char,
    },
    /// A new INVITE inside the call. Answer with [`crate::Agent::accept_reoffer`] or
    /// [`crate::Agent::reject_reoffer`].
    Reoffered {
        /// Which call.
        call: CallHandle,
        /// The new offer; empty if we are to offer, then the answer comes as
        /// [`Event::Acknowledged`].
        offer: Vec<u8>,
    },
}

/// Names one call; another for every call of one agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallHandle(pub(crate) u64);

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The caller's BYE.
    CallerHungUp {
        /// Q.850 cause of its Reason header (RFC 3326), if it has one.
        cause: Option<u8>,
    },
    /// Our own [`crate::Agent::hang_up`], or a session that the caller stopped refreshing (102).
    HungUp {
        /// The Q.850 cause we gave.
        cause: u8,
    },
    /// No ACK within 32 s of our 200; a BYE is on its way.
    NotAcknowledged,
}

/// An INVITE that opens a call, in the words the line needs.
///
/// URIs are given without brackets. Octets that are no UTF-8 become U+FFFD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The Call-ID.
    pub call_id: String,
    /// The Request-URI.
    pub request_uri: String,
    /// The URI of To.
    pub to: String,
    /// The URI of From.
    pub from: String,
    /// The SDP offer; `None` asks us to offer.
    pub offer: Option<Vec<u8>>,
    /// The URI of P-Called-Party-ID (RFC 7315).
    pub p_called_party_id: Option<String>,
    /// The URIs of Diversion, as they stand: the last diversion first (RFC 5806).
    pub diversion: Vec<String>,
    /// The URIs of History-Info in the order of their index (RFC 7044).
    pub history_info: Vec<String>,
    /// Where the INVITE was heard from.
    pub source: SocketAddr,
}
