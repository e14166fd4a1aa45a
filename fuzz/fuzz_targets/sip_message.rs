//! No datagram makes the reader or the agent panic, and what the agent answers to a readable
//! request can be read again.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use sip::message::Message;
use sip::{Agent, AgentConfig, Output};

fuzz_target!(|datagram: &[u8]| {
    let is_readable = Message::parse(datagram).is_ok();
    let Ok(contact) = "192.0.2.1:5060".parse() else {
        return;
    };
    let now = Instant::now();
    let mut agent = Agent::new(
        AgentConfig {
            contact,
            max_calls: 4,
        },
        1,
    );
    agent.handle_input(now, contact, datagram);
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
