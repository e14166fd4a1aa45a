//! What remains of a call: enough to prove it and to count it, nothing about who called.

use bulletin::{BulletinId, DialledNumber, TerritorySlug};
use jiff::Timestamp;
use media::Codec;

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
    /// Bulletins that began to play, each once, in the order first heard.
    pub heard: Vec<BulletinId>,
    /// The law sent; `None` if the call was refused before one was agreed.
    pub codec: Option<Codec>,
    /// RTP packets handed to the network.
    pub packets_sent: u64,
    /// How it ended.
    pub end: EndCause,
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
    /// A stable word for tables and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::CallerHungUp => "caller_hung_up",
            Self::CallerGone => "caller_gone",
            Self::LongestCall => "longest_call",
            Self::Cancelled => "cancelled",
            Self::NeverAcknowledged => "never_acknowledged",
            Self::Refused(_) => "refused",
            Self::Stopped => "stopped",
            Self::Fault => "fault",
        }
    }
}
