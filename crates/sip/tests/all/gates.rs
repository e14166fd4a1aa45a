//! The gate: asked once about each new call, by where it comes from and whom it wants, and about
//! nothing else.

use std::time::Instant;

use sip::{Agent, AgentConfig, Gate, NewCall, Open, Output, Verdict};

use super::support::{Caller, Line, fixture, response, sdp, statuses, text};

#[test]
fn a_refusal_has_the_phrase_of_its_status_and_nothing_more() {
    for (status, phrase) in [
        (403, "Forbidden"),
        (480, "Temporarily Unavailable"),
        (486, "Busy Here"),
        (500, "Server Internal Error"),
        (503, "Service Unavailable"),
        (600, "Busy Everywhere"),
        (603, "Decline"),
    ] {
        let (mut line, caller) = (Line::new(), Caller::new(1));
        line.door.refusal = Some((status, None));

        let sent = line.receives(&caller.invite());

        let refusal = text(&sent[0]);
        let names: Vec<_> = refusal
            .lines()
            .filter_map(|line| line.split_once(':'))
            .collect();
        let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        assert!(
            refusal.starts_with(&format!("SIP/2.0 {status} {phrase}\n")),
            "{refusal}"
        );
        assert_eq!(
            names,
            ["Via", "From", "To", "Call-ID", "CSeq", "Content-Length"]
        );
        assert_eq!(line.agent.counters().refused, 1);
    }
}

#[test]
fn what_is_no_refusal_becomes_one() {
    for status in [0, 100, 200, 302, 399, 700, 65_535] {
        let (mut line, caller) = (Line::new(), Caller::new(1));
        line.door.refusal = Some((status, Some(1)));

        assert_eq!(statuses(&line.receives(&caller.invite())), [500]);
    }
}

#[test]
fn it_is_asked_about_new_calls_only_and_again_after_a_refusal() {
    let (mut line, mut caller) = (Line::new(), Caller::new(1));
    line.receives(&caller.invite());
    line.receives(&caller.invite());
    caller.hears(&line.accepts());
    line.receives(&caller.invite());
    line.receives(&caller.call.ack(None));
    line.receives(&caller.call.info('1'));
    line.receives(&caller.call.reinvite(Some(&sdp("192.0.2.9", ""))));
    line.receives(&caller.call.bye());
    assert_eq!(line.door.asked.len(), 1);

    let other = Caller::new(2);
    line.door.refusal = Some((486, None));
    let refusal = line.receives(&other.invite());
    line.receives(&other.invite());
    let ack = other.call.ack_refusal(&response(&refusal[0]).unwrap());
    let (dropped, malformed) = (
        line.agent.counters().dropped,
        line.agent.counters().malformed,
    );
    assert!(line.receives(&ack).is_empty());
    assert_eq!(line.door.asked.len(), 3);
    assert_eq!(line.agent.counters().dropped, dropped + 1);
    assert_eq!(line.agent.counters().malformed, malformed);
}

#[test]
fn it_is_not_asked_about_what_is_broken_and_cannot_make_room() {
    let mut line = Line::with_max_calls(1);
    line.receives(&fixture("nasty/header_without_colon"));
    line.receives(&Caller::new(1).invite());
    assert_eq!(line.door.asked.len(), 1);

    let sent = line.receives(&Caller::new(2).invite());
    assert_eq!(statuses(&sent), [503]);
    assert!(text(&sent[0]).contains("Retry-After: 5\n"));
    line.door.refusal = Some((486, None));
    assert_eq!(statuses(&line.receives(&Caller::new(2).invite())), [486]);
}

#[test]
fn it_decides_by_source_and_dialled_number() {
    let only_one_trunk = |call: &NewCall<'_>| {
        if call.source.ip().to_string() == "192.0.2.9" && call.request_uri.starts_with(b"sip:0805")
        {
            return Verdict::Admit;
        }
        Verdict::Refuse {
            status: 403,
            retry_after: None,
        }
    };
    let invite = String::from_utf8(Caller::new(1).invite()).unwrap();
    let elsewhere = invite.replacen("sip:0805", "sip:0806", 1);

    assert_eq!(
        judged("192.0.2.9:5060", &invite, &mut { only_one_trunk }),
        [100]
    );
    assert_eq!(
        judged("192.0.2.8:5060", &invite, &mut { only_one_trunk }),
        [403]
    );
    assert_eq!(
        judged("192.0.2.9:5060", &elsewhere, &mut { only_one_trunk }),
        [403]
    );
    assert_eq!(judged("192.0.2.8:5060", &invite, &mut Open), [100]);
}

#[test]
fn it_sees_every_candidate_for_the_dialled_number_as_the_invitation_gives_it() {
    let lines = "P-Called-Party-ID: <sip:+33805691282@h;user=phone>\r\n\
        Diversion: <sip:d2@h>;reason=unconditional, <sip:d1@h>\r\n\
        History-Info: <sip:h11@h?Reason=SIP%3Bcause%3D302>;index=1.1\r\n\
        History-Info: broken,<sip:h1@h>;index=1,<sip:h110@h>;index=1.10\r\n\
        X-Trunk: one, two\r\n";
    let invite = Caller::new(1).call.invite_with(None, lines.as_bytes());
    let mut seen = Vec::new();
    let mut gate = |call: &NewCall<'_>| {
        seen.push(call.p_called_party_id().map(text).unwrap_or_default());
        seen.extend(call.diversion().rev().map(text));
        seen.extend(call.history_info().map(text));
        seen.extend(call.values("x-trunk").map(text));
        seen.push(text(call.from));
        Verdict::Admit
    };

    let invite = String::from_utf8(invite).unwrap();
    assert_eq!(judged("192.0.2.9:5060", &invite, &mut gate), [100]);

    assert_eq!(
        seen,
        [
            "sip:+33805691282@h;user=phone",
            "sip:d1@h",
            "sip:d2@h",
            "sip:h1@h",
            "sip:h11@h",
            "sip:h110@h",
            "one",
            "two",
            "sip:caller@192.0.2.9",
        ]
    );
}

/// The statuses an INVITE gets from a line with this gate.
fn judged(from: &str, invite: &str, gate: &mut impl Gate) -> Vec<u16> {
    let config = AgentConfig {
        contacts: Line::address().into(),
        max_calls: 10,
    };
    let mut agent = Agent::new(config, 7);
    let now = Instant::now();
    let from: std::net::SocketAddr = from.parse().unwrap();
    agent.handle_input(now, from, invite.as_bytes(), gate);
    let mut sent = Vec::new();
    loop {
        match agent.poll_output(now) {
            Output::Transmit { octets, .. } => sent.push(octets),
            Output::Event(_) => {}
            Output::Timeout(_) => return statuses(&sent),
        }
    }
}
