//! How this node is, said to the others through the rows every few seconds; and how they are.
//!
//! It is on no path of a call. While the database is away nothing is said and what was known grows old; nobody waits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use bulletin::{BulletinId, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use line::Line;
use store::{KnownNode, Store};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::config::NodeRole;
use crate::programme::Programmes;
use crate::secrets::short_hash;
use crate::service::until;

/// All that a node says of itself.
pub(crate) struct Presence {
    pub(crate) store: Store,
    /// See [`crate::node::Node`].
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: NodeRole,
    pub(crate) since: Timestamp,
    /// None on a node that answers no calls.
    pub(crate) line: Option<Arc<Line>>,
    pub(crate) programmes: Arc<Programmes>,
    /// Set when the service is being stopped.
    pub(crate) leaving: Arc<AtomicBool>,
    pub(crate) others: Others,
}

impl Presence {
    /// Says how the node is and reads how the others are, until `stop` turns true.
    pub(crate) async fn keep(self, stop: watch::Receiver<bool>) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told: Option<(Instant, bool)> = None;
        let mut was_failing = false;
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = until(stop.clone()) => return,
            }
            let leaving = self.leaving.load(Relaxed);
            if told.is_some_and(|(at, was)| was == leaving && at.elapsed() < EVERY) {
                continue;
            }
            let outcome = self.tell(Timestamp::now(), leaving).await;
            told = Some((Instant::now(), leaving));
            if let Err(error) = &outcome
                && !was_failing
            {
                tracing::warn!(%error, "the other nodes do not hear how this one is");
            }
            was_failing = outcome.is_err();
        }
    }

    async fn tell(&self, now: Timestamp, is_leaving: bool) -> Result<(), store::Error> {
        let heard = self.programmes.heard();
        let programme: Vec<_> = heard
            .iter()
            .map(|(id, (entry, _))| format!("{id}/{entry}"))
            .collect();
        let crowds = self.line.iter().flat_map(|line| line.crowds());
        let node = KnownNode {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role.as_str().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since: self.since,
            seen_at: now,
            calls: self.line.as_ref().map_or(0, |line| {
                u64::try_from(line.health().calls).unwrap_or(u64::MAX)
            }),
            is_leaving,
            programme: short_hash(&programme.join(" ")),
            crowds: crowds.map(|one| (one.territory, one.live)).collect(),
            held: if self.line.is_some() {
                heard
            } else {
                BTreeMap::new()
            },
        };
        self.store.see_node(&node, now - FORGOTTEN).await?;
        let mut nodes = self.store.nodes().await?;
        nodes.retain(|one| one.id != self.id);
        self.others.0.store(Arc::new(nodes));
        Ok(())
    }
}

/// What is known of the other nodes; clones share it.
#[derive(Clone, Default)]
pub(crate) struct Others(Arc<ArcSwap<Vec<KnownNode>>>);

impl Others {
    /// The callers of each territory at the others.
    pub(crate) fn crowds(&self, now: Timestamp) -> BTreeMap<TerritorySlug, u64> {
        let mut all = BTreeMap::new();
        for (slug, live) in self.alive(now).into_iter().flat_map(|node| node.crowds) {
            *all.entry(slug).or_default() += live;
        }
        all
    }

    /// The others that answer calls, each with what it holds of a bulletin.
    pub(crate) fn holding(&self, bulletin: &BulletinId, now: Timestamp) -> Vec<web::Node> {
        let answers = |node: &KnownNode| {
            NodeRole::parse(&node.role).is_some_and(NodeRole::answers_calls) && !node.is_leaving
        };
        let nodes = self.alive(now).into_iter().filter(answers);
        nodes
            .map(|node| web::Node {
                holds: node.held.get(bulletin).copied(),
                name: node.name,
            })
            .collect()
    }

    fn alive(&self, now: Timestamp) -> Vec<KnownNode> {
        let known = self.0.load();
        let alive = known.iter().filter(|node| node.was_seen_lately(now));
        alive.cloned().collect()
    }
}

/// Whether the service is being stopped is said this soon.
const LOOK: Duration = Duration::from_millis(500);
const EVERY: Duration = Duration::from_secs(3);
/// A node that was seen last so long ago is no longer listed.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_other_nodes_only_those_count_that_were_seen_a_moment_ago() {
        let now: Timestamp = "2027-03-20T12:00:00Z".parse().unwrap();
        let (rouen, id) = (
            TerritorySlug::parse("rouen_metropole").unwrap(),
            BulletinId::from_random([7; 8]),
        );
        let node = |role: &str, seconds_ago: i64| KnownNode {
            id: format!("{role} {seconds_ago}"),
            name: role.to_owned(),
            role: role.to_owned(),
            version: String::new(),
            since: now,
            seen_at: now - SignedDuration::from_secs(seconds_ago),
            calls: 5,
            is_leaving: false,
            programme: String::new(),
            crowds: BTreeMap::from([(rouen.clone(), 5)]),
            held: BTreeMap::from([(id.clone(), (1, now))]),
        };
        let others = Others::default();
        let known = [
            node("line", 2),
            node("all", 3),
            node("line", 300),
            node("jobs", 1),
        ];
        others.0.store(Arc::new(known.to_vec()));

        assert_eq!(others.crowds(now)[&rouen], 15);
        let holding = others.holding(&id, now);
        let names: Vec<_> = holding.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["line", "all"], "who does jobs answers nobody");
        assert!(holding.iter().all(|one| one.holds == Some((1, now))));
    }
}
