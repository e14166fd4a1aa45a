//! The lines that open a firewall for a trunk, ready to be copied. Nothing here looks at the firewall or changes it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use line::Prefix;

/// What must come in.
pub(super) struct Openings<'a> {
    /// Where SIP is heard.
    pub(super) sip: &'a [SocketAddr],
    /// Where SIP is heard over TLS.
    pub(super) tls: &'a [SocketAddr],
    /// Where it comes from; empty for anywhere.
    pub(super) peers: &'a [Prefix],
    /// Where sound is heard.
    pub(super) rtp_ports: &'a RangeInclusive<u16>,
}

impl Openings<'_> {
    /// For nftables, for a table `inet filter` with a chain `input`, as Debian's example has them.
    pub(super) fn nft(&self) -> Vec<String> {
        let mut lines = vec![];
        let sound = format!(
            "udp dport {}-{}",
            self.rtp_ports.start(),
            self.rtp_ports.end()
        );
        for source in self.nft_sources() {
            for (protocol, port) in self.doors() {
                lines.push(format!(
                    "nft add rule inet filter input {source}{protocol} dport {port} accept"
                ));
            }
        }
        lines.push(format!("nft add rule inet filter input {sound} accept"));
        lines
    }

    /// For ufw.
    pub(super) fn ufw(&self) -> Vec<String> {
        let mut lines = vec![];
        for source in self.ufw_sources() {
            for (protocol, port) in self.doors() {
                lines.push(format!(
                    "ufw allow proto {protocol} from {source} to any port {port}"
                ));
            }
        }
        let (first, last) = (self.rtp_ports.start(), self.rtp_ports.end());
        lines.push(format!(
            "ufw allow proto udp from any to any port {first}:{last}"
        ));
        lines
    }

    fn nft_sources(&self) -> Vec<String> {
        if self.peers.is_empty() {
            return vec![String::new()];
        }
        let family = |prefix: &Prefix| {
            if prefix.address().is_ipv4() {
                "ip"
            } else {
                "ip6"
            }
        };
        let sources = self.peers.iter();
        sources
            .map(|prefix| format!("{} saddr {prefix} ", family(prefix)))
            .collect()
    }

    fn ufw_sources(&self) -> Vec<String> {
        if self.peers.is_empty() {
            return vec!["any".to_owned()];
        }
        self.peers.iter().map(ToString::to_string).collect()
    }

    /// Each port once, with what comes in by it.
    fn doors(&self) -> BTreeSet<(&'static str, u16)> {
        let clear = self.sip.iter().map(SocketAddr::port);
        let secure = self.tls.iter().map(|address| ("tcp", address.port()));
        clear
            .flat_map(|port| [("udp", port), ("tcp", port)])
            .chain(secure)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_let_in_the_trunk_alone_and_sound_from_anywhere() {
        let peers = [
            "198.51.100.0/24".parse().unwrap(),
            "2001:db8::7".parse().unwrap(),
        ];
        let sip = [
            "0.0.0.0:5060".parse().unwrap(),
            "[::]:5060".parse().unwrap(),
        ];
        let openings = Openings {
            sip: &sip,
            tls: &[],
            peers: &peers,
            rtp_ports: &(10_000..=19_999),
        };

        assert_eq!(
            openings.nft(),
            [
                "nft add rule inet filter input ip saddr 198.51.100.0/24 tcp dport 5060 accept",
                "nft add rule inet filter input ip saddr 198.51.100.0/24 udp dport 5060 accept",
                "nft add rule inet filter input ip6 saddr 2001:db8::7/128 tcp dport 5060 accept",
                "nft add rule inet filter input ip6 saddr 2001:db8::7/128 udp dport 5060 accept",
                "nft add rule inet filter input udp dport 10000-19999 accept",
            ]
        );
        assert_eq!(
            openings.ufw()[0],
            "ufw allow proto tcp from 198.51.100.0/24 to any port 5060"
        );
        assert_eq!(
            openings.ufw()[4],
            "ufw allow proto udp from any to any port 10000:19999"
        );
        let anyone = Openings {
            peers: &[],
            tls: &["0.0.0.0:5061".parse().unwrap()],
            ..openings
        };
        assert_eq!(
            anyone.nft()[..3],
            [
                "nft add rule inet filter input tcp dport 5060 accept",
                "nft add rule inet filter input tcp dport 5061 accept",
                "nft add rule inet filter input udp dport 5060 accept",
            ]
        );
    }
}
