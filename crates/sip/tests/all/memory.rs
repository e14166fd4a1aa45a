//! What calls cost in memory, counted octet by octet, and that all of it comes back.

use std::time::{Duration, Instant};

use allocation_counter::{measure, opt_out};
use sip::write::OutgoingCall;
use sip::{Agent, AgentConfig, CallHandle, Event, NewCall, Open, Output, Verdict};

use super::support::{Caller, Line, response, sdp};

#[test]
fn a_refused_call_costs_one_allocation_and_keeps_nothing() {
    let mut house = House::new();
    let invites: Vec<_> = (0..=100).map(|seed| invite(&Caller::new(seed))).collect();
    let mut turn_away = |invite: &[u8]| {
        let mut gate = |call: &NewCall<'_>| Verdict::Refuse {
            status: if call.diversion().any(|uri| uri == b"sip:0805691282@h") {
                486
            } else {
                503
            },
            retry_after: Some(20),
        };
        let (now, source) = (house.now, Caller::address());
        house.agent.handle_input(now, source, invite, &mut gate);
        house.drain();
    };
    // The first one also makes room in the queue of outputs.
    turn_away(&invites[0]);

    let cost = measure(|| invites[1..].iter().for_each(|invite| turn_away(invite)));

    assert_eq!((cost.count_total, cost.bytes_current), (100, 0));
    assert_eq!(house.agent.counters().refused, 101);
}

#[test]
fn a_peak_of_established_calls_costs_little_each_and_leaves_nothing_behind() {
    let mut house = House::new();
    let mut callers = Vec::new();

    let mut kept = measure(|| house.establishes(PEAK, &mut callers)).bytes_current;
    assert!(each(kept) < 700, "{} octets each", each(kept));
    kept += measure(|| house.passes(40)).bytes_current;
    assert!(each(kept) < 600, "{} octets each after Timer L", each(kept));
    assert_eq!(house.agent.calls(), PEAK);

    kept += measure(|| callers.iter_mut().for_each(|call| house.hears_bye(call))).bytes_current;
    assert_eq!(house.agent.calls(), 0);
    kept += measure(|| house.passes(48)).bytes_current;
    assert!(kept < LEFT, "{kept} octets after all calls are over");
    assert_eq!(house.drain() - house.now, IDLE);
}

#[test]
fn a_second_peak_costs_no_more_than_the_first() {
    let mut house = House::new();
    let mut peak = |count| {
        let mut callers = Vec::new();
        measure(|| {
            house.establishes(count, &mut callers);
            callers.iter_mut().for_each(|call| house.hears_bye(call));
            house.passes(48);
        })
    };

    let first = peak(2_000);
    let second = peak(2_000);

    assert!(
        second.bytes_max <= first.bytes_max,
        "{second:?} after {first:?}"
    );
    assert!(second.bytes_current.abs() < LEFT, "{second:?}");
}

#[test]
fn a_flood_never_acknowledged_is_bounded_and_forgotten_with_its_byes() {
    let mut house = House::new();

    let flood = measure(|| {
        for seed in 0..PEAK {
            house.hears_invite(seed);
            house.accepts();
        }
    });
    let mut kept = flood.bytes_current;
    assert!(each(kept) < 1_600, "{} octets each", each(kept));

    // 64·T1: the 200s are given up, and the BYEs, which have as long again, weigh less.
    kept += measure(|| house.passes(33)).bytes_current;
    assert_eq!(house.agent.calls(), 0);
    assert!(each(kept) < 1_200, "{} octets each", each(kept));
    kept += measure(|| house.passes(48)).bytes_current;
    assert!(kept < LEFT, "{kept} octets after the flood");
    assert_eq!(house.drain() - house.now, IDLE);
}

#[test]
fn a_flood_above_the_limit_keeps_what_the_limit_allows() {
    let mut house = House::with_max_calls(1_000);
    (0..1_000).for_each(|seed| house.hears_invite(seed));

    let above = measure(|| (1_000..3_000).for_each(|seed| house.hears_invite(seed)));

    assert_eq!((house.agent.calls(), above.bytes_current), (1_000, 0));
    assert_eq!(house.agent.counters().refused, 2_000);
}

