//! What the signalling thread and the media threads say to each other.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;

use media::srtp::Keys;
use media::{Codec, Ptime};
use net::Waker;
use sip::sdp::TelephoneEvent;

use super::live_call::LiveCall;
use super::track::Track;
use crate::dictation::Word;

/// Told to a media thread, read once per slot. Seats are numbered by the signalling thread, which gives one out again
/// only after [`Report::Left`].
#[derive(Debug)]
pub(super) enum Order {
    /// Sound for this call, from its next slot on. The track says its seat.
    Join { call: Box<LiveCall>, track: Track },
    /// No more sound for it.
    Leave { seat: u32 },
    /// A key that came by SIP INFO.
    Key { seat: u32, key: char },
    /// What a dictation is answered; for the call of this number alone, whoever has the seat.
    Word {
        seat: u32,
        serial: u64,
        word: Box<Word>,
    },
    /// A new agreement in mid-call, and the keys of encrypted sound.
    Redirect {
        seat: u32,
        agreed: Agreed,
        keys: Option<Box<Keys>>,
    },
    /// After [`Report::Fell`]: begin again with no calls.
    Restart,
    /// What no order should ever do.
    #[cfg(test)]
    Panic,
}

/// What caller and line have agreed about sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) codec: Codec,
    /// The length of our packets.
    pub(super) ptime: Ptime,
    /// How the caller's keys come over RTP.
    pub(super) keys: Option<TelephoneEvent>,
    /// Whether keys are listened for in the sound, because there is no other way on this trunk.
    pub(super) in_band: bool,
    /// Whether the caller's sound itself is wanted.
    pub(super) dictates: bool,
    /// Where sound goes; `None` while the caller gave no address, as in a hold of the old kind.
    pub(super) peer: Option<SocketAddr>,
    /// Whether the caller wants sound: not while on hold.
    pub(super) sends: bool,
    /// Where reports go; `None` where the caller wants none.
    pub(super) reports: Option<ReportsTo>,
}

/// Where the caller hears reports (RTCP).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportsTo {
    /// At a port of their own.
    Port(SocketAddr),
    /// Where the sound goes (RFC 5761).
    Sound,
}

/// Told to the signalling thread.
#[derive(Debug)]
pub(super) enum Report {
    /// A call has no seat any more, and its memory goes back to be freed away from the clock.
    Left {
        thread: usize,
        call: Box<LiveCall>,
        track: Track,
        why: Parting,
    },
    /// A media thread lost all its calls to a fault of ours.
    Fell { thread: usize },
}

/// Why a call left its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// The signalling thread said so.
    Told,
    /// The script came to its end.
    ScriptOver,
    /// The longest call allowed was over.
    TooLong,
    /// Nothing is heard of the caller any more.
    Dead,
    /// The caller moved to an address that cannot be reached: better no call than a silent one.
    Unreachable,
    /// The script panicked.
    Fault,
}

/// The way to the signalling thread.
#[derive(Clone, Debug)]
pub(super) struct Reports {
    pub(super) sender: Sender<Report>,
    pub(super) waker: Waker,
}

impl Reports {
    pub(super) fn tell(&self, report: Report) {
        // Only a line being stopped has no reader left.
        let _ = self.sender.send(report);
        self.waker.wake();
    }
}
