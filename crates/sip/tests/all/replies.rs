//! Where responses go (RFC 3261 § 18.2.2, RFC 3581).

use super::support::{Line, text};

#[test]
fn with_rport_a_response_goes_to_the_source_and_says_so() {
    let (to, octets) = answered("198.51.100.7:40000", "192.0.2.9:5070;rport;branch=z9hG4bKo");
    assert_eq!(to, "198.51.100.7:40000");
    assert!(
        octets.contains("branch=z9hG4bKo;rport=40000;received=198.51.100.7\n"),
        "{octets}"
    );
}

#[test]
fn without_rport_a_response_goes_to_the_port_of_sent_by() {
    let (to, octets) = answered("198.51.100.7:40000", "192.0.2.9:5070;branch=z9hG4bKo");
    assert_eq!(to, "198.51.100.7:5070");
    assert!(
        octets.contains("branch=z9hG4bKo;received=198.51.100.7\n"),
        "{octets}"
    );
}

#[test]
fn without_a_port_it_is_5060() {
    assert_eq!(
        answered("198.51.100.7:40000", "192.0.2.9;branch=z9hG4bKo").0,
        "198.51.100.7:5060"
    );
}

#[test]
fn neither_names_nor_maddr_nor_a_forged_received_lead_elsewhere() {
    let via = "phone.invalid;maddr=203.0.113.1;received=203.0.113.2;branch=z9hG4bKo";
    let (to, octets) = answered("198.51.100.7:40000", via);
    assert_eq!(to, "198.51.100.7:5060");
    assert!(octets.contains(";received=198.51.100.7\n") && !octets.contains("received=203"));
}

#[test]
fn ipv6_callers_are_answered_at_their_address() {
    let (to, octets) = answered(
        "[2001:db8::9]:40000",
        "[2001:db8::9]:5070;rport;branch=z9hG4bKo",
    );
    assert_eq!(to, "[2001:db8::9]:40000");
    assert!(
        octets.contains(";rport=40000;received=2001:db8::9\n"),
        "{octets}"
    );
}

#[test]
fn keepalives_are_counted_and_not_answered() {
    let mut line = Line::new();
    for datagram in [&b""[..], b"\r\n", b"\r\n\r\n", b"\0\0\0\0"] {
        assert!(line.receives(datagram).is_empty());
    }
    assert_eq!(line.agent.counters().keepalives, 4);
}

#[test]
fn the_same_question_gets_the_same_answer() {
    let mut line = Line::new();
    let options = options("192.0.2.9;branch=z9hG4bKo");
    assert_eq!(line.receives(&options), line.receives(&options));
}

fn answered(from: &str, via: &str) -> (String, String) {
    let (to, octets) = Line::new().receives_from(from, &options(via)).remove(0);
    (to.to_string(), text(&octets))
}

fn options(via: &str) -> Vec<u8> {
    format!(
        "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@192.0.2.9>;tag=o\r\nTo: <sip:192.0.2.1>\r\nCall-ID: o@192.0.2.9\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}
