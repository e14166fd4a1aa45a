//! The signalling thread: every listener's datagrams and connections, one agent, and the calls until they have sound and after.
//!
//! Sound never passes through here: an acknowledged call is handed to a media thread (see `engine.rs`) and comes
//! back when it is over. Start with [`Driver::run`].

mod call;
mod connections;
mod course;
mod desk;
mod engine;
mod handshakes;
mod introductions;
mod latch;
mod live_call;
mod load;
mod order;
mod outbound;
mod pulse;
mod reporting;
mod seats;
mod secrecy;
mod staff;
mod track;
mod watch;
mod wheel;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use net::{Inbox, Poller, Waker};
use sip::message::{Message, Method};
use sip::{Agent, Output, Peer, Transport};

use crate::admission::{Verdict, WHEN_BACK};
use crate::dictation::{DictatedCall, Word};
use crate::listeners::{self, Listener, MOST_LISTENERS, Place};
use crate::pressure::Pressure;
use crate::tap::{Tap, TappedMessage, Way, digits};
use crate::trunk::{Board, Target};
use crate::{CallRecord, Config, EndCause, ShortProgramme};
use connections::Connections;
pub(crate) use connections::MOST_CONNECTIONS;
use desk::Desk;
use outbound::Outbound;
use pulse::count;
pub(crate) use pulse::{SIGNALLING, Vitals};
pub(crate) use staff::{OnAirNow, Staff};

/// Everything the signalling thread owns.
pub(crate) struct Driver {
    listeners: Vec<Listener>,
    connections: Connections,
    agent: Agent,
    tap: Arc<Tap>,
    pressure: Pressure,
    short_programme: ShortProgramme,
    max_calls: usize,
    desk: Desk,
    outbound: Outbound,
    commands: Inbox<Command>,
    waker: Waker,
    poller: Poller,
    vitals: Arc<Vitals>,
    quiet: Arc<Quiet>,
    farewell: Option<Farewell>,
}

impl Driver {
    /// Puts the parts together; nothing runs yet.
    ///
    /// # Errors
    /// What the kernel says when no descriptor is left.
    pub(crate) fn new(parts: Parts, config: &Config, now: Instant) -> io::Result<Self> {
        let poller = Poller::new()?;
        poller.add(&parts.waker, WAKER_TOKEN)?;
        for (listener, token) in parts.listeners.iter().zip(LISTENER_TOKEN..) {
            poller.add(&listener.streams, token)?;
            if let Some(datagrams) = &listener.datagrams {
                poller.add(datagrams, DATAGRAM_TOKEN)?;
            }
        }
        let places: Vec<Place> = parts.listeners.iter().map(|one| one.place).collect();
        let outbound = Outbound::new(config, &listeners::contacts(&places), parts.board, now);
        Ok(Self {
            tap: parts.tap,
            connections: Connections::new(config, CONNECTION_TOKEN, now),
            listeners: parts.listeners,
            agent: parts.agent,
            pressure: Pressure::default(),
            short_programme: config.short_programme,
            max_calls: config.max_calls,
            desk: Desk::new(
                parts.staff,
                parts.on_air,
                places,
                config,
                parts.records,
                Arc::clone(&parts.vitals),
                now,
            ),
            outbound,
            commands: parts.commands,
            waker: parts.waker,
            poller,
            vitals: parts.vitals,
            quiet: parts.quiet,
            farewell: None,
        })
    }

    /// Answers until told to stop. A fault met on the way is logged and counted, and the line goes on answering; one
    /// that comes at every turn shows as a thread without a sign of life.
    pub(crate) fn run(mut self) {
        let mut ready = Vec::new();
        let mut datagram = vec![0; LONGEST_DATAGRAM]; // here, so that a fault cannot take it away
        loop {
            let turned = catch_unwind(AssertUnwindSafe(|| {
                self.turn(Instant::now(), &ready, &mut datagram)
            }));
            let next = turned.unwrap_or_else(|_| {
                tracing::error!("the signalling thread met a fault and goes on");
                count(&self.vitals.signalling_faults, 1);
                net::sleep_until(Instant::now() + AFTER_A_FAULT);
                Instant::now()
            });
            if self.has_said_goodbye(Instant::now()) {
                return;
            }
            let wait = next
                .saturating_duration_since(Instant::now())
                .min(LONGEST_WAIT);
            if let Err(error) = self.poller.wait(&mut ready, Some(wait)) {
                tracing::error!(%error, "cannot wait for datagrams");
                net::sleep_until(Instant::now() + AFTER_A_FAULT);
            }
        }
    }

