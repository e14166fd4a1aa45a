//! Where callers reach us: one address for each listener.

use std::net::SocketAddr;

use crate::peer::{Peer, Transport};

/// The addresses written into Contact and Via, in the order in which [`Peer::listener`] counts. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contacts {
    first: Contact,
    others: Vec<Contact>,
}

/// Where one listener is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The address and port that callers are told.
    pub address: SocketAddr,
    /// Whether it takes TLS, and nothing else.
    pub is_secure: bool,
}

impl Contacts {
    /// Of a line with one listener.
    pub fn new(first: Contact) -> Self {
        Self {
            first,
            others: Vec::new(),
        }
    }

    /// Adds the next listener.
    #[must_use]
    pub fn and(mut self, next: Contact) -> Self {
        self.others.push(next);
        self
    }

    /// The address to give this peer: that of its listener; of another one where the peer is not spoken to by a
    /// transport, or in an address family, of its listener's.
    pub fn towards(&self, peer: &Peer) -> SocketAddr {
        let fits = |contact: &&Contact| contact.speaks_to(peer);
        let own = match usize::from(peer.listener).checked_sub(1) {
            None => Some(&self.first),
            Some(place) => self.others.get(place),
        };
        let all = || std::iter::once(&self.first).chain(&self.others);
        let found = own.filter(fits).or_else(|| all().find(fits));
        found.or(own).unwrap_or(&self.first).address
    }

    /// The first listener by which this peer can be spoken to, as [`Peer::listener`] counts; `None` if there is none for its
    /// transport and address family.
    pub fn listener_for(&self, peer: &Peer) -> Option<u8> {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        let place = all.position(|contact| contact.speaks_to(peer));
        u8::try_from(place?).ok()
    }

    /// The URI that leads back to us from this peer, without brackets.
    ///
    /// TLS is asked for by `transport=tls`, and never by `sips:` (see docs/sip.md, RFC 3261 § 26.2.2).
    pub fn uri(&self, peer: &Peer) -> String {
        format!("sip:{}{}", self.towards(peer), peer.transport.parameter())
    }
}

impl Contact {
    fn speaks_to(&self, peer: &Peer) -> bool {
        self.is_secure == (peer.transport == Transport::Tls)
            && self.address.is_ipv4() == peer.address.is_ipv4()
    }
}

impl From<SocketAddr> for Contacts {
    /// One listener for UDP and TCP.
    fn from(address: SocketAddr) -> Self {
        Self::new(Contact {
            address,
            is_secure: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_is_told_the_listener_that_hears_it() {
        let uri = |listener, transport, address: &str| {
            let address = address.parse().unwrap();
            contacts().uri(&Peer {
                listener,
                ..Peer::new(transport, address)
            })
        };

        let (four, six) = ("198.51.100.7:4000", "[2001:db8::7]:4000");
        assert_eq!(uri(0, Transport::Udp, four), "sip:192.0.2.1:5060");
        let by_tcp = "sip:[2001:db8::1]:5060;transport=tcp";
        assert_eq!(uri(1, Transport::Tcp, six), by_tcp);
        let by_tls = "sip:192.0.2.1:5061;transport=tls";
        assert_eq!(uri(2, Transport::Tls, four), by_tls);
    }

    #[test]
    fn a_peer_that_its_listener_cannot_speak_to_is_told_one_that_can() {
        let peer = Peer::new(Transport::Tls, "198.51.100.7:4000".parse().unwrap());
        assert_eq!(contacts().towards(&peer).port(), 5061);
        assert_eq!(contacts().listener_for(&peer), Some(2));

        let nobody = Peer {
            listener: 9,
            ..Peer::new(Transport::Tls, "[2001:db8::7]:4000".parse().unwrap())
        };
        assert_eq!(contacts().towards(&nobody).port(), 5060);
        assert_eq!(contacts().listener_for(&nobody), None);
    }

    fn contacts() -> Contacts {
        let contact = |address: &str, is_secure| Contact {
            address: address.parse().unwrap(),
            is_secure,
        };
        Contacts::new(contact("192.0.2.1:5060", false))
            .and(contact("[2001:db8::1]:5060", false))
            .and(contact("192.0.2.1:5061", true))
    }
}
