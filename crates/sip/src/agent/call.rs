//! One caller's call as signalling sees it.

use std::time::Instant;

use super::dialog::Dialog;
use super::refresh::Refresh;
use super::session::Session;
use super::update::Update;
use crate::peer::Peer;
use crate::repeats::Repeats;

/// A call from its INVITE to the answer to our BYE.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) dialog: Dialog,
    pub(super) phase: Phase,
    /// The last CSeq number of the caller.
    pub(super) remote_cseq: u32,
    /// The last CSeq number of ours; 0 before our first request.
    pub(super) local_cseq: u32,
    /// The INVITE transaction that is open or was last.
    pub(super) attempt: u64,
    /// An INVITE that is not yet acknowledged.
    pub(super) exchange: Option<Exchange>,
    /// When its timer is due.
    pub(super) due: Option<Instant>,
    /// An UPDATE with an offer that the driver is asked about (RFC 3311).
    pub(super) update: Option<Box<Update>>,
    /// When its session must be refreshed (RFC 4028).
    pub(super) session: Option<Box<Session>>,
    /// Our refresh on its way.
    pub(super) refresh: Option<Box<Refresh>>,
    /// Whether the caller takes UPDATE, as its Allow says.
    pub(super) takes_update: bool,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Announced, neither accepted nor rejected.
    Ringing,
    /// Accepted; its ACK has not come.
    Accepted,
    /// Its ACK has come.
    Established,
    /// The driver hung up before the ACK: BYE follows the ACK (RFC 3261 § 15).
    LeavingAfterAck { cause: u8 },
    /// Our BYE is on its way.
    Leaving,
}

/// Where an INVITE of this call stands.
#[derive(Debug)]
pub(super) enum Exchange {
    /// The driver has been asked.
    Asked,
    /// Our 200 is repeated until its ACK.
    Answered(Box<Answered>),
    /// Our BYE is repeated until its response.
    Goodbye(Box<Repeats>),
}

/// A 200 on its way.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) repeats: Repeats,
    pub(super) to: Peer,
    pub(super) cseq: u32,
    pub(super) answer: AnswerOf,
}

/// Where the answer to an offer of ours comes from.
#[derive(Clone, Debug)]
pub(super) enum AnswerOf {
    /// The offer was the caller's.
    Nobody,
    /// The INVITE had no offer, so the ACK brings the answer.
    Ack,
    /// A PRACK brought this one, if it brought any.
    Prack(Option<Box<[u8]>>),
}

impl Call {
    /// Whether the driver still counts it.
    pub(super) fn is_alive(&self) -> bool {
        !matches!(self.phase, Phase::Leaving | Phase::LeavingAfterAck { .. })
    }

    /// The 200 that waits for the ACK with this number.
    pub(super) fn answered(&self, cseq: u32) -> Option<&Answered> {
        match &self.exchange {
            Some(Exchange::Answered(answered)) if answered.cseq == cseq => Some(answered),
            _ => None,
        }
    }
}
