//! What a registration tells its driver.

use std::time::{Duration, Instant};

use crate::digest::Unanswerable;
use crate::peer::Peer;

/// What the driver does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationOutput {
    /// Send this message.
    Transmit {
        /// Where it goes, and how.
        to: Peer,
        /// The whole message.
        octets: Vec<u8>,
    },
    /// Something changed.
    Event(RegistrationEvent),
    /// Nothing to do before this instant, or before the next response.
    Timeout(Instant),
}

/// A change; a refresh that is granted is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationEvent {
    /// Calls for the account come to us from here on.
    Registered {
        /// Who said so.
        peer: Peer,
        /// For how long, before it is asked anew.
        time: Duration,
    },
    /// An attempt came to nothing. A registration granted before may still be in force.
    Failed {
        /// Why.
        failure: Failure,
        /// Until the next attempt.
        wait: Duration,
    },
    /// The time that was granted is over and no attempt to renew it has come to anything: no call comes any more.
    Lapsed,
    /// Taken away on our own wish; nothing follows.
    Left,
}

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// By no way did an answer come within 32 s.
    #[error("no answer")]
    Silent,
    /// The message could not be sent.
    #[error("cannot be reached")]
    Unreachable,
    /// A refusal.
    #[error("answered {0}")]
    Status(u16),
    /// A password is asked and none is configured.
    #[error("asks for a password and none is configured")]
    NoPassword,
    /// A password is asked in a way that we cannot answer.
    #[error("{0}")]
    Challenge(Unanswerable),
}
