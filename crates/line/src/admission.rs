//! Decides whether one more call is taken, before any other work on it.
//!
//! Overload hurts every caller at once, so limits are kept strictly: who is admitted hears everything, who is not is
//! told so at once and when to try again (503 with Retry-After, RFC 3261 § 21.5.4, or what the trunk prefers). The
//! line as a whole, each trunk and each territory have limits of their own; a call must fit into all of its three.
//! Start with [`Admission`].

mod bucket;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use bulletin::TerritorySlug;

use crate::{Config, Limits, Refusal, Trunk};
use bucket::{Bucket, Room};

/// The gate of the line. It reads no clock: every question carries `now`.
#[derive(Debug)]
pub(crate) struct Admission {
    line: Bucket,
    trunks: Vec<(Trunk, Bucket)>,
    /// The addresses of each trunk's own servers, as their names or the configuration give them.
    servers: Vec<Vec<IpAddr>>,
    territories: HashMap<TerritorySlug, Bucket>,
    /// Calls whose answer nobody has acknowledged yet, by where they came from.
    unacknowledged: HashMap<IpAddr, usize>,
    draining: bool,
}

impl Admission {
    /// Open, with a full second's worth of new calls.
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        let line = Limits {
            calls: config.max_calls,
            rate: config.max_call_rate,
        };
        let trunk = |trunk: &Trunk| (trunk.clone(), Bucket::new(trunk.limits, now));
        let territories = config.territories.iter();
        Self {
            line: Bucket::new(line, now),
            trunks: config.trunks.iter().map(trunk).collect(),
            servers: vec![vec![]; config.trunks.len()],
            territories: territories
                .map(|(slug, limits)| (slug.clone(), Bucket::new(*limits, now)))
                .collect(),
            unacknowledged: HashMap::new(),
            draining: false,
        }
    }

    /// Takes no new call from now on.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
    }

    /// Whether new calls are refused for good.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining
    }

    /// Whether a source may call at all: where trunks are named, only their addresses.
    pub(crate) fn knows(&self, source: IpAddr) -> bool {
        self.trunks.is_empty() || self.trunk_of(source).is_some()
    }

    /// The trunk of an address, by its number: the first that names it, or else the first whose servers have it, or else
    /// one that takes any. So a name in DNS never takes an address away from a trunk that names it.
    pub(crate) fn trunk_of(&self, source: IpAddr) -> Option<usize> {
        let source = source.to_canonical();
        let find =
            |fits: &dyn Fn(&Trunk) -> bool| self.trunks.iter().position(|(one, _)| fits(one));
        find(&|trunk| trunk.names(source))
            .or_else(|| self.servers.iter().position(|all| all.contains(&source)))
            .or_else(|| find(&Trunk::takes_any))
    }

    /// Says which addresses the servers of a trunk have.
    pub(crate) fn learn(&mut self, trunk: usize, servers: Vec<IpAddr>) {
        if let Some(place) = self.servers.get_mut(trunk) {
            *place = servers;
        }
    }

    /// What is agreed with a trunk.
    pub(crate) fn trunk(&self, number: Option<usize>) -> Option<&Trunk> {
        self.trunks.get(number?).map(|(trunk, _)| trunk)
    }

    /// Whether any territory has limits: only then it matters which one a call is for.
    pub(crate) fn limits_territories(&self) -> bool {
        !self.territories.is_empty()
    }

    /// Says what a new call gets.
    ///
    /// - `overloaded`: no media thread has room.
    pub(crate) fn verdict(
        &mut self,
        now: Instant,
        entrance: &Entrance,
        overloaded: bool,
    ) -> Verdict {
        let refusal = self.trunk(entrance.trunk).map(|trunk| trunk.refusal);
        let refusal = refusal.unwrap_or_default();
        if self.draining {
            return Verdict::refused(Refusal::default(), WHEN_BACK);
        }
        let of_source = self.unacknowledged.get(&entrance.source).copied();
        if overloaded || of_source.unwrap_or(0) >= MOST_UNACKNOWLEDGED {
            return Verdict::refused(refusal, WHEN_FULL);
        }
        let rooms = self.buckets(entrance).map(|bucket| bucket.room(now));
        match rooms.max() {
            Some(Room::Full) => Verdict::refused(refusal, WHEN_FULL),
            Some(Room::TooFast) => Verdict::refused(refusal, WHEN_FAST),
            Some(Room::Free) | None => Verdict::Admitted,
        }
    }

    /// Counts a call that was let in.
    pub(crate) fn admit(&mut self, entrance: &Entrance) {
        self.buckets(entrance).for_each(Bucket::take);
        *self.unacknowledged.entry(entrance.source).or_default() += 1;
    }

    /// Whether this call is one of many from its source that nobody has acknowledged.
    pub(crate) fn crowds(&self, entrance: &Entrance) -> bool {
        let of_source = self.unacknowledged.get(&entrance.source);
        !entrance.acknowledged && of_source.is_some_and(|&count| count >= CROWD)
    }

    /// Whether any source has so many.
    pub(crate) fn is_crowded(&self) -> bool {
        self.unacknowledged.values().any(|&count| count >= CROWD)
    }

    /// The caller has acknowledged the answer.
    pub(crate) fn acknowledge(&mut self, entrance: &mut Entrance) {
        if std::mem::replace(&mut entrance.acknowledged, true) {
            return;
        }
        if let Some(left) = self.unacknowledged.get_mut(&entrance.source) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.unacknowledged.remove(&entrance.source);
            }
        }
    }

    /// The call is over.
    pub(crate) fn leave(&mut self, mut entrance: Entrance) {
        self.acknowledge(&mut entrance);
        self.buckets(&entrance).for_each(Bucket::give_back);
    }

    /// The line's bucket, the trunk's and the territory's.
    fn buckets(&mut self, entrance: &Entrance) -> impl Iterator<Item = &mut Bucket> {
        let trunk = entrance
            .trunk
            .and_then(|number| self.trunks.get_mut(number));
        let territory = entrance.territory.as_ref();
        let territory = territory.and_then(|slug| self.territories.get_mut(slug));
        std::iter::once(&mut self.line)
            .chain(trunk.map(|(_, bucket)| bucket))
            .chain(territory)
    }
}

