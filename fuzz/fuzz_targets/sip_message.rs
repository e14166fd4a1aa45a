//! No datagram makes the reader or the agent panic, and what the agent answers to a readable
//! request can be read again.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sip::message::Message;
use sip::{Agent, AgentConfig, NewCall, Output, Verdict};

fuzz_target!(|datagram: &[u8]| {
    let is_readable = Message::parse(datagram).is_ok();
    let Ok(contact) = "192.0.2.1:5060".parse::<std::net::SocketAddr>() else {
        return;
    };
    let now = Instant::now();
    let mut agent = Agent::new(
        AgentConfig {
            contacts: contact.into(),
            max_calls: 4,
        },
        1,
    );
    let mut gate = |call: &NewCall<'_>| {
        let candidates = call.diversion().chain(call.history_info()).count();
        match call.p_called_party_id() {
            Some(_) if candidates > 0 => Verdict::Refuse {
                status: 486,
                retry_after: None,
            },
            _ => Verdict::Admit,
        }
    };
    agent.handle_input(now, contact, datagram, &mut gate);
    loop {
        match agent.poll_output(now) {
            Output::Timeout(_) => return,
            Output::Event(_) => {}
            Output::Transmit { octets, .. } => {
                assert!(!is_readable || Message::parse(&octets).is_ok());
            }
        }
    }
});