#[test]
fn a_flood_with_the_longest_headers_that_a_call_may_keep_costs_no_more_than_twice_these() {
    for routes in [
        format!(
            "Record-Route: <sip:192.0.2.5;lr;x={}>\r\n",
            "x".repeat(7_700)
        ),
        "Record-Route: sip:a, sip:a, sip:a, sip:a, sip:a\r\n".repeat(70),
    ] {
        let mut house = House::new();
        let flood = measure(|| {
            for seed in 0..FLOOD {
                house.hears_what(|| invite_with(&caller(seed), &routes));
                house.accepts();
            }
        });

        let each = flood.bytes_current / i64::try_from(FLOOD).unwrap();
        assert!((4_000..19_000).contains(&each), "{each} octets each");
        assert_eq!(house.agent.calls(), FLOOD);
    }
}

/// An agent whose datagrams are let go at once, so that only its own memory counts.
struct House {
    agent: Agent,
    now: Instant,
    invited: Option<CallHandle>,
}

impl House {
    fn new() -> Self {
        Self::with_max_calls(PEAK)
    }

    fn with_max_calls(max_calls: usize) -> Self {
        let config = AgentConfig {
            contacts: Line::address().into(),
            max_calls,
        };
        Self {
            agent: Agent::new(config, 7),
            now: Instant::now(),
            invited: None,
        }
    }

    fn hears(&mut self, datagram: &[u8]) {
        let (now, source) = (self.now, Caller::address());
        self.agent.handle_input(now, source, datagram, &mut Open);
        self.drain();
    }

    /// Accepts the call announced last; gives the 200.
    fn accepts(&mut self) -> Vec<u8> {
        let call = self.invited.take().expect("a call was announced");
        self.agent.accept(self.now, call, &sdp("192.0.2.1", ""));
        let Output::Transmit { octets, .. } = self.agent.poll_output(self.now) else {
            panic!("a call that was accepted gets no 200");
        };
        self.drain();
        octets
    }

    fn establishes(&mut self, count: usize, callers: &mut Vec<OutgoingCall>) {
        for seed in 0..count {
            let mut caller = opt_out_of(|| caller(seed));
            let invite = opt_out_of(|| invite(&caller));
            self.hears(&invite);
            opt_out(|| drop(invite));
            let ok = self.accepts();
            let ack = opt_out_of(|| {
                caller.call.establish(&response(&ok).unwrap()).unwrap();
                caller.call.ack(None)
            });
            self.hears(&ack);
            opt_out(|| {
                drop(ack);
                callers.push(caller.call);
            });
        }
    }

    fn hears_invite(&mut self, seed: usize) {
        self.hears_what(|| invite(&caller(seed)));
    }

    fn hears_what(&mut self, say: impl FnOnce() -> Vec<u8>) {
        let said = opt_out_of(say);
        self.hears(&said);
        opt_out(|| drop(said));
    }

    fn hears_bye(&mut self, caller: &mut OutgoingCall) {
        let bye = opt_out_of(|| caller.bye());
        self.hears(&bye);
        opt_out(|| drop(bye));
    }

    fn passes(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            let at = self.drain();
            if at > end {
                self.now = end;
                return;
            }
            self.now = at;
        }
    }

    /// Lets go what is sent; gives when the agent wants to be asked again.
    fn drain(&mut self) -> Instant {
        loop {
            match self.agent.poll_output(self.now) {
                Output::Event(Event::Invited { call, .. }) => self.invited = Some(call),
                Output::Event(_) | Output::Transmit { .. } => {}
                Output::Timeout(at) => return at,
            }
        }
    }
}

/// What a caller's own side needs is no cost of the agent.
fn opt_out_of<T>(make: impl FnOnce() -> T) -> T {
    let mut made = None;
    opt_out(|| made = Some(make()));
    made.expect("it was made in the line above")
}

fn caller(seed: usize) -> Caller {
    Caller::new(u64::try_from(seed).unwrap())
}

/// An INVITE as a carrier's border sends it: two proxies and a diversion on the way.
fn invite(caller: &Caller) -> Vec<u8> {
    let lines = "Record-Route: <sip:192.0.2.5;lr;ftag=as5d0e0b8a>\r\n\
        Record-Route: <sip:192.0.2.6;lr>\r\nDiversion: <sip:0805691282@h>;reason=unconditional\r\n";
    invite_with(caller, lines)
}

fn invite_with(caller: &Caller, lines: &str) -> Vec<u8> {
    let offer = sdp("192.0.2.9", "a=ptime:20\r\n");
    caller.call.invite_with(Some(&offer), lines.as_bytes())
}

fn each(octets: i64) -> i64 {
    octets / i64::try_from(PEAK).unwrap()
}

const PEAK: usize = 20_000;
const FLOOD: usize = 500;
/// Octets that an agent without calls may hold.
const LEFT: i64 = 96 * 1024;
/// How long an agent that expects nothing waits.
const IDLE: Duration = Duration::from_secs(3600);
