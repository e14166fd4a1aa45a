//! INVITE transactions of callers: what a repeat, an ACK or a CANCEL belongs to
//! (RFC 3261 § 17.2.1, RFC 6026 § 7.1).

use std::time::{Duration, Instant};

use super::CallHandle;
use super::reliable::{Ready, Reliability, Reliable};
use super::session::Wish;
use crate::peer::Peer;
use crate::repeats::Repeats;
use crate::write::Reply;

/// One INVITE transaction.
#[derive(Debug)]
pub(super) struct Invite {
    /// Tells a repeat from a merged request.
    pub(super) branch: u64,
    pub(super) call: CallHandle,
    pub(super) state: InviteState,
    /// When its timer is due.
    pub(super) due: Option<Instant>,
}

/// The states of § 17.2.1 with Accepted of RFC 6026.
#[derive(Debug)]
pub(super) enum InviteState {
    /// 100 is sent; the final response is being thought about.
    Proceeding(Box<Pending>),
    /// A refusal is repeated until its ACK (Timers G and H).
    Refused(Box<Refused>),
    /// The refusal is acknowledged; late repeats are absorbed (Timer I).
    Confirmed,
    /// A 2xx was sent; repeats are absorbed, the call repeats the 2xx itself (Timer L).
    Accepted,
}

/// What is kept of an INVITE until its final response.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) reply: Reply,
    /// Whole lines, as they came.
    pub(super) record_route: Vec<u8>,
    pub(super) cseq: u32,
    pub(super) has_offer: bool,
    /// What it says of session timers.
    pub(super) wish: Wish,
    /// What it says of reliable provisional responses.
    pub(super) reliability: Reliability,
    /// The last provisional response above 100.
    pub(super) provisional: Option<Vec<u8>>,
    /// The one of these that was sent reliably.
    pub(super) reliable: Option<Reliable>,
    /// The 200, until it may be sent.
    pub(super) ready: Option<Ready>,
}

impl Invite {
    /// What is kept of it while it has no final response.
    pub(super) fn pending(&self) -> Option<&Pending> {
        match &self.state {
            InviteState::Proceeding(pending) => Some(pending),
            _ => None,
        }
    }
}

/// A refusal on its way.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) repeats: Repeats,
    pub(super) to: Peer,
}

/// How long Timer L absorbs repeats of an accepted INVITE: 64·T1.
pub(super) const TIMER_L: Duration = Duration::from_secs(32);
/// How long Timer I absorbs repeats of an acknowledged refusal: T4.
pub(super) const TIMER_I: Duration = Duration::from_secs(5);
