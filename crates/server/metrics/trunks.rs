//! How the line stands with the servers of its trunks, for Prometheus.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;

use line::TrunkHealth;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::names::NameHealth;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Registrar {
    trunk: String,
    registrar: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Peer {
    trunk: String,
    peer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    server: String,
}

/// Puts the figures where Prometheus reads; none where the configuration asks for nothing of the kind.
pub(super) fn register(
    registry: &mut Registry,
    trunks: &[TrunkHealth],
    names: &BTreeMap<String, NameHealth>,
) {
    let registered: Family<Registrar, Gauge<i64, AtomicI64>> = Family::default();
    let up: Family<Peer, Gauge<i64, AtomicI64>> = Family::default();
    let found: Family<Name, Gauge<i64, AtomicI64>> = Family::default();
    for one in trunks {
        let trunk = &one.trunk;
        for one in &one.registrations {
            let label = Registrar {
                trunk: trunk.clone(),
                registrar: one.registrar.clone(),
            };
            registered.get_or_create(&label).set(one.registered.into());
        }
        for one in &one.peers {
            let label = Peer {
                trunk: trunk.clone(),
                peer: one.peer.clone(),
            };
            // Nothing is said before it is known.
            if let Some(is_up) = one.up {
                up.get_or_create(&label).set(is_up.into());
            }
        }
    }
    for (server, known) in names {
        let server = server.clone();
        let is_found = known.trouble.is_none() && known.found_at.is_some();
        found.get_or_create(&Name { server }).set(is_found.into());
    }
    registry.register(
        "trunk_registered",
        "1 while calls for the trunk's account come to this line",
        registered,
    );
    registry.register(
        "trunk_peer_up",
        "1 while a server of the trunk answers OPTIONS",
        up,
    );
    registry.register(
        "trunk_server_found",
        "1 while DNS knows where a server of a trunk is; at 0 its last addresses stay in use",
        found,
    );
}
