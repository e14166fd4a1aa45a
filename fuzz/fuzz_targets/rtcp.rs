//! No datagram makes the reader of reports panic, and a block that is found is one that was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::rtcp;

fuzz_target!(|datagram: &[u8]| {
    let Ok(heard) = rtcp::parse(datagram) else {
        return;
    };
    assert!(datagram.len() >= 4);
    if let Some(sender) = heard.sender {
        let mut octets = vec![];
        rtcp::encode_sender_report(&sender, "fuzz", &mut octets);
        assert_eq!(
            rtcp::parse(&octets).map(|read| read.sender),
            Ok(Some(sender))
        );
    }
    for ssrc in [0, 1, u32::MAX] {
        if let Some(block) = heard.about(ssrc) {
            assert!((-0x80_0000..0x80_0000).contains(&block.cumulative_lost));
            let _ = rtcp::round_trip(0x1234_5678, block);
        }
    }
});
