//! No datagram makes an opener panic or is let in without the key; what was sealed opens, and once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::rtp::HEADER_OCTETS;
use media::srtp::{
    EMPTY_ROOM, MasterKey, Mki, Opener, ReportOpener, ReportSealer, Sealer, SrtpError, Suite,
};

fuzz_target!(|datagram: &[u8]| {
    let key = MasterKey::new([7; MasterKey::OCTETS]);
    let suite = match datagram.len() % 2 {
        0 => Suite::AesCm128HmacSha1_80,
        _ => Suite::AesCm128HmacSha1_32,
    };
    let mki = Mki::new(1, u8::try_from(datagram.len() % 10).unwrap_or(0));
    for opened in [
        Opener::new(suite, &key, mki).open(&mut datagram.to_vec()),
        ReportOpener::new(&key, mki).open(&mut datagram.to_vec()),
    ] {
        // A tag of 32 bits can be met by luck.
        assert!(opened.is_err() || suite == Suite::AesCm128HmacSha1_32);
    }

    let Some((header, payload)) = datagram.split_first_chunk::<HEADER_OCTETS>() else {
        return;
    };
    let mut room = EMPTY_ROOM;
    let mut opener = Opener::new(suite, &key, None);
    if let Some(sealed) = Sealer::new(suite, &key).seal(header, payload, &mut room) {
        // Sealed with a header that says more than twelve octets, it is not what we seal.
        let mut packet = [&header[..], sealed].concat();
        if header[0] & 0xDF == 0x80 {
            let again = packet.clone();
            assert_eq!(opener.open(&mut packet), Ok(datagram.len()));
            assert_eq!(packet[..datagram.len()], *datagram);
            assert_eq!(opener.open(&mut again.clone()), Err(SrtpError::Replayed));
        } else {
            let _ = opener.open(&mut packet);
        }
    }
    let mut report = datagram.to_vec();
    ReportSealer::new(&key).seal(&mut report);
    if !report.is_empty() {
        let mut opener = ReportOpener::new(&key, None);
        assert_eq!(opener.open(&mut report), Ok(datagram.len()));
        assert_eq!(report[..datagram.len()], *datagram);
    }
});