    /// Whether the line is being stopped and nothing holds it any more: every BYE is answered and every record written,
    /// or it has waited long enough.
    fn has_said_goodbye(&self, now: Instant) -> bool {
        let Some(farewell) = &self.farewell else {
            return false;
        };
        let is_silent = farewell.unanswered == 0 && !self.outbound.is_leaving();
        (is_silent && self.desk.calls() == 0) || now >= farewell.deadline
    }

    /// One turn; answers when the next one is due if nothing happens before.
    ///
    /// - `datagram`: room for one.
    fn turn(&mut self, now: Instant, ready: &[u64], datagram: &mut [u8]) -> Instant {
        self.waker.rest();
        self.desk.take_reports(&mut self.agent, now); // 1. seats that came free, before somebody asks for one
        let more = self.read_datagrams(now, datagram); // 2. a bounded number, so that reports are not left waiting
        self.serve_connections(now, ready);
        self.take_commands(now); // 3. after those who hung up by themselves
        self.desk.clear_crowds(&mut self.agent, now);
        let next = self.answer(now); // 4. repeats and other deadlines of the agent
        let next = next.min(self.ask(now)); // 5. registrations, and whether peers live
        self.tell(now);
        let next = self
            .connections
            .next_due(now)
            .map_or(next, |due| due.min(next));
        if more { now } else { next }
    }

    fn take_commands(&mut self, now: Instant) {
        while let Ok(Some(command)) = self.commands.look() {
            match command {
                Command::ShortProgramme(when) => self.short_programme = when,
                Command::Dictation(call, word) => self.desk.answer_dictation(call, *word),
                Command::Resolved(target, peers) => self.outbound.resolved(now, &target, &peers),
                Command::Drain => self.drain(now),
                Command::Stop => {
                    self.drain(now);
                    if self.farewell.is_none() {
                        self.farewell = Some(Farewell {
                            deadline: now + LONGEST_FAREWELL,
                            unanswered: self.desk.hang_up_all(
                                &mut self.agent,
                                now,
                                EndCause::Stopped,
                            ),
                        });
                    }
                }
            }
        }
    }

    /// No new call is taken, and carriers at whom the line is registered are told so.
    fn drain(&mut self, now: Instant) {
        self.desk.admission.drain();
        self.outbound.leave(now);
    }

    /// Answers whether more may be waiting.
    fn read_datagrams(&mut self, now: Instant, datagram: &mut [u8]) -> bool {
        let mut more = false;
        for listener in 0..self.listeners.len() {
            more |= self.read_listener(now, listener, datagram);
        }
        more
    }

    fn read_listener(&mut self, now: Instant, listener: usize, datagram: &mut [u8]) -> bool {
        for _ in 0..MOST_AT_ONCE {
            let Some(socket) = &self.listeners[listener].datagrams else {
                return false;
            };
            match socket.recv_from(datagram) {
                Ok(Some((length, from))) => {
                    let octets = &datagram[..length];
                    let peer = Peer {
                        listener: number_of(listener),
                        ..from.into()
                    };
                    if self.desk.admission.knows(from.ip()) {
                        self.take_message(now, peer, octets);
                    } else if !self.takes_response(now, peer, octets) {
                        count(&self.vitals.strangers, 1);
                        self.tell_tap(Way::FromStranger, peer, octets);
                    }
                }
                Ok(None) => return false,
                // What earlier datagrams of ours met on their way; none of it concerns this socket.
                Err(error) => tracing::debug!(%error, "a datagram could not be read"),
            }
        }
        true
    }

    fn serve_connections(&mut self, now: Instant, ready: &[u64]) {
        self.connections.resume(&self.poller, now);
        let unfinished = self.connections.unfinished();
        for &token in ready.iter().filter(|token| !unfinished.contains(token)) {
            if token >= CONNECTION_TOKEN {
                self.serve_connection(now, token);
            } else if let Some(listener) = token.checked_sub(LISTENER_TOKEN) {
                self.accept(now, listener);
            }
        }
        for token in unfinished {
            self.serve_connection(now, token);
        }
        self.connections.sweep(now);
    }

