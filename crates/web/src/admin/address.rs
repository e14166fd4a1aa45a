//! Where a request comes from, as far as that can be believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;

use crate::app::Desk;

/// The other end of the connection; an extension of every request that came by a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Who asks, for counting their tries: an IPv4 address, or the /56 of an IPv6 address, of which one customer has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// The address that the outermost trusted proxy saw.
    ///
    /// - `hops`: how many proxies stand in front and are believed; each adds whom it saw at the right of
    ///   `X-Forwarded-For`. What stands further left was written by the client and counts for nothing.
    fn new(peer: IpAddr, forwarded: &str, hops: usize) -> Self {
        let seen = hops.checked_sub(1).and_then(|back| {
            let mut entries = forwarded.rsplit(',').map(str::trim);
            entries.nth(back)?.parse().ok()
        });
        Self(masked(seen.unwrap_or(peer), 32, 56))
    }

    /// As a list of logins shows it: a network and not a machine.
    pub(super) fn place(self) -> String {
        match self.0 {
            address if address.is_loopback() => "127.0.0.1".to_owned(),
            IpAddr::V4(_) => format!("{}/24", masked(self.0, 24, 56)),
            IpAddr::V6(_) => format!("{}/56", self.0),
        }
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromRequestParts<Desk> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
        let lists = parts.headers.get_all("x-forwarded-for").iter();
        let lists: Vec<_> = lists.filter_map(|list| list.to_str().ok()).collect();
        Ok(Self::new(peer, &lists.join(","), desk.app.trusted_hops))
    }
}

/// The first bits of an address; an IPv4 address in IPv6 clothes is one of IPv4.
fn masked(address: IpAddr, bits_of_4: u32, bits_of_6: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(four) => {
            let mask = u32::MAX.checked_shl(32 - bits_of_4).unwrap_or(0);
            Ipv4Addr::from_bits(four.to_bits() & mask).into()
        }
        IpAddr::V6(six) => {
            let mask = u128::MAX.checked_shl(128 - bits_of_6).unwrap_or(0);
            Ipv6Addr::from_bits(six.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_writes_into_x_forwarded_for_counts_for_nothing() {
        let forged = "1.1.1.1, 2.2.2.2";
        assert_eq!(client("9.9.9.9", forged, 0), "9.9.9.9");
        assert_eq!(
            client("127.0.0.1", "1.1.1.1, 203.0.113.7", 1),
            "203.0.113.7"
        );
        assert_eq!(
            client("127.0.0.1", "1.1.1.1,203.0.113.7 ,10.0.0.1", 2),
            "203.0.113.7"
        );
    }

    #[test]
    fn a_list_shorter_than_the_chain_of_proxies_is_not_believed() {
        assert_eq!(client("10.0.0.1", "1.1.1.1", 2), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "", 1), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "unknown", 1), "10.0.0.1");
    }

    #[test]
    fn one_customer_of_ipv6_is_one_client() {
        let one = client("2001:db8:1:2300::1", "", 0);
        assert_eq!(one, client("2001:db8:1:23ff:ffff::2", "", 0));
        assert_ne!(one, client("2001:db8:1:2400::1", "", 0));
        assert_eq!(client("::ffff:9.9.9.9", "", 0), "9.9.9.9");
    }

    #[test]
    fn a_list_of_logins_shows_a_network() {
        let place = |peer: &str| Client::new(peer.parse().unwrap(), "", 0).place();
        assert_eq!(place("203.0.113.7"), "203.0.113.0/24");
        assert_eq!(place("2001:db8:1:23ff::1"), "2001:db8:1:2300::/56");
        assert_eq!(place("127.0.0.1"), "127.0.0.1");
    }

    fn client(peer: &str, forwarded: &str, hops: usize) -> String {
        Client::new(peer.parse().unwrap(), forwarded, hops).to_string()
    }
}
