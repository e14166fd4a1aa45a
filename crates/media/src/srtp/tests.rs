//! Sealing and opening, beside the packets that libsrtp's own tests hold.

use proptest::prelude::*;

use super::*;
use crate::rtp::{self, encode_header};

/// The master key of RFC 3711, Appendix B.3, which libsrtp tests with too.
pub(super) const MASTER: MasterKey = MasterKey::new([
    0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39,
    0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6,
]);
const LONG: Suite = Suite::AesCm128HmacSha1_80;
const SHORT: Suite = Suite::AesCm128HmacSha1_32;

#[test]
fn a_sealed_packet_is_the_one_that_libsrtp_makes() {
    let clear = hex("800F1234DECAFBADCAFEBABEABABABABABABABABABABABABABABABAB");
    let wanted =
        hex("800F1234DECAFBADCAFEBABE4E55DC4CE79978D88CA4D215949D2402B78D6ACC99EA179B8DBB");
    let header = clear[..12].try_into().unwrap();

    let mut room = EMPTY_ROOM;
    let mut sealer = Sealer::new(LONG, &MASTER);
    let sealed = sealer.seal(&header, &clear[12..], &mut room).unwrap();

    assert_eq!(sealed, &wanted[12..]);
    let mut opened = wanted;
    assert_eq!(Opener::new(LONG, &MASTER, None).open(&mut opened), Ok(28));
    assert_eq!(opened[..28], clear);
}

#[test]
fn a_sealed_report_is_the_one_that_libsrtp_makes() {
    let clear = hex("81C8000BCAFEBABEABABABABABABABABABABABABABABABAB");
    let wanted =
        hex("81C8000BCAFEBABE7128035BE487B9BDBEF89041F977A5A880000001993E08CD54D6C1230798");
    let mut sealer = ReportSealer::new(&MASTER);
    sealer.seal(&mut clear.clone()); // libsrtp counts from one

    let mut sealed = clear.clone();
    sealer.seal(&mut sealed);

    assert_eq!(sealed, wanted);
    assert_eq!(ReportOpener::new(&MASTER, None).open(&mut sealed), Ok(24));
    assert_eq!(sealed[..24], clear);
}

#[test]
fn sequence_numbers_come_round_on_both_sides() {
    for suite in [LONG, SHORT] {
        let mut sealer = Sealer::new(suite, &MASTER);
        let mut opener = Opener::new(suite, &MASTER, None);
        for sequence in (0..140_000_u32).step_by(64) {
            let mut packet = sealed(&mut sealer, low(sequence), b"sound");
            assert_eq!(opener.open(&mut packet), Ok(17), "{sequence}");
        }
        assert_eq!(sealer.rollovers(), 2);
    }
}

#[test]
fn the_latest_packet_sealed_again_is_the_same_and_opens_once() {
    let mut sealer = Sealer::new(LONG, &MASTER);
    let mut opener = Opener::new(LONG, &MASTER, None);
    let first = sealed(&mut sealer, 7, b"key");

    assert_eq!(sealed(&mut sealer, 7, b"key"), first);
    assert!(opener.open(&mut first.clone()).is_ok());
    assert_eq!(opener.open(&mut first.clone()), Err(SrtpError::Replayed));
}

#[test]
fn whoever_hears_a_stream_only_after_its_numbers_came_round_opens_it_all_the_same() {
    let mut sealer = Sealer::new(LONG, &MASTER);
    let mut opener = Opener::new(LONG, &MASTER, None);
    sealed(&mut sealer, 0xFFFF, b"missed");

    for sequence in 0..3 {
        let mut packet = sealed(&mut sealer, sequence, b"heard");
        assert!(opener.open(&mut packet).is_ok(), "{sequence}");
    }
}

#[test]
fn another_key_another_suite_and_one_bit_less_are_not_authentic() {
    let packet = sealed(&mut Sealer::new(LONG, &MASTER), 1, b"sound");
    let other = MasterKey::new([1; 30]);

    for mut opener in [
        Opener::new(LONG, &other, None),
        Opener::new(SHORT, &MASTER, None),
    ] {
        assert_eq!(
            opener.open(&mut packet.clone()),
            Err(SrtpError::NotAuthentic)
        );
    }
    for bit in 0..packet.len() * 8 {
        let mut damaged = packet.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let before = damaged.clone();
        assert!(
            Opener::new(LONG, &MASTER, None).open(&mut damaged).is_err(),
            "bit {bit}"
        );
        assert_eq!(damaged, before, "octets stay as they came");
    }
}

#[test]
fn a_forged_packet_does_not_close_the_window_for_a_true_one() {
    let mut sealer = Sealer::new(LONG, &MASTER);
    let mut opener = Opener::new(LONG, &MASTER, None);
    assert!(opener.open(&mut sealed(&mut sealer, 10, b"a")).is_ok());
    let forged = [&encode_header(101, true, 30_000, 0, 5)[..], &[9; 14]].concat();

    assert_eq!(
        opener.open(&mut forged.clone()),
        Err(SrtpError::NotAuthentic)
    );
    assert!(opener.open(&mut sealed(&mut sealer, 11, b"b")).is_ok());
}

