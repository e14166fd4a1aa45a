//! Who repeats what, when, and who absorbs it (RFC 3261 § 17.2, RFC 6026).

use sip::{EndCause, Event};

use super::support::{Caller, Line, response, statuses, words};

#[test]
fn without_an_ack_the_200_is_repeated_and_a_bye_ends_it_at_32_seconds() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    line.accepts();
    let call = line.invited().0;

    let sent = line.passes(40.0);

    let times: Vec<f64> = sent.iter().map(|(at, _, _)| *at).collect();
    let octets: Vec<Vec<u8>> = sent.into_iter().map(|(_, _, octets)| octets).collect();
    let repeats = [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5];
    assert_eq!(times[..10], repeats);
    assert_eq!(
        words(&octets[..11]),
        ["200"; 10]
            .iter()
            .chain(&["BYE"])
            .copied()
            .collect::<Vec<_>>()
    );
    assert_eq!(times[10], 32.0);
    let cause = EndCause::NotAcknowledged;
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
    assert_eq!(
        (line.agent.calls(), line.agent.counters().unacknowledged),
        (0, 1)
    );
}

#[test]
fn an_ack_stops_the_repeats() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    caller.hears(&line.accepts());

    assert_eq!(line.passes(4.0).len(), 3);
    line.receives(&caller.call.ack(None));

    assert!(line.passes(60.0).is_empty());
    assert_eq!(line.agent.counters().retransmitted, 3);
}

#[test]
fn a_repeated_ack_is_absorbed() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);

    line.receives(&caller.call.ack(None));

    assert_eq!(line.events.len(), 2);
    assert_eq!(line.agent.counters().dropped, 0);
}

#[test]
fn an_invite_repeated_while_it_rings_gets_100_again() {
    let (mut line, caller) = (Line::new(), Caller::new(1));

    let first = line.receives(&caller.invite());
    line.passes(100.0);
    let second = line.receives(&caller.invite());

    assert_eq!(first, second);
    assert_eq!((line.agent.calls(), line.events.len()), (1, 1));
    assert_eq!(line.agent.counters().repeats_absorbed, 1);
}

#[test]
fn an_invite_repeated_after_the_200_is_absorbed_for_32_seconds() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let invite = caller.invite();
    caller.is_connected(&mut line);
    line.receives(&caller.call.bye());

    line.passes(31.9);
    assert!(line.receives(&invite).is_empty());
    line.passes(0.2);
    assert_eq!(statuses(&line.receives(&invite)), [100]);
}

#[test]
fn a_refusal_is_repeated_until_its_ack_then_late_repeats_are_absorbed_for_5_seconds() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    let (call, now) = (line.invited().0, line.now);
    line.agent.reject(now, call, 486, "Busy Here", None);

    let sent = line.passes(3.6);
    let times: Vec<f64> = sent.iter().map(|(at, _, _)| *at).collect();
    assert_eq!(times, [0.0, 0.5, 1.5, 3.5]);
    assert_eq!(line.receives(&caller.invite()), [sent[0].2.clone()]);

    let refusal = response(&sent[0].2).unwrap();
    line.receives(&caller.call.ack_refusal(&refusal));
    assert!(line.passes(4.9).is_empty());
    assert!(line.receives(&caller.invite()).is_empty());
    line.passes(0.2);
    assert_eq!(statuses(&line.receives(&caller.invite())), [100]);
}

#[test]
fn a_refusal_without_an_ack_is_given_up_after_32_seconds() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    let (call, now) = (line.invited().0, line.now);
    line.agent.reject(now, call, 486, "Busy Here", None);

    let sent = line.passes(100.0);

    assert_eq!((sent.len(), sent.last().unwrap().0), (11, 31.5));
}

#[test]
fn nothing_is_due_when_all_calls_are_over() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.receives(&caller.call.bye());
    line.passes(33.0);

    let (_, at) = line.drain();
    assert_eq!((at - line.now).as_secs(), 3600);
}
