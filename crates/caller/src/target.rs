//! Whom to call.

use std::net::{SocketAddr, ToSocketAddrs};

use sip::Transport;
use sip::uri::{Scheme, Uri};

use crate::CallError;

/// A target that can be called: the address as it is written in the INVITE, and where to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URI as given.
    pub uri: String,
    /// Where requests go; port 5060, or 5061 for TLS, unless the URI says otherwise.
    pub address: SocketAddr,
    /// What carries them.
    pub transport: Transport,
    /// The host as it is written, which a certificate must bear.
    pub host: String,
}

impl Target {
    /// Reads `sip:USER@HOST[:PORT][;transport=udp|tcp|tls]` and looks the host up if it is a name. The first address found
    /// is taken, one of IPv4 before any of IPv6.
    ///
    /// # Errors
    /// [`CallError::Target`] for anything that is not such a URI, [`CallError::UnknownHost`] for a
    /// name without address.
    pub fn find(text: &str) -> Result<Self, CallError> {
        let text = text.trim();
        let refused = |why| CallError::Target {
            text: text.to_owned(),
            why,
        };
        let uri = Uri::parse(text.as_bytes()).map_err(|fault| refused(fault.reason))?;
        match uri.scheme() {
            Scheme::Sip => {}
            Scheme::Sips => return Err(refused("TLS is asked for by sip: with ;transport=tls")),
            Scheme::Tel | Scheme::Other => return Err(refused("it does not begin with sip:")),
        }
        if uri.user().is_none() {
            return Err(refused("the number before the @ is missing"));
        }
        let transport = uri.params().find("transport").unwrap_or(b"udp");
        let transport = Transport::find(transport);
        let transport = transport.ok_or_else(|| refused("transport is udp, tcp or tls"))?;
        let address = match uri.socket_address() {
            Some(address) => address,
            None => look_up(uri.host(), uri.port().unwrap_or(transport.default_port()))?,
        };
        if address.port() == 0 {
            return Err(refused("nothing listens on port 0"));
        }
        Ok(Self {
            uri: text.to_owned(),
            address,
            transport,
            host: uri.host().to_owned(),
        })
    }
}

fn look_up(host: &str, port: u16) -> Result<SocketAddr, CallError> {
    let unknown = |source| CallError::UnknownHost {
        host: host.to_owned(),
        source,
    };
    let found: Vec<_> = (host, port).to_socket_addrs().map_err(unknown)?.collect();
    let first = found.iter().find(|address| address.is_ipv4());
    first
        .or(found.first())
        .copied()
        .ok_or_else(|| unknown(std::io::ErrorKind::NotFound.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_a_number_or_a_name_and_the_port_may_be_left_out() {
        for (text, address) in [
            ("sip:0805691282@192.0.2.1", "192.0.2.1:5060"),
            ("sip:0805691282@192.0.2.1:5070", "192.0.2.1:5070"),
            ("sip:+33805691282@[2001:db8::1]:5070", "[2001:db8::1]:5070"),
            (" sip:0805691282@localhost;transport=udp ", "127.0.0.1:5060"),
            ("sip:1@192.0.2.1;transport=TCP", "192.0.2.1:5060"),
            ("sip:1@localhost;transport=tls", "127.0.0.1:5061"),
        ] {
            let target = Target::find(text).unwrap();
            assert_eq!(target.address.to_string(), address, "{text}");
            assert_eq!(target.uri, text.trim());
        }
    }

    #[test]
    fn what_cannot_be_called_is_refused_in_words_that_help() {
        for (text, why) in [
            ("0805691282", "a URI without scheme"),
            ("tel:0805691282", "it does not begin with sip:"),
            ("sips:0805691282@192.0.2.1", "with ;transport=tls"),
            ("sip:192.0.2.1", "the number before the @ is missing"),
            ("sip:1@192.0.2.1;transport=sctp", "udp, tcp or tls"),
            ("sip:1@192.0.2.1:0", "nothing listens on port 0"),
            ("sip:1@192.0.2.1:99999", ""),
            ("sip:1@two words", ""),
            ("", ""),
        ] {
            let refusal = Target::find(text).unwrap_err().to_string();
            assert!(refusal.contains(why), "{text}: {refusal}");
            assert!(refusal.contains("sip:0805691282@192.0.2.1:5060"));
        }
    }

    #[test]
    fn a_name_without_address_is_named() {
        let refusal = Target::find("sip:1@nobody.invalid").unwrap_err();

        assert!(refusal.to_string().contains("nobody.invalid"));
    }
}
