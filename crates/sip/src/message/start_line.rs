//! The first line of a message (RFC 3261 § 7.1 and § 7.2).

use super::Method;
use crate::Malformed;
use crate::octets::decimal;

/// A request line or a status line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartLine<'a> {
    Request { method: Method<'a>, uri: &'a [u8] },
    Response { status: u16, reason: &'a [u8] },
}

impl<'a> StartLine<'a> {
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        if is_version(line.get(..7).unwrap_or_default()) && line.get(7) == Some(&b' ') {
            return Self::parse_status(line);
        }
        Self::parse_request(line)
    }

    fn parse_status(line: &'a [u8]) -> Result<Self, Malformed> {
        if !line[..7].eq_ignore_ascii_case(b"SIP/2.0") {
            return Err(wrong_version(0));
        }
        let status = line.get(8..11).and_then(decimal).unwrap_or(0);
        let reason = match line.get(11..) {
            Some([]) => &[],
            Some([b' ', reason @ ..]) => reason,
            _ => return Err(Malformed::new("no status code", 8)),
        };
        match u16::try_from(status) {
            Ok(status @ 100..=699) => Ok(Self::Response { status, reason }),
            _ => Err(Malformed::new("status code outside 100 to 699", 8)),
        }
    }

    fn parse_request(line: &'a [u8]) -> Result<Self, Malformed> {
        let mut words = line.split(|&octet| octet == b' ');
        let (Some(method), Some(uri), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Malformed::new("the start line has not three words", 0));
        };
        let version_offset = line.len() - version.len();
        if !is_version(version) {
            return Err(Malformed::new("no SIP version", version_offset));
        }
        if !version.eq_ignore_ascii_case(b"SIP/2.0") {
            return Err(wrong_version(version_offset));
        }
        let method = Method::parse(method).ok_or(Malformed::new("the method is no token", 0))?;
        let uri_offset = method.as_bytes().len() + 1;
        if !is_absolute_uri(uri) {
            return Err(Malformed::new("the Request-URI is no URI", uri_offset));
        }
        Ok(Self::Request { method, uri })
    }
}

/// `SIP/` digits `.` digits.
fn is_version(word: &[u8]) -> bool {
    let Some((name, number)) = word.split_at_checked(4) else {
        return false;
    };
    let mut parts = number.split(|&octet| octet == b'.');
    let mut is_number = || parts.next().is_some_and(|part| decimal(part).is_some());
    name.eq_ignore_ascii_case(b"SIP/") && is_number() && is_number() && parts.next().is_none()
}

fn wrong_version(offset: usize) -> Malformed {
    Malformed {
        status: 505,
        ..Malformed::new("another version of SIP", offset)
    }
}

/// `scheme:something` without angle brackets, quotes or control characters.
fn is_absolute_uri(uri: &[u8]) -> bool {
    let Some(colon) = uri.iter().position(|&octet| octet == b':') else {
        return false;
    };
    let (scheme, rest) = (&uri[..colon], &uri[colon + 1..]);
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|o| o.is_ascii_alphanumeric() || b"+-.".contains(o))
        && !rest.is_empty()
        && !rest
            .iter()
            .any(|&o| o <= b' ' || o == 0x7f || b"<>\"".contains(&o))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_one_space_between_three_words() {
        for line in [
            "INVITE  sip:a@h SIP/2.0",
            "INVITE sip:a@h  SIP/2.0",
            "INVITE sip:a@h SIP/2.0 ",
            "INVITE sip:a@h; lr SIP/2.0",
            "INVITE\tsip:a@h\tSIP/2.0",
            " INVITE sip:a@h SIP/2.0",
            "INVITE sip:a@h",
            "",
        ] {
            let fault = StartLine::parse(line.as_bytes()).unwrap_err();
            assert_eq!(fault.status, 400, "{line}");
        }
    }

    #[test]
    fn a_request_uri_in_brackets_is_refused() {
        assert!(StartLine::parse(b"INVITE <sip:a@h> SIP/2.0").is_err());
        assert!(StartLine::parse(b"INVITE a@h SIP/2.0").is_err());
    }

    #[test]
    fn another_version_deserves_505() {
        for line in ["OPTIONS sip:a@h SIP/7.0", "SIP/7.0 200 OK"] {
            assert_eq!(StartLine::parse(line.as_bytes()).unwrap_err().status, 505);
        }
    }

    #[test]
    fn a_status_line_may_have_no_reason() {
        for line in ["SIP/2.0 100 ", "SIP/2.0 100", "sip/2.0 100 "] {
            let read = StartLine::parse(line.as_bytes());
            let wanted = StartLine::Response {
                status: 100,
                reason: b"",
            };
            assert_eq!(read, Ok(wanted), "{line}");
        }
        for line in [
            "SIP/2.0 4294967301 x",
            "SIP/2.0 99 x",
            "SIP/2.0 700 x",
            "SIP/2.0 ",
        ] {
            assert!(StartLine::parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
