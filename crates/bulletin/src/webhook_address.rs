//! Where a program of somebody else is told.

use std::fmt;

/// The address of somebody's program: `https://host/path`, at most 500 characters of ASCII.
///
/// Without encryption it may only lead to this machine itself. Whether the host stands in a private network is not seen
/// from here: who connects looks at the addresses it resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAddress(String);

impl WebhookAddress {
    /// Reads an address; blanks around it do not count. A name and a password in it, or a `#`, are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = |c: char| c.is_ascii_graphic() && !"#\"<>\\^`{|}".contains(c);
        if text.len() > LONGEST || !text.chars().all(is_plain) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = host_of(authority)?;
        let is_safe = match scheme {
            "https" => true,
            "http" => LOOPBACK.contains(&host),
            _ => false,
        };
        is_safe.then(|| Self(text.to_owned()))
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The host of an authority without user information; `None` where there is none, or a port that is no number.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(six) => {
            let (inner, after) = six.split_once(']')?;
            let is_six = inner.parse::<std::net::Ipv6Addr>().is_ok();
            let port = match after {
                "" => None,
                _ => Some(after.strip_prefix(':')?),
            };
            let host = is_six.then(|| &authority[..inner.len() + 2])?;
            (host, port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let is_host = host.starts_with('[') || (!host.is_empty() && host.chars().all(is_name));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    (is_host && is_port).then_some(host)
}

const LONGEST: usize = 500;
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_programs_are_read_and_slips_refused() {
        for good in [
            "https://codis.example/allo",
            "https://codis.example:8443/allo?site=all",
            "https://[2001:db8::7]/allo",
            "http://127.0.0.1:9000/",
            "http://[::1]:9000/hook",
            "http://localhost",
        ] {
            let read = WebhookAddress::parse(&format!(" {good}\n"));
            assert_eq!(read.as_ref().map(WebhookAddress::as_str), Some(good));
        }
        let long = format!("https://codis.example/{}", "a".repeat(500));
        for bad in [
            "",
            "codis.example",
            "http://codis.example/allo",
            "http://127.0.0.1.example/",
            "ftp://codis.example/",
            "https://",
            "https:///allo",
            "https://anne:secret@codis.example/",
            "https://codis.example:0/",
            "https://codis.example:port/",
            "https://[::1/",
            "https://[::1]x/",
            "https://codis.example/#part",
            "https://codis example/",
            "https://codis.example/é",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(WebhookAddress::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_one_line_and_is_read_again_as_itself(
            text in "https?://[a-z0-9.:@\\[\\]-]{0,20}/?\\PC{0,20}|\\PC{0,60}"
        ) {
            if let Some(address) = WebhookAddress::parse(&text) {
                prop_assert!(address.as_str().chars().all(|c| c.is_ascii_graphic()));
                prop_assert_eq!(WebhookAddress::parse(address.as_str()), Some(address));
            }
        }
    }
}
