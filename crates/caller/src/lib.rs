//! A resident at the other end: calls, listens, presses keys, measures.
//!
//! Three things to know: [`place_call`] makes one call and hands back what was heard, octet by octet;
//! [`storm`] makes thousands from one process and says what became of them; [`CallReport`] is the
//! judgement of one call.
//!
//! This room is the only one that sends an INVITE, and nothing on the network can reach it: it is
//! called by commands, probes and tests. It answers calls only as a [`BareSender`], which is started
//! by hand to be measured beside the line. It never counts its own delays as the line's: arrivals
//! are stamped by the kernel, and a storm in which a socket of its own overflowed says that it is
//! not valid.

mod bare;
mod call;
mod compare;
mod ear;
mod error;
mod keys;
mod lateness;
mod leg;
mod mouth;
mod offer;
mod plan;
mod recognise;
mod report;
mod report_port;
mod reporter;
mod secrecy;
mod signalling;
mod socket;
mod spread;
mod storm;
mod tally;
mod target;

pub use bare::BareSender;
pub use call::place_call;
pub use compare::{Comparison, Ratios, compare};
pub use error::CallError;
pub use keys::KeyScript;
pub use lateness::Lateness;
pub use plan::{CallPlan, StormPlan};
pub use recognise::{Found, find_sound};
pub use report::{CallReport, EndedBy, PressedKey};
pub use reporter::Reports;
pub use secrecy::Encryption;
pub use spread::Spread;
pub use storm::{
    Bucket, EncryptedCalls, KeyReactions, Progress, ReportsExchanged, ServerCost, StormReport,
    storm,
};
pub use tally::Counts;
pub use target::Target;
