//! No body makes the reader of descriptions panic, and an answer keeps the order of streams.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::sdp::{self, Capabilities};

fuzz_target!(|body: &[u8]| {
    let ours = Capabilities::new([192, 0, 2, 1].into(), 10_000, 1);
    let Ok(offer) = sdp::parse(body) else { return };
    let Ok(answer) = sdp::answer(&offer, &ours) else {
        return;
    };
    let read = sdp::parse(&answer.sdp);
    assert_eq!(read.map(|read| read.media.len()), Ok(offer.media.len()));
});
