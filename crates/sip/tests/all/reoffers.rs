//! INVITEs inside a call: hold, resume, another address (RFC 3261 § 14, RFC 3264 § 8).

use sip::Event;
use sip::message::{Message, Response};

use super::support::{Caller, Line, response, sdp, statuses};

#[test]
fn hold_is_announced_answered_and_acknowledged_without_a_second_start() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;
    line.takes_events();
    let hold = sdp("192.0.2.9", "a=sendonly\r\n");

    let sent = line.receives(&caller.call.reinvite(Some(&hold)));
    assert_eq!(statuses(&sent), [100]);
    assert_eq!(
        line.takes_events(),
        [Event::Reoffered { call, offer: hold }]
    );

    let sent = accepts_reoffer(&mut line);
    assert_eq!(statuses(&sent), [200]);
    line.receives(&caller.call.ack(None));

    assert!(line.takes_events().is_empty());
    assert!(line.passes(60.0).is_empty());
    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);
}

#[test]
fn without_an_offer_the_answer_comes_in_the_ack() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;
    line.takes_events();

    line.receives(&caller.call.reinvite(None));
    assert_eq!(
        line.takes_events(),
        [Event::Reoffered {
            call,
            offer: vec![]
        }]
    );
    accepts_reoffer(&mut line);
    let answer = sdp("192.0.2.9", "");
    line.receives(&caller.call.ack(Some(&answer)));

    let answer = Some(answer);
    assert_eq!(line.takes_events(), [Event::Acknowledged { call, answer }]);
}

#[test]
fn the_200_of_a_reinvite_is_repeated_and_its_loss_ends_the_call() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.receives(&caller.call.reinvite(None));
    accepts_reoffer(&mut line);

    let sent = line.passes(32.0);

    let octets: Vec<_> = sent.into_iter().map(|(_, _, octets)| octets).collect();
    assert_eq!(statuses(&octets), [200; 10]);
    assert!(matches!(line.events.last(), Some(Event::Ended { .. })));
}

#[test]
fn a_second_one_waits_with_500_before_our_answer_and_491_before_its_ack() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.receives(&caller.call.reinvite(None));

    let sent = line.receives(&caller.call.reinvite(None));
    assert_eq!(statuses(&sent), [500]);
    assert_eq!(
        as_response(&sent[0]).headers.find("Retry-After"),
        Some(&b"1"[..])
    );

    accepts_reoffer(&mut line);
    assert_eq!(statuses(&line.receives(&caller.call.reinvite(None))), [491]);
}

#[test]
fn a_refused_one_leaves_the_call_as_it_was() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;
    line.receives(&caller.call.reinvite(None));

    let now = line.now;
    line.agent
        .reject_reoffer(now, call, 488, "Not Acceptable Here");
    let sent = line.drain().0;

    let refusal = response(&sent[0].1).unwrap();
    assert_eq!(refusal.status, 488);
    line.receives(&caller.call.ack_refusal(&refusal));
    assert!(line.passes(60.0).is_empty());
    assert_eq!(line.agent.calls(), 1);
    assert_eq!(statuses(&line.receives(&caller.call.reinvite(None))), [100]);
}

#[test]
fn a_cancelled_one_gets_487_and_the_call_goes_on() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.receives(&caller.call.reinvite(None));

    assert_eq!(statuses(&line.receives(&caller.call.cancel())), [200, 487]);

    assert_eq!(line.agent.calls(), 1);
    assert!(accepts_reoffer(&mut line).is_empty());
}

#[test]
fn a_bye_while_one_is_pending_refuses_it() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.receives(&caller.call.reinvite(None));

    assert_eq!(statuses(&line.receives(&caller.call.bye())), [487, 200]);
}

#[test]
fn a_new_contact_is_where_our_bye_goes() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let reinvite = String::from_utf8(caller.call.reinvite(None)).unwrap();
    let moved = reinvite.replace(
        "Contact: <sip:192.0.2.9:5070>",
        "Contact: <sip:moved@192.0.2.10>",
    );
    line.receives(moved.as_bytes());
    accepts_reoffer(&mut line);
    line.receives(&caller.call.ack(None));

    let (call, now) = (line.invited().0, line.now);
    line.agent.hang_up(now, call, 16);
    let (to, bye) = line.drain().0.remove(0);

    assert_eq!(to, "192.0.2.10:5060".parse().unwrap());
    assert!(bye.starts_with(b"BYE sip:moved@192.0.2.10 SIP/2.0\r\n"));
}

#[test]
fn one_out_of_order_gets_500() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let early = caller.call.reinvite(None);
    line.receives(&caller.call.info('1'));

    assert_eq!(statuses(&line.receives(&early)), [500]);
}

fn accepts_reoffer(line: &mut Line) -> Vec<Vec<u8>> {
    let (call, now) = (line.invited().0, line.now);
    line.agent.accept_reoffer(now, call, &sdp("192.0.2.1", ""));
    line.drain()
        .0
        .into_iter()
        .map(|(_, octets)| octets)
        .collect()
}

fn as_response(octets: &[u8]) -> Response<'_> {
    match Message::parse(octets) {
        Ok(Message::Response(response)) => response,
        other => panic!("no response: {other:?}"),
    }
}
