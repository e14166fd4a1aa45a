//! `sip:`, `sips:` and `tel:` addresses (RFC 3261 § 19.1, RFC 3966).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::Malformed;
use crate::header::Params;
use crate::octets::{decimal, trim};
use crate::peer::Transport;

/// An address in pieces; all of them borrow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    scheme: Scheme,
    user: Option<&'a [u8]>,
    host: &'a str,
    port: Option<u16>,
    params: Params<'a>,
    headers: Option<&'a [u8]>,
}

/// The schemes this line knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`; the number is the user, there is no host.
    Tel,
    /// Any other, whose content is not looked at.
    Other,
}

impl<'a> Uri<'a> {
    /// Reads an address without brackets around it.
    ///
    /// # Errors
    /// [`Malformed`] without a scheme, for white space inside, and for a host or port that is none.
    pub fn parse(text: &'a [u8]) -> Result<Self, Malformed> {
        if let Some(at) = text.iter().position(|&o| o <= b' ' || b"<>\"".contains(&o)) {
            return Err(Malformed::new("an octet that no URI holds", at));
        }
        let colon = text.iter().position(|&octet| octet == b':');
        let colon = colon.ok_or(Malformed::new("a URI without scheme", 0))?;
        let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
        let read = match Scheme::parse(scheme)? {
            scheme @ (Scheme::Sip | Scheme::Sips) => Self::parse_sip(scheme, rest),
            Scheme::Tel => Self::parse_tel(rest),
            Scheme::Other => Ok(Self::opaque(Scheme::Other)),
        };
        read.map_err(|fault| fault.shifted(colon + 1))
    }

    fn opaque(scheme: Scheme) -> Self {
        Self {
            scheme,
            user: None,
            host: "",
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    /// The user part may hold `;` and `?`, so it is cut off first (§ 25.1 `user-unreserved`).
    fn parse_sip(scheme: Scheme, rest: &'a [u8]) -> Result<Self, Malformed> {
        let (user, rest) = match rest.iter().position(|&octet| octet == b'@') {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        if user.is_some_and(<[u8]>::is_empty) {
            return Err(Malformed::new("an empty user part", 0));
        }
        let (rest, headers) = match rest.iter().position(|&octet| octet == b'?') {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let end = rest.iter().position(|&octet| octet == b';');
        let (host, params) = rest.split_at(end.unwrap_or(rest.len()));
        let (host, port) = parse_host_port(host)?;
        Ok(Self {
            user,
            host,
            port,
            params: Params::parse(params)?,
            headers,
            ..Self::opaque(scheme)
        })
    }

    fn parse_tel(rest: &'a [u8]) -> Result<Self, Malformed> {
        let end = rest.iter().position(|&octet| octet == b';');
        let (number, params) = rest.split_at(end.unwrap_or(rest.len()));
        let is_number = |&o: &u8| o.is_ascii_hexdigit() || b"+-.()*#%".contains(&o);
        if number.is_empty() || !number.iter().all(is_number) {
            return Err(Malformed::new("a telephone number that is none", 0));
        }
        Ok(Self {
            user: Some(number),
            params: Params::parse(params)?,
            ..Self::opaque(Scheme::Tel)
        })
    }

    /// Its scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user with its own parameters and without its password, `%` escapes undone; of `tel:`
    /// the number. Octets that are no UTF-8 become U+FFFD.
    pub fn user(&self) -> Option<Cow<'a, str>> {
        let user = self.user?;
        let end = user.iter().position(|&octet| octet == b':');
        Some(unescape(&user[..end.unwrap_or(user.len())]))
    }

    /// The user part as it came.
    pub fn user_octets(&self) -> Option<&'a [u8]> {
        self.user
    }

    /// The host; an IPv6 address without its brackets; empty for `tel:`.
    pub fn host(&self) -> &'a str {
        self.host
    }

    /// The port, if one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Its parameters.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// What follows `?`.
    pub fn headers(&self) -> Option<&'a [u8]> {
        self.headers
    }

    /// The transport it asks for; `None` if it does not say, or asks for one we do not speak.
    pub fn transport(&self) -> Option<Transport> {
        match self.scheme {
            Scheme::Sips => Some(Transport::Tls),
            _ => Transport::find(self.params.find("transport")?),
        }
    }

    /// The address it names, without a port that of its transport (5061 for TLS, else 5060); `None` for a name,
    /// which is never resolved here.
    pub fn socket_address(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.host.parse().ok()?;
        let usual = self.transport().unwrap_or(Transport::Udp).default_port();
        Some(SocketAddr::new(address, self.port.unwrap_or(usual)))
    }
}

impl Scheme {
    fn parse(scheme: &[u8]) -> Result<Self, Malformed> {
        let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
            && scheme
                .iter()
                .all(|o| o.is_ascii_alphanumeric() || b"+-.".contains(o));
        match () {
            () if !is_scheme => Err(Malformed::new("a URI without scheme", 0)),
            () if scheme.eq_ignore_ascii_case(b"sip") => Ok(Self::Sip),
            () if scheme.eq_ignore_ascii_case(b"sips") => Ok(Self::Sips),
            () if scheme.eq_ignore_ascii_case(b"tel") => Ok(Self::Tel),
            () => Ok(Self::Other),
        }
    }
}

