//! INVITE transactions of callers: what a repeat, an ACK or a CANCEL belongs to
//! (RFC 3261 § 17.2.1, RFC 6026 § 7.1).

use std::time::{Duration, Instant};

use super::CallHandle;
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
    /// Seconds between refreshes, if the caller refreshes.
    pub(super) session_s: Option<u32>,
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
