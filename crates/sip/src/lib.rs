//! Signalling without I/O: messages, SDP, transactions, dialogs, the answering agent.
//!
//! Three types to know: [`message::Message`] reads one datagram, however it is spelt;
//! [`Agent`] answers calls and keeps every promise of RFC 3261 about repeats and goodbyes;
//! [`sdp::Sdp`] is what two parties say about their sound. Beside them [`client`] asks carriers to register the line.
//!
//! This room never opens a socket, reads a clock, resolves a name or starts a task, and the agent
//! never places a call. `now` and randomness come in as arguments; octets and events come out of
//! [`Agent::poll_output`]. Where it leaves a standard on purpose, `docs/sip.md` says so and why.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod agent;
mod calling;
pub mod client;
pub mod digest;
pub mod header;
mod malformed;
pub mod message;
mod octets;
mod peer;
pub mod repeats;
pub mod sdp;
pub mod stream;
pub mod uri;
pub mod write;

pub use agent::{
    Agent, AgentConfig, CallHandle, Contact, Contacts, Counters, EndCause, Event, Gate, Invitation,
    Manner, NewCall, Open, Output, Reason, Verdict,
};
pub use calling::{Attestation, Calling, Verstat};
pub use malformed::Malformed;
pub use peer::{Peer, Transport};
