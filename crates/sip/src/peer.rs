//! Who sent a message, and how one is sent back.

use std::net::SocketAddr;

/// A party at the other end of a transport (RFC 3261 § 18).
///
/// A [`SocketAddr`] alone is a peer heard over UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Where it is heard from. Of a stream it names the connection.
    pub address: SocketAddr,
    /// What carries the messages.
    pub transport: Transport,
    /// Where to connect to when the connection with `address` is gone; `None` to let go of what was to be sent.
    pub listens: Option<SocketAddr>,
}

impl Peer {
    /// The other end of a TCP connection.
    pub fn tcp(address: SocketAddr) -> Self {
        Self {
            address,
            transport: Transport::Tcp,
            listens: None,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self {
            address,
            transport: Transport::Udp,
            listens: None,
        }
    }
}

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams, which may be lost and are repeated.
    Udp,
    /// A stream, which loses nothing while it lasts.
    Tcp,
}

impl Transport {
    /// As Via names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// Whether what is sent arrives as long as the peer is there, so that only a 2xx is repeated
    /// (RFC 3261 § 13.3.1.4 and § 17).
    pub fn is_reliable(self) -> bool {
        self == Self::Tcp
    }

    /// The transport a URI asks for; `None` if it does not say or asks for one we do not speak.
    pub(crate) fn find(name: &[u8]) -> Option<Self> {
        [Self::Udp, Self::Tcp]
            .into_iter()
            .find(|transport| name.eq_ignore_ascii_case(transport.name().as_bytes()))
    }
}
