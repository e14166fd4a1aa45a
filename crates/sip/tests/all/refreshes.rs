//! Sessions that we refresh (RFC 4028): by UPDATE, or by an INVITE where the caller takes no UPDATE.

use std::time::Duration;

use sip::message::{Message, Request};
use sip::write::Reply;
use sip::{EndCause, Event, Manner};

use super::support::{Caller, Line, sdp, statuses, text, words};

const ASKED: &str = "Supported: timer\r\nSession-Expires: 90;refresher=uas\r\nAllow: UPDATE\r\n";

#[test]
fn who_asks_us_to_refresh_gets_an_update_at_half_the_interval() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ok = answered(&mut line, &mut caller, ASKED);
    assert!(
        ok.contains("Session-Expires: 90;refresher=uas\nRequire: timer\n"),
        "{ok}"
    );

    for _ in 0..3 {
        let sent = line.passes(45.0);
        assert_eq!((sent.len(), sent[0].0), (1, 45.0));
        let update = text(&sent[0].2);
        for wanted in [
            "UPDATE sip:192.0.2.9:5070 SIP/2.0\n",
            "Contact: <sip:192.0.2.1:5060>\n",
            "Supported: timer, 100rel\n",
            "Session-Expires: 90;refresher=uac\nMin-SE: 90\nContent-Length: 0\n",
        ] {
            assert!(update.contains(wanted), "{update}");
        }
        line.receives(&response(&sent[0].2, 200, ""));
    }

    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);
    assert!(line.passes(4000.0).is_empty());
}

#[test]
fn a_lost_refresh_is_sent_again_and_one_that_nobody_answers_ends_the_call() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    line.passes(44.0);

    let sent = line.passes(40.0);

    let updates: Vec<f64> = sent
        .iter()
        .filter(|(.., octets)| octets.starts_with(b"UPDATE"))
        .map(|(at, ..)| *at)
        .collect();
    assert_eq!(updates[..4], [1.0, 1.5, 2.5, 4.5]);
    let bye = sent
        .iter()
        .find(|(.., octets)| octets.starts_with(b"BYE"))
        .unwrap();
    // The session ends at 60 s, before the UPDATE is given up.
    assert_eq!(bye.0, 16.0);
    assert!(
        text(&bye.2).contains("CSeq: 2 BYE\n")
            && text(&bye.2).contains("Reason: Q.850;cause=102\n")
    );
    assert_eq!(ended(&line), Some(102));
}

#[test]
fn a_caller_who_lost_the_call_is_let_go_and_one_who_wants_longer_gets_it() {
    for status in [408, 481] {
        let (mut line, mut caller) = (Line::new(), Caller::new(1));
        answered(&mut line, &mut caller, ASKED);
        let update = line.passes(45.0).remove(0).2;
        assert_eq!(
            words(&line.receives(&response(&update, status, ""))),
            ["BYE"],
            "{status}"
        );
    }
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    let update = line.passes(45.0).remove(0).2;
    let again = line.receives(&response(&update, 422, "Min-SE: 300\r\n"));
    let again = text(&again[0]);
    assert!(again.contains("CSeq: 2 UPDATE\n"), "{again}");
    assert!(
        again.contains("Session-Expires: 300;refresher=uac\nMin-SE: 300\n"),
        "{again}"
    );
}

#[test]
fn glare_and_a_busy_caller_are_tried_again() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    let update = line.passes(45.0).remove(0).2;
    assert!(line.receives(&response(&update, 491, "")).is_empty());
    let again = line.passes(2.0).remove(0);
    assert!(again.0 < 2.0);

    line.receives(&response(&again.2, 500, "Retry-After: 3 (busy)\r\n"));
    let third = line.passes(5.0).remove(0);
    assert!(third.2.starts_with(b"UPDATE"));
    line.receives(&response(&third.2, 200, ""));
    assert!(line.passes(40.0).is_empty());
}

#[test]
fn a_caller_who_takes_no_update_is_refreshed_by_an_invite_with_the_same_description() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let asked = ASKED.replace("Allow: UPDATE\r\n", "");
    answered(&mut line, &mut caller, &asked);
    let call = line.invited().0;
    assert!(line.passes(45.0).is_empty());
    assert_eq!(
        line.takes_events().last(),
        Some(&Event::RefreshDue { call })
    );
    let (ours, now) = (sdp("192.0.2.1", ""), line.now);

    line.agent.refresh(now, call, &ours);
    let invite = line.drain().0.remove(0).1;
    assert!(text(&invite).contains("CSeq: 1 INVITE\n") && text(&invite).contains("m=audio"));
    line.receives(&response(&invite, 100, ""));
    assert!(line.passes(1.0).is_empty(), "somebody has it");
    assert_eq!(statuses(&line.receives(&caller.call.reinvite(None))), [491]);
    let ok = response(&invite, 200, "Contact: <sip:moved@192.0.2.9:5070>\r\n");

    for _ in 0..2 {
        let sent = line.receives(&ok);
        assert_eq!(words(&sent), ["ACK"]);
        assert!(text(&sent[0]).starts_with("ACK sip:moved@192.0.2.9:5070 SIP/2.0\n"));
        assert!(text(&sent[0]).contains("CSeq: 1 ACK\n"));
    }
    let answer = vec![];
    assert_eq!(line.takes_events(), [Event::Refreshed { call, answer }]);
    line.passes(43.0);
    assert!(line.takes_events().is_empty());
}

