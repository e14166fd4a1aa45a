//! Where the servers of trunks are: DNS asked beside the telephone, never on the way of a call.
//!
//! [`Names::keep`] asks for each name again when its answer is no longer valid, and hands the line what it hears. When
//! DNS is silent or knows the name no more, the line keeps the last good answer, and [`Names::health`] says so.

mod dns;
mod locate;
mod order;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use line::{Line, Target, Trunk};
use sip::Peer;
use tokio::sync::watch;

use crate::service::until;
use dns::Dns;
use locate::locate;

/// The names of the trunks' servers and what is known of them.
#[derive(Debug)]
pub(crate) struct Names {
    known: Mutex<BTreeMap<String, NameHealth>>,
    targets: Vec<Target>,
}

/// What is known of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NameHealth {
    /// When DNS last gave addresses.
    pub(crate) found_at: Option<Timestamp>,
    /// Why it did not the last time it was asked.
    pub(crate) trouble: Option<String>,
}

impl Names {
    /// Every name among the servers of these trunks, once.
    pub(crate) fn of(trunks: &[Trunk]) -> Self {
        let mut targets: Vec<Target> = vec![];
        for target in trunks.iter().flat_map(|trunk| trunk.uplink.servers()) {
            if target.numeric().is_none() && !targets.contains(target) {
                targets.push(target.clone());
            }
        }
        let known = targets
            .iter()
            .map(|one| (one.to_string(), NameHealth::default()));
        Self {
            known: Mutex::new(known.collect()),
            targets,
        }
    }

    /// What is known of each name.
    pub(crate) fn health(&self) -> BTreeMap<String, NameHealth> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks until the service stops.
    ///
    /// - `servers`: those of DNS; none means those of the system.
    pub(crate) async fn keep(
        self: Arc<Self>,
        servers: Vec<SocketAddr>,
        line: Arc<Line>,
        stop: watch::Receiver<bool>,
    ) {
        if self.targets.is_empty() {
            return;
        }
        let dns = match Dns::new(&servers) {
            Ok(dns) => Arc::new(dns),
            Err(error) => {
                tracing::error!(%error, "no name can be looked up; name servers by dns-servers");
                return;
            }
        };
        let followers: Vec<_> = self
            .targets
            .iter()
            .map(|target| {
                let (names, dns, line) = (Arc::clone(&self), Arc::clone(&dns), Arc::clone(&line));
                let (target, stop) = (target.clone(), stop.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = names.follow(&target, &dns, &line) => {}
                        () = until(stop) => {}
                    }
                })
            })
            .collect();
        drop((dns, line));
        for follower in followers {
            if let Err(error) = follower.await {
                tracing::error!(%error, "a name is followed no more");
            }
        }
    }

    async fn follow(&self, target: &Target, dns: &Dns, line: &Line) {
        loop {
            let located = locate(dns, target, random).await;
            let wait = match located {
                Ok(located) => {
                    self.note(target, |known| {
                        *known = NameHealth {
                            found_at: Some(Timestamp::now()),
                            trouble: None,
                        };
                    });
                    line.set_peers(target.clone(), located.peers);
                    located.valid.clamp(SHORTEST, LONGEST)
                }
                Err(unlocated) => {
                    let is_news = self.note(target, |known| {
                        known.trouble = Some(unlocated.to_string());
                    });
                    if is_news {
                        tracing::warn!(%target, %unlocated, "a server of a trunk is not found; where it was stays in use");
                    }
                    AGAIN
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Changes what is known of a name; answers whether it was without trouble before.
    fn note(&self, target: &Target, change: impl FnOnce(&mut NameHealth)) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(target.to_string()).or_default();
        let was_well = entry.trouble.is_none();
        change(entry);
        was_well
    }
}

/// Where a server is at this moment, preferred address first.
///
/// - `servers`: those of DNS; none means those of the system.
///
/// # Errors
/// Why it is not known, in words.
pub(crate) async fn look_up(servers: &[SocketAddr], target: &Target) -> Result<Vec<Peer>, String> {
    let dns = Dns::new(servers).map_err(|error| error.to_string())?;
    let located = locate(&dns, target, random).await;
    located
        .map(|located| located.peers)
        .map_err(|unlocated| unlocated.to_string())
}

fn random() -> u64 {
    // Any number does where the system has none: it only spreads load.
    getrandom::u64().unwrap_or_default()
}

/// Nobody is asked more often, however short an answer is valid.
const SHORTEST: Duration = Duration::from_secs(5);
/// A carrier that moves its servers is followed within the hour.
const LONGEST: Duration = Duration::from_hours(1);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(10);
