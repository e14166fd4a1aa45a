//! One call, or a few, copied from the wire while the service runs: what `allo trace` asks for and gets.
//!
//! The service listens on a socket in its data folder, which only its own user and the administrator may open. A
//! [`Wish`] comes in as one line of JSON; [`Reply`]s go back, one line each, a message followed by its octets. The
//! service decides which messages belong (`sieve`), the command writes the capture (`pcapng`) and tells the call as a
//! ladder (`ladder`). It ends by itself: after so many calls, seconds, messages or octets, or when the command goes.

mod desk;
mod frame;
mod ladder;
mod pcapng;
mod shorten;
mod sieve;
mod sketch;

use std::net::SocketAddr;

use line::Way;
use serde::{Deserialize, Serialize};
use sip::Transport;

pub(crate) use desk::Desk;
pub(crate) use ladder::Ladder;
pub(crate) use pcapng::Capture;
pub(crate) use shorten::Shortener;

/// The socket in the data folder.
pub(crate) const SOCKET: &str = "trace.sock";

/// Which calls, and how much of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Calls to this number, however it is written.
    pub(crate) number: Option<String>,
    /// The call of this Call-ID.
    pub(crate) call_id: Option<String>,
    /// Calls by this trunk.
    pub(crate) trunk: Option<String>,
    /// Messages that belong to no call too, such as OPTIONS and REGISTER.
    pub(crate) all: bool,
    /// It ends when so many calls are over.
    pub(crate) calls: u32,
    /// It ends after so many seconds.
    pub(crate) seconds: u64,
}

/// What the service says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// From here on, what fits is copied.
    Listening,
    /// The wish cannot be granted; the sentence says why.
    Refused(String),
    /// A message, whose octets follow.
    Message(Heading),
    /// It is over.
    Over {
        /// Why.
        why: Ending,
        /// Messages lost because the disk or the command was slow.
        dropped: u64,
    },
}

/// What is known of a message beside its octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heading {
    /// Nanoseconds since 1970.
    pub(crate) at_ns: u64,
    /// `->` to us, `!>` to us from an address of no trunk, `<-` from us.
    pub(crate) way: Arrow,
    /// Our end.
    pub(crate) local: SocketAddr,
    /// The other end.
    pub(crate) peer: SocketAddr,
    /// What carried it.
    pub(crate) transport: Carrier,
    /// The call it belongs to, counted from 1; 0 for none.
    pub(crate) call: u32,
    /// How many octets follow.
    pub(crate) length: usize,
}

/// [`Way`], as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Arrow {
    #[serde(rename = "->")]
    Heard,
    #[serde(rename = "!>")]
    FromStranger,
    #[serde(rename = "<-")]
    Sent,
}

impl From<Way> for Arrow {
    fn from(way: Way) -> Self {
        match way {
            Way::Heard => Self::Heard,
            Way::FromStranger => Self::FromStranger,
            Way::Sent => Self::Sent,
        }
    }
}

/// [`Transport`], as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Carrier {
    Udp,
    Tcp,
    Tls,
}

impl Carrier {
    /// As Via names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}

impl From<Transport> for Carrier {
    fn from(transport: Transport) -> Self {
        match transport.name() {
            "UDP" => Self::Udp,
            "TCP" => Self::Tcp,
            _ => Self::Tls,
        }
    }
}

/// Why a trace is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ending {
    /// As many calls as were wished for are over.
    Calls,
    /// The seconds are over.
    Time,
    /// It is as large as a trace may get.
    Size,
    /// The service stops.
    Stopped,
}

impl Ending {
    /// For the person at the terminal.
    pub(crate) fn say(self) -> &'static str {
        match self {
            Self::Calls => "as many calls as wished for are over",
            Self::Time => "the time is over",
            Self::Size => "it is as large as a trace may get",
            Self::Stopped => "the service stops",
        }
    }
}