#[test]
fn a_target_of_more_than_8_kb_in_the_answer_to_a_refresh_is_not_taken() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    let update = line.passes(45.0).remove(0).2;
    let contact = format!("Contact: <sip:{}@192.0.2.9>\r\n", "a".repeat(8_192));
    line.receives(&response(&update, 200, &contact));

    let (call, now) = (line.invited().0, line.now);
    line.agent.hang_up(now, call, 16);

    let bye = line.drain().0.remove(0).1;
    assert!(text(&bye).starts_with("BYE sip:192.0.2.9:5070 SIP/2.0\n"));
}

#[test]
fn an_update_nobody_takes_becomes_an_invite_whose_refusal_is_acknowledged() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    let update = line.passes(45.0).remove(0).2;
    line.receives(&response(&update, 405, ""));
    line.passes(0.0);
    let call = line.invited().0;
    assert_eq!(
        line.takes_events().last(),
        Some(&Event::RefreshDue { call })
    );
    let now = line.now;
    line.agent.refresh(now, call, &sdp("192.0.2.1", ""));
    let invite = line.drain().0.remove(0).1;

    let sent = line.receives(&response(&invite, 488, ""));

    assert_eq!(words(&sent), ["ACK"]);
    assert_eq!(branch(&sent[0]), branch(&invite));
    let sent = line.passes(20.0);
    assert_eq!(
        (sent[0].0, words(&[sent[0].2.clone()])),
        (15.0, vec!["BYE".to_owned()])
    );
    assert_eq!(ended(&line), Some(102));
}

#[test]
fn the_line_s_own_timer_is_asked_of_callers_who_know_timers() {
    let ask = |more: &str| {
        let (mut line, caller) = (Line::new(), Caller::new(1));
        line.receives(&caller.call.invite_with(None, more.as_bytes()));
        let manner = Manner {
            session_s: Some(120),
            delay: Duration::ZERO,
            rings: false,
        };
        let (call, now) = (line.invited().0, line.now);
        line.agent
            .accept_as(now, call, &sdp("192.0.2.1", ""), manner);
        text(&line.drain().0[0].1)
    };

    assert!(
        ask("Supported: timer\r\n")
            .contains("Session-Expires: 120;refresher=uac\nRequire: timer\n")
    );
    assert!(ask("Supported: timer\r\nMin-SE: 600\r\n").contains("Session-Expires: 600;"));
    let theirs = ask("Supported: timer\r\nSession-Expires: 1800\r\n");
    assert!(
        theirs.contains("Session-Expires: 1800;refresher=uac"),
        "{theirs}"
    );
    assert!(!ask("Supported: 100rel\r\n").contains("Session-Expires"));
}

#[test]
fn a_proxy_s_timer_for_a_caller_who_knows_none_is_ours_to_refresh() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ok = answered(
        &mut line,
        &mut caller,
        "Session-Expires: 90\r\nAllow: INVITE,UPDATE\r\n",
    );
    assert!(
        ok.contains("Session-Expires: 90;refresher=uas\n") && !ok.contains("Require: timer"),
        "{ok}"
    );

    assert_eq!(words(&[line.passes(45.0).remove(0).2]), ["UPDATE"]);
}

#[test]
fn a_hold_that_says_nothing_of_the_timer_leaves_it_running() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    line.passes(10.0);
    let hold = caller.call.request("UPDATE", b"Supported: timer\r\n", None);
    let sent = line.receives(&hold);
    assert!(text(&sent[0]).contains("Session-Expires: 90;refresher=uas\n"));

    assert_eq!(line.passes(45.0)[0].0, 45.0);
}

#[test]
fn the_caller_takes_the_refreshing_over_when_it_says_so() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    answered(&mut line, &mut caller, ASKED);
    let update = line.passes(45.0).remove(0).2;
    line.receives(&response(
        &update,
        200,
        "Session-Expires: 120;refresher=uas\r\n",
    ));

    let sent = line.passes(100.0);

    assert_eq!(
        (sent[0].0, words(&[sent[0].2.clone()])),
        (88.0, vec!["BYE".to_owned()])
    );
}

fn answered(line: &mut Line, caller: &mut Caller, more: &str) -> String {
    let invite = String::from_utf8(caller.call.invite_with(None, more.as_bytes())).unwrap();
    // The Allow of the test comes in the place of the caller's own.
    let own = invite
        .lines()
        .find(|line| line.starts_with("Allow: INVITE, ACK"))
        .unwrap();
    line.receives(invite.replace(&format!("{own}\r\n"), "").as_bytes());
    let ok = line.accepts();
    caller.hears(&ok);
    line.receives(&caller.call.ack(None));
    text(&ok[0])
}

/// A response of the caller to a request of ours.
fn response(request: &[u8], status: u16, more: &str) -> Vec<u8> {
    let Ok(Message::Request(request)) = Message::parse(request) else {
        panic!("what we sent is no request");
    };
    let reply = Reply::new(&request, Line::address(), None);
    reply.write(status, "Said", more.as_bytes(), None)
}

fn branch(octets: &[u8]) -> Vec<u8> {
    let Ok(Message::Request(Request { headers, .. })) = Message::parse(octets) else {
        panic!("what we sent is no request");
    };
    headers.find("Via").unwrap().to_vec()
}

/// The cause of our hanging up.
fn ended(line: &Line) -> Option<u8> {
    match line.events.last() {
        Some(Event::Ended {
            cause: EndCause::HungUp { cause },
            ..
        }) => Some(*cause),
        _ => None,
    }
}
