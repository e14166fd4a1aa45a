//! UPDATE inside a call (RFC 3311): offers and refreshes in two steps.

use sip::Event;

use super::support::{Caller, Line, response, sdp, statuses, text};

const CONTACT: &[u8] = b"Contact: <sip:192.0.2.9:5070>\r\n";

#[test]
fn an_offer_by_update_is_answered_at_once_and_its_repeat_from_memory() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let call = line.invited().0;
    line.takes_events();
    let offer = sdp("192.0.2.9", "a=sendonly\r\n");
    let update = caller.call.request("UPDATE", CONTACT, Some(&offer));

    assert!(line.receives(&update).is_empty());
    assert_eq!(line.takes_events(), [Event::Reoffered { call, offer }]);
    assert!(
        line.receives(&update).is_empty(),
        "it is being thought about"
    );
    let answer = sdp("192.0.2.1", "a=recvonly\r\n");
    let now = line.now;
    line.agent.accept_reoffer(now, call, &answer);
    let sent = line.drain().0.remove(0).1;

    let ok = response(&sent).unwrap();
    assert_eq!((ok.status, ok.body), (200, answer.as_slice()));
    assert!(text(&sent).contains("Contact: <sip:192.0.2.1:5060>\n"));
    assert_eq!(line.receives(&update), std::slice::from_ref(&sent));
    assert!(line.passes(50.0).is_empty());
    assert!(line.takes_events().is_empty());
    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);
}

#[test]
fn a_target_of_more_than_8_kb_is_not_taken_and_the_call_goes_on_as_it_was() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.takes_events();
    let contact = format!("Contact: <sip:{}@192.0.2.10>\r\n", "a".repeat(8_192));

    for method in ["UPDATE", "INVITE"] {
        let moved = caller.call.request(method, contact.as_bytes(), None);
        assert_eq!(statuses(&line.receives(&moved)), [513], "{method}");
    }

    assert!(line.takes_events().is_empty());
    assert_eq!(statuses(&line.receives(&caller.call.bye())), [200]);
}

#[test]
fn an_update_without_an_offer_moves_the_target_of_our_bye() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    line.takes_events();
    let contact = b"Contact: <sip:moved@192.0.2.10>\r\n";

    let sent = line.receives(&caller.call.request("UPDATE", contact, None));

    assert_eq!(statuses(&sent), [200]);
    assert!(line.takes_events().is_empty());
    let (call, now) = (line.invited().0, line.now);
    line.agent.hang_up(now, call, 16);
    let (to, bye) = line.drain().0.remove(0);
    assert_eq!(to, "192.0.2.10:5060".parse().unwrap());
    assert!(bye.starts_with(b"BYE sip:moved@192.0.2.10 SIP/2.0\r\n"));
}

#[test]
fn behind_a_proxy_the_target_moves_and_the_routes_stay() {
    for (route, request_uri, last) in [
        (
            "<sip:192.0.2.5;lr>",
            "sip:moved@192.0.2.10",
            "Route: <sip:192.0.2.5;lr>\n",
        ),
        (
            "<sip:192.0.2.5>",
            "sip:192.0.2.5",
            "Route: <sip:moved@192.0.2.10>\n",
        ),
    ] {
        let (mut line, mut caller) = (Line::new(), Caller::new(1));
        let routes = format!("Record-Route: {route}\r\n");
        line.receives(&caller.call.invite_with(None, routes.as_bytes()));
        caller.hears(&line.accepts());
        line.receives(&caller.call.ack(None));
        let contact = b"Contact: <sip:moved@192.0.2.10>\r\n";
        line.receives(&caller.call.request("UPDATE", contact, None));

        let (call, now) = (line.invited().0, line.now);
        line.agent.hang_up(now, call, 16);
        let (to, bye) = line.drain().0.remove(0);

        assert_eq!(to, "192.0.2.5:5060".parse().unwrap());
        let bye = text(&bye);
        assert!(
            bye.starts_with(&format!("BYE {request_uri} SIP/2.0\n")),
            "{bye}"
        );
        assert!(bye.contains(last), "{bye}");
    }
}

#[test]
fn an_offer_before_the_ack_is_taken_once_the_first_has_its_answer() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let trying = line.receives(&caller.invite());
    caller
        .call
        .establish(&response(&trying[0]).unwrap())
        .unwrap();
    let offer = sdp("192.0.2.9", "a=inactive\r\n");

    let early = line.receives(&caller.call.request("UPDATE", CONTACT, Some(&offer)));
    assert_eq!(statuses(&early), [500], "ours is not answered yet");
    assert!(text(&early[0]).contains("Retry-After: 1\n"));

    caller.hears(&line.accepts());
    assert!(
        line.receives(&caller.call.request("UPDATE", CONTACT, Some(&offer)))
            .is_empty()
    );
    let (call, now) = (line.invited().0, line.now);
    line.agent
        .accept_reoffer(now, call, &sdp("192.0.2.1", "a=inactive\r\n"));
    let sent = line.drain().0.remove(0).1;
    assert!(text(&sent).contains(" UPDATE\n"));
}

#[test]
fn an_offer_that_meets_ours_gets_491_and_one_beside_another_500() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.call.invite(None));
    caller.hears(&line.accepts());
    let offer = sdp("192.0.2.9", "");
    let update = caller.call.request("UPDATE", CONTACT, Some(&offer));
    assert_eq!(statuses(&line.receives(&update)), [491]);
    assert_eq!(statuses(&line.receives(&update)), [491], "from memory");
    line.receives(&caller.call.ack(Some(&offer)));
    assert_eq!(statuses(&line.receives(&update)), [491], "from memory");

    assert!(
        line.receives(&caller.call.request("UPDATE", CONTACT, Some(&offer)))
            .is_empty()
    );
    let second = caller.call.request("UPDATE", CONTACT, None);
    assert_eq!(statuses(&line.receives(&second)), [500]);
    assert_eq!(
        statuses(&line.receives(&caller.call.reinvite(Some(&offer)))),
        [500]
    );
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let offer = sdp("192.0.2.9", "");
    let update = caller.call.request("UPDATE", CONTACT, Some(&offer));
    line.receives(&update);
    let (call, now) = (line.invited().0, line.now);

    line.agent
        .reject_reoffer(now, call, 488, "Not Acceptable Here");

    let sent = line.drain().0.remove(0).1;
    assert_eq!(statuses(std::slice::from_ref(&sent)), [488]);
    assert_eq!(line.receives(&update), [sent]);
    assert_eq!(line.agent.calls(), 1);
}

#[test]
fn an_update_out_of_order_of_no_call_or_with_a_strange_body_is_refused() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    caller.is_connected(&mut line);
    let early = caller.call.request("UPDATE", CONTACT, None);
    line.receives(&caller.call.info('1'));
    assert_eq!(statuses(&line.receives(&early)), [500]);

    let offer = sdp("192.0.2.9", "");
    let strange = String::from_utf8(caller.call.request("UPDATE", CONTACT, Some(&offer))).unwrap();
    let strange = strange.replace("application/sdp", "application/x-unknown");
    assert_eq!(statuses(&line.receives(strange.as_bytes())), [415]);

    line.receives(&caller.call.bye());
    let late = caller.call.request("UPDATE", CONTACT, None);
    assert_eq!(statuses(&line.receives(&late)), [481]);
}
