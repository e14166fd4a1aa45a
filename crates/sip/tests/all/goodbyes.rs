//! The end of a call: whose BYE, by which way, repeated how long.

use sip::message::{Message, Request};
use sip::{EndCause, Event, Reason};

use super::support::{Caller, Line, statuses, text, words};

#[test]
fn a_bye_before_the_ack_is_answered_at_once_and_ends_the_repeats() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    caller.hears(&line.accepts());
    let call = line.invited().0;

    let sent = line.receives(&caller.call.bye());

    assert_eq!(statuses(&sent), [200]);
    let cause = EndCause::CallerHungUp {
        reason: Reason {
            q850: Some(16),
            sip: None,
        },
    };
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn a_repeated_bye_is_answered_from_memory_for_32_seconds() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let bye = caller.call.bye();

    let first = line.receives(&bye);
    line.passes(31.0);
    let second = line.receives(&bye);

    assert_eq!(first, second);
    assert_eq!(line.events.len(), 3);
}

#[test]
fn a_bye_while_it_rings_is_answered_and_the_invite_gets_487() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let trying = line.receives(&caller.invite());
    let to = text(&trying[0])
        .lines()
        .find(|line| line.starts_with("To:"))
        .unwrap()
        .to_owned();
    let bye = String::from_utf8(caller.call.bye()).unwrap();
    let bye = bye.replace("To: <sip:0805691282@192.0.2.1>", &to);

    let sent = line.receives(bye.as_bytes());

    assert_eq!(statuses(&sent), [487, 200]);
    assert!(matches!(line.events.last(), Some(Event::Cancelled { .. })));
    assert_eq!(line.agent.calls(), 0);
}

#[test]
fn our_bye_is_repeated_until_it_is_answered() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 16);
    let sent = line.passes(2.0);

    let times: Vec<f64> = sent.iter().map(|(at, _, _)| *at).collect();
    assert_eq!(times, [0.0, 0.5, 1.5]);
    let cause = EndCause::HungUp { cause: 16 };
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
    assert_eq!(line.agent.calls(), 0);

    line.receives(&ok_to(&caller, &sent[0].2));
    assert!(line.passes(60.0).is_empty());
    assert_eq!(line.agent.counters().unanswered_byes, 0);
}

#[test]
fn our_bye_names_its_reason_and_nobody_s_product() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 31);

    let bye = text(&line.drain().0[0].1);
    assert!(bye.contains("Reason: Q.850;cause=31\n"), "{bye}");
    assert!(!bye.contains("User-Agent") && !bye.contains("allo"));
}

#[test]
fn our_bye_without_an_answer_is_given_up_after_32_seconds() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 16);
    let sent = line.passes(120.0);

    let times: Vec<f64> = sent.iter().map(|(at, _, _)| *at).collect();
    assert_eq!(times[..6], [0.0, 0.5, 1.5, 3.5, 7.5, 11.5]);
    assert_eq!(times.last(), Some(&31.5));
    assert_eq!(line.agent.counters().unanswered_byes, 1);
}

#[test]
fn two_byes_that_cross_are_both_answered() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let (call, now) = (line.invited().0, line.now);
    line.agent.hang_up(now, call, 16);
    line.drain();

    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);

    assert_eq!(line.events.len(), 3);
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    caller.hears(&line.accepts());
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 16);
    assert!(line.drain().0.is_empty());
    assert!(matches!(line.events.last(), Some(Event::Ended { .. })));

    assert_eq!(words(&line.receives(&caller.call.ack(None))), ["BYE"]);
    assert!(
        !line
            .events
            .iter()
            .any(|event| matches!(event, Event::Acknowledged { .. }))
    );
}

#[test]
fn hanging_up_while_it_rings_refuses_the_call() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 16);

    assert_eq!(words(&[line.drain().0.remove(0).1]), ["480"]);
}

#[test]
fn our_bye_goes_back_along_the_recorded_route() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let routes = b"Record-Route: <sip:192.0.2.5;lr>\r\nRecord-Route: <sip:192.0.2.6:5080;lr>\r\n";
    line.receives(&caller.call.invite_with(None, routes));
    let ok = line.accepts();
    assert!(
        text(&ok[0])
            .contains("Record-Route: <sip:192.0.2.5;lr>\nRecord-Route: <sip:192.0.2.6:5080;lr>\n")
    );
    caller.hears(&ok);
    line.receives(&caller.call.ack(None));
    let (call, now) = (line.invited().0, line.now);

    line.agent.hang_up(now, call, 16);
    let (to, bye) = line.drain().0.remove(0);

    assert_eq!(to, "192.0.2.5:5060".parse().unwrap());
    let bye = request(&bye);
    assert_eq!(bye.uri, b"sip:192.0.2.9:5070");
    let routes: Vec<_> = bye.headers.all("Route").collect();
    assert_eq!(
        routes,
        [&b"<sip:192.0.2.5;lr>"[..], b"<sip:192.0.2.6:5080;lr>"]
    );
    assert_eq!(bye.from().uri, b"sip:0805691282@192.0.2.1");
}

#[test]
fn a_stray_response_is_dropped() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let bye = caller.call.bye();

    line.receives(&ok_to(&caller, &bye));

    assert_eq!(line.agent.counters().dropped, 1);
    assert_eq!(line.agent.calls(), 1);
}

fn ok_to(caller: &Caller, octets: &[u8]) -> Vec<u8> {
    caller.call.ok(&request(octets), Line::address())
}

fn request(octets: &[u8]) -> Request<'_> {
    match Message::parse(octets) {
        Ok(Message::Request(request)) => request,
        other => panic!("no request: {other:?}"),
    }
}
