//! What an agent is told at its start, and what it counts.

use super::Contacts;

/// Fixed for the life of an agent.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Where callers reach us, written into Contact and Via.
    pub contacts: Contacts,
    /// Calls held at once; further ones get 503. Every table's cap follows from it.
    pub max_calls: usize,
}

/// What an agent has seen since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams handed in.
    pub received: u64,
    /// Datagrams handed out, repeats included.
    pub sent: u64,
    /// Of those sent, repeats of something nobody had acknowledged.
    pub retransmitted: u64,
    /// Requests of callers heard again and absorbed or answered from memory.
    pub repeats_absorbed: u64,
    /// Datagrams that could not be read, answered or not.
    pub malformed: u64,
    /// Datagrams let go without an answer.
    pub dropped: u64,
    /// Datagrams of CRLF alone.
    pub keepalives: u64,
    /// New calls announced.
    pub invited: u64,
    /// New calls refused because of the [`Gate`](super::Gate) or `max_calls`.
    pub refused: u64,
    /// Other requests refused by rule.
    pub rejected: u64,
    /// 200s that nobody acknowledged in 32 s.
    pub unacknowledged: u64,
    /// Our BYEs that nobody answered in 32 s.
    pub unanswered_byes: u64,
}
