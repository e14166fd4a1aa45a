//! The least that a line can be: answers every call and sends it the same sound, from one buffer.
//!
//! It is the measure for the cost of a packet: one bound and connected socket per call, one system
//! call per packet, a clock of absolute slots, and nothing else. A storm against it, back to back
//! with one against the line, says what the line adds ([`crate::compare`]). Start with
//! [`BareSender`].

mod process;
mod sender;
mod sound;

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    thread::{self, JoinHandle},
    time::Instant,
};

use media::{Codec, Ptime};
use net::{MediaSocket, Poller, Priority, SipSocket, Waker};
use sip::{
    Agent, AgentConfig, CallHandle, Event, Invitation, Open, Output,
    sdp::{self, Capabilities},
};

use crate::{CallError, offer::agreed_codec, socket::random};
pub(crate) use process::BareProcess;
use sender::{Order, Stream};

/// A bare sender on a port of its own.
pub struct BareSender {
    sip: SipSocket,
    address: SocketAddr,
    agent: Agent,
    threads: Vec<SendingThread>,
    /// Who is to send to each call, and until its ACK what.
    calls: HashMap<CallHandle, Seat>,
}

/// A thread that sends, and how many calls it has.
struct SendingThread {
    orders: net::Writer<Order>,
    calls: usize,
    handle: JoinHandle<u64>,
}

struct Seat {
    thread: usize,
    stream: Option<Stream>,
}

