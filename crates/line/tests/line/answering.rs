//! Who is answered and how, and who gets no sound.

use std::time::{Duration, Instant};

use line::{Config, EndCause, Line, Trunk};
use media::Codec;

use crate::hold::port_replaced;
use crate::programme::{ROUEN, config, expected, line, two_territories};
use crate::sound::octets;
use crate::telephone::{PATIENCE, Telephone, wait_until};

#[test]
fn an_invite_is_answered_within_200_ms() {
    let (line, _records) = line(two_territories());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);

    let dialled = Instant::now();
    assert_eq!(telephone.dial(), 200);

    assert!(dialled.elapsed() < Duration::from_millis(200));
}

#[test]
fn whoever_does_not_acknowledge_gets_no_packet_at_all() {
    let (line, records) = line(two_territories());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(telephone.dial(), 200);

    assert!(telephone.next_packet(Duration::from_millis(300)).is_none());

    telephone.hang_up();
    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!((record.packets_sent, record.answered_at), (0, None));
    assert!(telephone.next_packet(Duration::from_millis(50)).is_none());
}

#[test]
fn an_invite_without_offer_gets_one_and_the_answer_comes_with_the_ack() {
    let on_air = two_territories();
    let (line, _records) = line(on_air.clone());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN).only(Codec::Pcmu);
    assert_eq!(telephone.dial_with(None, b""), 200);
    let answer = telephone.description();
    telephone.acknowledge(Some(&answer));

    let heard = telephone.listen(40);

    assert_eq!(
        octets(&heard),
        expected(&on_air, ROUEN, Codec::Pcmu)[..40 * 160]
    );
}

#[test]
fn without_a_common_law_the_call_is_refused_with_488() {
    let (line, records) = line(two_territories());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();

    let other_law = offer.replace("RTP/AVP 8 0", "RTP/AVP 18 97");
    assert_eq!(telephone.dial_with(Some(other_law.as_bytes()), b""), 488);

    assert_eq!(
        records.recv_timeout(PATIENCE).unwrap().end,
        EndCause::Refused(488)
    );
    assert_eq!(line.health().calls, 0);
}

#[test]
fn sound_is_never_promised_to_a_group_nor_to_the_line_itself() {
    let (line, _records) = line(two_territories());
    let sip_port = line.local_addr().port();
    let telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let elsewhere = |address: &str| offer.replace("IP4 127.0.0.1", &format!("IP4 {address}"));

    for bad in [
        elsewhere("224.0.0.1"),
        elsewhere("255.255.255.255"),
        elsewhere("0.0.0.1"),
        port_replaced(&offer, sip_port),
        port_replaced(&offer, 0),
    ] {
        let mut telephone = Telephone::new(line.local_addr(), ROUEN);
        assert_eq!(telephone.dial_with(Some(bad.as_bytes()), b""), 488, "{bad}");
    }
}

#[test]
fn the_port_beside_that_of_sip_is_a_callers_like_any_other() {
    let (line, _records) = std::iter::repeat_with(|| line(two_territories()))
        .find(|(line, _)| line.local_addr().port().is_multiple_of(2))
        .unwrap();
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();

    let beside = port_replaced(&offer, line.local_addr().port() + 1);
    assert_eq!(telephone.dial_with(Some(beside.as_bytes()), b""), 200);
}

#[test]
fn the_number_is_found_behind_a_translation() {
    let on_air = two_territories();
    let (line, _records) = line(on_air.clone());
    let mut telephone = Telephone::new(line.local_addr(), "+33261910050");
    let offer = telephone.description();
    let more = b"Diversion: <sip:+33805691282@carrier.example>;reason=unconditional\r\n";
    assert_eq!(telephone.dial_with(Some(&offer), more), 200);
    telephone.acknowledge(None);

    assert_eq!(
        octets(&telephone.listen(30)),
        expected(&on_air, ROUEN, Codec::Pcma)[..30 * 160]
    );
}

#[test]
fn a_caller_who_hangs_up_hears_nothing_more() {
    let (line, records) = line(two_territories());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(10);
    telephone.hang_up();

    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.end, EndCause::CallerHungUp);
    assert!(record.packets_sent >= 10);
    telephone.listen_out(Duration::from_millis(50));
    assert_eq!(line.health().packets_sent, record.packets_sent);
}

#[test]
fn a_caller_whose_port_is_closed_does_not_trouble_the_others() {
    let on_air = two_territories();
    let (line, records) = line(on_air.clone());
    let mut gone = Telephone::call(line.local_addr(), ROUEN);
    gone.listen(3);
    gone.move_ear();
    let mut other = Telephone::call(line.local_addr(), ROUEN);

    assert_eq!(
        octets(&other.listen(60)),
        expected(&on_air, ROUEN, Codec::Pcma)[..60 * 160]
    );
    assert!(line.health().unreachable > 10);
    gone.hang_up();
    assert!(records.recv_timeout(PATIENCE).unwrap().packets_sent > 60);
}

#[test]
fn a_fault_met_at_one_datagram_does_not_keep_the_line_from_hearing_the_next() {
    let beyond_all_clocks = Config {
        trunks: vec![Trunk {
            latching: Duration::MAX, // no instant is so late: a fault at every ACK
            ..Trunk::new("carrier")
        }],
        ..config()
    };
    let (line, _records) = Line::start(&beyond_all_clocks, two_territories()).unwrap();
    Telephone::call(line.local_addr(), ROUEN);
    wait_until(|| line.health().faults == 1);

    assert_eq!(Telephone::new(line.local_addr(), ROUEN).dial(), 200);
}