    fn serve_connection(&mut self, now: Instant, token: u64) {
        let Some((from, messages)) = self.connections.serve(&self.poller, now, token) else {
            return;
        };
        for message in messages {
            self.take_message(now, from, &message);
        }
        if self.connections.is_ending(token) {
            self.outbound.unreachable(now, from);
        }
    }

    fn accept(&mut self, now: Instant, listener: u64) {
        let at = usize::try_from(listener).unwrap_or(usize::MAX);
        let Some(listener) = self.listeners.get(at) else {
            return;
        };
        let knows = |source| self.desk.admission.knows(source);
        let strangers =
            self.connections
                .accept(&self.poller, now, (listener, number_of(at)), knows);
        count(&self.vitals.strangers, strangers);
    }

    /// Whether it is a response to something that the line asked by itself.
    fn takes_response(&mut self, now: Instant, from: Peer, octets: &[u8]) -> bool {
        let is_ours = self.outbound.handle_response(now, octets);
        if is_ours {
            self.tell_tap(Way::Heard, from, octets);
        }
        is_ours
    }

    fn take_message(&mut self, now: Instant, from: Peer, octets: &[u8]) {
        if self.takes_response(now, from, octets) {
            return;
        }
        self.tell_tap(Way::Heard, from, octets);
        if let Some(farewell) = &mut self.farewell {
            farewell.take_note(octets);
        }
        let mut gate = Gate {
            desk: &mut self.desk,
            now,
        };
        self.agent.handle_input(now, from, octets, &mut gate);
        self.answer(now);
    }

    /// Polls the agent until it has nothing more to say.
    fn answer(&mut self, now: Instant) -> Instant {
        loop {
            match self.agent.poll_output(now) {
                Output::Transmit { to, octets } => {
                    self.send(now, to, &octets);
                }
                Output::Event(event) => self.desk.handle_event(&mut self.agent, now, event),
                Output::Timeout(next) => return next,
            }
        }
    }

    /// Polls what the line asks by itself until there is nothing more to ask.
    fn ask(&mut self, now: Instant) -> Instant {
        loop {
            match self.outbound.poll_output(now) {
                outbound::Output::Transmit { to, octets } => {
                    if !self.send(now, to, &octets) {
                        self.outbound.unreachable(now, to);
                    }
                }
                outbound::Output::Learned {
                    trunk,
                    addresses,
                    names,
                } => {
                    self.desk.admission.learn(trunk, addresses);
                    self.connections.learn(trunk, names);
                }
                outbound::Output::Timeout(next) => return next,
            }
        }
    }

    fn tell_tap(&self, way: Way, peer: Peer, octets: &[u8]) {
        self.tap.offer(|| {
            let listener = self.listeners.get(usize::from(peer.listener));
            let mut octets: Arc<[u8]> = octets.into();
            digits::hide(Arc::make_mut(&mut octets), |call_id| {
                self.desk.is_dictation(call_id)
            });
            TappedMessage {
                at: Timestamp::now(),
                way,
                local: listener.map_or(peer.address, |listener| listener.place.bound),
                peer: peer.address,
                transport: peer.transport,
                trunk: self.desk.admission.trunk_of(peer.address.ip()),
                octets,
            }
        });
    }

    /// Sends a message by the listener that hears its peer, or by a connection; answers whether it left, as far as is known.
    fn send(&mut self, now: Instant, to: Peer, octets: &[u8]) -> bool {
        self.tell_tap(Way::Sent, to, octets);
        if to.transport != Transport::Udp {
            let from = self.listeners.get(usize::from(to.listener));
            let from = from.map(|listener| listener.place);
            return self.connections.send(&self.poller, now, to, from, octets);
        }
        let own = self.listeners.get(usize::from(to.listener));
        let datagrams = own.and_then(|listener| listener.datagrams.as_ref());
        match datagrams.map(|socket| socket.send_to(octets, to.address)) {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                tracing::debug!(%error, "a datagram could not be sent; what matters is repeated");
                // A full buffer is no reason to give up on somebody.
                error.kind() == io::ErrorKind::WouldBlock
            }
            None => false,
        }
    }

    /// Under load callers hear the short programme, and longer packets may be agreed.
    fn follow_load(&mut self, now: Instant) {
        let busiest = self.vitals.busiest_percent();
        let high = self
            .pressure
            .look(now, self.desk.calls(), self.max_calls, busiest);
        self.desk.under_load = high;
        let short = match self.short_programme {
            ShortProgramme::Auto => high,
            ShortProgramme::On => true,
            ShortProgramme::Off => false,
        };
        if self.vitals.short.swap(short, Relaxed) != short {
            tracing::info!(short, "callers hear another length of programme");
        }
    }

    fn tell(&mut self, now: Instant) {
        let counters = self.agent.counters();
        self.vitals.refused.store(counters.refused, Relaxed);
        self.vitals.malformed.store(counters.malformed, Relaxed);
        self.vitals.calls.store(self.desk.calls(), Relaxed);
        self.vitals
            .connections
            .store(self.connections.count(), Relaxed);
        let accepting = self.desk.is_accepting(now);
        self.vitals.accepting.store(accepting, Relaxed);
        self.follow_load(now);
        self.vitals.signalling.strike(now);
        if self.desk.calls() == 0 {
            self.quiet.tell();
        }
    }
}