impl BareSender {
    /// Opens the signalling port and starts the threads, each on a core of its own where possible.
    ///
    /// # Errors
    /// [`CallError::Socket`] when the system gives no port or no thread.
    pub fn open(sip: SocketAddr, threads: usize) -> Result<Self, CallError> {
        // Where the limit cannot be lifted, calls beyond it are refused.
        let _ = net::raise_descriptor_limit();
        let sip = SipSocket::bind(sip).map_err(CallError::socket("the port cannot be opened"))?;
        let address = sip.local_addr();
        let address = address.map_err(CallError::socket("the port has no address"))?;
        let config = AgentConfig {
            contacts: address.into(),
            max_calls: MOST_CALLS,
        };
        let seed = u64::from_be_bytes(random()?);
        let count = threads.max(1);
        let begun = Instant::now();
        let threads = (0..count).map(|index| SendingThread::start(index, count, begun));
        let threads = threads.collect::<io::Result<_>>();
        Ok(Self {
            sip,
            address,
            agent: Agent::new(config, seed),
            threads: threads.map_err(CallError::socket("no thread can be started"))?,
            calls: HashMap::new(),
        })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers calls until it is woken; the number of packets sent.
    ///
    /// # Errors
    /// [`CallError::Socket`] when signalling cannot be read.
    pub fn run(mut self, stop: &Waker) -> Result<u64, CallError> {
        let _ = net::raise_priority(Priority::Signalling);
        let failed = CallError::socket("the port cannot be watched");
        self.answer_until(stop).map_err(failed)?;
        let threads = self.threads.into_iter();
        Ok(threads.map(SendingThread::stop).sum())
    }

    fn answer_until(&mut self, stop: &Waker) -> io::Result<()> {
        let poller = Poller::new()?;
        poller.add(&self.sip, 0)?;
        poller.add(stop, WAKER)?;
        let (mut ready, mut datagram) = (vec![], vec![0; MOST_OCTETS]);
        while !ready.contains(&WAKER) {
            for _ in 0..MOST_DATAGRAMS {
                let Some((length, from)) = self.sip.recv_from(&mut datagram)? else {
                    break;
                };
                let now = Instant::now();
                self.agent
                    .handle_input(now, from, &datagram[..length], &mut Open);
                self.serve(now);
            }
            let now = Instant::now();
            let next = self.serve(now);
            poller.wait(&mut ready, Some(next.saturating_duration_since(now)))?;
        }
        Ok(())
    }

    /// Does what the agent says; when to ask it again.
    fn serve(&mut self, now: Instant) -> Instant {
        loop {
            match self.agent.poll_output(now) {
                Output::Timeout(next) => return next,
                Output::Transmit { to, octets } => {
                    // What a full buffer swallows is sent again by its timer.
                    let _ = self.sip.send_to(&octets, to.address);
                }
                Output::Event(event) => self.handle_event(now, event),
            }
        }
    }

    fn handle_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Invited { call, invitation } => match self.prepare(&invitation) {
                Some((stream, answer)) => self.accept(now, call, stream, &answer),
                None => self
                    .agent
                    .reject(now, call, 488, "Not Acceptable Here", None),
            },
            Event::Acknowledged { call, .. } => {
                if let Some(seat) = self.calls.get_mut(&call)
                    && let Some(stream) = seat.stream.take()
                {
                    self.threads[seat.thread].tell(Order::Begin(call, stream));
                }
            }
            Event::Cancelled { call, .. } | Event::Ended { call, .. } => {
                if let Some(seat) = self.calls.remove(&call) {
                    let thread = &mut self.threads[seat.thread];
                    thread.calls -= 1;
                    thread.tell(Order::End(call));
                }
            }
            // Such a call sends whatever happens, and what it measures lasts for less than a session.
            Event::Key { .. }
            | Event::Announced { .. }
            | Event::RefreshDue { .. }
            | Event::Refreshed { .. } => {}
            Event::Reoffered { call, .. } => {
                self.agent
                    .reject_reoffer(now, call, 488, "Not Acceptable Here");
            }
        }
    }

    /// Opens and connects the port of a call; what it will send, and the body of the 200.
    fn prepare(&self, invitation: &Invitation) -> Option<(Stream, Vec<u8>)> {
        let offer = sdp::parse(invitation.offer.as_ref()?).ok()?;
        let socket = MediaSocket::bind(SocketAddr::new(self.address.ip(), 0)).ok()?;
        let port = socket.local_addr().ok()?.port();
        let ours = Capabilities::new(self.address.ip(), port, u64::from(port));
        let answer = sdp::answer(&offer, &ours).ok()?;
        socket.connect(answer.peer).ok()?;
        let codec: Codec = agreed_codec(answer.codec.name);
        let ptime = Ptime::from_ms(answer.ptime)?;
        let stream = Stream::new(socket, codec, ptime, random().ok()?);
        Some((stream, answer.sdp))
    }

    fn accept(&mut self, now: Instant, call: CallHandle, stream: Stream, answer: &[u8]) {
        let threads = self.threads.iter().enumerate();
        let Some((thread, _)) = threads.min_by_key(|(_, thread)| thread.calls) else {
            return; // there is at least one
        };
        self.threads[thread].calls += 1;
        let stream = Some(stream);
        self.calls.insert(call, Seat { thread, stream });
        self.agent.accept(now, call, answer);
    }
}

impl SendingThread {
    fn start(index: usize, of: usize, begun: Instant) -> io::Result<Self> {
        let (orders, mut taken) = net::inbox();
        let thread = thread::Builder::new().name(format!("bare-{index}"));
        let handle = thread.spawn(move || {
            // A machine that allows neither is measured as it is; so is the line on it.
            let _ = net::keep_to_core(index, of);
            let _ = net::raise_priority(Priority::Media);
            sender::run(&mut taken, begun + net::turn_of(index, of, sender::SLOT))
        })?;
        Ok(Self {
            orders,
            calls: 0,
            handle,
        })
    }

    fn tell(&self, order: Order) {
        self.orders.write(order);
    }

    /// How many packets it has sent.
    fn stop(self) -> u64 {
        drop(self.orders);
        self.handle.join().unwrap_or(0)
    }
}

const WAKER: u64 = 1;
/// More than one machine holds.
const MOST_CALLS: usize = 100_000;
/// Datagrams answered before anything else.
const MOST_DATAGRAMS: usize = 64;
/// The longest datagram there is.
const MOST_OCTETS: usize = 65_535;
