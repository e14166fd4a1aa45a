//! Who is admitted: full, too fast, draining, stopped.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use bulletin::TerritorySlug;
use line::{Config, EndCause, Limits, Line, Refusal, ShortProgramme, Trunk};
use media::Codec;
use sip::sdp::{self, Capabilities};
use sip::write::OutgoingCall;

use crate::programme::{LE_HAVRE, ROUEN, config, last_words, long_greeting, two_territories};
use crate::sound::{assert_without_seam, octets};
use crate::telephone::{PATIENCE, Telephone, wait_until};

#[test]
fn above_the_limit_a_call_gets_503_with_retry_after_and_the_admitted_one_does_not_notice() {
    let limit = Config {
        max_calls: 1,
        ..config()
    };
    let (line, _records) = Line::start(&limit, long_greeting()).unwrap();
    let mut first = Telephone::call(line.local_addr(), ROUEN);
    first.listen(5);

    let mut second = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(second.dial(), 503);

    assert!(String::from_utf8_lossy(&second.answer).contains("Retry-After: 20"));
    assert!(!line.health().accepting);
    let heard = first.listen(20);
    assert!(
        heard
            .windows(2)
            .all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1))
    );
    first.hang_up();
    wait_until(|| line.health().accepting);
    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 200);
    assert_eq!(line.health().calls_refused, 1);
}

#[test]
fn new_calls_above_the_rate_get_503() {
    let limit = Config {
        max_call_rate: 3,
        ..config()
    };
    let (line, _records) = Line::start(&limit, two_territories()).unwrap();

    let statuses: Vec<u16> = (0..4)
        .map(|_| Telephone::new(line.local_addr(), ROUEN).dial())
        .collect();

    assert_eq!(statuses, [200, 200, 200, 503]);
}

#[test]
fn a_crowd_of_calls_that_nobody_acknowledges_makes_room_for_one_of_the_same_address() {
    let fast = Config {
        max_call_rate: 100_000,
        ..config()
    };
    let (line, records) = Line::start(&fast, long_greeting()).unwrap();
    let thrower = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = thrower.local_addr().unwrap();
    let target = format!("sip:{ROUEN}@{}", line.local_addr());
    let offer = sdp::offer(&Capabilities::new(own.ip(), own.port(), 1));
    for seed in 0..1_000 {
        let call = OutgoingCall::new(&target, "sip:nobody@127.0.0.1", own, seed);
        thrower
            .send_to(&call.invite(Some(&offer)), line.local_addr())
            .unwrap();
        wait_until(|| line.health().calls as u64 == seed + 1);
    }
    let dial = || Telephone::new(line.local_addr(), ROUEN).dial();
    assert_eq!(dial(), 503, "one too many");

    let given_up = records.recv_timeout(Duration::from_secs(12)).unwrap();

    assert_eq!(given_up.end, EndCause::NeverAcknowledged);
    assert_eq!(dial(), 200);
}

#[test]
fn without_a_free_port_a_call_gets_503() {
    let few_ports = Config {
        rtp_ports: 9_210..=9_211,
        ..config()
    };
    let (line, _records) = Line::start(&few_ports, two_territories()).unwrap();
    let mut first = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(first.dial(), 200);
    assert_eq!(first.media.unwrap().port(), 9_210);

    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 503);

    first.hang_up();
    wait_until(|| line.health().calls == 0);
    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 200);
}

#[test]
fn a_range_without_an_even_port_is_refused_at_the_start() {
    let no_ports = Config {
        rtp_ports: 9_301..=9_301,
        ..config()
    };
    assert!(Line::start(&no_ports, two_territories()).is_err());
}

#[test]
fn the_longest_call_is_announced_and_ends_with_a_bye() {
    let short = Config {
        max_call: Duration::from_millis(800),
        ..config()
    };
    let on_air = long_greeting();
    let last_words = last_words(&on_air, Codec::Pcma);
    let (line, records) = Line::start(&short, on_air).unwrap();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);

    let heard = telephone.listen_out(Duration::from_millis(300));

    assert!((35..=40).contains(&heard.len()), "{}", heard.len());
    assert!(
        octets(&heard)
            .windows(last_words.len())
            .any(|said| said == last_words)
    );
    assert_without_seam(&heard);
    assert!(telephone.wait_for_bye().contains("cause=16"));
    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::LongestCall
    );
}

