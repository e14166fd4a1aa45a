//! The way a request came and its response goes back (RFC 3261 § 20.42).

use super::Params;
use crate::Malformed;
use crate::octets::{is_space, is_token, trim};
use crate::peer::{Peer, Transport};
use crate::uri::parse_host_port;

/// One Via.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, `TLS` or any other token.
    pub transport: &'a [u8],
    /// The host of sent-by; an IPv6 address without its brackets.
    pub host: &'a str,
    /// The port of sent-by, 5060 understood.
    pub port: Option<u16>,
    /// Its parameters.
    pub params: Params<'a>,
    /// All before the parameters, as it came.
    pub(crate) head: &'a [u8],
}

impl<'a> Via<'a> {
    /// Reads one value; split a list with [`crate::message::Elements`] first.
    ///
    /// The version is not looked at: the start line decides it, and a 505 needs its way back.
    ///
    /// # Errors
    /// [`Malformed`] if protocol, transport, host or port cannot be read.
    pub fn parse(value: &'a [u8]) -> Result<Self, Malformed> {
        let end = value.iter().position(|&octet| octet == b';');
        let (head, params) = value.split_at(end.unwrap_or(value.len()));
        let fault = || Malformed::new("a Via without protocol, transport and host", 0);
        let mut parts = head.splitn(3, |&octet| octet == b'/');
        let (name, version) = (trim(parts.next().unwrap_or_default()), parts.next());
        let rest = trim(parts.next().ok_or_else(fault)?);
        let space = rest.iter().position(|&octet| is_space(octet));
        let (transport, sent_by) = rest.split_at(space.ok_or_else(fault)?);
        let is_sip =
            name.eq_ignore_ascii_case(b"SIP") && version.is_some_and(|v| is_token(trim(v)));
        if !is_sip || !is_token(transport) {
            return Err(fault());
        }
        let (host, port) = parse_host_port(trim(sent_by))?;
        Ok(Self {
            transport,
            host,
            port,
            params: Params::parse(params)?,
            head: trim(head),
        })
    }

    /// The branch, empty without one.
    pub fn branch(&self) -> &'a [u8] {
        self.params.find("branch").unwrap_or_default()
    }

    /// Whether the branch identifies the transaction alone (RFC 3261 § 8.1.1.7): magic cookie and
    /// something after it.
    pub fn has_unique_branch(&self) -> bool {
        let branch = self.branch();
        branch.len() > COOKIE.len() && branch[..COOKIE.len()].eq_ignore_ascii_case(COOKIE)
    }

    /// Where a response goes when its request came from `source`.
    ///
    /// Over a stream it goes back by the same connection. A datagram with `rport` goes to the source itself (RFC 3581);
    /// one without to the source's address and the port of sent-by, 5060 if it has none (RFC 3261 § 18.2.2). A name is
    /// never resolved and `maddr` never followed, so nobody can point our answers at a third party.
    pub fn reply_to(&self, source: impl Into<Peer>) -> Peer {
        let mut peer = source.into();
        if peer.transport == Transport::Udp && self.params.find("rport").is_none() {
            peer.address.set_port(self.port.unwrap_or(DEFAULT_PORT));
        }
        peer
    }
}

/// What begins the branch of an RFC 3261 client.
const COOKIE: &[u8] = b"z9hG4bK";
/// The port of SIP over UDP.
const DEFAULT_PORT: u16 = 5060;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spaces_wherever_the_grammar_lets_them_stand() {
        let via =
            Via::parse(b"SIP  / 2.0 /\r\n UDP   192.0.2.2 : 5061 ; branch = z9hG4bK1").unwrap();

        assert_eq!((via.transport, via.host), (&b"UDP"[..], "192.0.2.2"));
        assert_eq!(via.port, Some(5061));
        assert_eq!(via.branch(), b"z9hG4bK1");
    }

    #[test]
    fn reads_ipv6_and_refuses_an_open_bracket() {
        let via = Via::parse(b"SIP/2.0/UDP [2001:db8::1]:5070;rport").unwrap();

        assert_eq!((via.host, via.port), ("2001:db8::1", Some(5070)));
        assert!(Via::parse(b"SIP/2.0/UDP [::1;branch=z9hG4bK1").is_err());
        assert!(Via::parse(b"SIP/2.0/UDP h:99999").is_err());
        assert!(Via::parse(b"SIP/2.0/UDP").is_err());
        assert!(Via::parse(b"").is_err());
    }

    #[test]
    fn a_reply_goes_to_the_source_only_with_rport() {
        let source: std::net::SocketAddr = "198.51.100.7:40000".parse().unwrap();
        let to = |via: &'static [u8]| {
            let peer = Via::parse(via).unwrap().reply_to(source);
            peer.address.to_string()
        };

        assert_eq!(to(b"SIP/2.0/UDP 10.0.0.1:5080;rport"), "198.51.100.7:40000");
        assert_eq!(to(b"SIP/2.0/UDP 10.0.0.1:5080"), "198.51.100.7:5080");
        assert_eq!(
            to(b"SIP/2.0/UDP phone.invalid;maddr=192.0.2.1"),
            "198.51.100.7:5060"
        );
    }

    #[test]
    fn the_cookie_alone_is_no_branch() {
        let unique = |via: &'static [u8]| Via::parse(via).unwrap().has_unique_branch();

        assert!(unique(b"SIP/2.0/UDP h;branch=z9hG4bK-1"));
        assert!(!unique(b"SIP/2.0/UDP h;branch=z9hG4bK"));
        assert!(!unique(b"SIP/2.0/UDP h;branch=1"));
        assert!(!unique(b"SIP/2.0/UDP h"));
    }
}
