//! Takes the caller out of a message: each digit of a number becomes 0 and each letter of a name x, so that no length in
//! the message changes and it can be shown to others.
//!
//! The caller stands in From, P-Asserted-Identity and their kin of what is heard, and in the Request-URI and To of what
//! we send inside the call. Whatever was found there is hidden elsewhere in the call too (SDP, a number copied into
//! another header). An Identity (RFC 8224) is hidden whole: its token holds the number.

use std::ops::Range;

use super::Arrow;

/// Hides the callers of one trace.
#[derive(Debug, Default)]
pub(crate) struct Shortener {
    /// What was hidden before and is long enough to be told from other words.
    known: Vec<Vec<u8>>,
}

impl Shortener {
    /// Hides the caller in a message.
    pub(crate) fn shorten(&mut self, way: Arrow, octets: &mut [u8]) {
        let is_response = octets.starts_with(b"SIP/2.0 ");
        let names: &[&str] = match (way, is_response) {
            (Arrow::Sent, false) => &["to", "t"],
            (Arrow::Sent, true) => &["from", "f"],
            (_, true) => &["to", "t", "contact", "m"],
            (_, false) => &CALLER,
        };
        let mut hidden = vec![];
        let (start, headers) = headers(octets);
        if way == Arrow::Sent && !is_response {
            let target = start.start + start.len().min(position(&octets[start.clone()], b' ') + 1);
            hidden.extend(private(octets, target..start.end));
        }
        for (name, value) in headers {
            if names.contains(&name.as_str()) {
                hidden.extend(private(octets, value));
            } else if matches!(name.as_str(), "identity" | "y") {
                hidden.push(value);
            }
        }
        for range in hidden {
            if way != Arrow::Sent && !is_response {
                self.learn(&octets[range.clone()]);
            }
            hide(&mut octets[range]);
        }
        for known in &self.known {
            hide_all(octets, known);
        }
    }

    /// The end of a number is the same whichever prefix stands before it.
    fn learn(&mut self, word: &[u8]) {
        let word = word.trim_ascii();
        let significant = match word.len().checked_sub(NATIONAL) {
            Some(prefix) if word[prefix..].iter().all(u8::is_ascii_digit) => &word[prefix..],
            _ => word,
        };
        let is_long = (SHORTEST_KNOWN..LONGEST_KNOWN).contains(&significant.len());
        if is_long
            && self.known.len() < MOST_KNOWN
            && !self.known.iter().any(|one| one == significant)
        {
            self.known.push(significant.to_vec());
        }
    }
}

/// Where the start line lies, and the values of all headers by their names in lower case, folds included.
fn headers(octets: &[u8]) -> (Range<usize>, Vec<(String, Range<usize>)>) {
    let (mut start, mut headers, mut at) = (None, Vec::<(String, Range<usize>)>::new(), 0);
    while at < octets.len() {
        let end = at + position(&octets[at..], b'\n');
        let line = octets[at..end].trim_ascii_end();
        if start.is_none() {
            start = Some(at..at + line.len());
        } else if line.is_empty() {
            break;
        } else if line[0].is_ascii_whitespace() {
            if let Some((_, value)) = headers.last_mut() {
                value.end = at + line.len();
            }
        } else {
            let colon = position(line, b':');
            let name = String::from_utf8_lossy(line[..colon].trim_ascii());
            headers.push((
                name.to_ascii_lowercase(),
                at + (colon + 1).min(line.len())..at + line.len(),
            ));
        }
        at = end + 1;
    }
    (start.unwrap_or(0..0), headers)
}

/// The display names and user parts of a value; not its parameters, which keep calls apart.
fn private(octets: &[u8], value: Range<usize>) -> Vec<Range<usize>> {
    let (mut found, mut at) = (vec![], value.start);
    while at < value.end {
        let rest = &octets[at..value.end];
        let open = position(rest, b'<');
        let (uri, after) = if open < rest.len() {
            found.push(at..at + open);
            let close = open + position(&rest[open..], b'>');
            (open + 1..close, close + position(&rest[close..], b','))
        } else {
            (0..rest.len(), rest.len())
        };
        found.extend(user(rest, uri).map(|user| at + user.start..at + user.end));
        at += after + 1;
    }
    found.retain(|range| !is_anonymous(&octets[range.clone()]));
    found
}

/// What stands between the scheme and the host, without parameters; of `tel:` the number.
fn user(octets: &[u8], uri: Range<usize>) -> Option<Range<usize>> {
    let text = &octets[uri.start.min(uri.end)..uri.end];
    let colon = text.iter().position(|&octet| octet == b':')?;
    let (scheme, rest) = (text[..colon].trim_ascii(), &text[colon + 1..]);
    let is_tel = scheme.eq_ignore_ascii_case(b"tel");
    let end = match rest.iter().position(|&octet| octet == b'@') {
        Some(at) => at,
        None if is_tel => rest.len(),
        None => return None,
    };
    let length = position(&rest[..end], b';');
    let start = uri.start + colon + 1;
    Some(start..start + length)
}

