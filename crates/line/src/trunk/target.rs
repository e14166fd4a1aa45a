//! A server of the carrier's, as a configuration names it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use sip::uri::{Scheme, Uri};
use sip::{Peer, Transport};

/// A server by its name or its address: `sip:sbc.example`, `sip:198.51.100.7:5070`, `sip:sbc.example;transport=tcp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// A name, or an address without brackets.
    host: String,
    /// Without one DNS says it, or it is the usual one.
    pub port: Option<u16>,
    /// Without one DNS says it, or it is UDP.
    pub transport: Option<Transport>,
}

impl Target {
    /// The name or the address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where it is, if no name has to be asked for.
    #[must_use]
    pub fn numeric(&self) -> Option<Peer> {
        let address: IpAddr = self.host.parse().ok()?;
        let transport = self.transport.unwrap_or(Transport::Udp);
        let port = self.port.unwrap_or(transport.default_port());
        Some(peer_at(SocketAddr::new(address, port), transport))
    }

    /// Its URI without a transport, as requests for it say it.
    #[must_use]
    pub fn uri(&self) -> String {
        let port = self.port.map_or(String::new(), |port| format!(":{port}"));
        match self.host.parse() {
            Ok(IpAddr::V6(address)) => format!("sip:[{address}]{port}"),
            _ => format!("sip:{}{port}", self.host),
        }
    }
}

/// Somebody whom we ask: a datagram, or a connection that is opened where there is none.
#[must_use]
pub fn peer_at(address: SocketAddr, transport: Transport) -> Peer {
    Peer {
        listens: transport.is_reliable().then_some(address),
        ..Peer::new(transport, address)
    }
}

impl FromStr for Target {
    type Err = NoTarget;

    fn from_str(text: &str) -> Result<Self, NoTarget> {
        let no_target = || NoTarget(text.to_owned());
        let uri = Uri::parse(text.trim().as_bytes()).map_err(|_| no_target())?;
        let is_plain = uri.scheme() == Scheme::Sip
            && uri.user_octets().is_none()
            && uri.headers().is_none()
            && uri.params().iter().all(|param| param.name == b"transport");
        if !is_plain || uri.port() == Some(0) {
            return Err(no_target());
        }
        let word = uri.params().find("transport");
        let transport = match word {
            None => None,
            Some(word) => Some(Transport::find(word).ok_or_else(no_target)?),
        };
        Ok(Self {
            host: uri.host().to_owned(),
            port: uri.port(),
            transport,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri())?;
        match self.transport {
            Some(transport) => write!(f, ";transport={}", word(transport)),
            None => Ok(()),
        }
    }
}

/// A peer as metrics and the log name it: `udp:198.51.100.7:5060`.
pub(crate) fn label(peer: Peer) -> String {
    format!("{}:{}", word(peer.transport), peer.address)
}

fn word(transport: Transport) -> String {
    transport.name().to_ascii_lowercase()
}

/// What was written is no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no server; write sip:HOST or sip:HOST:PORT, with ;transport=udp, ;transport=tcp or ;transport=tls behind it if need be"
)]
pub struct NoTarget(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_and_written_alike() {
        for (text, numeric) in [
            ("sip:sbc.example", None),
            ("sip:sbc.example:5070;transport=udp", None),
            ("sip:198.51.100.7", Some("udp:198.51.100.7:5060")),
            (
                "sip:198.51.100.7:5070;transport=tcp",
                Some("tcp:198.51.100.7:5070"),
            ),
            (
                "sip:198.51.100.7;transport=tls",
                Some("tls:198.51.100.7:5061"),
            ),
            ("sip:[2001:db8::1]:5070", Some("udp:[2001:db8::1]:5070")),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!(target.to_string(), text);
            assert_eq!(target.numeric().map(label).as_deref(), numeric);
        }
    }

    #[test]
    fn a_stream_is_opened_where_the_server_listens_and_udp_is_not() {
        let of = |text: &str| text.parse::<Target>().unwrap().numeric().unwrap();

        assert_eq!(of("sip:192.0.2.1").listens, None);
        let tcp = of("sip:192.0.2.1;transport=tcp");
        assert_eq!(tcp.listens, Some(tcp.address));
    }

    #[test]
    fn what_is_no_server_is_refused_with_what_to_write() {
        for text in [
            "",
            "sbc.example",
            "sip:user@sbc.example",
            "tel:+33805691282",
            "sip:sbc.example;lr",
            "sip:sbc.example;transport=carrier-pigeon",
            "sip:sbc.example:0",
            "sip:sbc.example?x=y",
        ] {
            let refused = text.parse::<Target>().unwrap_err();
            assert!(refused.to_string().contains("sip:HOST:PORT"), "{text}");
        }
    }
}
