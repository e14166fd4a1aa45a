//! Calls from INVITE to ACK: answered, cancelled, refused, asked about.

use sip::message::Message;
use sip::{EndCause, Event, Reason};

use super::support::{Caller, Line, response, sdp, statuses, text, words};

#[test]
fn a_call_is_tried_at_once_answered_and_acknowledged() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));

    let trying = line.receives(&caller.invite());
    let ok = line.accepts();
    caller.hears(&ok);
    let after_ack = line.receives(&caller.call.ack(None));

    assert_eq!((statuses(&trying), statuses(&ok)), (vec![100], vec![200]));
    assert!(after_ack.is_empty());
    let ok = response(&ok[0]).unwrap();
    assert_eq!(
        ok.headers.find("Contact"),
        Some(&b"<sip:192.0.2.1:5060>"[..])
    );
    assert_eq!(ok.body, sdp("192.0.2.1", ""));
    let call = line.invited().0;
    assert_eq!(line.events[1], Event::Acknowledged { call, answer: None });
    assert_eq!(line.agent.calls(), 1);
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn an_ack_with_the_branch_of_the_invite_counts_too() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let invite = caller.invite();
    line.receives(&invite);
    caller.hears(&line.accepts());

    let ack = String::from_utf8(caller.call.ack(None)).unwrap();
    line.receives(ack.replace("branch=z9hG4bKa", "branch=z9hG4bKi").as_bytes());

    assert!(matches!(
        line.events.last(),
        Some(Event::Acknowledged { .. })
    ));
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn an_ack_of_another_number_or_dialog_counts_for_nothing() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    caller.hears(&line.accepts());
    let ack = String::from_utf8(caller.call.ack(None)).unwrap();

    for wrong in [
        ack.replace("CSeq: 1 ACK", "CSeq: 2 ACK"),
        ack.replace("tag=f", "tag=g"),
        ack.replace("Call-ID: 0", "Call-ID: 1"),
    ] {
        assert_ne!(wrong, ack);
        line.receives(wrong.as_bytes());
    }

    assert_eq!(line.events.len(), 1);
}

#[test]
fn without_an_offer_ours_goes_in_the_200_and_the_answer_comes_in_the_ack() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.call.invite(None));
    assert_eq!(line.invited().1.offer, None);
    caller.hears(&line.accepts());

    let answer = sdp("192.0.2.9", "");
    line.receives(&caller.call.ack(Some(&answer)));

    let call = line.invited().0;
    let answer = Some(answer);
    assert_eq!(line.events[1], Event::Acknowledged { call, answer });
}

#[test]
fn a_cancel_is_answered_and_its_invite_gets_487() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    let call = line.invited().0;

    let sent = line.receives(&caller.call.cancel());

    assert_eq!(statuses(&sent), [200, 487]);
    assert_eq!(
        line.events.last(),
        Some(&Event::Cancelled {
            call,
            reason: Reason::default()
        })
    );
    assert_eq!(line.agent.calls(), 0);
    let refusal = response(&sent[1]).unwrap();
    assert!(line.receives(&caller.call.ack_refusal(&refusal)).is_empty());
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn a_cancel_that_crosses_the_200_changes_nothing() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    caller.hears(&line.accepts());

    let sent = line.receives(&caller.call.cancel());

    assert_eq!(statuses(&sent), [200]);
    line.receives(&caller.call.ack(None));
    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);
    assert_eq!(line.events.len(), 3);
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    assert_eq!(statuses(&line.receives(&caller.call.cancel())), [481]);
}

#[test]
fn an_answer_to_a_cancelled_call_goes_nowhere() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    line.receives(&caller.call.cancel());

    assert!(line.accepts().is_empty());
    assert_eq!(line.agent.calls(), 0);
}

#[test]
fn a_rejected_call_hears_why_and_when_to_come_back() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    let (call, now) = (line.invited().0, line.now);

    line.agent.reject(now, call, 404, "Not Found", Some(30));

    let sent = line.drain().0;
    let refusal = response(&sent[0].1).unwrap();
    assert_eq!((refusal.status, refusal.reason), (404, &b"Not Found"[..]));
    assert_eq!(refusal.headers.find("Retry-After"), Some(&b"30"[..]));
    assert_eq!((line.agent.calls(), line.events.len()), (0, 1));
}

#[test]
fn the_same_call_by_another_way_is_merged_and_gets_482() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());

    let other = String::from_utf8(caller.invite()).unwrap();
    let sent = line.receives(
        other
            .replace("branch=z9hG4bKi", "branch=z9hG4bKx")
            .as_bytes(),
    );

    assert_eq!(statuses(&sent), [482]);
    assert_eq!(line.agent.calls(), 1);
}

