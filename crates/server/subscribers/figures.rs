//! What Prometheus reads of mails, and what `/readyz` says of them.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

/// Counters of mails; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct MailFigures {
    mails: Family<Outcome, Counter>,
    waiting: Gauge,
    forgotten: Counter,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    oldest: Option<Timestamp>,
    trouble: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl MailFigures {
    /// A mail came to this: `sent`, `later`, `refused`, `no-such-address`.
    pub(super) fn came_to(&self, outcome: &'static str) {
        self.mails.get_or_create(&Outcome { outcome }).inc();
    }

    /// So many subscribers are forgotten because their address takes no mail.
    pub(super) fn forgot(&self, subscribers: u64) {
        self.forgotten.inc_by(subscribers);
    }

    pub(super) fn wait(&self, count: u64, oldest: Option<Timestamp>) {
        self.waiting.set(i64::try_from(count).unwrap_or(i64::MAX));
        self.state().oldest = oldest;
    }

    /// What keeps all mail back, or nothing; answers what did before.
    pub(super) fn set_trouble(&self, trouble: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.state().trouble, trouble)
    }

    /// What keeps all mail back, if anything does.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Puts the figures where Prometheus reads.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let figures = self.clone();
        registry.register(
            "mails",
            "Mails to subscribers, by what came of them",
            figures.mails,
        );
        registry.register(
            "mails_waiting",
            "Mails to subscribers that are still to be sent",
            figures.waiting,
        );
        registry.register(
            "subscribers_forgotten",
            "Subscribers forgotten because their address takes no mail",
            figures.forgotten,
        );
        let oldest = self.state().oldest;
        let age = oldest.map_or(0, |at| Timestamp::now().duration_since(at).as_secs());
        registry.register_with_unit(
            "mails_oldest",
            "Since when the oldest mail that is still to be sent waits",
            Unit::Seconds,
            ConstGauge::new(age),
        );
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
