//! What signalling costs in time: a call turned away at the door, its ACK, and a whole call.
//!
//! `cargo bench -p sip` prints microseconds of one thread. Nothing fails here: the figures depend on
//! the machine, what must hold everywhere is a test.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench looks at the clock, and it may stop"
)]

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Instant;

use sip::message::Message;
use sip::write::OutgoingCall;
use sip::{Agent, AgentConfig, Event, Gate, NewCall, Open, Output, Verdict};

fn main() {
    let mut callers: Vec<_> = (0..CALLS).map(caller).collect();
    let invites: Vec<_> = callers.iter().map(invite).collect();
    println!("an INVITE of {} octets", invites[0].len());

    let mut agent = agent();
    let mut refuse = |call: &NewCall<'_>| {
        black_box(call.p_called_party_id());
        Verdict::Refuse {
            status: 503,
            retry_after: Some(20),
        }
    };
    let mut refusal = Vec::new();
    per_call("refused at the door", || {
        for invite in &invites {
            refusal = hears(&mut agent, invite, &mut refuse);
        }
    });
    let Ok(Message::Response(response)) = Message::parse(&refusal) else {
        panic!("the last caller is not refused");
    };
    let ack = callers[CALLS_BUT_ONE].ack_refusal(&response);
    per_call("the ACK of a refusal", || {
        for _ in &invites {
            hears(&mut agent, &ack, &mut refuse);
        }
    });
    per_call("a whole call: INVITE, 100, 200, ACK, BYE, 200", || {
        for (caller, invite) in callers.iter_mut().zip(&invites) {
            let ok = hears(&mut agent, invite, &mut Open);
            let Ok(Message::Response(response)) = Message::parse(&ok) else {
                panic!("no 200");
            };
            caller.establish(&response).unwrap();
            hears(&mut agent, &caller.ack(None), &mut Open);
            hears(&mut agent, &caller.bye(), &mut Open);
        }
    });
}

/// Runs something once for every call, and prints the time of one.
fn per_call(what: &str, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let each_us = start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS);
    println!("{each_us:8.2} µs  {what}");
}

/// Hands a datagram in, accepts the call if there is one, gives what was sent last.
fn hears(agent: &mut Agent, datagram: &[u8], gate: &mut impl Gate) -> Vec<u8> {
    let now = Instant::now();
    agent.handle_input(now, source(), datagram, gate);
    let mut last = Vec::new();
    loop {
        match agent.poll_output(now) {
            Output::Transmit { octets, .. } => last = octets,
            Output::Event(Event::Invited { call, .. }) => agent.accept(now, call, SDP),
            Output::Event(_) => {}
            Output::Timeout(_) => return last,
        }
    }
}

fn agent() -> Agent {
    let contact: std::net::SocketAddr = "192.0.2.1:5060".parse().unwrap();
    let config = AgentConfig {
        contacts: contact.into(),
        max_calls: 100_000,
    };
    Agent::new(config, 7)
}

fn source() -> SocketAddr {
    "192.0.2.9:5070".parse().unwrap()
}

fn caller(seed: u32) -> OutgoingCall {
    let (target, from) = ("sip:0805691282@192.0.2.1", "sip:caller@192.0.2.9");
    OutgoingCall::new(target, from, source(), seed.into())
}

/// As a carrier's border sends it, with the token of an Identity.
fn invite(caller: &OutgoingCall) -> Vec<u8> {
    let lines = format!(
        "Record-Route: <sip:192.0.2.5;lr;ftag=as5d0e0b8a>\r\nRecord-Route: <sip:192.0.2.6;lr>\r\n\
         P-Asserted-Identity: <sip:+33261910001@h;user=phone>\r\nSupported: timer, 100rel\r\n\
         P-Called-Party-ID: <sip:+33805691282@h;user=phone>\r\nSession-Expires: 1800\r\n\
         Identity: {};info=<https://h/cert>;alg=ES256;ppt=shaken\r\n",
        "e".repeat(500)
    );
    caller.invite_with(Some(SDP), lines.as_bytes())
}

const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n";
const CALLS: u32 = 50_000;
const CALLS_BUT_ONE: usize = 49_999;
