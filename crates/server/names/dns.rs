//! The DNS of the system, or of servers that the configuration names; home of `hickory-resolver`.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::locate::{Directory, Found, NoAnswer, Pointer};
use super::order::Service;

/// Whom names are asked of.
pub(super) struct Dns {
    resolver: TokioResolver,
}

impl Dns {
    /// - `servers`: none means those of `/etc/resolv.conf`.
    pub(super) fn new(servers: &[SocketAddr]) -> Result<Self, NetError> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            let servers = servers.iter().map(|&server| name_server(server)).collect();
            let config = ResolverConfig::from_parts(None, vec![], servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        // Whoever asks here keeps the answers, and asks when they are no longer valid.
        options.cache_size = 0;
        options.timeout = PATIENCE;
        options.attempts = ATTEMPTS;
        Ok(Self {
            resolver: builder.build()?,
        })
    }

    /// Asks for one kind of records; each is read by `read`, which passes over the aliases that come along.
    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Found<T> {
        // With its last dot no domain of the machine is tried behind it.
        let name = format!("{}.", name.trim_end_matches('.'));
        match self.resolver.lookup(name, kind).await {
            Ok(lookup) => {
                let records = lookup.answers().iter();
                let read = records.filter_map(|record| read(&record.data)).collect();
                Ok((read, validity(&lookup)))
            }
            Err(error) if error.is_no_records_found() => Ok((vec![], Duration::MAX)),
            Err(error) => Err(NoAnswer(error.to_string())),
        }
    }
}

impl Directory for Dns {
    async fn pointers(&self, name: &str) -> Found<Pointer> {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        self.ask(name, RecordType::NAPTR, |data| match data {
            RData::NAPTR(naptr) => Some(Pointer {
                order: naptr.order,
                preference: naptr.preference,
                flags: text(&naptr.flags),
                service: text(&naptr.services),
                replacement: naptr.replacement.to_ascii(),
            }),
            _ => None,
        })
        .await
    }

    async fn services(&self, name: &str) -> Found<Service> {
        self.ask(name, RecordType::SRV, |data| match data {
            RData::SRV(srv) => Some(Service {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                host: srv.target.to_ascii(),
            }),
            _ => None,
        })
        .await
    }

    async fn addresses(&self, name: &str) -> Found<IpAddr> {
        let of_4 = self.ask(name, RecordType::A, |data| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            _ => None,
        });
        let of_6 = self.ask(name, RecordType::AAAA, |data| match data {
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        });
        match tokio::join!(of_4, of_6) {
            (Ok((mut addresses, valid)), Ok((more, also_valid))) => {
                addresses.extend(more);
                Ok((addresses, valid.min(also_valid)))
            }
            // Of a machine with one family the other is often answered badly.
            (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.0.is_empty() => Ok(found),
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        }
    }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.to_vec())
}

fn validity(lookup: &Lookup) -> Duration {
    lookup
        .valid_until()
        .saturating_duration_since(Instant::now())
}

/// For one answer of one server.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 1;
