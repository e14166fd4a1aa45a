//! No datagram makes the RTP reader panic, and the payload is a part of what came.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    if let Ok(packet) = media::rtp::parse(datagram) {
        assert!(packet.payload.len() + media::rtp::HEADER_OCTETS <= datagram.len());
        assert!(packet.payload_type < 128);
    }
});
