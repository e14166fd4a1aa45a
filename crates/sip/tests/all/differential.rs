//! A second reader: `rsip` reads the same corpus, and every disagreement is listed by name.
//!
//! rsip is independent of our parser and stands still since 2022; it judges nothing about headers
//! it is not asked for. A name that leaves or enters these lists is a change to look at.

use std::collections::BTreeSet;

use rsip::prelude::*;
use sip::message::Message;

use super::support::all_fixtures;

/// Legal or harmless messages that rsip refuses, each with the reason.
const ONLY_WE_READ: &[(&str, &str)] = &[];

/// Messages that rsip accepts and we refuse.
const ONLY_RSIP_READS: &[(&str, &str)] = &[];

#[test]
fn both_readers_agree_except_where_named() {
    let (mut only_we, mut only_rsip) = (BTreeSet::new(), BTreeSet::new());
    for (name, datagram) in all_fixtures() {
        match (reads_ours(&datagram), reads_rsip(&datagram)) {
            (true, false) => _ = only_we.insert(name),
            (false, true) => _ = only_rsip.insert(name),
            _ => {}
        }
    }
    assert_eq!(only_we, names(ONLY_WE_READ), "read by us alone");
    assert_eq!(only_rsip, names(ONLY_RSIP_READS), "read by rsip alone");
}

#[test]
fn where_both_read_they_read_the_same() {
    for (name, datagram) in all_fixtures() {
        if !(reads_ours(&datagram) && reads_rsip(&datagram)) {
            continue;
        }
        let ours = essentials(&datagram);
        let theirs = rsip_essentials(&datagram);
        assert_eq!(ours, theirs, "{name}");
    }
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
