//! Session timers (RFC 4028) that the caller refreshes; one who stops is let go.

use sip::{EndCause, Event};

use super::support::{Caller, Line, sdp, statuses, text, words};

#[test]
fn a_caller_who_refreshes_stays_and_one_who_stops_is_let_go() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ok = answered(
        &mut line,
        &mut caller,
        "Supported: timer\r\nSession-Expires: 90\r\n",
    );
    assert!(
        ok.contains("Session-Expires: 90;refresher=uac\nRequire: timer\n"),
        "{ok}"
    );

    assert!(line.passes(45.0).is_empty());
    refresh(&mut line, &mut caller);
    assert!(line.passes(59.0).is_empty());

    let sent = line.passes(2.0);
    assert_eq!(words(&[sent[0].2.clone()]), ["BYE"]);
    assert!(text(&sent[0].2).contains("Reason: Q.850;cause=102\n"));
    let call = line.invited().0;
    let cause = EndCause::HungUp { cause: 102 };
    assert_eq!(line.events.last(), Some(&Event::Ended { call, cause }));
}

#[test]
fn a_required_timer_is_taken() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    let ok = answered(
        &mut line,
        &mut caller,
        "Require: timer\r\nx: 1800;refresher=uac\r\n",
    );
    assert!(ok.contains("Session-Expires: 1800;refresher=uac\n"), "{ok}");
    line.receives(&caller.call.bye());
    assert!(line.passes(4000.0).is_empty());
}

#[test]
fn too_short_an_interval_gets_422_with_the_shortest() {
    let (mut line, caller) = (Line::new(), Caller::new(1));
    let more = b"Supported: timer\r\nSession-Expires: 60\r\n";

    let sent = line.receives(&caller.call.invite_with(None, more));

    assert_eq!(statuses(&sent), [422]);
    assert!(text(&sent[0]).contains("Min-SE: 90\n"));
    assert_eq!(line.agent.calls(), 0);
}

#[test]
fn without_an_interval_there_is_no_timer() {
    for more in [
        "Session-Expires: 60\r\n",
        "Supported: timer\r\nSession-Expires: soon\r\n",
        "Supported: timer\r\n",
    ] {
        let (mut line, mut caller) = (Line::new(), Caller::new(1));
        let ok = answered(&mut line, &mut caller, more);
        assert!(!ok.contains("Session-Expires"), "{ok}");
        assert!(line.passes(4000.0).is_empty());
    }
}

fn answered(line: &mut Line, caller: &mut Caller, more: &str) -> String {
    line.receives(&caller.call.invite_with(None, more.as_bytes()));
    let ok = line.accepts();
    caller.hears(&ok);
    line.receives(&caller.call.ack(None));
    text(&ok[0])
}

fn refresh(line: &mut Line, caller: &mut Caller) {
    let reinvite = String::from_utf8(caller.call.reinvite(None)).unwrap();
    let timer = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\nAllow:";
    line.receives(reinvite.replace("Allow:", timer).as_bytes());
    let (call, now) = (line.invited().0, line.now);
    line.agent.accept_reoffer(now, call, &sdp("192.0.2.1", ""));
    line.drain();
    line.receives(&caller.call.ack(None));
}
