//! An agent with a clock of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::{Agent, AgentConfig, CallHandle, Event, Gate, Invitation, NewCall, Output, Verdict};

/// The answering side. What it sends is collected by `receives` and `passes`.
pub(crate) struct Line {
    pub(crate) agent: Agent,
    pub(crate) now: Instant,
    pub(crate) events: Vec<Event>,
    pub(crate) door: Door,
    invited: Option<(CallHandle, Invitation)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::with_max_calls(100)
    }

    pub(crate) fn with_max_calls(max_calls: usize) -> Self {
        let config = AgentConfig {
            contacts: Self::address().into(),
            max_calls,
        };
        Self {
            agent: Agent::new(config, 7),
            now: Instant::now(),
            events: Vec::new(),
            door: Door::default(),
            invited: None,
        }
    }

    pub(crate) fn address() -> SocketAddr {
        "192.0.2.1:5060".parse().unwrap()
    }

    /// A datagram from the caller's usual address; gives the datagrams it causes at once.
    pub(crate) fn receives(&mut self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let sent = self.receives_from("192.0.2.9:5070", datagram);
        sent.into_iter().map(|(_, octets)| octets).collect()
    }

    /// A datagram from anywhere; gives where answers go, too.
    pub(crate) fn receives_from(
        &mut self,
        from: &str,
        datagram: &[u8],
    ) -> Vec<(SocketAddr, Vec<u8>)> {
        let from: SocketAddr = from.parse().unwrap();
        let (now, door) = (self.now, &mut self.door);
        self.agent.handle_input(now, from, datagram, door);
        self.drain().0
    }

    /// What is sent now and when the agent wants to be asked again.
    pub(crate) fn drain(&mut self) -> (Vec<(SocketAddr, Vec<u8>)>, Instant) {
        let mut sent = Vec::new();
        loop {
            match self.agent.poll_output(self.now) {
                Output::Transmit { to, octets } => sent.push((to.address, octets)),
                Output::Event(event) => self.take_event(event),
                Output::Timeout(at) => return (sent, at),
            }
        }
    }

    /// Remembers an event, and the call that it announces.
    pub(crate) fn take_event(&mut self, event: Event) {
        if let Event::Invited { call, invitation } = &event {
            self.invited = Some((*call, (**invitation).clone()));
        }
        self.events.push(event);
    }

    /// Jumps from deadline to deadline; gives each datagram with the seconds since now.
    pub(crate) fn passes(&mut self, seconds: f64) -> Vec<(f64, SocketAddr, Vec<u8>)> {
        let (start, mut all) = (self.now, Vec::new());
        let end = start + Duration::from_secs_f64(seconds);
        loop {
            let (sent, at) = self.drain();
            let since = (self.now - start).as_secs_f64();
            all.extend(sent.into_iter().map(|(to, octets)| (since, to, octets)));
            if at > end {
                self.now = end;
                return all;
            }
            self.now = at;
        }
    }

    /// Accepts the call announced last; gives the datagrams.
    pub(crate) fn accepts(&mut self) -> Vec<Vec<u8>> {
        let call = self.invited().0;
        let now = self.now;
        self.agent.accept(now, call, &super::sdp("192.0.2.1", ""));
        let sent = self.drain().0;
        sent.into_iter().map(|(_, octets)| octets).collect()
    }

    /// The call announced last.
    pub(crate) fn invited(&self) -> (CallHandle, Invitation) {
        self.invited.clone().expect("a call was announced")
    }

    /// The event after the last one looked at.
    pub(crate) fn takes_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

/// A gate that tests open and close; it remembers who knocked.
#[derive(Default)]
pub(crate) struct Door {
    /// Everybody gets this instead of an answer.
    pub(crate) refusal: Option<(u16, Option<u32>)>,
    pub(crate) draining: Option<Option<u32>>,
    /// Source, Request-URI and To of each call it was asked about.
    pub(crate) asked: Vec<(SocketAddr, String, String)>,
}

impl Gate for Door {
    fn judge(&mut self, call: &NewCall<'_>) -> Verdict {
        let text = |octets| super::text(octets);
        let (uri, to) = (text(call.request_uri), text(call.to));
        self.asked.push((call.source, uri, to));
        match self.refusal {
            None => Verdict::Admit,
            Some((status, retry_after)) => Verdict::Refuse {
                status,
                retry_after,
            },
        }
    }

    fn is_draining(&self) -> Option<Option<u32>> {
        self.draining
    }
}
