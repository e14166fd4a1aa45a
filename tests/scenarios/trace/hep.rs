//! A collector that takes HEP version 3 apart as its description says.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::time::Duration;

use server::Settings;

use super::{ROUEN, SECOND};
use crate::support::House;

#[test]
fn a_collector_gets_every_message_of_a_call_by_hep_version_3() {
    let collector = UdpSocket::bind("127.0.0.1:0").expect("a port");
    collector
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a limit");
    let settings = Settings {
        hep: Some(collector.local_addr().expect("its address")),
        hep_agent: Some(2_001),
        ..Settings::default()
    };
    let house = House::open_with(settings, |_| {});
    let began = std::time::SystemTime::now();
    house.dial(ROUEN, "", SECOND);

    let line = house.sip().port().to_be_bytes();
    let mut starts = vec![];
    let mut packet = [0; 65_535];
    while starts.len() < 6 {
        let length = collector.recv(&mut packet).expect("a copy");
        let chunks = chunks(&packet[..length]);
        assert_eq!(chunks[&1], [2], "IPv4");
        assert_eq!(chunks[&2], [17], "UDP");
        assert_eq!(
            (&chunks[&3][..], &chunks[&4][..]),
            (&[127, 0, 0, 1][..], &[127, 0, 0, 1][..])
        );
        let seconds = u32::from_be_bytes(chunks[&9][..].try_into().expect("four octets"));
        let now = began
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .as_secs();
        assert!(
            (now..now + 10).contains(&u64::from(seconds)),
            "{seconds} {now}"
        );
        assert!(u32::from_be_bytes(chunks[&10][..].try_into().expect("four octets")) < 1_000_000);
        assert_eq!(chunks[&11], [1], "SIP");
        assert_eq!(chunks[&12], 2_001_u32.to_be_bytes());
        let text = String::from_utf8(chunks[&15].clone()).expect("text");
        let is_ours = text.starts_with("SIP/2.0");
        assert_eq!(chunks[if is_ours { &7 } else { &8 }], line, "{text}");
        starts.push(
            text.split([' ', '\r'])
                .take(2)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    let uri = house.target(ROUEN);
    assert_eq!(
        starts[..3],
        [
            format!("INVITE {uri}"),
            "SIP/2.0 100".into(),
            "SIP/2.0 200".into()
        ]
    );
    assert!(
        starts[3].starts_with("ACK ") && starts[4].starts_with("BYE "),
        "{starts:?}"
    );
    assert_eq!(starts[5], "SIP/2.0 200");
}

/// The chunks of a packet by their type.
fn chunks(packet: &[u8]) -> HashMap<u16, Vec<u8>> {
    let number = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    assert_eq!(&packet[..4], b"HEP3");
    assert_eq!(usize::from(number(4)), packet.len());
    let (mut at, mut chunks) = (6, HashMap::new());
    while at < packet.len() {
        let (vendor, kind, length) = (number(at), number(at + 2), usize::from(number(at + 4)));
        assert_eq!(vendor, 0);
        let known = chunks.insert(kind, packet[at + 6..at + length].to_vec());
        assert_eq!(known, None, "each chunk stands once");
        at += length;
    }
    chunks
}
