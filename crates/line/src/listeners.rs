//! The places where the line is reached: one for each address that is configured.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use net::{SipSocket, StreamListener};
use sip::{Contact, Contacts};

use crate::{Config, LineError};

/// One place where the line is reached, with its sockets.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) place: Place,
    /// For datagrams; a listener for TLS has none.
    pub(crate) datagrams: Option<SipSocket>,
    /// Takes connections.
    pub(crate) streams: StreamListener,
}

impl Listener {
    /// The same port for datagrams and for connections (RFC 3261 § 18.2.1).
    fn clear(address: SocketAddr, config: &Config) -> io::Result<Self> {
        let datagrams = SipSocket::bind(address)?;
        datagrams.mark(config.sip_dscp)?;
        let bound = datagrams.local_addr()?;
        Ok(Self {
            place: Place::new(bound, config, false),
            datagrams: Some(datagrams),
            streams: StreamListener::bind(bound, config.sip_dscp)?,
        })
    }

    fn secure(address: SocketAddr, config: &Config) -> io::Result<Self> {
        let streams = StreamListener::bind(address, config.sip_dscp)?;
        Ok(Self {
            place: Place::new(streams.local_addr()?, config, true),
            datagrams: None,
            streams,
        })
    }
}

/// Opens every listener: those for UDP and TCP first, then those for TLS.
pub(crate) fn listen(config: &Config) -> Result<Vec<Listener>, LineError> {
    let secure = config.tls.iter().flat_map(|tls| &tls.addresses);
    let secure = secure.map(|&address| (address, true));
    let clear = config.sip.iter().map(|&address| (address, false));
    let listeners: Result<Vec<_>, _> = clear
        .chain(secure)
        .map(|(address, is_secure)| {
            bind(address, is_secure, config).map_err(|source| LineError::Bind { address, source })
        })
        .collect();
    listeners.and_then(|listeners| match listeners.len() {
        0 => Err(LineError::NoListener),
        1..=MOST_LISTENERS => Ok(listeners),
        _ => Err(LineError::TooManyListeners),
    })
}

fn bind(address: SocketAddr, is_secure: bool, config: &Config) -> io::Result<Listener> {
    let open = if is_secure {
        Listener::secure
    } else {
        Listener::clear
    };
    let mut bound = open(address, config);
    for _ in 0..PORTS_TRIED {
        match &bound {
            // Of a port that the system chose, the other half may be taken.
            Err(error) if address.port() == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                bound = open(address, config);
            }
            _ => break,
        }
    }
    bound
}

/// What callers are told to use, listener by listener.
pub(crate) fn contacts(places: &[Place]) -> Contacts {
    let mut contacts = places.iter().map(Place::contact);
    let first = contacts.next().unwrap_or(Contact {
        address: (Ipv4Addr::LOCALHOST, 0).into(),
        is_secure: false,
    });
    contacts.fold(Contacts::new(first), Contacts::and)
}

/// Where a listener is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bound: SocketAddr,
    /// The address callers are told, if it is another one.
    advertised: Option<IpAddr>,
    pub(crate) is_secure: bool,
}

impl Place {
    fn new(bound: SocketAddr, config: &Config, is_secure: bool) -> Self {
        let mut advertised = config.advertised.iter();
        let advertised = advertised.find(|address| address.is_ipv4() == bound.is_ipv4());
        Self {
            bound,
            advertised: advertised.copied(),
            is_secure,
        }
    }

    /// Where a caller is told to send sound: the advertised address, the bound one, or where packets to the caller
    /// leave from.
    pub(crate) fn address_towards(&self, caller: SocketAddr) -> io::Result<IpAddr> {
        match self.advertised {
            Some(advertised) => Ok(advertised),
            None if self.bound.ip().is_unspecified() => net::own_address_towards(caller),
            None => Ok(self.bound.ip()),
        }
    }

    /// Whether `address` leads to the ports that were opened for this listener's calls.
    pub(crate) fn is_reached_at(&self, address: IpAddr) -> bool {
        let bound = self.bound.ip();
        address == bound
            || Some(address) == self.advertised
            || (bound.is_unspecified()
                && address.is_ipv4() == bound.is_ipv4()
                && net::is_own_address(address))
    }

    fn contact(&self) -> Contact {
        let address = self
            .advertised
            .unwrap_or_else(|| reachable(self.bound.ip()));
        Contact {
            // Without the zone that an address of IPv6 may have: it means nothing elsewhere.
            address: SocketAddr::new(address, self.bound.port()),
            is_secure: self.is_secure,
        }
    }
}

/// An address to call back: the bound one, or the one with the route to the world, or loopback on a lonely machine.
fn reachable(bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    let (somewhere, loopback): (SocketAddr, IpAddr) = match bound {
        IpAddr::V4(_) => ((TEST_NET, 9).into(), Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(_) => ((TEST_NET_6, 9).into(), Ipv6Addr::LOCALHOST.into()),
    };
    net::own_address_towards(somewhere).unwrap_or(loopback)
}

/// As many as a [`sip::Peer`] can number, and more than a machine has use for.
pub(crate) const MOST_LISTENERS: usize = 64;
/// Ports tried when the system chooses.
const PORTS_TRIED: usize = 16;
/// Addresses for documentation (RFC 5737, RFC 3849): routed like the rest of the world, and nothing is sent there.
const TEST_NET: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const TEST_NET_6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_its_own_advertised_address() {
        let config = Config {
            advertised: vec![
                "198.51.100.1".parse().unwrap(),
                "2001:db8::1".parse().unwrap(),
            ],
            ..Config::default()
        };
        let told = |bound: &str| {
            let place = Place::new(bound.parse().unwrap(), &config, false);
            let caller = "[2001:db8::9]:5060".parse().unwrap();
            (
                place.address_towards(caller).unwrap().to_string(),
                place.contact().address.to_string(),
            )
        };

        let four = ("198.51.100.1".to_owned(), "198.51.100.1:5060".to_owned());
        assert_eq!(told("0.0.0.0:5060"), four);
        let six = ("2001:db8::1".to_owned(), "[2001:db8::1]:5061".to_owned());
        assert_eq!(told("[::]:5061"), six);
    }

    #[test]
    fn a_place_is_reached_at_its_own_addresses_only() {
        let place = |bound: &str| Place::new(bound.parse().unwrap(), &Config::default(), false);
        let here: IpAddr = Ipv4Addr::LOCALHOST.into();

        assert!(place("127.0.0.1:5060").is_reached_at(here));
        assert!(place("0.0.0.0:5060").is_reached_at(here));
        assert!(!place("127.0.0.2:5060").is_reached_at(here));
        assert!(!place("[::]:5060").is_reached_at(here));
        assert!(!place("0.0.0.0:5060").is_reached_at(TEST_NET.into()));
    }
}
