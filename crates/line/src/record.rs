//! What remains of a call: enough to prove it and to count it, nothing about who called.

use std::time::Duration;

use bulletin::{DialledNumber, Noticed, TerritorySlug};
use jiff::Timestamp;
use media::srtp::Suite;
use media::{Codec, Ptime};
use sip::Reason;

use crate::{Caller, Heard};

/// One call that reached the line, written when it is over. Calls refused at the gate (503) are only counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The Call-ID of its INVITE, to find it in a capture.
    pub call_id: String,
    /// The territory dialled, or the one chosen last in the menu.
    pub territory: Option<TerritorySlug>,
    /// The number that was found in the INVITE; `None` led to the menu.
    pub dialled: Option<DialledNumber>,
    /// When its INVITE came.
    pub started_at: Timestamp,
    /// When the caller acknowledged the answer and sound began; `None` if that never happened.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Timestamp,
    /// Keys pressed, in order; a very long call keeps its first ones.
    pub keys: String,
    /// Bulletins that began to play, each once, in the order first heard, and how much of each.
    pub heard: Vec<Heard>,
    /// What the caller said is noticed, each once, in the order of the answers.
    pub noticed: Vec<Noticed>,
    /// As much as may be kept of who called.
    pub caller: Caller,
    /// The trunk it came by; `None` where none is configured.
    pub trunk: Option<String>,
    /// The codec sent; `None` if the call was refused before one was agreed.
    pub codec: Option<Codec>,
    /// The length of a packet.
    pub ptime: Option<Ptime>,
    /// How its sound was encrypted; `None` in the clear.
    pub srtp: Option<Suite>,
    /// RTP packets handed to the network.
    pub packets_sent: u64,
    /// How it arrived, as the caller's side reported; `None` without a report.
    pub quality: Option<Quality>,
    /// How it ended.
    pub end: EndCause,
    /// Why the caller's side ended it, in the words of its BYE or CANCEL (RFC 3326).
    pub reason: Reason,
}

/// What the receiver reports of a call said (RFC 3550 § 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Reports received.
    pub reports: u32,
    /// Packets lost until the last report; negative where more arrived than were sent.
    pub lost: i32,
    /// The worst loss between two reports, in 256ths.
    pub worst_fraction: u8,
    /// The largest interarrival jitter reported.
    pub jitter: Duration,
    /// The latest round trip; `None` when the caller's side never heard a report of ours.
    pub round_trip: Option<Duration>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndCause {
    /// The script reached its goodbye.
    Completed,
    /// The caller hung up.
    CallerHungUp,
    /// The caller's side no longer confirmed the call (RFC 4028).
    CallerGone,
    /// Nothing was heard of the caller for too long, or sound was refused: see [`crate::MediaDeath`].
    MediaDead,
    /// The longest call allowed was over.
    LongestCall,
    /// The caller gave up before the answer.
    Cancelled,
    /// The answer was never acknowledged.
    NeverAcknowledged,
    /// Refused with this SIP status, such as 488 without a common law.
    Refused(u16),
    /// The line was stopped.
    Stopped,
    /// A fault of ours; the log says more.
    Fault,
}

impl EndCause {
    /// Who ended the call: `caller` or `line`.
    #[must_use]
    pub fn ended_by(self) -> &'static str {
        match self {
            Self::CallerHungUp | Self::Cancelled => "caller",
            Self::Completed
            | Self::CallerGone
            | Self::MediaDead
            | Self::LongestCall
            | Self::NeverAcknowledged
            | Self::Refused(_)
            | Self::Stopped
            | Self::Fault => "line",
        }
    }

    /// The Q.850 cause of the line's own BYE; `None` where the caller ended it, or where nobody was there to be told.
    #[must_use]
    pub fn q850(self) -> Option<u8> {
        match self {
            Self::Completed | Self::LongestCall | Self::Stopped => Some(16),
            Self::Fault => Some(41),
            Self::MediaDead | Self::CallerGone => Some(102),
            Self::CallerHungUp | Self::Cancelled | Self::NeverAcknowledged | Self::Refused(_) => {
                None
            }
        }
    }

    /// The SIP status with which it ended before it was answered.
    #[must_use]
    pub fn sip_status(self) -> Option<u16> {
        match self {
            Self::Refused(status) => Some(status),
            Self::Cancelled => Some(487),
            _ => None,
        }
    }

    /// A stable word for tables and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CallerHungUp => "caller_hung_up",
            Self::CallerGone => "caller_gone",
            Self::MediaDead => "media_dead",
            Self::LongestCall => "longest_call",
            Self::Cancelled => "cancelled",
            Self::NeverAcknowledged => "never_acknowledged",
            Self::Refused(_) => "refused",
            Self::Stopped => "stopped",
            Self::Fault => "fault",
        }
    }
}
