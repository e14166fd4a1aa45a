//! Answers calls: the user agent server of RFC 3261 over UDP, TCP and TLS, with RFC 3262, RFC 3311,
//! RFC 3581, RFC 4028 and RFC 6026.
//!
//! Start with [`Agent`]. After anything goes in ([`Agent::handle_input`], [`Agent::accept`], …) poll
//! [`Agent::poll_output`] until it answers [`Output::Timeout`], then wait for that instant or the
//! next datagram. It reads no clock and no socket, resolves no name and places no call.
//!
//! A stranger's request costs no memory: what is refused by rule, because we are full or by the
//! driver's [`Gate`], is answered from the request alone. State begins with a call that is announced.

mod call;
mod candidates;
mod config;
mod contacts;
mod content;
mod dialog;
mod door;
mod event;
mod finished;
mod gate;
mod housekeeping;
mod incoming;
mod invitation;
mod invite;
mod invites;
mod keys;
mod outgoing;
mod refresh;
mod reliable;
mod rules;
mod session;
pub(crate) mod tags;
mod timers;
mod update;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use call::Call;
pub use config::{AgentConfig, Counters};
pub use contacts::{Contact, Contacts};
pub use event::{CallHandle, EndCause, Event, Invitation, Manner, Output, Reason};
use finished::Finished;
pub use gate::{Gate, NewCall, Open, Verdict};
use invites::Invite;
use tags::{Table, Tags};
use timers::{Timer, Timers};

use crate::Peer;

/// An answering party: every call of one line.
#[derive(Debug)]
pub struct Agent {
    config: AgentConfig,
    counters: Counters,
    tags: Tags,
    calls: Table<CallHandle, Call>,
    /// Calls that the driver still counts.
    alive: usize,
    invites: Table<u64, Invite>,
    finished: Finished,
    timers: Timers,
    is_sweep_due: bool,
    outputs: VecDeque<Output>,
}

impl Agent {
    /// An agent without calls. `seed` makes its tags unguessable: take it from the system's random
    /// source.
    pub fn new(config: AgentConfig, seed: u64) -> Self {
        let tags = Tags::new(seed);
        Self {
            counters: Counters::default(),
            tags,
            calls: Table::with_hasher(tags.hasher()),
            alive: 0,
            invites: Table::with_hasher(tags.hasher()),
            finished: Finished::new(tags.hasher(), table_cap(config.max_calls)),
            timers: Timers::default(),
            is_sweep_due: false,
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Takes one datagram, or one message of a stream, heard from `from`. Never fails: what cannot be read is refused or dropped
    /// and counted. `gate` is asked whether a new call is taken.
    pub fn handle_input(
        &mut self,
        now: Instant,
        from: impl Into<Peer>,
        datagram: &[u8],
        gate: &mut impl Gate,
    ) {
        self.counters.received += 1;
        if datagram.iter().all(|octet| b"\r\n\0".contains(octet)) {
            self.counters.keepalives += 1;
            return;
        }
        self.handle_datagram(now, from.into(), datagram, gate);
    }

    /// Says what to do now. Call again until it answers [`Output::Timeout`].
    pub fn poll_output(&mut self, now: Instant) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            match self.timers.take_due(now) {
                Some(Timer::Call(call)) => self.handle_call_timer(now, call),
                Some(Timer::Session(call)) => self.handle_session_timer(now, call),
                Some(Timer::Refresh(call)) => self.handle_refresh_timer(now, call),
                Some(Timer::Invite(attempt)) => self.handle_invite_timer(now, attempt),
                Some(Timer::Sweep) => self.sweep(now),
                None => {
                    self.expect_sweep(now);
                    return Output::Timeout(self.timers.next().unwrap_or(now + IDLE));
                }
            }
        }
    }

    /// Calls that are not over.
    pub fn calls(&self) -> usize {
        self.alive
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn transmit(&mut self, to: Peer, octets: Vec<u8>) {
        self.counters.sent += 1;
        self.outputs.push_back(Output::Transmit { to, octets });
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Most entries of any table: calls, INVITE transactions, remembered responses.
    fn table_cap(&self) -> usize {
        table_cap(self.config.max_calls)
    }
}

/// What is over lingers up to 32 seconds, so a table holds more than the calls of one moment.
fn table_cap(max_calls: usize) -> usize {
    max_calls.saturating_mul(8).saturating_add(TABLE_FLOOR)
}

/// What every table holds at least: 2,000 requests a second for 32 seconds.
const TABLE_FLOOR: usize = 65_536;
/// How long to wait for a datagram when nothing is due.
const IDLE: Duration = Duration::from_secs(3600);
