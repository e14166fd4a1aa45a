//! Provisional responses that need a PRACK (RFC 3262).

use sip::{EndCause, Event, Manner, Reason};

use super::support::{Caller, Line, response, sdp, statuses, text};

#[test]
fn a_caller_who_requires_100rel_rings_reliably_and_is_answered_after_its_prack() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));

    let ringing = invited(&mut line, &mut caller, true, "Require: 100rel\r\n");

    assert_eq!(statuses(&ringing), [180]);
    let said = text(&ringing[0]);
    for wanted in ["Require: 100rel\nRSeq: ", "Contact: <sip:", "Allow: "] {
        assert!(said.contains(wanted), "{said}");
    }
    let prack = prack(&mut caller, &ringing[0], None);
    let sent = line.receives(&prack);
    assert_eq!(statuses(&sent), [200, 200]);
    assert!(text(&sent[0]).contains(" PRACK\n"));
    assert!(
        text(&sent[1]).contains("Supported: timer, 100rel\n") && text(&sent[1]).contains("m=audio")
    );
    caller.hears(&sent);
    assert!(line.receives(&caller.call.ack(None)).is_empty());
    let call = line.invited().0;
    let answer = None;
    assert_eq!(
        line.events.last(),
        Some(&Event::Acknowledged { call, answer })
    );
}

#[test]
fn a_lost_prack_is_asked_for_again_and_a_lost_200_of_it_is_said_again() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ringing = invited(&mut line, &mut caller, true, "Require: 100rel\r\n");

    let repeats = line.passes(8.0);
    let times: Vec<f64> = repeats.iter().map(|(at, ..)| *at).collect();
    assert_eq!(times, [0.5, 1.5, 3.5, 7.5]);
    assert!(repeats.iter().all(|(_, _, octets)| *octets == ringing[0]));

    let prack = prack(&mut caller, &ringing[0], None);
    assert_eq!(statuses(&line.receives(&prack)), [200, 200]);
    assert_eq!(statuses(&line.receives(&prack)), [200]);
}

#[test]
fn a_repeated_invite_gets_the_180_again() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ringing = invited(&mut line, &mut caller, true, "Require: 100rel\r\n");

    let offer = sdp("192.0.2.9", "");
    let first = Caller::new(1).call;
    let again = line.receives(&first.invite_with(Some(&offer), b"Require: 100rel\r\n"));

    assert_eq!(again, ringing);
}

#[test]
fn without_a_prack_the_invite_is_refused_after_32_seconds() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    invited(&mut line, &mut caller, true, "Require: 100rel\r\n");
    let call = line.invited().0;

    let sent = line.passes(33.0);

    let (at, _, last) = sent
        .iter()
        .rfind(|(.., octets)| octets.starts_with(b"SIP/2.0 504 "))
        .unwrap();
    assert!((32.0..33.0).contains(at), "{at}");
    assert!(text(last).contains("Reason: Q.850;cause=102\n"));
    let cause = EndCause::NotAcknowledged;
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
    assert_eq!(line.agent.calls(), 0);
}

#[test]
fn a_prack_of_another_response_gets_481_and_the_right_one_still_counts() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ringing = invited(&mut line, &mut caller, true, "Require: 100rel\r\n");
    let right = rack(&ringing[0]);

    for wrong in [
        "RAck: 1 1 INVITE\r\n".to_owned(),
        right.replace(" 1 INVITE", " 2 INVITE"),
        right.replace("INVITE", "UPDATE"),
        String::new(),
    ] {
        let prack = caller.call.request("PRACK", wrong.as_bytes(), None);
        assert_eq!(statuses(&line.receives(&prack)), [481], "{wrong}");
    }
    let prack = caller.call.request("PRACK", right.as_bytes(), None);
    assert_eq!(statuses(&line.receives(&prack)), [200, 200]);
    let late = caller.call.request("PRACK", right.as_bytes(), None);
    assert_eq!(statuses(&line.receives(&late)), [481]);
}

#[test]
fn without_an_offer_ours_goes_in_a_reliable_183_and_the_answer_comes_in_the_prack() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let progress = invited(&mut line, &mut caller, false, "Require: 100rel\r\n");
    assert_eq!(statuses(&progress), [183]);
    assert!(text(&progress[0]).contains("m=audio"));

    let answer = sdp("192.0.2.9", "");
    let prack = prack(&mut caller, &progress[0], Some(&answer));
    let sent = line.receives(&prack);

    assert_eq!(statuses(&sent), [200, 200]);
    assert!(!text(&sent[1]).contains("m=audio"), "said once");
    caller.hears(&sent);
    line.receives(&caller.call.ack(None));
    let call = line.invited().0;
    let answer = Some(answer);
    assert_eq!(
        line.events.last(),
        Some(&Event::Acknowledged { call, answer })
    );
}

#[test]
fn who_only_supports_100rel_is_answered_at_once() {
    for (has_offer, rings, wanted) in [
        (true, false, &[200][..]),
        (false, false, &[200]),
        (true, true, &[180, 200]),
    ] {
        let (mut line, caller) = (Line::new(), Caller::new(1));
        let offer = sdp("192.0.2.9", "");
        let more = b"Supported: 100rel\r\n";
        line.receives(&caller.call.invite_with(has_offer.then_some(&offer), more));
        let manner = Manner {
            rings,
            ..Manner::default()
        };

        let sent = accepts_as(&mut line, manner);

        assert_eq!(statuses(&sent), wanted);
        assert!(!text(&sent[0]).contains("RSeq"));
    }
}

