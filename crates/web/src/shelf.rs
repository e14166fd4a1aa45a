//! Keeps the recordings that are being listened to, so that a crowd does not read them from disk.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::rendered::Rendered;

/// The most recently fetched recordings, at most so many octets; the oldest leaves first.
#[derive(Debug)]
pub(crate) struct Shelf {
    recordings: Mutex<VecDeque<(String, Rendered)>>,
    limit: usize,
}

impl Shelf {
    /// - `limit`: octets kept.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            recordings: Mutex::default(),
            limit,
        }
    }

    /// The recording of that name, if it is at hand.
    pub(crate) fn find(&self, name: &str) -> Option<Rendered> {
        let recordings = self
            .recordings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        recordings
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, recording)| recording.clone())
    }

    /// Puts a recording at hand, and takes away the oldest ones that no longer fit.
    pub(crate) fn put(&self, name: &str, recording: &Rendered) {
        let mut recordings = self
            .recordings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        recordings.retain(|(known, _)| known != name);
        recordings.push_back((name.to_owned(), recording.clone()));
        while recordings
            .iter()
            .map(|(_, kept)| kept.octets().len())
            .sum::<usize>()
            > self.limit
        {
            recordings.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_recording_leaves_when_the_shelf_is_full() {
        let shelf = Shelf::new(10);
        for name in ["a", "b", "c"] {
            shelf.put(name, &Rendered::immutable(vec![0; 4], "audio/wav"));
        }
        assert!(shelf.find("a").is_none());
        assert!(shelf.find("b").is_some() && shelf.find("c").is_some());
    }

    #[test]
    fn a_recording_larger_than_the_shelf_is_not_kept() {
        let shelf = Shelf::new(10);
        shelf.put("a", &Rendered::immutable(vec![0; 11], "audio/wav"));
        assert!(shelf.find("a").is_none());
    }

    #[test]
    fn a_recording_put_twice_counts_once() {
        let shelf = Shelf::new(10);
        for _ in 0..3 {
            shelf.put("a", &Rendered::immutable(vec![0; 6], "audio/wav"));
        }
        assert!(shelf.find("a").is_some());
    }
}
