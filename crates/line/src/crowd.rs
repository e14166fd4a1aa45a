//! How many people of each territory are on the line, for those who watch it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use bulletin::TerritorySlug;

/// The callers of one territory at one instant. An operator's dictation and a call that is led to the menu are not
/// among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// The territory of the number they dialled.
    pub territory: TerritorySlug,
    /// Calls answered and not yet over.
    pub live: u64,
    /// Calls answered since the line began.
    pub begun: u64,
}

/// Where the signalling thread counts and others read. Neither waits for the other: a territory's counters are made
/// when its first caller comes, and the map with them is swapped whole.
#[derive(Debug, Default)]
pub(crate) struct Crowds(ArcSwap<BTreeMap<TerritorySlug, Arc<Counters>>>);

impl Crowds {
    /// A call has been answered. Only the signalling thread says so.
    pub(crate) fn join(&self, territory: &TerritorySlug) {
        let known = self.0.load();
        if let Some(counters) = known.get(territory) {
            counters.begun.fetch_add(1, Relaxed);
            return;
        }
        let mut more = BTreeMap::clone(&known);
        let counters = Counters {
            begun: AtomicU64::new(1),
            over: AtomicU64::new(0),
        };
        more.insert(territory.clone(), Arc::new(counters));
        self.0.store(Arc::new(more));
    }

    /// An answered call is over.
    pub(crate) fn leave(&self, territory: &TerritorySlug) {
        if let Some(counters) = self.0.load().get(territory) {
            counters.over.fetch_add(1, Relaxed);
        }
    }

    /// Every territory that had a caller, by slug.
    pub(crate) fn read(&self) -> Vec<Crowd> {
        let known = self.0.load();
        let crowd = |(territory, counters): (&TerritorySlug, &Arc<Counters>)| {
            // In this order: a call that ends between the two readings counts as live, never as less than nothing.
            let over = counters.over.load(Relaxed);
            let begun = counters.begun.load(Relaxed);
            Crowd {
                territory: territory.clone(),
                live: begun.saturating_sub(over),
                begun,
            }
        };
        known.iter().map(crowd).collect()
    }
}

#[derive(Debug)]
struct Counters {
    begun: AtomicU64,
    over: AtomicU64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_counted_by_territory_from_the_answer_to_the_end() {
        let [rouen, berre] = ["rouen", "berre"].map(|slug| TerritorySlug::parse(slug).unwrap());
        let crowds = Crowds::default();
        assert_eq!(crowds.read(), []);
        for territory in [&rouen, &berre, &rouen, &rouen] {
            crowds.join(territory);
        }
        crowds.leave(&rouen);

        let read = crowds.read();

        let told: Vec<_> = read
            .iter()
            .map(|crowd| (crowd.territory.as_str(), crowd.live, crowd.begun))
            .collect();
        assert_eq!(told, [("berre", 1, 1), ("rouen", 2, 3)]);
        crowds.leave(&TerritorySlug::parse("nowhere").unwrap());
    }
}
