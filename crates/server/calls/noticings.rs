//! What callers of each territory said so far that they notice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bulletin::{Noticed, TerritorySlug};
use line::CallRecord;

/// Counts since the program began; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Noticings(Arc<Mutex<Counts>>);

type Counts = BTreeMap<TerritorySlug, BTreeMap<Noticed, u64>>;

impl Noticings {
    /// Counts what one caller said.
    pub(super) fn count(&self, record: &CallRecord) {
        let Some(territory) = record
            .territory
            .as_ref()
            .filter(|_| !record.noticed.is_empty())
        else {
            return;
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = counts.entry(territory.clone()).or_default();
        for noticed in &record.noticed {
            *here.entry(*noticed).or_default() += 1;
        }
    }

    pub(super) fn read(&self) -> Counts {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
