//! Who sent a message, and how one is sent back.

use std::net::SocketAddr;

/// A party at the other end of a transport (RFC 3261 § 18).
///
/// A [`SocketAddr`] alone is a peer heard over UDP by the first listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Where it is heard from. Of a stream it names the connection.
    pub address: SocketAddr,
    /// What carries the messages.
    pub transport: Transport,
    /// Where to connect to when the connection with `address` is gone; `None` to let go of what was to be sent.
    pub listens: Option<SocketAddr>,
    /// Which of our listeners hears it, and sends what is sent to it: its place in [`crate::Contacts`].
    pub listener: u8,
}

impl Peer {
    /// A party heard by the first listener, to which nobody connects again.
    pub fn new(transport: Transport, address: SocketAddr) -> Self {
        Self {
            address,
            transport,
            listens: None,
            listener: 0,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::new(Transport::Udp, address)
    }
}

/// What carries messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams, which may be lost and are repeated.
    Udp,
    /// A stream, which loses nothing while it lasts.
    Tcp,
    /// A stream that nobody on the way can read or change.
    Tls,
}

impl Transport {
    /// As Via names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }

    /// What a URI says to be reached by it (RFC 3261 § 19.1.1); nothing for UDP, which is understood.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Udp => "",
            Self::Tcp => ";transport=tcp",
            Self::Tls => ";transport=tls",
        }
    }

    /// Whether what is sent arrives as long as the peer is there, so that only a 2xx is repeated
    /// (RFC 3261 § 13.3.1.4 and § 17).
    pub fn is_reliable(self) -> bool {
        self != Self::Udp
    }

    /// The port of a URI that names none (RFC 3261 § 19.1.2).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }

    /// The transport of this name, in any case; `None` for one we do not speak.
    pub fn find(name: &[u8]) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls]
            .into_iter()
            .find(|transport| name.eq_ignore_ascii_case(transport.name().as_bytes()))
    }
}
