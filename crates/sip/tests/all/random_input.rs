//! Whatever arrives: no panic, no call out of nothing, and the next caller is answered.

use proptest::prelude::*;
use sip::header::{CSeq, NameAddr, Via};
use sip::message::Message;
use sip::sdp::CodecName;
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
    fn odd_timers_reasons_and_acknowledgements_leave_a_call_that_can_be_ended(
        value in "[ -~]{0,40}|[0-9]{1,20}(;refresher=(uac|uas|x))?|[0-9]{1,11} [0-9]{1,11} [A-Z]{1,7}|(SIP|Q\\.850);cause=[0-9]{1,6}",
        answers_update: bool,
    ) {
        let lines = format!(
            "RAck: {value}\r\nSession-Expires: {value}\r\nMin-SE: {value}\r\nReason: {value}\r\n\
             Supported: timer\r\n"
        );
        let mut line = Line::new();
        let mut caller = Caller::new(1);
        caller.is_connected(&mut line);
        for method in ["PRACK", "UPDATE", "INFO"] {
            line.receives(&caller.call.request(method, lines.as_bytes(), None));
        }
        for (_, _, sent) in line.passes(300.0) {
            if sent.starts_with(b"UPDATE") && answers_update {
                let ok = caller.call.clone();
                let Ok(Message::Request(update)) = Message::parse(&sent) else { continue };
                line.receives(&ok.ok(&update, Line::address()));
            }
        }
        let bye = caller.call.request("BYE", lines.as_bytes(), None);
        prop_assert_eq!(line.receives(&bye).len(), 1);
        prop_assert_eq!(line.agent.calls(), 0);
        let invite = Caller::new(2).call.invite_with(None, lines.as_bytes());
        prop_assert!(!line.receives(&invite).is_empty());
    }

    #[test]
    fn whatever_is_offered_an_answer_takes_one_stream_in_packets_we_can_send(
        streams in prop::collection::vec(stream(), 0..5),
        session in prop::collection::vec(attribute(), 0..3),
        ours_first: bool,
        longer_ptime in prop::option::of(any::<u32>()),
    ) {
        let text = format!(
            "v=0\r\nc=IN IP4 192.0.2.9\r\n{}{}", session.concat(), streams.concat()
        );
        let ours = sdp::Capabilities {
            codecs: vec![CodecName::G722, CodecName::Pcma, CodecName::Pcmu],
            ours_first,
            longer_ptime,
            ..sdp::Capabilities::new("192.0.2.1".parse().unwrap(), 10_000, 1)
        };
        let offer = sdp::parse(text.as_bytes()).unwrap();
        if let Ok(answer) = sdp::answer(&offer, &ours) {
            let mut read = sdp::parse(&answer.sdp).unwrap();
            prop_assert_eq!(read.media.len(), offer.media.len());
            read.media.retain(|media| media.port != 0);
            prop_assert_eq!(read.media.len(), 1);
            prop_assert_eq!(read.media[0].ptime, Some(answer.ptime));
            prop_assert!(sdp::PTIMES_MS.contains(&answer.ptime));
            prop_assert!(answer.rtcp.is_none_or(|at| at.port() != 0));
            prop_assert_eq!(sdp::agree(&read, &ours).unwrap().codec, answer.codec);
        }
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

/// An `m=` section, mostly one that can be taken.
fn stream() -> impl Strategy<Value = String> {
    let port = prop_oneof![Just(0), Just(65_535), any::<u16>()];
    let formats = prop::collection::vec(prop::sample::select(vec![0, 8, 9, 18, 101]), 0..5);
    let attributes = prop::collection::vec(attribute(), 0..6);
    (port, formats, attributes).prop_map(|(port, formats, attributes)| {
        let formats: String = formats.iter().map(|format| format!(" {format}")).collect();
        format!("m=audio {port} RTP/AVP{formats}\r\n{}", attributes.concat())
    })
}

/// A line that decides about packets and reports, its number sensible or not.
fn attribute() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(vec![
        "a=ptime:",
        "a=maxptime:",
        "a=rtcp:",
        "b=RS:",
        "b=RR:",
        "a=rtcp-mux",
        "a=",
    ]);
    let number = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        (0..200_u32).prop_map(|number| number.to_string()),
        "[0-9]{1,5} IN IP4 [0-9.]{7,15}",
        "[ -~]{0,12}",
    ];
    (kinds, number).prop_map(|(kind, number)| format!("{kind}{number}\r\n"))
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