/// Callers without a number are no secret, and whoever reads the capture wants to see them.
fn is_anonymous(word: &[u8]) -> bool {
    let word = word.trim_ascii();
    let word = word.strip_prefix(b"\"").unwrap_or(word);
    let word = word.strip_suffix(b"\"").unwrap_or(word);
    word.is_empty()
        || [&b"anonymous"[..], b"unavailable", b"unknown", b"restricted"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
}

fn hide(octets: &mut [u8]) {
    for octet in octets {
        *octet = match *octet {
            b'0'..=b'9' => b'0',
            b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => b'x',
            other => other,
        };
    }
}

fn hide_all(octets: &mut [u8], word: &[u8]) {
    let mut at = 0;
    while let Some(window) = octets.get_mut(at..at + word.len()) {
        if window == word {
            hide(window);
        }
        at += 1;
    }
}

/// Where an octet stands, or the end.
fn position(octets: &[u8], wanted: u8) -> usize {
    let found = octets.iter().position(|&octet| octet == wanted);
    found.unwrap_or(octets.len())
}

/// Headers of a request that name who calls.
const CALLER: [&str; 9] = [
    "from",
    "f",
    "contact",
    "m",
    "p-asserted-identity",
    "p-preferred-identity",
    "remote-party-id",
    "referred-by",
    "reply-to",
];
/// Digits of a number that are the same with and without its country.
const NATIONAL: usize = 9;
/// A shorter word may stand elsewhere by chance.
const SHORTEST_KNOWN: usize = 6;
const LONGEST_KNOWN: usize = 64;
/// Of the many calls of a long trace, the first ones are hidden in every place, the others in the usual ones.
const MOST_KNOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_gone_from_every_place_and_no_length_has_changed() {
        let mut shortener = Shortener::default();
        let invite = "INVITE sip:0805691282@allo SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK33612345678\r\n\
            From: \"Jean Dupont\" <sip:+33612345678@carrier;user=phone>;tag=a1\r\nTo: <sip:0805691282@allo>\r\n\
            P-Asserted-Identity: \"Jean\" <sip:0612345678@c>,\r\n <tel:+33612345678>\r\nm: <sip:0612345678@192.0.2.9>\r\n\
            Identity: eyJhbGciOi.eyJvcmln.c2ln;info=<https://cert.example/a.pem>\r\nCall-ID: c1@192.0.2.9\r\n\r\n\
            o=33612345678 1 1 IN IP4 192.0.2.9\r\n";
        let hidden = shortened(&mut shortener, Arrow::Heard, invite);

        for secret in ["612345678", "Jean", "Dupont", "eyJ", "c2ln"] {
            assert!(!hidden.contains(secret), "{secret}: {hidden}");
        }
        for kept in [
            "sip:0805691282@allo SIP",
            "tag=a1",
            "c1@192.0.2.9",
            "+00000000000@carrier",
            "To: <sip:0805691282@allo>",
        ] {
            assert!(hidden.contains(kept), "{kept}: {hidden}");
        }

        let ok = "SIP/2.0 200 OK\r\nFrom: <sip:+33612345678@carrier>;tag=a1\r\nTo: <sip:0805691282@allo>;tag=b\r\n\
            Contact: <sip:192.0.2.1:5060>\r\n\r\n";
        let hidden = shortened(&mut shortener, Arrow::Sent, ok);
        assert!(
            hidden.contains("<sip:+00000000000@carrier>;tag=a1") && hidden.contains("0805691282")
        );
        let bye = "BYE sip:alice@192.0.2.9:5060 SIP/2.0\r\nTo: <sip:alice@carrier>;tag=a1\r\nFrom: <sip:0805691282@allo>;tag=b\r\n\r\n";
        let hidden = shortened(&mut shortener, Arrow::Sent, bye);
        assert!(
            hidden.starts_with("BYE sip:xxxxx@192.0.2.9:5060 SIP/2.0"),
            "{hidden}"
        );
        assert!(
            !hidden.contains("alice") && hidden.contains("0805691282"),
            "{hidden}"
        );
    }

    #[test]
    fn callers_without_a_number_stay_readable() {
        let invite = "INVITE sip:a@b SIP/2.0\r\nFrom: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\n\r\n";
        assert_eq!(
            shortened(&mut Shortener::default(), Arrow::Heard, invite),
            invite
        );
    }

    #[test]
    fn broken_messages_are_borne() {
        for broken in [
            "",
            "\r\n",
            "INVITE",
            "INVITE sip:a\r\nFrom",
            "X\r\nFrom: <",
            "X\r\nFrom: <>,<sip:>,\r\n fold",
            "X\r\n : x\r\nf:\u{e9}<sip:\u{e9}@",
        ] {
            for way in [Arrow::Heard, Arrow::Sent] {
                let mut octets = broken.as_bytes().to_vec();
                Shortener::default().shorten(way, &mut octets);
                assert_eq!(octets.len(), broken.len());
            }
        }
    }

    fn shortened(shortener: &mut Shortener, way: Arrow, message: &str) -> String {
        let mut octets = message.as_bytes().to_vec();
        shortener.shorten(way, &mut octets);
        assert_eq!(octets.len(), message.len());
        String::from_utf8(octets).unwrap()
    }
}
