//! One trunk: where its servers are, the registrations at them, and the watch over them.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use sip::client::{
    Account, Hop, PeerWatch, Registration, RegistrationEvent, RegistrationOutput, WatchEvent,
    WatchOutput,
};
use sip::message::Response;
use sip::{Contacts, Peer};

use super::Output;
use crate::Trunk;
use crate::trunk::{PeerHealth, RegistrationHealth, Target, TrunkHealth, Uplink, label};

/// A trunk of which something is asked.
pub(super) struct Asked {
    place: usize,
    name: String,
    uplink: Uplink,
    contacts: Contacts,
    servers: Vec<Server>,
    registrations: Vec<Registered>,
    watches: Vec<PeerWatch>,
    has_moved: bool,
    has_changed: bool,
}

/// A server and its addresses, as they are and as they were: a call may still come from where it has been.
struct Server {
    target: Target,
    peers: Vec<Peer>,
    former: Vec<Peer>,
}

struct Registered {
    registrar: Target,
    registration: Registration,
    trouble: Option<String>,
}

impl Asked {
    pub(super) fn new(
        place: usize,
        trunk: &Trunk,
        contacts: Contacts,
        seed: impl Fn() -> u64,
        now: Instant,
    ) -> Self {
        let uplink = trunk.uplink.clone();
        let mut asked = Self {
            place,
            name: trunk.name.clone(),
            contacts,
            servers: vec![],
            registrations: registrations(&uplink, &seed, now),
            watches: vec![],
            has_moved: false,
            has_changed: false,
            uplink,
        };
        for target in asked.uplink.servers().to_vec() {
            let peers: Vec<Peer> = target.numeric().into_iter().collect();
            asked.servers.push(Server {
                target: target.clone(),
                peers: vec![],
                former: vec![],
            });
            asked.resolved(now, &target, &peers, &seed);
        }
        asked
    }

    /// A server is at these addresses; none at all changes nothing.
    pub(super) fn resolved(
        &mut self,
        now: Instant,
        target: &Target,
        peers: &[Peer],
        seed: impl Fn() -> u64,
    ) {
        // By each peer's transport and family one of our listeners must be reached, or calls could not come.
        let ours = |&peer: &Peer| {
            let listener = self.contacts.listener_for(&peer)?;
            Some(Peer { listener, ..peer })
        };
        let peers: Vec<Peer> = peers.iter().filter_map(ours).take(MOST_PEERS).collect();
        let mut servers = self.servers.iter_mut();
        let Some(server) = servers.find(|one| one.target == *target && one.peers != peers) else {
            return;
        };
        if peers.is_empty() {
            return;
        }
        server.former = std::mem::replace(&mut server.peers, peers);
        self.has_moved = true;
        self.has_changed = true;
        for one in 0..self.registrations.len() {
            let hops = self.hops_to(&self.registrations[one].registrar);
            self.registrations[one].registration.set_hops(now, hops);
        }
        if !self.uplink.watch.is_zero() {
            self.watch(now, seed);
        }
    }

    /// The ways to a registrar: by each proxy, or without any to itself.
    fn hops_to(&self, registrar: &Target) -> Vec<Hop> {
        let by_proxy = !self.uplink.proxies.is_empty();
        let servers = self.servers.iter();
        let servers = servers.filter(|server| by_proxy || server.target == *registrar);
        let hops = servers.flat_map(|server| {
            server.peers.iter().map(|&peer| Hop {
                peer,
                local: self.contacts.towards(&peer),
                route: by_proxy.then(|| server.target.uri()),
            })
        });
        hops.collect()
    }

    /// Watches what is there and nothing else; what is watched already is watched on.
    fn watch(&mut self, now: Instant, seed: impl Fn() -> u64) {
        let mut former = std::mem::take(&mut self.watches);
        for server in &self.servers {
            for &peer in &server.peers {
                if self.watches.iter().any(|watch| watch.hop().peer == peer) {
                    continue;
                }
                let known = former.iter().position(|watch| watch.hop().peer == peer);
                self.watches.push(match known {
                    Some(known) => former.swap_remove(known),
                    None => {
                        let (local, route) = (self.contacts.towards(&peer), None);
                        let hop = Hop { peer, local, route };
                        let uri = server.target.uri();
                        PeerWatch::new(now, &uri, hop, self.uplink.watch, seed())
                    }
                });
            }
        }
    }

    pub(super) fn handle_response(&mut self, now: Instant, response: &Response<'_>) -> bool {
        let mut registrations = self.registrations.iter_mut();
        registrations.any(|one| one.registration.handle_response(now, response))
            || self
                .watches
                .iter_mut()
                .any(|watch| watch.handle_response(response))
    }