/// Reads `host`, `host:port`, `[v6]` or `[v6]:port`; white space may stand round the colon.
pub(crate) fn parse_host_port(text: &[u8]) -> Result<(&str, Option<u16>), Malformed> {
    let fault = |reason| Malformed::new(reason, 0);
    let (host, rest) = if let Some(inside) = text.strip_prefix(b"[") {
        let close = inside.iter().position(|&octet| octet == b']');
        let close = close.ok_or(fault("a bracket of IPv6 never closes"))?;
        (&inside[..close], &inside[close + 1..])
    } else {
        let colon = text.iter().position(|&octet| octet == b':');
        text.split_at(colon.unwrap_or(text.len()))
    };
    let host = std::str::from_utf8(trim(host)).map_err(|_| fault("a host that is none"))?;
    let is_host = if text.starts_with(b"[") {
        is_ipv6(host)
    } else {
        is_name_or_ipv4(host)
    };
    if !is_host {
        return Err(fault("a host that is none"));
    }
    match trim(rest) {
        [] => Ok((host, None)),
        [b':', port @ ..] => decimal(trim(port))
            .and_then(|port| u16::try_from(port).ok())
            .map(|port| (host, Some(port)))
            .ok_or(fault("a port that is none")),
        _ => Err(fault("something after a host")),
    }
}

/// An address, or one with the third colon before an IPv4 address that the grammar of RFC 3261 asked
/// for by mistake (RFC 5118 § 4.10); that one leads nowhere, like a name.
fn is_ipv6(host: &str) -> bool {
    let repaired = || {
        let (before, v4) = host.split_once(":::")?;
        v4.parse::<Ipv4Addr>().ok()?;
        format!("{before}::{v4}").parse::<Ipv6Addr>().ok()
    };
    host.parse::<Ipv6Addr>().is_ok() || repaired().is_some()
}

/// Letters, digits, `-`, `_` and dots; four numbers must be an address.
fn is_name_or_ipv4(host: &str) -> bool {
    let is_octet = |o: u8| o.is_ascii_alphanumeric() || b"-_.".contains(&o);
    let only_numbers = host.bytes().all(|o| o.is_ascii_digit() || o == b'.');
    !host.is_empty()
        && host.bytes().all(is_octet)
        && (!only_numbers || host.parse::<Ipv4Addr>().is_ok())
}

/// Undoes `%` escapes; one that is cut short stays as it is.
fn unescape(octets: &[u8]) -> Cow<'_, str> {
    if !octets.contains(&b'%') {
        return String::from_utf8_lossy(octets);
    }
    let mut plain = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let escaped = pair.filter(|hex| hex.bytes().all(|o| o.is_ascii_hexdigit()));
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(octet) if *first == b'%' => {
                plain.push(octet);
                rest = &after[2..];
            }
            _ => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_user_that_holds_semicolons() {
        let uri = Uri::parse(b"sip:user;par=u%40example.net@example.com:5070;lr").unwrap();

        assert_eq!(uri.user().as_deref(), Some("user;par=u@example.net"));
        assert_eq!((uri.host(), uri.port()), ("example.com", Some(5070)));
        assert_eq!(uri.params().find("lr"), Some(&b""[..]));
    }

    #[test]
    fn reads_a_telephone_number_with_its_context() {
        let uri = Uri::parse(b"tel:0805691282;phone-context=+33").unwrap();

        assert_eq!(uri.user().as_deref(), Some("0805691282"));
        assert_eq!(uri.params().find("phone-context"), Some(&b"+33"[..]));
        assert_eq!(uri.host(), "");
    }

    #[test]
    fn reads_ipv6_hosts_to_an_address() {
        let uri = Uri::parse(b"sip:[2001:db8::9]").unwrap();

        assert_eq!(
            uri.socket_address().unwrap().to_string(),
            "[2001:db8::9]:5060"
        );
        assert_eq!(
            Uri::parse(b"sip:name.invalid").unwrap().socket_address(),
            None
        );
    }

    #[test]
    fn bears_the_third_colon_of_the_old_grammar_and_no_other() {
        let uri = Uri::parse(b"sip:a@[2001:db8:::192.0.2.1]").unwrap();

        assert_eq!(uri.socket_address(), None);
        for host in ["[2001:db8:::1]", "[::::192.0.2.1]", "[:::]", "[:::192.0.2]"] {
            let text = format!("sip:a@{host}");
            assert!(Uri::parse(text.as_bytes()).is_err(), "{host}");
        }
    }

    #[test]
    fn leaves_escapes_that_are_none() {
        assert_eq!(
            Uri::parse(b"sip:%4@h").unwrap().user().as_deref(),
            Some("%4")
        );
        assert_eq!(
            Uri::parse(b"sip:a%+1%zz%00@h").unwrap().user().as_deref(),
            Some("a%+1%zz\0")
        );
    }

    #[test]
    fn refuses_hosts_and_ports_that_are_none() {
        for text in [
            &b"sip:a@[::1"[..],
            b"sip:a@[nonsense]",
            b"sip:a@h:99999",
            b"sip:a@h:",
            b"sip:a@b@c",
            b"sip:@h",
            b"sip:",
            b"sip:a@300.1.1.1",
            b"nothing",
            b":x",
            b"sip:a b@h",
            b"tel:",
            b"tel:x y",
        ] {
            assert!(Uri::parse(text).is_err(), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn an_unknown_scheme_is_read_without_a_look_inside() {
        assert_eq!(
            Uri::parse(b"isbn:2983792873").unwrap().scheme(),
            Scheme::Other
        );
    }
}
