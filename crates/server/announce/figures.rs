//! What Prometheus reads of the channels.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use store::DeliveryQueue;

/// Figures of the channels; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnnounceFigures {
    outcomes: Family<Outcome, Counter>,
    failing: Family<Name, Gauge<i64, AtomicI64>>,
    queues: Arc<Mutex<BTreeMap<String, DeliveryQueue>>>,
}

/// Few values: channels are those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    channel: String,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Name {
    channel: String,
}

impl AnnounceFigures {
    /// Makes a channel known before anything has become of it, so that a figure of 0 is there to compare with.
    pub(crate) fn know(&self, channel: &str) {
        for state in ["sent", "failed", "dead"] {
            let _ = self.outcomes.get_or_create(&outcome(channel, state));
        }
        self.fails(channel, false);
        self.owe(channel, DeliveryQueue::default());
    }

    /// A delivery came to this.
    pub(crate) fn came_to(&self, channel: &str, state: &'static str) {
        self.outcomes.get_or_create(&outcome(channel, state)).inc();
        match state {
            "sent" => self.fails(channel, false),
            "failed" | "dead" => self.fails(channel, true),
            // Nobody was asked.
            _ => {}
        }
    }

    fn fails(&self, channel: &str, fails: bool) {
        let name = Name {
            channel: channel.to_owned(),
        };
        self.failing.get_or_create(&name).set(fails.into());
    }

    /// What a channel is owed, as a worker has just read it.
    pub(crate) fn owe(&self, channel: &str, queue: DeliveryQueue) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.insert(channel.to_owned(), queue);
    }

    /// Puts the figures where Prometheus reads.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "deliveries",
            "What became of entries owed to a channel: sent, failed (and tried again), skipped, cancelled, dead",
            self.outcomes.clone(),
        );
        registry.register(
            "channel_failing",
            "1 while what a channel was told last has not arrived",
            self.failing.clone(),
        );
        let oldest: Family<Name, Gauge<i64, AtomicI64>> = Family::default();
        let owed: Family<Name, Gauge<i64, AtomicI64>> = Family::default();
        let now = Timestamp::now();
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        for (channel, queue) in queues.iter() {
            let name = Name {
                channel: channel.clone(),
            };
            // An instant to come is the end of quiet hours: nothing is late.
            let age = queue
                .oldest
                .map_or(0, |at| now.duration_since(at).as_secs());
            oldest.get_or_create(&name).set(age.max(0));
            let count = i64::try_from(queue.count).unwrap_or(i64::MAX);
            owed.get_or_create(&name).set(count);
        }
        registry.register_with_unit(
            "channel_oldest",
            "Since when a channel is owed the oldest entry that it has not got; 0 when it has all",
            Unit::Seconds,
            oldest,
        );
        registry.register(
            "channel_owed",
            "Entries that a channel has not got yet",
            owed,
        );
    }
}

fn outcome(channel: &str, state: &'static str) -> Outcome {
    Outcome {
        channel: channel.to_owned(),
        state,
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn a_channel_fails_from_a_try_in_vain_to_the_next_that_arrives() {
        let figures = AnnounceFigures::default();
        figures.know("mastodon");
        for (state, failing) in [
            ("sent", 0),
            ("failed", 1),
            ("skipped", 1),
            ("dead", 1),
            ("cancelled", 1),
            ("sent", 0),
        ] {
            figures.came_to("mastodon", state);
            let mut registry = Registry::with_prefix("allo");
            figures.register(&mut registry);
            let mut text = String::new();
            encode(&mut text, &registry).unwrap();
            let line = format!("allo_channel_failing{{channel=\"mastodon\"}} {failing}");
            assert!(
                text.lines().any(|one| one == line),
                "{state}: {line}\n{text}"
            );
            assert!(
                text.contains("\n# UNIT allo_channel_oldest_seconds seconds\n"),
                "{text}"
            );
        }
    }
}
