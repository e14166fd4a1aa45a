//! Each idea of RFC 4475 and each message of RFC 5118, sent to a line that has no calls: what it answers, and that it still
//! answers the next caller.

use super::support::{Caller, Line, fixture, statuses};

/// What the line answers: 100 announces a call, nothing at all is `[]`.
const ANSWERS: &[(&str, &[u16])] = &[
    // Legal, however it looks.
    ("wsinv", &[100]),
    ("longreq", &[100]),
    ("intmeth", &[501]),
    ("esc01", &[100]),
    ("escnull", &[405]),
    ("esc02", &[501]),
    ("lwsdisp", &[200]),
    ("dblreq", &[405]),
    ("semiuri", &[200]),
    ("transports", &[200]),
    ("mpart01", &[405]),
    ("unreason", &[]),
    ("noreason", &[]),
    // Not legal.
    ("badinv01", &[400]),
    ("clerr", &[400]),
    ("ncl", &[400]),
    ("scalar02", &[400]),
    ("scalarlg", &[]),
    ("bigcode", &[]),
    ("quotbal", &[400]),
    ("ltgtruri", &[400]),
    ("lwsruri", &[400]),
    ("lwsstart", &[400]),
    ("trws", &[400]),
    ("escruri", &[400]),
    ("invbadct", &[400]),
    ("badvers", &[505]),
    ("mismatch01", &[400]),
    ("mismatch02", &[400]),
    // Not legal, borne as `docs/sip.md` says.
    ("baddate", &[100]),
    ("badaspec", &[200]),
    ("baddn", &[200]),
    ("badbranch", &[200]),
    // Refused by a rule of the application.
    ("regbadct", &[405]),
    ("regaut01", &[405]),
    ("insuf", &[]),
    ("unkscm", &[416]),
    ("novelsc", &[416]),
    ("unksm2", &[405]),
    ("bext01", &[420]),
    ("invut", &[415]),
    ("multi01", &[400]),
    ("mcl01", &[400]),
    ("bcast", &[]),
    ("zeromf", &[200]),
    ("cparam01", &[405]),
    ("cparam02", &[405]),
    ("regescrt", &[405]),
    ("sdp01", &[406]),
    // RFC 2543.
    ("inv2543", &[100]),
    // RFC 5118.
    ("ipv6-good", &[405]),
    ("ipv6-bad", &[400]),
    ("port-ambiguous", &[405]),
    ("port-unambiguous", &[405]),
    ("via-received-param-with-delim", &[481]),
    ("via-received-param-no-delim", &[200]),
    ("ipv6-in-sdp", &[100]),
    ("mult-ip-in-header", &[481]),
    ("mult-ip-in-sdp", &[100]),
    ("ipv4-mapped-ipv6", &[100]),
    ("ipv6-bug-abnf-3-colons", &[200]),
    ("ipv6-correct-abnf-2-colons", &[200]),
];

#[test]
fn every_torture_message_gets_the_answer_it_deserves() {
    for (name, wanted) in ANSWERS {
        let sent = Line::new().receives(&fixture(&format!("torture/{name}")));
        assert_eq!(statuses(&sent), *wanted, "{name}");
    }
}

#[test]
fn after_all_of_them_a_caller_is_answered() {
    let mut line = Line::new();
    for (name, _) in ANSWERS {
        line.receives(&fixture(&format!("torture/{name}")));
    }
    Caller::new(1).is_connected(&mut line);
}

#[test]
fn every_torture_message_has_its_answer_in_the_table() {
    let known = super::support::all_fixtures();
    let torture = known
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("torture/"));
    for name in torture {
        assert!(ANSWERS.iter().any(|(known, _)| *known == name), "{name}");
    }
}

#[test]
fn a_client_of_rfc_2543_has_its_repeats_absorbed_and_its_call_answered() {
    let (mut line, invite) = (Line::new(), fixture("torture/inv2543"));

    assert_eq!(statuses(&line.receives(&invite)), [100]);
    assert_eq!(statuses(&line.receives(&invite)), [100]);
    assert_eq!(statuses(&line.accepts()), [200]);
    assert!(line.receives(&invite).is_empty());
    assert_eq!(line.agent.calls(), 1);
}

#[test]
fn a_request_longer_than_any_needs_to_be_is_read() {
    let sent = Line::new().receives(&fixture("torture/longreq"));

    let trying = super::support::response(&sent[0]).unwrap();
    assert_eq!(trying.headers.list("Via").count(), 34);
}

#[test]
fn a_line_end_of_lf_alone_is_refused_and_not_met_with_silence() {
    for (name, _) in ANSWERS.iter().filter(|(name, _)| name.contains("ipv6")) {
        let datagram = fixture(&format!("torture/{name}"));
        let bare: Vec<u8> = datagram.into_iter().filter(|&o| o != b'\r').collect();
        assert_eq!(statuses(&Line::new().receives(&bare)), [400], "{name}");
    }
}
