//! Several listeners, IPv4 and IPv6: each answers by itself, and nobody gets sound of the other family.

use std::net::{Ipv6Addr, SocketAddr};

use line::{Config, Line};
use media::Codec;
use net::{Dscp, MediaSocket, Poller};
use sip::sdp::{self, Capabilities};
use sip::write::OutgoingCall;

use crate::programme::{ROUEN, config, expected, two_territories};
use crate::sound::octets;
use crate::telephone::{PATIENCE, Telephone, wait_until};

#[test]
fn a_call_by_ipv6_is_answered_and_heard_by_ipv6() {
    let on_air = two_territories();
    let (line, records) = Line::start(&on_both(), on_air.clone()).unwrap();
    let six = line.local_addrs().nth(1).unwrap();
    let mut telephone = Telephone::call(six, ROUEN);

    let answer = String::from_utf8(telephone.answer.clone()).unwrap();
    assert!(answer.contains(" IN IP6 ::1\r\n"), "{answer}");
    assert!(!answer.contains("IP4"), "{answer}");
    assert_eq!(
        octets(&telephone.listen(30)),
        expected(&on_air, ROUEN, Codec::Pcma)[..30 * 160]
    );
    drop(line);

    telephone.wait_for_bye();
    assert!(records.recv_timeout(PATIENCE).unwrap().packets_sent >= 30);
}

#[test]
fn an_answer_leaves_the_listener_that_was_asked_and_names_it() {
    let everywhere = Config {
        sip: addresses(&["127.0.0.1:0", "127.0.0.2:0", "[::1]:0"]),
        ..config()
    };
    let (line, _records) = Line::start(&everywhere, two_territories()).unwrap();
    let listeners: Vec<SocketAddr> = line.local_addrs().collect();
    assert_eq!(listeners.len(), 3);

    for listener in listeners {
        let telephone = MediaSocket::bind((listener.ip(), 0).into()).unwrap();
        telephone.connect(listener).unwrap(); // hears this listener only
        let (answer, _) = dial(&telephone, listener, None);
        assert!(
            answer.contains(&format!("Contact: <sip:{listener}>\r\n")),
            "{answer}"
        );
        let connection = match listener.ip() {
            std::net::IpAddr::V4(four) => format!("c=IN IP4 {four}\r\n"),
            std::net::IpAddr::V6(six) => format!("c=IN IP6 {six}\r\n"),
        };
        assert!(answer.contains(&connection), "{answer}");
    }
}

#[test]
fn an_offer_of_the_other_family_is_refused_with_488_on_either_side() {
    let (line, _records) = Line::start(&on_both(), two_territories()).unwrap();
    for (listener, other) in line.local_addrs().zip([
        "2001:db8::9", // to the listener of IPv4
        "192.0.2.9",   // to that of IPv6
    ]) {
        let mut telephone = Telephone::new(listener, ROUEN);
        let offer = sdp::offer(&Capabilities::new(other.parse().unwrap(), 4_000, 1));

        assert_eq!(telephone.dial_with(Some(&offer), b""), 488, "{other}");
    }
    let mut mapped = Telephone::new(line.local_addrs().nth(1).unwrap(), ROUEN);
    let offer = sdp::offer(&Capabilities::new(
        "::ffff:192.0.2.9".parse().unwrap(),
        4_000,
        1,
    ));
    assert_eq!(
        mapped.dial_with(Some(&offer), b""),
        488,
        "IPv4 in the clothes of IPv6"
    );
}

#[test]
fn an_answer_of_the_other_family_to_our_offer_ends_the_call() {
    let (line, _records) = Line::start(&on_both(), two_territories()).unwrap();
    let mut telephone = Telephone::new(line.local_addrs().nth(1).unwrap(), ROUEN);
    assert_eq!(telephone.dial_with(None, b""), 200);
    let ours = Capabilities::new("192.0.2.9".parse().unwrap(), 4_000, 1);
    let answer = sdp::answer(
        &sdp::parse(&telephone.answer).unwrap(),
        &Capabilities {
            address: Ipv6Addr::LOCALHOST.into(),
            ..ours
        },
    );
    let answer = String::from_utf8(answer.unwrap().sdp).unwrap();
    telephone.acknowledge(Some(answer.replace("IP6 ::1", "IP4 192.0.2.9").as_bytes()));

    assert!(telephone.wait_for_bye().contains("cause=88"));
    wait_until(|| line.health().calls == 0);
}