/// By which way a call came in, which is whose limits it counts against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entrance {
    pub(crate) source: IpAddr,
    pub(crate) trunk: Option<usize>,
    /// The territory of the number dialled; `None` for the menu.
    pub(crate) territory: Option<TerritorySlug>,
    acknowledged: bool,
}

impl Entrance {
    /// Of a call not yet answered.
    pub(crate) fn new(
        source: IpAddr,
        trunk: Option<usize>,
        territory: Option<TerritorySlug>,
    ) -> Self {
        Self {
            source,
            trunk,
            territory,
            acknowledged: false,
        }
    }
}

/// What a new call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An answer.
    Admitted,
    /// This status, with these seconds in Retry-After.
    Refused {
        status: u16,
        retry_after: Option<u32>,
    },
}

impl Verdict {
    fn refused(refusal: Refusal, seconds: u32) -> Self {
        Self::Refused {
            status: refusal.status,
            retry_after: refusal.retry_after.then_some(seconds),
        }
    }
}

/// Answers of one source that nobody acknowledged: a carrier acknowledges within a round trip, a flood never.
const MOST_UNACKNOWLEDGED: usize = 1_000;
/// From so many on, the old ones among them make room.
const CROWD: usize = MOST_UNACKNOWLEDGED / 2;
/// Seconds after which a place may be free: announcements last a minute or two.
const WHEN_FULL: u32 = 20;
/// Seconds after which a burst has passed.
const WHEN_FAST: u32 = 2;
/// Seconds after which a node taken out of service may be back.
pub(crate) const WHEN_BACK: u32 = 30;

#[cfg(test)]
mod tests;