/// The desk, asked about a new call.
struct Gate<'a> {
    desk: &'a mut Desk,
    now: Instant,
}

impl sip::Gate for Gate<'_> {
    fn judge(&mut self, call: &sip::NewCall<'_>) -> sip::Verdict {
        match self.desk.judge(self.now, call) {
            Verdict::Admitted => sip::Verdict::Admit,
            Verdict::Refused {
                status,
                retry_after,
            } => sip::Verdict::Refuse {
                status,
                retry_after,
            },
        }
    }

    fn is_draining(&self) -> Option<Option<u32>> {
        let draining = self.desk.admission.is_draining();
        draining.then_some(Some(WHEN_BACK))
    }
}

/// What [`Driver::new`] puts together.
pub(crate) struct Parts {
    pub(crate) listeners: Vec<Listener>,
    pub(crate) agent: Agent,
    pub(crate) tap: Arc<Tap>,
    pub(crate) board: Arc<Board>,
    pub(crate) on_air: OnAirNow,
    pub(crate) staff: Staff,
    pub(crate) commands: Inbox<Command>,
    pub(crate) records: SyncSender<CallRecord>,
    pub(crate) waker: Waker,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) quiet: Arc<Quiet>,
}

/// Told to the signalling thread by the owner of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Take no new call.
    Drain,
    /// Take no new call, end the others, and end.
    Stop,
    /// When callers hear the short programme.
    ShortProgramme(ShortProgramme),
    /// What a dictation is answered.
    Dictation(DictatedCall, Box<Word>),
    /// Where a server of a trunk is, preferred address first.
    Resolved(Target, Vec<Peer>),
}

/// A line being stopped stays until its BYEs are answered, or long enough to repeat one that was lost.
struct Farewell {
    deadline: Instant,
    unanswered: usize,
}

impl Farewell {
    fn take_note(&mut self, datagram: &[u8]) {
        if let Ok(Message::Response(response)) = Message::parse(datagram)
            && response.cseq().method == Method::Bye
        {
            self.unanswered = self.unanswered.saturating_sub(1);
        }
    }
}

/// The moment at which no call is left, for whoever waits for it.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    lock: Mutex<()>,
    told: Condvar,
}

impl Quiet {
    /// Waits until `is_quiet` or the deadline.
    pub(crate) fn wait(&self, deadline: Instant, is_quiet: impl Fn() -> bool) {
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_quiet() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.told.wait_timeout(guard, left);
            guard = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn tell(&self) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.told.notify_all();
    }
}

/// The place of a listener as a [`Peer`] says it.
fn number_of(listener: usize) -> u8 {
    u8::try_from(listener).unwrap_or(u8::MAX)
}

/// Numbers of what the thread waits for: datagrams have one between them, each listener has its own, and the higher
/// ones are those of connections.
const WAKER_TOKEN: u64 = 0;
const DATAGRAM_TOKEN: u64 = 1;
const LISTENER_TOKEN: u64 = 2;
const CONNECTION_TOKEN: u64 = LISTENER_TOKEN + MOST_LISTENERS as u64;
/// The longest UDP datagram, and more.
const LONGEST_DATAGRAM: usize = 65_536;
/// Datagrams read in one turn.
const MOST_AT_ONCE: usize = 64;
/// The thread looks up this often, to show that it lives.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// A thread that meets one fault after the other leaves the processor to the rest.
const AFTER_A_FAULT: Duration = Duration::from_millis(10);
/// The first repeat of a BYE comes after half a second (T1).
const LONGEST_FAREWELL: Duration = Duration::from_millis(700);
