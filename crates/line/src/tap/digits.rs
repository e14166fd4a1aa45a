//! Keys that must not be seen in a copy: those of an operator's call are a code and a PIN.
//!
//! Only INFO carries keys in signalling. Keys of RTP are never copied.

use sip::message::{Message, Method};

/// Makes every key in the body of an INFO unreadable, if its call is one of those, or cannot be told.
///
/// No length changes. `is_private` is asked about the Call-ID.
pub(crate) fn hide(octets: &mut [u8], is_private: impl FnOnce(&str) -> bool) {
    if !octets.trim_ascii_start().starts_with(b"INFO ") {
        return;
    }
    let is_shown = match Message::parse(octets) {
        Ok(Message::Request(request)) if request.method == Method::Info => {
            !is_private(&String::from_utf8_lossy(request.call_id()))
        }
        _ => false,
    };
    if is_shown {
        return;
    }
    let body = octets.windows(4).position(|four| four == b"\r\n\r\n");
    for octet in &mut octets[body.map_or(0, |head| head + 4)..] {
        if matches!(octet, b'0'..=b'9' | b'*' | b'#') {
            *octet = b'x';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &[u8] = b"INFO sip:allo@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: c1@127\r\nCSeq: 7 INFO\r\n\
        Content-Type: application/dtmf-relay\r\nContent-Length: 25\r\n\r\nSignal=4\r\nDuration=160\r\n\r\n";

    #[test]
    fn a_key_of_a_dictation_is_gone_and_that_of_another_call_is_not() {
        let mut private = INFO.to_vec();
        hide(&mut private, |call_id| call_id == "c1@127");
        let text = String::from_utf8(private).unwrap();
        assert!(text.ends_with("Signal=x\r\nDuration=xxx\r\n\r\n"), "{text}");
        assert!(text.contains("CSeq: 7 INFO") && text.len() == INFO.len());

        let mut other = INFO.to_vec();
        hide(&mut other, |_| false);
        assert_eq!(other, INFO);
    }

    #[test]
    fn an_info_that_cannot_be_read_is_hidden_and_other_messages_are_not_looked_at() {
        let mut broken = b"INFO sip:allo SIP/2.0\r\n\r\n12#".to_vec();
        hide(&mut broken, |_| false);
        assert_eq!(broken, b"INFO sip:allo SIP/2.0\r\n\r\nxxx");

        let mut bye = b"BYE sip:allo SIP/2.0\r\n\r\n12#".to_vec();
        hide(&mut bye, |_| true);
        assert!(bye.ends_with(b"12#"));
    }
}