#[test]
fn one_port_may_carry_both_families_at_once() {
    let (line, _records) = Line::start(&on_both(), two_territories()).unwrap();
    let port = line.local_addr().port();
    drop(line);
    let everywhere = Config {
        sip: vec![
            SocketAddr::from(([0, 0, 0, 0], port)),
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        ],
        ..config()
    };
    let (_line, _records) = Line::start(&everywhere, two_territories()).unwrap();

    for own in ["127.0.0.1", "::1"] {
        let listener = SocketAddr::new(own.parse().unwrap(), port);
        let mut telephone = Telephone::call(listener, ROUEN);
        telephone.listen(3);
    }
}

#[test]
fn signalling_and_sound_bear_the_marks_that_are_configured() {
    for (address, marks) in [
        ("127.0.0.1:0", (Dscp::CS3, Dscp::EF)),
        ("[::1]:0", (Dscp::CS3, Dscp::EF)),
        (
            "127.0.0.1:0",
            ("AF31".parse().unwrap(), "CS5".parse().unwrap()),
        ),
        ("[::1]:0", ("26".parse().unwrap(), "0".parse().unwrap())),
    ] {
        let (sip_dscp, rtp_dscp) = marks;
        let marked = Config {
            sip: addresses(&[address]),
            sip_dscp,
            rtp_dscp,
            ..config()
        };
        let (line, _records) = Line::start(&marked, two_territories()).unwrap();
        let line = line.local_addr();
        let ears = [(); 3].map(|()| {
            let ear = MediaSocket::bind((line.ip(), 0).into()).unwrap();
            ear.note_marks().unwrap();
            ear
        });
        let [telephone, sound, reports] = &ears;
        telephone.connect(line).unwrap();

        let (_, seen) = dial(telephone, line, Some((sound, reports)));
        assert_eq!(seen, Some(sip_dscp), "SIP at {address}");
        assert_eq!(next(sound).1, Some(rtp_dscp), "sound at {address}");
        assert_eq!(next(reports).1, Some(rtp_dscp), "reports at {address}");
    }
}

/// Calls from a bare port and acknowledges; the 200 and its mark.
fn dial(
    telephone: &MediaSocket,
    line: SocketAddr,
    ears: Option<(&MediaSocket, &MediaSocket)>,
) -> (String, Option<Dscp>) {
    let local = telephone.local_addr().unwrap();
    let target = format!("sip:{ROUEN}@{line}");
    let mut call = OutgoingCall::new(&target, "sip:resident@h", local, u64::from(local.port()));
    let port = |ear: &MediaSocket| ear.local_addr().unwrap().port();
    let (sound, reports) = match ears {
        Some((sound, reports)) => (port(sound), port(reports)),
        None => (4_000, 4_001),
    };
    let offer = sdp::offer(&Capabilities::new(local.ip(), sound, 1));
    let offer = [&offer[..], format!("a=rtcp:{reports}\r\n").as_bytes()].concat();
    telephone.send(&call.invite(Some(&offer))).unwrap();
    loop {
        let (message, dscp) = next(telephone);
        let text = String::from_utf8(message.clone()).unwrap();
        if text.starts_with("SIP/2.0 200") {
            let Ok(sip::message::Message::Response(response)) =
                sip::message::Message::parse(&message)
            else {
                panic!("{text}");
            };
            call.establish(&response).unwrap();
            telephone.send(&call.ack(None)).unwrap();
            return (text, dscp);
        }
    }
}

/// The next packet and its mark.
fn next(ear: &MediaSocket) -> (Vec<u8>, Option<Dscp>) {
    let poller = Poller::new().unwrap();
    poller.add(ear, 1).unwrap();
    let mut octets = vec![0; 65_535];
    let mut ready = vec![];
    loop {
        if let Some(stamp) = ear.recv_stamped(&mut octets).unwrap() {
            octets.truncate(stamp.octets);
            return (octets, stamp.dscp);
        }
        poller.wait(&mut ready, Some(2 * PATIENCE)).unwrap();
        assert!(!ready.is_empty(), "nothing comes");
    }
}

/// A listener of each family.
fn on_both() -> Config {
    Config {
        sip: addresses(&["127.0.0.1:0", "[::1]:0"]),
        ..config()
    }
}

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}