    pub(super) fn unreachable(&mut self, now: Instant, peer: Peer) {
        for one in &mut self.registrations {
            one.registration.handle_unreachable(now, peer);
        }
    }

    pub(super) fn leave(&mut self, now: Instant) {
        for one in &mut self.registrations {
            one.registration.leave(now);
        }
        self.watches.clear();
    }

    pub(super) fn is_registering(&self) -> bool {
        let mut registrations = self.registrations.iter();
        registrations.any(|one| one.registration.is_asking())
    }

    pub(super) fn poll_output(&mut self, now: Instant) -> Output {
        if std::mem::take(&mut self.has_moved) {
            return Output::Learned {
                trunk: self.place,
                addresses: self.addresses(),
                names: self.names(),
            };
        }
        let mut due = now + super::IDLE;
        for one in &mut self.registrations {
            loop {
                match one.registration.poll_output(now) {
                    RegistrationOutput::Transmit { to, octets } => {
                        return Output::Transmit { to, octets };
                    }
                    RegistrationOutput::Event(event) => {
                        one.tell(&self.name, event);
                        self.has_changed = true;
                    }
                    RegistrationOutput::Timeout(next) => {
                        due = due.min(next);
                        break;
                    }
                }
            }
        }
        for watch in &mut self.watches {
            loop {
                match watch.poll_output(now) {
                    WatchOutput::Transmit { to, octets } => {
                        return Output::Transmit { to, octets };
                    }
                    WatchOutput::Event(event) => {
                        tell(&self.name, watch.hop().peer, event);
                        self.has_changed = true;
                    }
                    WatchOutput::Timeout(next) => {
                        due = due.min(next);
                        break;
                    }
                }
            }
        }
        Output::Timeout(due)
    }

    /// Whether [`Asked::health`] is another than at the last time this was asked.
    pub(super) fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    pub(super) fn health(&self) -> TrunkHealth {
        let registrations = self.registrations.iter().map(|one| RegistrationHealth {
            registrar: one.registrar.to_string(),
            registered: one.registration.registered_at().is_some(),
            trouble: one.trouble.clone(),
        });
        let peers = self.watches.iter().map(|watch| PeerHealth {
            peer: label(watch.hop().peer),
            up: watch.is_up(),
        });
        TrunkHealth {
            trunk: self.name.clone(),
            registrations: registrations.collect(),
            peers: peers.collect(),
        }
    }

    /// Under which name each server is known.
    fn names(&self) -> Vec<(SocketAddr, String)> {
        let servers = self.servers.iter();
        let names = servers.flat_map(|server| {
            let peers = server.peers.iter();
            peers.map(|peer| (peer.address, server.target.host().to_owned()))
        });
        names.collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        let peers = self
            .servers
            .iter()
            .flat_map(|server| server.peers.iter().chain(&server.former));
        let mut addresses: Vec<IpAddr> =
            peers.map(|peer| peer.address.ip().to_canonical()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }
}

impl Registered {
    fn tell(&mut self, trunk: &str, event: RegistrationEvent) {
        let registrar = &self.registrar;
        match event {
            RegistrationEvent::Registered { peer, time } => {
                self.trouble = None;
                let (peer, seconds) = (label(peer), time.as_secs());
                tracing::info!(trunk, %registrar, peer, seconds, "registered: calls of the trunk come to this line");
            }
            RegistrationEvent::Failed { failure, wait } => {
                let again_in_s = wait.as_secs();
                tracing::warn!(trunk, %registrar, %failure, again_in_s, "a registration failed");
                self.trouble = Some(failure.to_string());
            }
            RegistrationEvent::Lapsed => {
                tracing::error!(trunk, %registrar, "the registration is over and could not be renewed: no call of the trunk comes");
            }
            RegistrationEvent::Left => {
                tracing::info!(trunk, %registrar, "the registration is taken away")
            }
        }
    }
}

fn tell(trunk: &str, peer: Peer, event: WatchEvent) {
    let peer = label(peer);
    match event {
        WatchEvent::Up => tracing::info!(trunk, peer, "a server of the trunk answers"),
        WatchEvent::Down => tracing::warn!(trunk, peer, "a server of the trunk does not answer"),
    }
}

fn registrations(uplink: &Uplink, seed: &impl Fn() -> u64, now: Instant) -> Vec<Registered> {
    let Some(register) = &uplink.register else {
        return vec![];
    };
    let one = |registrar: &Target| {
        let account = Account::new(
            &registrar.uri(),
            &register.username,
            &register.contact_user,
            register.credentials.clone(),
            register.expires_s,
        );
        Registered {
            registrar: registrar.clone(),
            registration: Registration::new(now, account, seed()),
            trouble: None,
        }
    };
    register.registrars.iter().map(one).collect()
}

/// Of one server; a name with more addresses has enough ways with these.
const MOST_PEERS: usize = 8;
