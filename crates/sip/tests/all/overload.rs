//! A line that is full, refuses or goes away: strangers cost nothing, callers notice nothing.

use sip::Event;

use super::support::{Caller, Line, response, statuses, text};

const REFUSE: Option<(u16, Option<u32>)> = Some((503, Some(10)));

#[test]
fn a_closed_door_answers_503_with_retry_after_and_keeps_nothing() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.door.refusal = REFUSE;

    let sent = line.receives(&caller.invite());

    let refusal = response(&sent[0]).unwrap();
    assert_eq!(refusal.status, 503);
    assert_eq!(refusal.headers.find("Retry-After"), Some(&b"10"[..]));
    assert!(refusal.to().tag().is_some());
    assert_eq!((line.agent.calls(), line.events.len()), (0, 0));
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn the_ack_of_such_a_503_is_absorbed_and_a_repeat_gets_the_same() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.door.refusal = REFUSE;
    let sent = line.receives(&caller.invite());

    assert_eq!(line.receives(&caller.invite()), sent);
    let refusal = response(&sent[0]).unwrap();
    assert!(line.receives(&caller.call.ack_refusal(&refusal)).is_empty());
    line.door.refusal = None;
    assert_eq!(statuses(&line.receives(&Caller::new(2).invite())), [100]);
}

#[test]
fn callers_already_in_do_not_notice() {
    let (mut line, mut connected, mut ringing) = (Line::new(), Caller::new(1), Caller::new(2));
    connected.is_connected(&mut line);
    line.receives(&ringing.invite());
    line.door.refusal = REFUSE;

    assert_eq!(statuses(&line.receives(&ringing.invite())), [100]);
    ringing.hears(&line.accepts());
    assert!(line.receives(&ringing.call.ack(None)).is_empty());
    assert!(matches!(
        line.events.last(),
        Some(Event::Acknowledged { .. })
    ));
    assert_eq!(
        statuses(&line.receives(&connected.call.reinvite(None))),
        [100]
    );
    assert_eq!(statuses(&line.receives(&ringing.call.bye())), [200]);
}

#[test]
fn above_the_most_calls_the_next_gets_503_until_one_ends() {
    let mut line = Line::with_max_calls(2);
    let mut callers: Vec<_> = (1..=3).map(Caller::new).collect();
    callers[0].is_connected(&mut line);
    callers[1].is_connected(&mut line);

    assert_eq!(statuses(&line.receives(&callers[2].invite())), [503]);
    line.receives(&callers[0].call.bye());
    assert_eq!(statuses(&line.receives(&callers[2].invite())), [100]);
    assert_eq!(line.agent.counters().refused, 1);
}

#[test]
fn while_draining_options_answers_503_too() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let info = String::from_utf8(caller.call.info('1')).unwrap();
    let options = info.replace("INFO", "OPTIONS");
    line.door.refusal = REFUSE;
    assert_eq!(statuses(&line.receives(options.as_bytes())), [200]);

    line.door.draining = Some(Some(60));
    let sent = line.receives(options.as_bytes());
    assert_eq!(statuses(&sent), [503]);
    assert!(text(&sent[0]).contains("Retry-After: 60\n"));

    line.door.draining = Some(None);
    let sent = line.receives(options.as_bytes());
    assert!(!text(&sent[0]).contains("Retry-After"));
    assert_eq!(statuses(&line.receives(&caller.invite())), [503]);
}

#[test]
fn a_broken_invite_is_refused_for_being_broken() {
    let mut line = Line::new();
    line.door.refusal = REFUSE;
    let broken = super::support::fixture("nasty/header_without_colon");

    assert_eq!(statuses(&line.receives(&broken)), [400]);
}

#[test]
fn a_flood_that_never_acknowledges_gets_repeats_and_byes_and_leaves_nothing_behind() {
    let mut line = Line::with_max_calls(20_000);
    for seed in 1..=2_000 {
        line.receives(&Caller::new(seed).invite());
        line.accepts();
    }

    let sent = line.passes(100.0);

    let byes = sent
        .iter()
        .filter(|(_, _, octets)| octets.starts_with(b"BYE"));
    assert_eq!(byes.count(), 2_000 * 11);
    assert_eq!(sent.len(), 2_000 * (10 + 11));
    assert_eq!(line.agent.calls(), 0);
    assert_eq!(line.agent.counters().unacknowledged, 2_000);
    assert_eq!((line.drain().1 - line.now).as_secs(), 3600);
}
