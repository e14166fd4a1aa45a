use std::net::UdpSocket;
use std::time::{Duration, Instant};

use caller::{CallPlan, StormPlan, place_call, storm};
use server::Settings;

use crate::support::{House, Program, copy_demonstration_to, listen};

#[test]
fn above_the_limit_callers_are_refused_at_once_and_the_others_hear_on() {
    let two = Settings {
        max_calls: Some(2),
        ..Settings::default()
    };
    let house = House::open_with(two, |_| {});
    let target = house.target("0805691282");
    let listeners: Vec<_> = (0..2)
        .map(|_| {
            let target = target.clone();
            std::thread::spawn(move || listen(&target, "", Duration::from_secs(6)))
        })
        .collect();
    std::thread::sleep(Duration::from_secs(2)); // both are in the middle of the greeting

    let start = Instant::now();
    let refused = place_call(&CallPlan {
        limit: Duration::from_secs(2),
        ..CallPlan::new(&target)
    })
    .expect("an answer");

    assert_eq!(refused.status, 503);
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
    for listener in listeners {
        let heard = listener.join().expect("the call goes on");
        assert_eq!(heard.report.counts.lost, 0);
        assert!(
            heard.report.counts.packets > 280,
            "{} packets",
            heard.report.counts.packets
        );
    }
    assert_eq!(
        listen(&target, "", Duration::from_secs(1)).report.status,
        200,
        "room again"
    );
}

#[test]
fn on_a_single_core_a_crowd_is_answered_to_the_last_caller() {
    let data = tempfile::tempdir().expect("a folder");
    copy_demonstration_to(data.path());
    let one_core = ["taskset", "--cpu-list", "0"];
    let program = Program::start_by(&one_core, data.path(), None, |command| {
        command.args(["--demo", "--max-call-rate", "200"]);
    });
    let target = format!("sip:0805691282@{}", program.sip);

    let plan = StormPlan::new(&target, 600, 60.0, Duration::from_secs(1));
    let report = storm(&plan).expect("the storm begins");

    assert_eq!((report.answered, report.failed), (600, 0));
}

#[test]
fn an_invite_without_ack_gets_no_sound() {
    let house = House::open();
    let victim = UdpSocket::bind("127.0.0.1:0").expect("a port");
    victim
        .set_read_timeout(Some(Duration::from_secs(3)))
        .expect("a limit");
    let forger = UdpSocket::bind("127.0.0.1:0").expect("a port");
    forger
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a limit");

    let invite = invite(
        &house,
        &forger,
        victim.local_addr().expect("its address").port(),
    );
    forger
        .send_to(invite.as_bytes(), house.sip())
        .expect("sent");

    let mut answers = String::new();
    let mut datagram = [0; 4096];
    while !answers.contains("SIP/2.0 200") {
        let length = forger.recv(&mut datagram).expect("the call is answered");
        answers.push_str(&String::from_utf8_lossy(&datagram[..length]));
    }
    assert!(
        victim.recv(&mut datagram).is_err(),
        "not one packet of sound"
    );
}

#[test]
fn the_line_answers_after_hostile_datagrams() {
    let house = House::open();
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let good = invite(&house, &stranger, 40_000);
    for cut in (0..good.len()).step_by(7) {
        stranger
            .send_to(&good.as_bytes()[..cut], house.sip())
            .expect("sent");
    }
    let huge = "Content-Length: 18446744073709551615\r\n";
    let hostile = [
        good.replace("Content-Length: ", "X: "),
        good.replace("Max-Forwards: 70\r\n", huge),
        good.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"),
        good.replace("Via: SIP/2.0/UDP", "Via: , ,"),
        good.replace("CSeq: 1 INVITE", "CSeq: 99999999999999999999 INVITE"),
        format!("{good}{}", "A".repeat(60_000)),
        "\r\n\r\n".into(),
        "\0".repeat(65_000),
    ];
    for datagram in hostile {
        stranger
            .send_to(datagram.as_bytes(), house.sip())
            .expect("sent");
    }

    let heard = house.dial("0805691282", "", Duration::from_secs(2));

    assert!(
        heard.report.setup_ms < Some(200.0),
        "{:?} ms",
        heard.report.setup_ms
    );
    assert!(heard.report.counts.packets > 80);
}

fn invite(house: &House, from: &UdpSocket, sound: u16) -> String {
    let from = from.local_addr().expect("its address");
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {sound} RTP/AVP 8\r\n"
    );
    format!(
        "INVITE sip:0805691282@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKa1;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:x@{from}>;tag=1\r\nTo: <sip:0805691282@{sip}>\r\n\
         Call-ID: forged-{from}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@{from}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{sdp}",
        sip = house.sip(),
        length = sdp.len(),
    )
}
