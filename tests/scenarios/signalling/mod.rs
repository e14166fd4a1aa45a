mod wire;

use std::time::{Duration, Instant};

use wire::{Wire, status};

use crate::support::House;

#[test]
fn what_the_line_cannot_do_is_refused_by_its_number() {
    let house = House::open();
    let wire = Wire::to(&house);
    let invite = wire.invite("refused");
    let cases = [
        (invite.replace("INVITE", "SUBSCRIBE"), 405),
        (invite.replace("INVITE", "FLY"), 501),
        (
            invite.replace("application/sdp", "application/x-unknown"),
            415,
        ),
        (invite.replace("INVITE sip:", "INVITE http://"), 416),
        (
            invite.replace("Max-Forwards", "Require: teleport\r\nMax-Forwards"),
            420,
        ),
        (invite.replace("INVITE", "BYE"), 481),
        (invite.replace("RTP/AVP 8", "RTP/AVP 18"), 488),
        (invite.replace(" SIP/2.0\r\nVia", " SIP/7.0\r\nVia"), 505),
        (invite.replace("CSeq: 1 INVITE", "CSeq: 1 OPTIONS"), 400),
    ];
    for (number, (request, wanted)) in cases.into_iter().enumerate() {
        let request = request.replace("refused", &format!("refused{number}"));
        let answer = wire.ask(request.as_bytes());
        assert_eq!(status(&answer), wanted, "{request}\n{answer}");
        match wanted {
            405 => assert!(answer.contains("\r\nAllow: "), "{answer}"),
            420 => assert!(answer.contains("\r\nUnsupported: teleport"), "{answer}"),
            _ => {}
        }
    }
    let options = wire.ask(invite.replace("INVITE", "OPTIONS").as_bytes());
    assert_eq!(status(&options), 200);
    assert!(options.contains("\r\nAllow: ") && options.contains("\r\nAccept: "));
}

#[test]
fn calls_that_look_strange_are_answered_all_the_same() {
    let house = House::open();
    let wire = Wire::to(&house);
    let compact = wire
        .invite("compact")
        .replace("Via:", "v:")
        .replace("From:", "f:")
        .replace("To:", "t:")
        .replace("Call-ID:", "i:")
        .replace("Content-Length:", "l:")
        .replace("Content-Type:", "c:");
    let large = |name: &str, identities| {
        let identity = format!("Identity: {}\r\n", "a".repeat(15_000)).repeat(identities);
        wire.invite(name)
            .replace("Max-Forwards", &format!("{identity}Max-Forwards"))
    };
    for request in [compact, large("large", 1), large("huge", 4)] {
        let answer = wire.ask(request.as_bytes());
        assert_eq!(status(&answer), 200, "{} octets", request.len());
        wire.bye(&answer);
    }
    let mut latin = wire.invite("latin").into_bytes();
    let name = latin
        .windows(5)
        .position(|octets| octets == b"Alice")
        .expect("the name");
    latin[name] = 0xC9;
    let answer = wire.final_octets(&latin);
    assert!(
        answer.windows(5).any(|octets| octets == b"\xC9lice"),
        "copied back as it came"
    );
    wire.bye(&String::from_utf8_lossy(&answer));
    let early = wire.invite("early");
    let without_offer = early
        .split_once("Content-Type")
        .expect("a body")
        .0
        .to_owned();
    let answer = wire.ask(format!("{without_offer}Content-Length: 0\r\n\r\n").as_bytes());
    assert!(answer.contains("m=audio "), "an offer in the 200");
    wire.bye(&answer);
}

#[test]
fn an_answer_without_rport_goes_to_the_port_of_the_via() {
    let house = House::open();
    let wire = Wire::to(&house);
    let elsewhere = Wire::to(&house);
    let request = elsewhere
        .invite("elsewhere")
        .replace("INVITE", "OPTIONS")
        .replace(";rport", "");

    wire.send(request.as_bytes());

    assert_eq!(
        status(&elsewhere.hear().expect("heard at the port of the Via")),
        200
    );
}

#[test]
fn a_cancel_too_late_and_a_bye_too_early_leave_nothing_behind() {
    let house = House::open();
    let wire = Wire::to(&house);
    let invite = wire.invite("cancelled");
    let answer = wire.ask(invite.as_bytes());
    assert_eq!(status(&answer), 200);
    let head = invite.split_once("Content-Type").expect("a body").0;
    let cancel = format!(
        "{}Content-Length: 0\r\n\r\n",
        head.replace("INVITE", "CANCEL")
    );

    let cancelled = wire.ask_for(cancel.as_bytes(), "CANCEL");

    assert_eq!(
        status(&cancelled),
        200,
        "the CANCEL came too late and is said so politely"
    );
    assert_eq!(
        status(&wire.bye(&answer)),
        200,
        "BYE before ACK is answered at once"
    );
    let metrics = house.fetch(&house.metrics_url());
    assert!(metrics.contains("\nallo_calls 0\n"), "{metrics}");
}

#[test]
fn a_call_that_comes_by_two_ways_is_answered_once() {
    let house = House::open();
    let wire = Wire::to(&house);
    let invite = wire.invite("forked");
    let answer = wire.ask(invite.as_bytes());
    assert_eq!(status(&answer), 200);

    let other_way = invite.replace("branch=z9hG4bKforked", "branch=z9hG4bKother");
    // The 200 of the first is repeated meanwhile.
    let ask = |request: &str, mark: &str| {
        wire.send(request.as_bytes());
        loop {
            let heard = wire.hear().expect("an answer");
            if heard.contains(mark) && status(&heard) >= 200 {
                break status(&heard);
            }
        }
    };

    assert_eq!(ask(&other_way, "branch=z9hG4bKother"), 482);
    let metrics = house.fetch(&house.metrics_url());
    assert!(metrics.contains("\nallo_calls 1\n"), "{metrics}");
    let other_caller = other_way.replace("tag=forked", "tag=other");
    assert_eq!(ask(&other_caller, "tag=other"), 200, "another call");
    wire.bye(&answer);
}

#[test]
fn a_200_without_ack_is_repeated_and_ended_by_a_bye_after_32_seconds() {
    let house = House::open();
    let wire = Wire::to(&house);
    let start = Instant::now();
    wire.send(wire.invite("forgotten").as_bytes());

    let (mut repeats, mut ended) = (vec![], None);
    while ended.is_none() && start.elapsed() < Duration::from_secs(36) {
        let Some(heard) = wire.hear() else { continue };
        if heard.starts_with("BYE ") {
            ended = Some(start.elapsed().as_secs_f64());
        } else if status(&heard) == 200 {
            repeats.push(start.elapsed().as_secs_f64());
        }
    }

    let wanted = [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5];
    assert_eq!(repeats.len(), wanted.len(), "{repeats:?}");
    for (heard, due) in repeats.iter().zip(wanted) {
        assert!(
            (heard - due).abs() < 0.3,
            "{heard} s in the place of {due} s"
        );
    }
    let ended = ended.expect("a BYE");
    assert!((ended - 32.0).abs() < 0.3, "{ended}");
}