#[test]
fn a_key_does_not_lengthen_the_longest_call() {
    let short = Config {
        max_call: Duration::from_millis(800),
        ..config()
    };
    let (line, records) = Line::start(&short, long_greeting()).unwrap();
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(25);
    for key in "**5*#*8*0*".chars() {
        telephone.press(key);
        telephone.next_packet(PATIENCE);
    }

    telephone.listen_out(Duration::from_millis(300));

    assert!(telephone.wait_for_bye().contains("cause=16"));
    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.end, EndCause::LongestCall);
    assert!(record.packets_sent <= 40, "{}", record.packets_sent);
}

#[test]
fn while_draining_nobody_new_is_taken_and_the_last_caller_hears_the_end() {
    let (line, _records) = crate::programme::line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(5);

    assert_eq!(line.drain(Instant::now()), 1);
    wait_until(|| !line.health().accepting);
    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 503);
    telephone.listen(10);
    telephone.hang_up();

    assert_eq!(line.drain(Instant::now() + PATIENCE), 0);
}

#[test]
fn a_line_that_stops_says_goodbye_to_everybody() {
    let (line, records) = crate::programme::line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(5);

    let stopping = std::thread::spawn(move || line.stop());

    assert!(telephone.wait_for_bye().contains("Q.850"));
    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::Stopped
    );
    stopping.join().unwrap();
    assert!(records.recv().is_err(), "nobody is left to write records");
}

#[test]
fn a_trunk_that_is_full_gets_its_own_code_at_once_and_strangers_get_nothing() {
    let trunk = |name, peer: &str, calls| Trunk {
        peers: vec![peer.parse().unwrap()],
        limits: Limits {
            calls,
            ..Limits::NONE
        },
        refusal: Refusal {
            status: 486,
            retry_after: false,
        },
        ..Trunk::new(name)
    };
    let two = Config {
        trunks: vec![
            trunk("small", "127.0.0.1", 1),
            trunk("large", "127.0.0.2", 9),
        ],
        ..config()
    };
    let (line, records) = Line::start(&two, long_greeting()).unwrap();
    let mut first = Telephone::call(line.local_addr(), ROUEN);
    first.listen(1);

    let mut second = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(second.dial(), 486);
    assert!(!String::from_utf8_lossy(&second.answer).contains("Retry-After"));
    let from = |address: &str| UdpSocket::bind((address, 0)).unwrap();
    assert!(
        answers(&line, &from("127.0.0.2")),
        "the other trunk is served"
    );
    assert!(
        !answers(&line, &from("127.0.0.3")),
        "a stranger learns nothing"
    );
    assert_eq!(line.health().strangers, 1);

    first.hang_up();
    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.trunk.as_deref(), Some("small"));
}

#[test]
fn a_territory_that_is_full_leaves_room_for_the_others() {
    let one = Limits {
        calls: 1,
        ..Limits::NONE
    };
    let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
    let limits = Config {
        territories: [(rouen, one)].into(),
        ..config()
    };
    let (line, _records) = Line::start(&limits, two_territories()).unwrap();
    let _first = Telephone::call(line.local_addr(), ROUEN);

    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 503);
    assert_eq!(Telephone::new(line.local_addr(), LE_HAVRE).dial(), 200);
    assert!(line.health().accepting);
}

#[test]
fn the_short_programme_ends_after_one_round_switched_by_hand_or_by_load() {
    let whole = heard_to_the_end(&crate::programme::line(two_territories()).0);
    let (by_hand, _records) = crate::programme::line(two_territories());
    by_hand.set_short_programme(ShortProgramme::On);
    wait_until(|| by_hand.health().short_programme);
    let short = heard_to_the_end(&by_hand);
    assert!(short * 3 < whole * 2, "{short} of {whole} packets");

    by_hand.set_short_programme(ShortProgramme::Off);
    wait_until(|| !by_hand.health().short_programme);
    assert_eq!(heard_to_the_end(&by_hand), whole);

    let one_call = Config {
        max_calls: 1,
        ..config()
    };
    let (by_load, _records) = Line::start(&one_call, two_territories()).unwrap();
    assert_eq!(heard_to_the_end(&by_load), short);
}

/// Packets until the line hangs up.
fn heard_to_the_end(line: &Line) -> usize {
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    let heard = telephone.listen_out(Duration::from_millis(300));
    telephone.wait_for_bye();
    heard.len()
}

/// Whether OPTIONS from this socket gets an answer.
fn answers(line: &Line, from: &UdpSocket) -> bool {
    let own = from.local_addr().unwrap();
    let options = format!(
        "OPTIONS sip:line SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
         From: <sip:a@{own}>;tag=1\r\nTo: <sip:line>\r\nCall-ID: {own}\r\nCSeq: 1 OPTIONS\r\n\r\n"
    );
    from.send_to(options.as_bytes(), line.local_addr()).unwrap();
    from.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    from.recv(&mut [0; 2_000]).is_ok()
}
