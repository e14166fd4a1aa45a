//! Whatever comes in by a connection, however it is cut: the framer gives the same messages and never more than it got.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::stream::{Framed, Framer};

fuzz_target!(|octets: &[u8]| {
    let whole = messages(octets, octets.len().max(1));
    let cut = messages(octets, 1);
    assert_eq!(whole, cut);
    assert!(whole.iter().map(Vec::len).sum::<usize>() <= octets.len());
});

fn messages(octets: &[u8], length: usize) -> Vec<Vec<u8>> {
    let (mut framer, mut found) = (Framer::default(), Vec::new());
    for chunk in octets.chunks(length) {
        framer.push(chunk);
        loop {
            match framer.next_frame() {
                Ok(Some(Framed::Message(message))) => found.push(message),
                Ok(Some(Framed::Ping)) => {}
                Ok(None) => break,
                Err(_) => return found,
            }
        }
    }
    found
}
