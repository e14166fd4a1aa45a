//! What Prometheus reads of alerts.

use bulletin::TerritorySlug;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use store::AlertKind;

/// Counters of alerts; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookoutFigures {
    surges: Family<Where, Gauge>,
    raised: Family<Kind, Counter>,
}

/// Few values: territories are those of the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Where {
    territory: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl LookoutFigures {
    /// Whether a surge goes on.
    pub(super) fn surge(&self, territory: &TerritorySlug, goes_on: bool) {
        let place = Where {
            territory: territory.to_string(),
        };
        self.surges.get_or_create(&place).set(goes_on.into());
    }

    /// An alert has been raised.
    pub(crate) fn raised(&self, kind: AlertKind) {
        let kind = Kind {
            kind: kind.as_str(),
        };
        self.raised.get_or_create(&kind).inc();
    }

    /// Puts the figures where Prometheus reads.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let figures = self.clone();
        registry.register(
            "surge",
            "1 while more people than usual call a territory and no bulletin tells why",
            figures.surges,
        );
        registry.register("alerts", "Alerts raised, by kind", figures.raised);
    }
}
