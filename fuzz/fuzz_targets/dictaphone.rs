//! No datagrams in any order make the assembler panic, and no recording is longer than allowed.
//!
//! The input is cut into datagrams, each behind one octet with its length; the first octet of all chooses the codec.
#![no_main]

use dictaphone::{Assembler, LONGEST_SECONDS, Packet};
use libfuzzer_sys::fuzz_target;
use media::{Codec, rtp};

fuzz_target!(|input: &[u8]| {
    let Some((choice, mut rest)) = input.split_first() else {
        return;
    };
    let codec = Codec::ALL[usize::from(*choice) % 3];
    let mut assembler = Assembler::new(codec);
    while let Some((length, more)) = rest.split_first() {
        let (datagram, next) = more.split_at(usize::from(*length).min(more.len()));
        rest = next;
        match rtp::parse(datagram) {
            Ok(packet) => assembler.push(&Packet {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                ssrc: packet.ssrc,
                sound: packet.payload,
            }),
            Err(_) => assembler.blank_key(),
        }
    }
    let take = assembler.finish();
    let longest = u64::from(LONGEST_SECONDS) * u64::from(codec.sample_rate());
    assert!(take.samples.len() as u64 <= longest);
    assert!(take.concealed <= take.samples.len());
});
