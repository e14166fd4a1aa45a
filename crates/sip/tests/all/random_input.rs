//! Whatever arrives: no panic, no call out of nothing, and the next caller is answered.

use proptest::prelude::*;
use sip::header::{CSeq, NameAddr, Via};
use sip::message::Message;
use sip::{sdp, uri};

use super::support::{Caller, Line, all_fixtures};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all_ways(&octets);
        Line::new().receives(&octets);
    }

    #[test]
    fn mutated_messages_never_panic_and_leave_the_line_alive(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 1..8),
    ) {
        let mut octets = which.get(all_fixtures()).1.clone();
        for edit in &edits {
            edit.apply(&mut octets);
        }
        read_all_ways(&octets);
        let mut line = Line::new();
        let mut caller = Caller::new(1);
        caller.is_connected(&mut line);
        line.receives(&octets);
        line.passes(70.0);
        assert_eq!(line.receives(&caller.call.bye()).len(), 1);
    }

    #[test]
    fn descriptions_never_panic(text in "v=0\r\n([a-z]=[ -~]{0,30}\r\n|m=audio [0-9]{1,5} RTP/AVP( [0-9]{1,3}){0,4}\r\n|a=rtpmap:[0-9]{1,3} [a-zA-Z-]{1,15}/[0-9]{1,6}\r\n|c=IN IP4 [0-9.]{1,15}\r\n){0,12}") {
        let ours = sdp::Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 1);
        if let Ok(offer) = sdp::parse(text.as_bytes())
            && let Ok(answer) = sdp::answer(&offer, &ours)
        {
            let read = sdp::parse(&answer.sdp).unwrap();
            prop_assert_eq!(read.media.len(), offer.media.len());
        }
    }

    #[test]
    fn every_datagram_we_send_can_be_read(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec(edit(), 0..4),
    ) {
        let mut octets = which.get(all_fixtures()).1.clone();
        for edit in &edits {
            edit.apply(&mut octets);
        }
        if Message::parse(&octets).is_ok() {
            for sent in Line::new().receives(&octets) {
                prop_assert!(Message::parse(&sent).is_ok(), "{}", super::support::text(&sent));
            }
        }
    }
}

#[test]
fn the_most_laborious_datagrams_are_read_in_bounded_time() {
    let datagrams = [
        "a:b\r\n".repeat(13_000),
        format!(
            "INVITE sip:a@h SIP/2.0\r\nVia: {}",
            "SIP/2.0/UDP h,".repeat(4_600)
        ),
        format!("INVITE sip:a@h SIP/2.0\r\nTo: {}", "\"".repeat(65_000)),
        format!(
            "INVITE sip:a@h SIP/2.0\r\nFrom: {}\r\n\r\n",
            ";a=\"".repeat(8_000)
        ),
        format!("INVITE sip:a@h SIP/2.0\r\n{}", "Via: x\r\n ".repeat(7_000)),
        "\r\n".repeat(32_000),
    ];
    let start = std::time::Instant::now();
    for _ in 0..50 {
        for datagram in &datagrams {
            Line::new().receives(datagram.as_bytes());
        }
    }
    let each_ms = start.elapsed().as_millis() / 300;
    assert!(each_ms < 50, "{each_ms} ms each");
}

fn read_all_ways(octets: &[u8]) {
    let _ = Message::parse(octets);
    let _ = Via::parse(octets);
    let _ = NameAddr::parse(octets);
    let _ = CSeq::parse(octets);
    let _ = uri::Uri::parse(octets).map(|uri| uri.user().is_some());
    let _ = sdp::parse(octets);
}

/// A small damage.
#[derive(Clone, Debug)]
enum Edit {
    Put(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index),
    Insert(prop::sample::Index, &'static str),
    Double(prop::sample::Index, prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<prop::sample::Index>;
    let words = prop::sample::select(vec![
        "\r\n",
        "\r\n ",
        ",",
        ";",
        "\"",
        "<",
        ">",
        "@",
        ":",
        "%",
        "\\",
        "=",
        "\0",
        "\u{e9}",
        "tag=",
        "rport",
        "branch=z9hG4bK",
        "99999999999999999999",
        "[::1",
        "Via:",
        "CSeq: 1 INVITE",
    ]);
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, octet)| Edit::Put(at, octet)),
        place().prop_map(Edit::Cut),
        place().prop_map(Edit::Drop),
        (place(), words).prop_map(|(at, word)| Edit::Insert(at, word)),
        (place(), place()).prop_map(|(from, to)| Edit::Double(from, to)),
    ]
}

impl Edit {
    fn apply(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            return;
        }
        let length = octets.len();
        match self {
            Self::Put(at, octet) => octets[at.index(length)] = *octet,
            Self::Cut(at) => octets.truncate(at.index(length)),
            Self::Drop(at) => {
                octets.remove(at.index(length));
            }
            Self::Insert(at, word) => {
                let at = at.index(length);
                octets.splice(at..at, word.bytes());
            }
            Self::Double(from, to) => {
                let from = from.index(length);
                let end = (from + 40).min(length);
                let piece = octets[from..end].to_vec();
                let to = to.index(length);
                octets.splice(to..to, piece);
            }
        }
    }
}
