//! Which lines are honoured, and what is offered, answered and agreed on.

use proptest::prelude::*;

use super::super::{Agreement, Answer, Capabilities, NoCommonCodec, agree, answer, offer, parse};
use super::*;

const KEY: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk";
const OURS: MasterKey = MasterKey(*b"allo-allo-allo-allo-allo-allo-");
const THEIRS: MasterKey = MasterKey(*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcd");
const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const SHORT: &str = "AES_CM_128_HMAC_SHA1_32";

#[test]
fn a_line_is_read_with_its_lifetime_and_the_name_of_its_key() {
    for (line, mki) in [
        (format!("1 {LONG} inline:{KEY}"), None),
        (format!("1 {LONG} inline:{KEY}|2^31"), None),
        (format!("1 {LONG} inline:{KEY}|1048576"), None),
        (format!("1 {LONG} inline:{KEY}|2^20|1:4"), Some((1, 4))),
        (format!("1 {LONG} inline:{KEY}|255:1"), Some((255, 1))),
        (
            format!("1  aes_cm_128_hmac_sha1_80  INLINE:{KEY} WSH=128 -X=1"),
            None,
        ),
    ] {
        let read = Crypto::parse(&line).unwrap_or_else(|| panic!("{line}"));
        let mki = mki.map(|(value, octets)| Mki { value, octets });
        assert_eq!((read.tag, read.key, read.mki), (1, THEIRS, mki), "{line}");
    }
}

#[test]
fn a_line_that_cannot_be_honoured_is_passed_over() {
    let short_key = &KEY[..36];
    for line in [
        "".to_owned(),
        "1".into(),
        format!("1 {LONG}"),
        format!("x {LONG} inline:{KEY}"),
        format!("-1 {LONG} inline:{KEY}"),
        format!("1234567890 {LONG} inline:{KEY}"),
        format!("1 AEAD_AES_128_GCM inline:{KEY}"),
        format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
        format!("1 {LONG} uri:{KEY}"),
        format!("1 {LONG} inline:{short_key}"),
        format!("1 {LONG} inline:{KEY}AAAA"),
        format!("1 {LONG} inline:{short_key}AA=="),
        format!("1 {LONG} inline:{}", KEY.replace('Q', "*")),
        format!("1 {LONG} inline:{KEY}|1:1;inline:{KEY}|2:1"),
        format!("1 {LONG} inline:{KEY}|0"),
        format!("1 {LONG} inline:{KEY}|2^49"),
        format!("1 {LONG} inline:{KEY}|2^200"),
        format!("1 {LONG} inline:{KEY}|2^"),
        format!("1 {LONG} inline:{KEY}|"),
        format!("1 {LONG} inline:{KEY}|2^31|256:1"),
        format!("1 {LONG} inline:{KEY}|2^31|1:0"),
        format!("1 {LONG} inline:{KEY}|2^31|1:128"),
        format!("1 {LONG} inline:{KEY}|2^31|1:1|1"),
        format!("1 {LONG} inline:{KEY} UNENCRYPTED_SRTP"),
        format!("1 {LONG} inline:{KEY} UNENCRYPTED_SRTCP"),
        format!("1 {LONG} inline:{KEY} UNAUTHENTICATED_SRTP"),
        format!("1 {LONG} inline:{KEY} KDR=1"),
        format!("1 {LONG} inline:{KEY} FEC_ORDER=FEC_SRTP"),
        format!("1 {LONG} inline:{KEY} WSH=63"),
        format!("1 {LONG} inline:{KEY} SOMETHING"),
    ] {
        assert_eq!(Crypto::parse(&line), None, "{line}");
    }
}

#[test]
fn the_first_line_we_know_is_answered_under_its_tag_with_our_own_key() {
    let lines = format!(
        "a=crypto:7 AEAD_AES_256_GCM inline:{KEY}\r\na=crypto:3 {SHORT} inline:{KEY}|2^31|1:1\r\n\
         a=crypto:4 {LONG} inline:{KEY}\r\n"
    );
    for protocol in ["RTP/SAVP", "RTP/SAVPF", "RTP/AVP"] {
        for secrecy in [Secrecy::IfOffered(OURS), Secrecy::Required(OURS)] {
            let answer = answered(protocol, &lines, secrecy).unwrap();

            let srtp = answer.srtp.unwrap();
            assert_eq!((srtp.ours, srtp.theirs), (OURS, THEIRS));
            assert_eq!(srtp.suite, Suite::AesCm128HmacSha1_32);
            assert_eq!(
                srtp.mki,
                Some(Mki {
                    value: 1,
                    octets: 1
                })
            );
            let text = String::from_utf8(answer.sdp).unwrap();
            let ours = "inline:YWxsby1hbGxvLWFsbG8tYWxsby1hbGxvLWFsbG8t";
            assert!(
                text.contains(&format!("a=crypto:3 {SHORT} {ours}\r\n")),
                "{text}"
            );
            assert!(
                text.contains(&format!("m=audio 10000 {protocol} 8\r\n")),
                "{text}"
            );
            assert_eq!(text.matches("a=crypto").count(), 1);
        }
    }
}

#[test]
fn the_policy_decides_what_is_taken() {
    let key = format!("a=crypto:1 {LONG} inline:{KEY}\r\n");
    let unusable = format!("a=crypto:1 {LONG} inline:{KEY} UNENCRYPTED_SRTP\r\n");
    let never = Secrecy::Never;
    let (offered, required) = (Secrecy::IfOffered(OURS), Secrecy::Required(OURS));
    for (protocol, lines, secrecy, taken) in [
        ("RTP/AVP", "", never, Some(false)),
        ("RTP/AVP", &key[..], never, Some(false)),
        ("RTP/SAVP", &key, never, None),
        ("RTP/AVP", "", offered, Some(false)),
        ("RTP/AVP", &key, offered, Some(true)),
        ("RTP/AVP", &unusable, offered, Some(false)),
        ("RTP/SAVP", &key, offered, Some(true)),
        ("RTP/SAVP", "", offered, None),
        ("RTP/SAVP", &unusable, offered, None),
        ("RTP/AVP", "", required, None),
        ("RTP/AVP", &key, required, Some(true)),
        ("RTP/AVP", &unusable, required, None),
        ("RTP/SAVP", &key, required, Some(true)),
        (
            "UDP/TLS/RTP/SAVP",
            "a=fingerprint:sha-256 00\r\n",
            offered,
            None,
        ),
        ("UDP/TLS/RTP/SAVP", &key, required, None),
    ] {
        let answer = answered(protocol, lines, secrecy);
        let is_encrypted = answer.ok().map(|answer| answer.srtp.is_some());
        assert_eq!(is_encrypted, taken, "{protocol} {lines} {secrecy:?}");
    }
}

#[test]
fn of_two_streams_the_encrypted_one_is_taken() {
    let offer = format!(
        "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/SAVP 8\r\na=crypto:1 {LONG} inline:{KEY}\r\n"
    );
    let offer = parse(offer.as_bytes()).unwrap();
    let port = |secrecy| answer(&offer, &ours(secrecy)).unwrap().peer.port();

    assert_eq!(port(Secrecy::IfOffered(OURS)), 4002);
    assert_eq!(port(Secrecy::Never), 4000);
}

#[test]
fn where_it_is_required_our_own_offer_has_a_key_and_wants_one() {
    let line = ours(Secrecy::Required(OURS));
    let offered = offer(&line);
    let text = String::from_utf8(offered.clone()).unwrap();
    assert!(
        text.contains("m=audio 10000 RTP/SAVP 8 0 101\r\n"),
        "{text}"
    );

    let caller = Capabilities {
        srtp: Secrecy::IfOffered(THEIRS),
        ..Capabilities::new("192.0.2.9".parse().unwrap(), 4000, 1)
    };
    let answered = answer(&parse(&offered).unwrap(), &caller).unwrap();
    let agreed = agree(&parse(&answered.sdp).unwrap(), &line).unwrap();

    let (srtp, of_caller) = (agreed.srtp.unwrap(), answered.srtp.unwrap());
    assert_eq!((srtp.ours, srtp.theirs), (OURS, THEIRS));
    assert_eq!((of_caller.ours, of_caller.theirs), (THEIRS, OURS));
    let plain = String::from_utf8(offer(&ours(Secrecy::IfOffered(OURS)))).unwrap();
    assert!(
        plain.contains(" RTP/AVP ") && !plain.contains("crypto"),
        "{plain}"
    );
}

#[test]
fn an_answer_must_take_the_line_that_was_offered() {
    let read = |protocol, line: &str, secrecy| -> Result<Agreement, NoCommonCodec> {
        let text = format!("v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 {protocol} 8\r\n{line}");
        agree(&parse(text.as_bytes()).unwrap(), &ours(secrecy))
    };
    let good = format!("a=crypto:1 {LONG} inline:{KEY}\r\n");
    let required = Secrecy::Required(OURS);

    assert!(read("RTP/SAVP", &good, required).is_ok());
    for line in [
        "".to_owned(),
        format!("a=crypto:2 {LONG} inline:{KEY}\r\n"),
        format!("a=crypto:1 {SHORT} inline:{KEY}\r\n"),
    ] {
        assert_eq!(
            read("RTP/SAVP", &line, required),
            Err(NoCommonCodec),
            "{line}"
        );
    }
    let unasked = read("RTP/AVP", &good, Secrecy::IfOffered(OURS)).unwrap();
    assert_eq!(
        unasked.srtp, None,
        "what was not offered cannot be answered"
    );
}

#[test]
fn no_key_is_shown() {
    let key = format!("a=crypto:1 {LONG} inline:{KEY}\r\n");
    let offer = described("RTP/SAVP", &key);
    let ours = ours(Secrecy::Required(OURS));
    let agreed = answer(&offer, &ours).unwrap().srtp;

    let shown = format!("{offer:?} {ours:?} {agreed:?}");

    assert!(!shown.contains("65, 66") && !shown.contains(KEY), "{shown}");
    assert!(!shown.contains("97, 108"), "{shown}");
}

#[test]
fn keys_are_hidden_in_a_copy_of_a_message() {
    let message = format!(
        "Content-Length: 9\r\n\r\na=crypto:1 {LONG} inline:{KEY}|2^31\r\na=crypto:2 {LONG} INLINE:{KEY};inline:{KEY}|1:1\r\n"
    );
    let mut copy = message.clone().into_bytes();

    hide_keys(&mut copy);

    let copy = String::from_utf8(copy).unwrap();
    assert_eq!(copy, message.replace(KEY, &"x".repeat(40)));
    for mut short in [&b""[..], b"inline:", b"inline", b"inline:="].map(<[u8]>::to_vec) {
        hide_keys(&mut short);
    }
}

proptest! {
    #[test]
    fn every_key_reads_back_as_it_was_written(octets: [u8; 30], tag in 0_u32..1_000_000_000) {
        let text = attribute(tag, Suite::AesCm128HmacSha1_32, MasterKey(octets));
        let read = Crypto::parse(text.strip_prefix("crypto:").unwrap()).unwrap();
        prop_assert_eq!((read.tag, read.key), (tag, MasterKey(octets)));
    }

    #[test]
    fn no_line_makes_the_reader_panic(
        words in "[ -~]{0,60}",
        end in "[ |:;=^0-9A-Za-z+/-]{0,80}",
        begins in prop::sample::select(vec!["", "1 ", "1 AES_CM_128_HMAC_SHA1_80 inline:",
            "1 AES_CM_128_HMAC_SHA1_32 inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"]),
    ) {
        for line in [format!("{begins}{end}"), format!("{begins}{words}")] {
            if let Some(read) = Crypto::parse(&line) {
                prop_assert!(read.tag < 1_000_000_000);
                prop_assert!(read.mki.is_none_or(|mki| (1..=8).contains(&mki.octets)));
            }
            let _ = answered("RTP/SAVP", &format!("a=crypto:{line}\r\n"), Secrecy::IfOffered(OURS));
        }
    }
}

fn answered(protocol: &str, lines: &str, secrecy: Secrecy) -> Result<Answer, NoCommonCodec> {
    answer(&described(protocol, lines), &ours(secrecy))
}

fn described(protocol: &str, lines: &str) -> super::super::Sdp {
    let text = format!("v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 4000 {protocol} 8\r\n{lines}");
    parse(text.as_bytes()).unwrap()
}

fn ours(srtp: Secrecy) -> Capabilities {
    Capabilities {
        srtp,
        ..Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 7)
    }
}
