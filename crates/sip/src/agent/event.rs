//! What the agent tells its driver.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::{Calling, Peer};

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
    /// The caller has the 183 of [`crate::Agent::announce`], and its PRACK has come: sound may be sent before any answer.
    Announced {
        /// Which call.
        call: CallHandle,
    },
    /// The caller went before an answer; 487 is on its way.
    Cancelled {
        /// Which call.
        call: CallHandle,
        /// Why, as the caller says.
        reason: Reason,
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
    /// A new INVITE inside the call, or an UPDATE with an offer. Answer with [`crate::Agent::accept_reoffer`] or
    /// [`crate::Agent::reject_reoffer`].
    Reoffered {
        /// Which call.
        call: CallHandle,
        /// The new offer; empty if we are to offer, then the answer comes as
        /// [`Event::Acknowledged`].
        offer: Vec<u8>,
    },
    /// The session must be refreshed by an INVITE of ours (RFC 4028): give
    /// [`crate::Agent::refresh`] the description that stands.
    RefreshDue {
        /// Which call.
        call: CallHandle,
    },
    /// That INVITE is answered and acknowledged.
    Refreshed {
        /// Which call.
        call: CallHandle,
        /// The answer to our description, if the response has one.
        answer: Vec<u8>,
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
        /// Why, as the caller says.
        reason: Reason,
    },
    /// Our own [`crate::Agent::hang_up`], or a session that nobody refreshed any more (102).
    HungUp {
        /// The Q.850 cause we gave.
        cause: u8,
    },
    /// No ACK within 32 s of our 200, and a BYE is on its way; or no PRACK of a provisional response that needs one,
    /// and the INVITE is refused.
    NotAcknowledged,
}

/// What the Reason headers of a request say (RFC 3326).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The cause by ITU-T Q.850, such as 16 (normal clearing).
    pub q850: Option<u8>,
    /// The status of SIP, such as 200 (answered elsewhere).
    pub sip: Option<u16>,
}

/// How an invited call is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Whether 180 is sent before the 200.
    pub rings: bool,
    /// How long after the decision the 200 is sent.
    pub delay: Duration,
    /// The session timer that we ask for, in seconds, if the caller knows timers and asks for none (RFC 4028 § 9).
    pub session_s: Option<u32>,
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
    /// What it says about its caller beside From.
    pub calling: Calling,
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
    /// Which of our listeners heard it: its place in [`crate::Contacts`].
    pub listener: u8,
}
