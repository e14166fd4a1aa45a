//! What is to be called, how long, and with which keys.

use std::{net::IpAddr, time::Duration};

use media::Codec;

/// One call.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// `sip:0805691282@HOST[:PORT]`, HOST a number or a name.
    pub target: String,
    /// Keys to press while listening; see [`crate::KeyScript`]. Empty: none.
    pub keys: String,
    /// Listening longer than this, the caller hangs up; counted from the answer.
    pub limit: Duration,
    /// Without an answer for this long, the caller gives up (CANCEL).
    pub answer_within: Duration,
    /// The laws to offer, preferred first.
    pub codecs: Vec<Codec>,
    /// The address of this machine to call from; by default the one that leads to the target.
    pub bind: Option<IpAddr>,
}

impl CallPlan {
    /// A call without keys, of at most ten minutes, that waits 32 s for an answer and prefers A-law.
    pub fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            keys: String::new(),
            limit: Duration::from_secs(600),
            answer_within: Duration::from_secs(32),
            codecs: Codec::ALL.to_vec(),
            bind: None,
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
    /// The address of this machine to call from.
    pub bind: Option<IpAddr>,
}

impl StormPlan {
    /// So many calls at this rate, each listening for `hold`, each waiting 32 s for its answer.
    pub fn new(target: &str, calls: usize, rate: f64, hold: Duration) -> Self {
        Self {
            target: target.to_owned(),
            calls,
            rate,
            hold,
            answer_within: Duration::from_secs(32),
            bind: None,
        }
    }
}
