//! Answers calls.

mod config;
mod event;

use std::net::SocketAddr;
use std::time::Instant;

pub use config::{Admission, AgentConfig, Counters};
pub use event::{CallHandle, EndCause, Event, Invitation, Output};

/// Answers calls.
pub struct Agent {
    config: AgentConfig,
    counters: Counters,
}

impl Agent {
    /// An agent without calls. `seed` makes its tags unguessable: take it from the system's random source.
    pub fn new(config: AgentConfig, seed: u64) -> Self {
        let _ = (&config.contact, config.max_calls, seed);
        Self {
            config,
            counters: Counters::default(),
        }
    }

    /// Takes one datagram heard from `from`. Poll afterwards.
    pub fn handle_input(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        let _ = (now, from, datagram);
    }

    /// Says what to do now. Call again until it answers [`Output::Timeout`].
    pub fn poll_output(&mut self, now: Instant) -> Output {
        Output::Timeout(now + std::time::Duration::from_secs(3600))
    }

    /// Answers an invited call with 200 and this SDP, repeated until its ACK.
    pub fn accept(&mut self, now: Instant, call: CallHandle, answer: &[u8]) {
        let _ = (now, call, answer);
    }

    /// Refuses an invited call; the refusal is repeated until its ACK.
    pub fn reject(
        &mut self,
        now: Instant,
        call: CallHandle,
        status: u16,
        reason_phrase: &str,
        retry_after: Option<u32>,
    ) {
        let _ = (now, call, status, reason_phrase, retry_after);
    }

    /// Answers [`Event::Reoffered`] with 200 and this SDP.
    pub fn accept_reoffer(&mut self, now: Instant, call: CallHandle, answer: &[u8]) {
        let _ = (now, call, answer);
    }

    /// Refuses [`Event::Reoffered`]; the call goes on as it was.
    pub fn reject_reoffer(
        &mut self,
        now: Instant,
        call: CallHandle,
        status: u16,
        reason_phrase: &str,
    ) {
        let _ = (now, call, status, reason_phrase);
    }

    /// Ends a call with BYE; `cause` is Q.850 (16 normal). [`Event::Ended`] follows at once.
    pub fn hang_up(&mut self, now: Instant, call: CallHandle, cause: u8) {
        let _ = (now, call, cause);
    }

    /// Opens or closes the door for new calls.
    pub fn set_admission(&mut self, admission: Admission) {
        let _ = (admission, &self.config);
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        0
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