#[test]
fn a_cancel_while_the_prack_is_awaited_ends_it_all() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ringing = invited(&mut line, &mut caller, true, "Require: 100rel\r\n");
    let cancel = String::from_utf8(Caller::new(1).call.cancel()).unwrap();
    let reason = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\nMax-Forwards";

    let sent = line.receives(cancel.replace("Max-Forwards", reason).as_bytes());

    assert_eq!(statuses(&sent), [200, 487]);
    assert!(text(&sent[1]).contains("Reason: Q.850;cause=16\n"));
    let call = line.invited().0;
    let reason = Reason {
        q850: None,
        sip: Some(200),
    };
    assert_eq!(line.events.last(), Some(&Event::Cancelled { call, reason }));
    let prack = prack(&mut caller, &ringing[0], None);
    assert_eq!(statuses(&line.receives(&prack)), [481]);
    let refusal = response(&sent[1]).unwrap();
    line.receives(&Caller::new(1).call.ack_refusal(&refusal));
    assert!(line.passes(60.0).is_empty());
}

#[test]
fn an_answer_that_waits_a_while_rings_first_and_can_be_cancelled_meanwhile() {
    let manner = Manner {
        rings: true,
        delay: std::time::Duration::from_millis(300),
        session_s: None,
    };
    let (mut line, caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    assert_eq!(statuses(&accepts_as(&mut line, manner)), [180]);

    let sent = line.passes(0.4);
    assert_eq!(
        (sent[0].0, statuses(&[sent[0].2.clone()])),
        (0.3, vec![200])
    );

    let (mut line, caller) = (Line::new(), Caller::new(2));
    line.receives(&caller.invite());
    accepts_as(&mut line, manner);
    assert_eq!(statuses(&line.receives(&caller.call.cancel())), [200, 487]);
    let sent: Vec<_> = line
        .passes(1.0)
        .into_iter()
        .map(|(.., octets)| octets)
        .collect();
    assert_eq!(statuses(&sent), [487], "the refusal again, and no 200");
}

#[test]
fn who_is_announced_something_hears_it_after_its_prack_and_may_hold_before_it_is_refused() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let progress = announced(&mut line, &mut caller, "Supported: 100rel\r\n").unwrap();
    assert!(text(&progress).starts_with("SIP/2.0 183 "));
    assert!(text(&progress).contains("RSeq: ") && text(&progress).contains("m=audio"));
    let call = line.invited().0;
    let hold = sdp("192.0.2.9", "a=sendonly\r\n");
    let contact = b"Contact: <sip:192.0.2.9:5070>\r\n";
    let early = caller.call.request("UPDATE", contact, Some(&hold));
    assert_eq!(statuses(&line.receives(&early)), [500]);

    let prack = prack(&mut caller, &progress, None);
    assert_eq!(statuses(&line.receives(&prack)), [200]);
    assert_eq!(line.takes_events().last(), Some(&Event::Announced { call }));
    let update = caller.call.request("UPDATE", contact, Some(&hold));
    assert!(line.receives(&update).is_empty());
    let now = line.now;
    line.agent.accept_reoffer(now, call, &hold);
    assert_eq!(statuses(&[line.drain().0.remove(0).1]), [200]);

    line.agent
        .reject(now, call, 480, "Temporarily Unavailable", None);
    let refusal = line.drain().0.remove(0).1;
    assert_eq!(statuses(std::slice::from_ref(&refusal)), [480]);
    assert_eq!(line.agent.calls(), 0);
}

#[test]
fn nothing_is_announced_to_a_caller_who_proves_nothing() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    assert_eq!(announced(&mut line, &mut caller, ""), None);
    assert_eq!(line.agent.calls(), 1, "to be refused");
}

/// What is sent when a call is announced something, if anything is.
fn announced(line: &mut Line, caller: &mut Caller, more: &str) -> Option<Vec<u8>> {
    let offer = sdp("192.0.2.9", "");
    line.receives(&caller.call.invite_with(Some(&offer), more.as_bytes()));
    let (call, now) = (line.invited().0, line.now);
    if !line.agent.announce(now, call, &sdp("192.0.2.1", "")) {
        return None;
    }
    let sent = line.drain().0.remove(0).1;
    caller.call.establish(&response(&sent).unwrap()).unwrap();
    Some(sent)
}

/// The INVITE is heard and accepted; what is sent before the 200.
fn invited(line: &mut Line, caller: &mut Caller, has_offer: bool, more: &str) -> Vec<Vec<u8>> {
    let offer = sdp("192.0.2.9", "");
    let invite = caller
        .call
        .invite_with(has_offer.then_some(offer.as_slice()), more.as_bytes());
    assert_eq!(statuses(&line.receives(&invite)), [100]);
    let sent = line.accepts();
    caller.call.establish(&response(&sent[0]).unwrap()).unwrap();
    sent
}

fn accepts_as(line: &mut Line, manner: Manner) -> Vec<Vec<u8>> {
    let (call, now) = (line.invited().0, line.now);
    line.agent
        .accept_as(now, call, &sdp("192.0.2.1", ""), manner);
    let sent = line.drain().0;
    sent.into_iter().map(|(_, octets)| octets).collect()
}

fn prack(caller: &mut Caller, provisional: &[u8], answer: Option<&[u8]>) -> Vec<u8> {
    let rack = rack(provisional);
    caller.call.request("PRACK", rack.as_bytes(), answer)
}

fn rack(provisional: &[u8]) -> String {
    let provisional = response(provisional).unwrap();
    let rseq = provisional.headers.find("RSeq").expect("an RSeq");
    format!("RAck: {} 1 INVITE\r\n", String::from_utf8_lossy(rseq))
}