#[test]
fn a_key_identifier_must_be_the_agreed_one() {
    let mki = Mki::new(1, 4);
    let sealed = sealed(&mut Sealer::new(LONG, &MASTER), 1, b"sound");
    let (packet, tag) = sealed.split_at(17);
    let with = |identifier: &[u8]| [packet, identifier, tag].concat();

    let open = |mut datagram: Vec<u8>| Opener::new(LONG, &MASTER, mki).open(&mut datagram);

    assert_eq!(open(with(&[0, 0, 0, 1])), Ok(17));
    assert_eq!(open(with(&[0, 0, 0, 2])), Err(SrtpError::NotAuthentic));
    assert!(open(with(&[])).is_err());
    assert_eq!(
        (Mki::new(256, 1), Mki::new(1, 0), Mki::new(1, 9)),
        (None, None, None)
    );
    assert!(Mki::new(u64::MAX, 8).is_some());
}

#[test]
fn extensions_and_contributing_sources_stay_in_the_clear() {
    let transform = transform::Transform::new(&transform::SessionKeys::derive(
        &MASTER,
        transform::Purpose::Sound,
    ));
    let mut packet = encode_header(101, false, 3, 4, 5).to_vec();
    packet[0] |= 0x10 | 1;
    packet.extend([7, 7, 7, 7, 0xBE, 0xDE, 0, 1, 8, 8, 8, 8]);
    let clear = [&packet[..], b"event"].concat();
    let mut hidden = b"event".to_vec();
    transform.apply(5, 3, &mut hidden);
    packet.extend(hidden);
    let tag = transform.tag(&[&packet, &[0; 4]]);
    packet.extend(&tag[..10]);

    assert_eq!(
        Opener::new(LONG, &MASTER, None).open(&mut packet),
        Ok(clear.len())
    );
    assert_eq!(
        rtp::parse(&packet[..clear.len()]).unwrap().payload,
        b"event"
    );
}

#[test]
fn a_report_in_the_clear_is_refused_and_one_too_short_is_not_sent() {
    let mut sealer = ReportSealer::new(&MASTER);
    let mut report = hex("81C80001CAFEBABE0102030405060708");
    sealer.seal(&mut report);
    let open = |datagram: &[u8]| ReportOpener::new(&MASTER, None).open(&mut datagram.to_vec());
    assert_eq!(open(&report), Ok(16));
    let mut plain = report.clone();
    plain[16] &= 0x7F;

    assert_eq!(open(&plain), Err(SrtpError::NotAuthentic));
    let mut opener = ReportOpener::new(&MASTER, None);
    assert!(opener.open(&mut report.clone()).is_ok());
    assert_eq!(opener.open(&mut report.clone()), Err(SrtpError::Replayed));
    let mut short = vec![0x81, 0xC8];
    sealer.seal(&mut short);
    assert!(short.is_empty());
}

#[test]
fn no_key_is_shown() {
    let keys = Keys {
        suite: LONG,
        ours: MASTER,
        theirs: MASTER,
        mki: Mki::new(1, 1),
    };
    let sealer = (Sealer::new(LONG, &MASTER), ReportSealer::new(&MASTER));
    let opener = (
        Opener::new(LONG, &MASTER, None),
        ReportOpener::new(&MASTER, None),
    );
    let shown = format!("{keys:?} {sealer:?} {opener:?}");

    assert!(shown.contains("secret"));
    for octet in ["225, 249", "e1, f9", "e1f9", "198, 30", "c61e", "[3, "] {
        assert!(!shown.to_lowercase().contains(octet), "{shown}");
    }
}

#[test]
fn a_payload_longer_than_any_of_ours_is_not_sealed() {
    let mut room = EMPTY_ROOM;
    let header = encode_header(8, false, 1, 2, 3);
    let mut sealer = Sealer::new(LONG, &MASTER);

    assert!(sealer.seal(&header, &[0; 480], &mut room).is_some());
    assert!(sealer.seal(&header, &[0; 481], &mut room).is_none());
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        key: [u8; 30], short: bool, payload in proptest::collection::vec(any::<u8>(), 0..480), sequence: u16, ssrc: u32,
    ) {
        let (suite, key) = (if short { SHORT } else { LONG }, MasterKey::new(key));
        let header = encode_header(8, false, sequence, 9, ssrc);
        let mut room = EMPTY_ROOM;
        let sealed = Sealer::new(suite, &key).seal(&header, &payload, &mut room).unwrap().to_vec();
        let mut datagram = [&header[..], &sealed].concat();

        let length = Opener::new(suite, &key, None).open(&mut datagram).unwrap();

        prop_assert_eq!(&datagram[..length], [&header[..], &payload].concat());
    }

    #[test]
    fn no_datagram_makes_an_opener_panic(first: u8, mut datagram: Vec<u8>, octets: u8) {
        if let Some(begin) = datagram.first_mut() {
            *begin = 0x80 | (first & 0x3F);
        }
        let mki = Mki::new(1, octets);
        prop_assert!(Opener::new(SHORT, &MASTER, mki).open(&mut datagram.clone()).is_err());
        prop_assert!(ReportOpener::new(&MASTER, mki).open(&mut datagram).is_err());
    }
}

fn sealed(sealer: &mut Sealer, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = encode_header(8, false, sequence, 160, 5);
    let mut room = EMPTY_ROOM;
    let sealed = sealer.seal(&header, payload, &mut room).unwrap();
    [&header[..], sealed].concat()
}

fn low(sequence: u32) -> u16 {
    u16::try_from(sequence & 0xFFFF).unwrap()
}

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect()
}
