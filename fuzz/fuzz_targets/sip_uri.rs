//! No octets make the readers of addresses panic, and every part of an address stands in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::header::{CSeq, NameAddr, Via};
use sip::uri::Uri;

fuzz_target!(|octets: &[u8]| {
    if let Ok(uri) = Uri::parse(octets) {
        let _ = (uri.user(), uri.socket_address(), uri.params().find("lr"));
        let host = uri.host().as_bytes();
        assert!(host.is_empty() || octets.windows(host.len()).any(|part| part == host));
    }
    if let Ok(read) = NameAddr::parse(octets) {
        assert!(Uri::parse(read.uri).is_ok());
    }
    let _ = Via::parse(octets).map(|via| via.has_unique_branch());
    let _ = CSeq::parse(octets);
});
