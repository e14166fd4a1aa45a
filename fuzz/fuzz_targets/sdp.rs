//! No body makes the reader of descriptions panic; an answer keeps the order of streams and takes
//! one, in packets that can be sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::sdp::{self, Capabilities, CodecName, MasterKey, Secrecy};

fuzz_target!(|body: &[u8]| {
    let ours = Capabilities {
        codecs: vec![CodecName::G722, CodecName::Pcma, CodecName::Pcmu],
        ours_first: body.len() % 2 == 0,
        srtp: match body.len() % 4 {
            0 => Secrecy::Never,
            1 => Secrecy::Required(MasterKey([7; 30])),
            _ => Secrecy::IfOffered(MasterKey([7; 30])),
        },
        longer_ptime: (body.len() % 3 == 0).then_some(40),
        ..Capabilities::new([192, 0, 2, 1].into(), 10_000, 1)
    };
    let Ok(offer) = sdp::parse(body) else { return };
    let Ok(answer) = sdp::answer(&offer, &ours) else {
        return;
    };
    let Ok(read) = sdp::parse(&answer.sdp) else {
        panic!("our own answer cannot be read");
    };
    assert_eq!(read.media.len(), offer.media.len());
    let taken: Vec<_> = read.media.iter().filter(|media| media.port != 0).collect();
    assert_eq!(taken.len(), 1);
    let encrypted = sdp::answer(&read, &ours).map(|again| again.srtp.is_some());
    assert_eq!(encrypted, Ok(answer.srtp.is_some()));
    let mut copy = answer.sdp.clone();
    sdp::hide_keys(&mut copy);
    assert_eq!(copy.len(), answer.sdp.len());
    assert!(sdp::PTIMES_MS.contains(&answer.ptime) && taken[0].ptime == Some(answer.ptime));
});
