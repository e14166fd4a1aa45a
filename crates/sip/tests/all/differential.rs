//! A second reader: `rsip` reads the same corpus, and every disagreement is listed by name.
//!
//! rsip is independent of our parser and stands still since 2022; it judges nothing about headers
//! it is not asked for. A name that leaves or enters these lists is a change to look at.

use std::collections::BTreeSet;

use rsip::prelude::*;
use sip::message::Message;

use super::support::all_fixtures;

/// Messages that we read and rsip refuses, each with the reason.
const ONLY_WE_READ: &[(&str, &str)] = &[
    ("nasty/compact_names", "compact names"),
    ("nasty/crlf_before_start_line", "leading CRLF"),
    ("nasty/folded_headers", "folds"),
    ("nasty/ipv6_in_via", "IPv6 in Via"),
    ("nasty/latin1_display_name", "Latin-1 octets"),
    ("nasty/space_before_colon", "space before colon"),
    ("nasty/tel_request_uri", "tel:"),
    ("nasty/unknown_method", "a method it does not know"),
    (
        "torture/badaspec",
        "white space inside the brackets, which we bear",
    ),
    ("torture/dblreq", "octets after the Content-Length"),
    ("torture/esc01", "compact names"),
    ("torture/esc02", "a method it does not know"),
    (
        "torture/escruri",
        "headers in the Request-URI; the agent refuses them",
    ),
    ("torture/intmeth", "a method it does not know"),
    ("torture/ipv4-mapped-ipv6", "IPv6 in Via"),
    (
        "torture/ipv6-bug-abnf-3-colons",
        "IPv6 in the Request-URI, and a third colon, which we bear",
    ),
    (
        "torture/ipv6-correct-abnf-2-colons",
        "IPv6 in the Request-URI",
    ),
    ("torture/ipv6-good", "IPv6 in Via"),
    ("torture/ipv6-in-sdp", "IPv6 in Via"),
    ("torture/longreq", "compact names"),
    ("torture/mult-ip-in-header", "IPv6 in Via"),
    ("torture/mult-ip-in-sdp", "IPv6 in Via"),
    ("torture/port-ambiguous", "IPv6 in Via"),
    ("torture/port-unambiguous", "IPv6 in Via"),
    ("torture/semiuri", "`;` in the user part"),
    (
        "torture/unkscm",
        "a scheme it does not know; the agent answers 416",
    ),
    ("torture/unksm2", "a scheme it does not know in To"),
    ("torture/via-received-param-no-delim", "IPv6 in Via"),
    ("torture/via-received-param-with-delim", "IPv6 in Via"),
    ("torture/wsinv", "compact names and folds"),
];

/// Messages that rsip accepts and we refuse, each with the reason.
const ONLY_RSIP_READS: &[(&str, &str)] = &[
    (
        "nasty/bracketed_request_uri",
        "brackets round the Request-URI",
    ),
    ("nasty/content_length_above_body", "a body cut short"),
    (
        "nasty/content_length_near_the_end_of_numbers",
        "a body cut short",
    ),
    (
        "nasty/content_length_negative",
        "Content-Length is no number",
    ),
    ("nasty/content_length_twice", "two Content-Length"),
    ("nasty/cseq_of_another_method", "CSeq names another method"),
    ("nasty/from_twice", "two From"),
    (
        "nasty/unclosed_ipv6_in_via",
        "a second Via nobody can follow",
    ),
    ("nasty/unclosed_quote", "a quote that never closes"),
    ("torture/badinv01", "empty elements among the Vias"),
    ("torture/clerr", "a body cut short"),
    ("torture/ltgtruri", "brackets round the Request-URI"),
    ("torture/mcl01", "two Content-Length"),
    ("torture/mismatch01", "CSeq names another method"),
    ("torture/multi01", "essential headers twice"),
    ("torture/ncl", "Content-Length is no number"),
    ("torture/quotbal", "a quote that never closes"),
];

/// Messages both accept and understand differently, each with what rsip makes of it.
const READ_DIFFERENTLY: &[(&str, &str)] = &[
    (
        "nasty/content_length_below_body",
        "keeps the octets after the body",
    ),
    ("nasty/space_round_the_port_in_via", "loses the branch"),
];

#[test]
fn both_readers_agree_except_where_named() {
    let (mut only_we, mut only_rsip) = (BTreeSet::new(), BTreeSet::new());
    for (name, datagram) in all_fixtures() {
        match (reads_ours(datagram), reads_rsip(datagram)) {
            (true, false) => _ = only_we.insert(name.clone()),
            (false, true) => _ = only_rsip.insert(name.clone()),
            _ => {}
        }
    }
    assert_eq!(only_we, names(ONLY_WE_READ), "read by us alone");
    assert_eq!(only_rsip, names(ONLY_RSIP_READS), "read by rsip alone");
}

#[test]
fn where_both_read_they_read_the_same_except_where_named() {
    let both = all_fixtures()
        .iter()
        .filter(|(_, datagram)| reads_ours(datagram) && reads_rsip(datagram));
    let different: BTreeSet<String> = both
        .filter(|(_, datagram)| essentials(datagram) != rsip_essentials(datagram))
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(different, names(READ_DIFFERENTLY));
}

fn names(list: &[(&str, &str)]) -> BTreeSet<String> {
    list.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn reads_ours(datagram: &[u8]) -> bool {
    Message::parse(datagram).is_ok()
}

/// Whether rsip reads the message and the typed headers a user agent needs.
fn reads_rsip(datagram: &[u8]) -> bool {
    let Ok(message) = rsip::SipMessage::try_from(datagram.to_vec()) else {
        return false;
    };
    let typed = || -> Result<(), rsip::Error> {
        message.via_header()?.typed()?;
        message.from_header()?.typed()?;
        message.to_header()?.typed()?;
        message.cseq_header()?.typed()?;
        message.call_id_header()?;
        Ok(())
    };
    typed().is_ok()
}

type Essentials = (String, u32, String, String, Vec<u8>);

fn essentials(datagram: &[u8]) -> Essentials {
    let text = |octets: Option<&[u8]>| String::from_utf8_lossy(octets.unwrap_or_default()).into();
    match Message::parse(datagram).unwrap() {
        Message::Request(read) => (
            text(Some(read.call_id())),
            read.cseq().number,
            text(read.from().tag()),
            text(Some(read.via().branch())),
            read.body.to_vec(),
        ),
        Message::Response(read) => (
            text(Some(read.call_id())),
            read.cseq().number,
            text(read.from().tag()),
            text(Some(read.via().branch())),
            read.body.to_vec(),
        ),
    }
}

fn rsip_essentials(datagram: &[u8]) -> Essentials {
    let message = rsip::SipMessage::try_from(datagram.to_vec()).unwrap();
    let from = message.from_header().unwrap().typed().unwrap();
    let via = message.via_header().unwrap().typed().unwrap();
    (
        message.call_id_header().unwrap().value().to_owned(),
        message.cseq_header().unwrap().seq().unwrap(),
        from.tag().map(ToString::to_string).unwrap_or_default(),
        via.branch().map(ToString::to_string).unwrap_or_default(),
        message.body().clone(),
    )
}
