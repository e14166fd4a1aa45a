//! What is to be called, how long, and with which keys.

use std::{net::IpAddr, time::Duration};

use media::{Codec, Ptime};
use net::TlsTrust;

use crate::Progress;

/// One call.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// `sip:0805691282@HOST[:PORT]`, HOST a number or a name; `;transport=tcp` or `tls` behind it.
    pub target: String,
    /// Keys to press while listening; see [`crate::KeyScript`]. Empty: none.
    pub keys: String,
    /// Listening longer than this, the caller hangs up; counted from the answer.
    pub limit: Duration,
    /// Having heard all these one after the other, whatever came between, the caller hangs up: the octets of each in the
    /// codec offered, in packets that came in order. Empty: nothing ends the call early.
    pub until_heard: Vec<Vec<u8>>,
    /// Without one packet of sound for this long after the answer, the caller hangs up; `None`: only `limit` ends the call.
    pub sound_within: Option<Duration>,
    /// Without an answer for this long, the caller gives up (CANCEL).
    pub answer_within: Duration,
    /// What to offer, preferred first.
    pub codecs: Vec<Codec>,
    /// The length of packets to wish for (`a=ptime`); what the line sends is heard, whatever it is.
    pub ptime: Ptime,
    /// Whether to offer SRTP and nothing else (RFC 4568).
    pub srtp: bool,
    /// The address of this machine to call from; by default the one that leads to the target.
    pub bind: Option<IpAddr>,
    /// Whose certificate is believed over TLS.
    pub trust: Option<TlsTrust>,
}

impl CallPlan {
    /// A call without keys, of at most ten minutes, that waits 32 s for an answer and offers what a
    /// carrier does: A-law, then µ-law.
    pub fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            keys: String::new(),
            limit: Duration::from_secs(600),
            until_heard: vec![],
            sound_within: None,
            answer_within: Duration::from_secs(32),
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            ptime: Ptime::default(),
            srtp: false,
            bind: None,
            trust: None,
        }
    }
}

/// Many calls from one process.
#[derive(Clone, Debug)]
pub struct StormPlan {
    /// As in [`CallPlan`]; every call dials it.
    pub target: String,
    /// How many calls are placed.
    pub calls: usize,
    /// How many are begun each second.
    pub rate: f64,
    /// How long each one listens before it hangs up, counted from its answer.
    pub hold: Duration,
    /// Without an answer for this long, a caller gives up.
    pub answer_within: Duration,
    /// What to offer, preferred first.
    pub codecs: Vec<Codec>,
    /// The length of packets to wish for (`a=ptime`).
    pub ptime: Ptime,
    /// Whether to offer SRTP and nothing else; every packet is verified.
    pub srtp: bool,
    /// Whether every caller sends silence, 50 packets a second, as telephones do.
    pub speaks: bool,
    /// The share of those who listen that presses `*` each second, 0 to 1.
    pub keys_per_second: f64,
    /// Whether every caller exchanges reports (RTCP) with the line.
    pub reports: bool,
    /// The process of the line, if its processor time and memory are to be watched; on this machine.
    pub server: Option<u32>,
    /// Is told once a second how far the storm is.
    pub watcher: Option<fn(&Progress)>,
    /// The address of this machine to call from.
    pub bind: Option<IpAddr>,
    /// Whose certificate is believed over TLS.
    pub trust: Option<TlsTrust>,
}

impl StormPlan {
    /// So many calls at this rate, each listening for `hold` and saying nothing, each waiting 32 s
    /// for its answer and offering A-law, then µ-law, with nobody told and nothing watched.
    pub fn new(target: &str, calls: usize, rate: f64, hold: Duration) -> Self {
        Self {
            target: target.to_owned(),
            calls,
            rate,
            hold,
            answer_within: Duration::from_secs(32),
            codecs: vec![Codec::Pcma, Codec::Pcmu],
            ptime: Ptime::default(),
            srtp: false,
            speaks: false,
            keys_per_second: 0.0,
            reports: false,
            server: None,
            watcher: None,
            bind: None,
            trust: None,
        }
    }
}