#[test]
fn a_forked_invite_is_one_call_for_each_from_tag_and_one_for_each_number() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    let invite = String::from_utf8(caller.invite()).unwrap();
    line.receives(invite.as_bytes());
    let branch = |name: &str| invite.replace("branch=z9hG4bKi", &format!("branch=z9hG4bK{name}"));

    let other_target = branch("x").replace("INVITE sip:0805691282@", "INVITE sip:0800101092@");
    assert_eq!(statuses(&line.receives(other_target.as_bytes())), [482]);
    assert_eq!(statuses(&line.receives(invite.as_bytes())), [100]);
    let first = line.invited().0;
    let other_caller = branch("y").replace("tag=f", "tag=g");
    assert_eq!(statuses(&line.receives(other_caller.as_bytes())), [100]);

    assert_ne!(line.invited().0, first);
    assert_eq!(line.agent.calls(), 2);
    assert_eq!(statuses(&line.accepts()), [200]);
    assert_eq!(statuses(&line.receives(&caller.call.cancel())), [200, 487]);
    assert_eq!(line.agent.calls(), 1);
}

#[test]
fn options_says_what_we_can_do_in_a_call_and_outside() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let outside = to_options(&caller.call.info('1'));
    caller.is_connected(&mut line);
    let inside = to_options(&caller.call.info('1'));

    for options in [outside, inside] {
        let sent = line.receives(&options);
        let answer = text(&sent[0]);
        assert_eq!(statuses(&sent), [200]);
        for header in [
            "Allow: INVITE, ACK, CANCEL, BYE",
            "Accept: application/sdp",
            "Supported:",
        ] {
            assert!(answer.contains(header), "{answer}");
        }
        assert!(!answer.contains("Server:") && !answer.contains("User-Agent:"));
    }
    assert_eq!(line.agent.calls(), 1);
}

#[test]
fn what_belongs_to_no_call_gets_481() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let (mut line, tags) = (Line::with_max_calls(1), &mut caller.call);

    for request in [
        tags.bye(),
        tags.info('1'),
        to_options(&tags.info('2')),
        tags.reinvite(None),
    ] {
        assert_eq!(
            statuses(&line.receives(&request)),
            [481],
            "{}",
            text(&request)
        );
    }
    assert!(line.receives(&tags.ack(None)).is_empty());
    assert!(line.events.is_empty());
}

#[test]
fn a_key_by_info_is_an_event_once() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;
    line.takes_events();
    let (first, second) = (caller.call.info('#'), caller.call.info('5'));

    for request in [&first, &first, &second] {
        assert_eq!(statuses(&line.receives(request)), [200]);
    }

    let keys = [Event::Key { call, key: '#' }, Event::Key { call, key: '5' }];
    assert_eq!(line.takes_events(), keys);
}

#[test]
fn an_info_we_cannot_read_gets_415_and_one_out_of_order_500() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let early = caller.call.info('1');
    let other = String::from_utf8(caller.call.info('2')).unwrap();

    let sent = line.receives(other.replace("dtmf-relay", "x-gesture").as_bytes());

    assert_eq!(statuses(&sent), [415]);
    assert!(text(&sent[0]).contains("Accept: application/dtmf-relay, application/dtmf\n"));
    assert_eq!(statuses(&line.receives(&early)), [500]);
}

#[test]
fn the_invitation_names_who_calls_whom() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(
        &caller
            .call
            .invite_with(None, b"P-Called-Party-ID: <tel:+33805691282>\r\n"),
    );

    let invitation = line.invited().1;
    assert_eq!(invitation.request_uri, "sip:0805691282@192.0.2.1");
    assert_eq!(invitation.from, "sip:caller@192.0.2.9");
    assert_eq!(
        invitation.p_called_party_id.as_deref(),
        Some("tel:+33805691282")
    );
    assert_eq!(invitation.source, Caller::address());
}

#[test]
fn our_own_responses_are_readable_and_tags_differ_from_call_to_call() {
    let mut line = Line::new();
    let mut tags = Vec::new();
    for seed in 1..=3 {
        let caller = Caller::new(seed);
        let sent = line.receives(&caller.invite());
        let Ok(Message::Response(trying)) = Message::parse(&sent[0]) else {
            panic!("our 100 cannot be read");
        };
        tags.push(trying.to().tag().unwrap().to_vec());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3);
}

#[test]
fn a_caller_who_hangs_up_says_why() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;

    let sent = line.receives(&caller.call.bye());

    assert_eq!(words(&sent), ["200"]);
    let cause = EndCause::CallerHungUp {
        reason: Reason {
            q850: Some(16),
            sip: None,
        },
    };
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
}

fn to_options(info: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(info.to_vec()).unwrap();
    let text = text
        .replace("INFO sip", "OPTIONS sip")
        .replace(" INFO\r\n", " OPTIONS\r\n");
    text.replace("branch=z9hG4bKr", "branch=z9hG4bKo")
        .into_bytes()
}
