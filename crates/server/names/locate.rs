//! From the name of a server to addresses in the order in which they are tried (RFC 3263 § 4).
//!
//! An address needs no question. A port means A and AAAA alone. A transport means SRV of this transport; without one
//! NAPTR says which, or SRV of each. Where there is no SRV, A and AAAA with the usual port do.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use line::{Target, peer_at};
use sip::{Peer, Transport};

use super::order::{Service, in_order};

/// What is asked of DNS.
pub(super) trait Directory: Sync {
    /// The NAPTR records of a name.
    fn pointers(&self, name: &str) -> impl Future<Output = Found<Pointer>> + Send;
    /// The SRV records of a name.
    fn services(&self, name: &str) -> impl Future<Output = Found<Service>> + Send;
    /// The A and then the AAAA records of a name.
    fn addresses(&self, name: &str) -> impl Future<Output = Found<IpAddr>> + Send;
}

/// One NAPTR record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) order: u16,
    pub(super) preference: u16,
    pub(super) flags: String,
    pub(super) service: String,
    pub(super) replacement: String,
}

/// Records and for how long they are valid; none if the name has none.
pub(super) type Found<T> = Result<(Vec<T>, Duration), NoAnswer>;

/// DNS is silent or broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DNS does not answer: {0}")]
pub(super) struct NoAnswer(pub(super) String);

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Located {
    /// Preferred first; not empty.
    pub(super) peers: Vec<Peer>,
    /// For how long.
    pub(super) valid: Duration,
}

/// Why it is not known where a server is.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unlocated {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("DNS has no address for it")]
    Unknown,
}

/// Finds a server.
pub(super) async fn locate(
    directory: &impl Directory,
    target: &Target,
    random: impl FnMut() -> u64,
) -> Result<Located, Unlocated> {
    let mut search = Search {
        directory,
        located: Located {
            peers: vec![],
            valid: Duration::MAX,
        },
        failure: None,
    };
    if target.port.is_none() {
        let services = search.transports(target).await;
        search.by_services(services, random).await;
    }
    if search.located.peers.is_empty() {
        let transport = target.transport.unwrap_or(Transport::Udp);
        let port = target.port.unwrap_or(transport.default_port());
        search.by_addresses(target.host(), port, transport).await;
    }
    match search.failure {
        _ if !search.located.peers.is_empty() => Ok(search.located),
        Some(failure) => Err(failure.into()),
        None => Err(Unlocated::Unknown),
    }
}

struct Search<'a, D> {
    directory: &'a D,
    located: Located,
    /// What failed on the way; other ways may lead to the server all the same.
    failure: Option<NoAnswer>,
}

impl<D: Directory> Search<'_, D> {
    /// The names of the services to ask for, preferred first.
    async fn transports(&mut self, target: &Target) -> Vec<(String, Transport)> {
        let host = target.host();
        let usual = |transport| (service_name(transport, host), transport);
        if let Some(transport) = target.transport {
            return vec![usual(transport)];
        }
        let found = self.directory.pointers(host).await;
        let mut pointers = self.note(found);
        pointers.sort_by_key(|one| (one.order, one.preference));
        let pointed: Vec<_> = pointers
            .into_iter()
            .filter(|one| one.flags.eq_ignore_ascii_case("s"))
            .filter_map(|one| Some((one.replacement, transport_of(&one.service)?)))
            .collect();
        if pointed.is_empty() {
            return [Transport::Udp, Transport::Tcp, Transport::Tls]
                .map(usual)
                .to_vec();
        }
        pointed
    }

    async fn by_services(
        &mut self,
        names: Vec<(String, Transport)>,
        mut random: impl FnMut() -> u64,
    ) {
        for (name, transport) in names {
            let found = self.directory.services(&name).await;
            let services = self.note(found);
            for service in in_order(services, &mut random) {
                // A lone dot says that there is no such service.
                if service.host != "." && service.port != 0 {
                    self.by_addresses(&service.host, service.port, transport)
                        .await;
                }
            }
        }
    }

    async fn by_addresses(&mut self, host: &str, port: u16, transport: Transport) {
        if self.located.peers.len() >= MOST_PEERS {
            return;
        }
        let found = self.directory.addresses(host).await;
        for address in self.note(found) {
            let peer = peer_at(SocketAddr::new(address, port), transport);
            if !self.located.peers.contains(&peer) && self.located.peers.len() < MOST_PEERS {
                self.located.peers.push(peer);
            }
        }
    }

    /// Keeps the shortest validity, and the failure if it is one.
    fn note<T>(&mut self, found: Found<T>) -> Vec<T> {
        match found {
            Ok((records, valid)) => {
                if !records.is_empty() {
                    self.located.valid = self.located.valid.min(valid);
                }
                records
            }
            Err(failure) => {
                self.failure = Some(failure);
                vec![]
            }
        }
    }
}

fn service_name(transport: Transport, host: &str) -> String {
    match transport {
        Transport::Udp => format!("_sip._udp.{host}"),
        Transport::Tcp => format!("_sip._tcp.{host}"),
        Transport::Tls => format!("_sips._tcp.{host}"),
    }
}

/// The service of a NAPTR record (RFC 3263 § 4.1).
fn transport_of(service: &str) -> Option<Transport> {
    match service.to_ascii_uppercase().as_str() {
        "SIP+D2U" => Some(Transport::Udp),
        "SIP+D2T" => Some(Transport::Tcp),
        "SIPS+D2T" => Some(Transport::Tls),
        _ => None,
    }
}

/// Enough ways to one server; an answer of hundreds helps nobody.
const MOST_PEERS: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[tokio::test]
    async fn naptr_srv_and_addresses_give_the_order_of_the_carrier() {
        let book = Book::default()
            .pointer(
                "carrier.example",
                20,
                "SIP+D2U",
                "_sip._udp.carrier.example",
            )
            .pointer(
                "carrier.example",
                10,
                "SIP+D2T",
                "_sip._tcp.carrier.example",
            )
            .pointer("carrier.example", 5, "SIPS+D2X", "_x.carrier.example")
            .service("_sip._tcp.carrier.example", 10, 5070, "a.example")
            .service("_sip._udp.carrier.example", 20, 5080, "b.example")
            .service("_sip._udp.carrier.example", 10, 5081, "a.example")
            .service("_sip._udp.carrier.example", 5, 5082, ".")
            .address("a.example", "192.0.2.1")
            .address("a.example", "2001:db8::1")
            .address("b.example", "192.0.2.2");

        assert_eq!(
            located(&book, "sip:carrier.example").await,
            [
                "TCP 192.0.2.1:5070",
                "TCP [2001:db8::1]:5070",
                "UDP 192.0.2.1:5081",
                "UDP [2001:db8::1]:5081",
                "UDP 192.0.2.2:5080"
            ]
        );
    }

    #[tokio::test]
    async fn a_port_or_a_transport_narrows_what_is_asked() {
        let book = Book::default()
            .pointer("c.example", 1, "SIP+D2U", "_sip._udp.c.example")
            .service("_sip._udp.c.example", 1, 5081, "a.example")
            .service("_sip._tcp.c.example", 1, 5071, "a.example")
            .address("a.example", "192.0.2.1")
            .address("c.example", "192.0.2.9");

        assert_eq!(
            located(&book, "sip:c.example:5090").await,
            ["UDP 192.0.2.9:5090"]
        );
        assert_eq!(
            located(&book, "sip:c.example;transport=tcp").await,
            ["TCP 192.0.2.1:5071"]
        );
        assert_eq!(
            located(&book, "sip:c.example").await,
            ["UDP 192.0.2.1:5081"]
        );
    }

    #[tokio::test]
    async fn without_srv_the_addresses_of_the_name_do() {
        let book = Book::default().address("c.example", "192.0.2.9");

        assert_eq!(
            located(&book, "sip:c.example").await,
            ["UDP 192.0.2.9:5060"]
        );
        assert_eq!(
            located(&book, "sip:c.example;transport=tcp").await,
            ["TCP 192.0.2.9:5060"]
        );
    }

    #[tokio::test]
    async fn silence_on_one_way_is_no_failure_while_another_leads_there() {
        let deaf = Book {
            silent: vec!["naptr c.example", "srv _sip._tcp.c.example"],
            ..Book::default()
        };
        let deaf = deaf
            .service("_sip._udp.c.example", 1, 5081, "a.example")
            .address("a.example", "192.0.2.1");
        assert_eq!(
            located(&deaf, "sip:c.example").await,
            ["UDP 192.0.2.1:5081"]
        );

        let target: Target = "sip:d.example".parse().unwrap();
        let unknown = locate(&Book::default(), &target, || 0).await;
        assert_eq!(unknown, Err(Unlocated::Unknown));
        let silent = Book {
            silent: vec!["a d.example"],
            ..Book::default()
        };
        let said = locate(&silent, &target, || 0)
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains("does not answer"), "{said}");
    }

    #[tokio::test]
    async fn an_answer_is_valid_as_long_as_its_shortest_part() {
        let mut book = Book::default()
            .service("_sip._udp.c.example", 1, 5081, "a.example")
            .address("a.example", "192.0.2.1");
        book.valid.insert("a a.example".into(), 30);
        let target: Target = "sip:c.example;transport=udp".parse().unwrap();

        let located = locate(&book, &target, || 0).await.unwrap();

        assert_eq!(located.valid, Duration::from_secs(30));
    }

    #[tokio::test]
    async fn an_answer_of_hundreds_is_cut() {
        let mut book = Book::default();
        for host in 0..200 {
            book = book.address("c.example", &format!("192.0.2.{host}"));
        }
        assert_eq!(located(&book, "sip:c.example").await.len(), MOST_PEERS);
    }

    async fn located(book: &Book, target: &str) -> Vec<String> {
        let located = locate(book, &target.parse().unwrap(), || 0).await.unwrap();
        let peers = located.peers.into_iter();
        peers
            .map(|peer| format!("{} {}", peer.transport.name(), peer.address))
            .collect()
    }

    /// A small DNS.
    #[derive(Default)]
    struct Book {
        pointers: HashMap<String, Vec<Pointer>>,
        services: HashMap<String, Vec<Service>>,
        addresses: HashMap<String, Vec<IpAddr>>,
        silent: Vec<&'static str>,
        valid: HashMap<String, u64>,
    }

    impl Book {
        fn pointer(mut self, name: &str, order: u16, service: &str, replacement: &str) -> Self {
            self.pointers.entry(name.into()).or_default().push(Pointer {
                order,
                preference: 1,
                flags: "S".into(),
                service: service.into(),
                replacement: replacement.into(),
            });
            self
        }

        fn service(mut self, name: &str, priority: u16, port: u16, host: &str) -> Self {
            self.services.entry(name.into()).or_default().push(Service {
                priority,
                weight: 1,
                port,
                host: host.into(),
            });
            self
        }

        fn address(mut self, name: &str, address: &str) -> Self {
            let addresses = self.addresses.entry(name.into()).or_default();
            addresses.push(address.parse().unwrap());
            self
        }

        fn find<T: Clone>(
            &self,
            kind: &str,
            name: &str,
            table: &HashMap<String, Vec<T>>,
        ) -> Found<T> {
            let asked = format!("{kind} {name}");
            if self.silent.contains(&asked.as_str()) {
                return Err(NoAnswer("timed out".into()));
            }
            let valid = self.valid.get(&asked).copied().unwrap_or(600);
            let records = table.get(name).cloned().unwrap_or_default();
            Ok((records, Duration::from_secs(valid)))
        }
    }

    impl Directory for Book {
        async fn pointers(&self, name: &str) -> Found<Pointer> {
            self.find("naptr", name, &self.pointers)
        }

        async fn services(&self, name: &str) -> Found<Service> {
            self.find("srv", name, &self.services)
        }

        async fn addresses(&self, name: &str) -> Found<IpAddr> {
            self.find("a", name, &self.addresses)
        }
    }
}
