//! Counters and histograms of finished calls, for Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use bulletin::{Noticed, TerritorySlug};
use jiff::Timestamp;
use line::CallRecord;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::noticings::Noticings;

/// What finished calls were like; clones share the same figures.
#[derive(Clone, Debug)]
pub(crate) struct CallFigures {
    ended: Family<Ended, Counter>,
    noticed: Family<NoticedBy, Counter>,
    noticings: Noticings,
    setup: Histogram,
    duration: Histogram,
    jitter: Histogram,
    loss: Histogram,
    round_trip: Histogram,
    left_out: Counter,
    rows_left_out: Counter,
}

/// Few values each: trunks are those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    end: &'static str,
    trunk: String,
    codec: &'static str,
}

/// Few values each: territories are those of the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NoticedBy {
    territory: String,
    noticed: &'static str,
}

impl Default for CallFigures {
    fn default() -> Self {
        Self {
            ended: Family::default(),
            noticed: Family::default(),
            noticings: Noticings::default(),
            setup: Histogram::new(SETUPS),
            duration: Histogram::new(DURATIONS),
            jitter: Histogram::new(JITTERS),
            loss: Histogram::new(LOSSES),
            round_trip: Histogram::new(ROUND_TRIPS),
            left_out: Counter::default(),
            rows_left_out: Counter::default(),
        }
    }
}

impl CallFigures {
    /// Counts one call. What nobody reported of is in no histogram.
    pub(crate) fn count(&self, record: &CallRecord) {
        let ended = Ended {
            end: record.end.as_str(),
            trunk: record.trunk.clone().unwrap_or_else(|| NONE.into()),
            codec: record.codec.map_or(NONE, media::Codec::name),
        };
        self.ended.get_or_create(&ended).inc();
        self.noticings.count(record);
        for noticed in &record.noticed {
            let territory = record.territory.as_ref();
            let by = NoticedBy {
                territory: territory.map_or_else(|| NONE.into(), ToString::to_string),
                noticed: noticed.as_str(),
            };
            self.noticed.get_or_create(&by).inc();
        }
        if let Some(answered_at) = record.answered_at {
            let setup = duration(record.started_at, answered_at);
            self.setup.observe(setup.as_secs_f64());
            let duration = duration(answered_at, record.ended_at);
            self.duration.observe(duration.as_secs_f64());
        }
        let Some(quality) = &record.quality else {
            return;
        };
        self.jitter.observe(quality.jitter.as_secs_f64());
        if let Some(round_trip) = quality.round_trip {
            self.round_trip.observe(round_trip.as_secs_f64());
        }
        if let Some(loss) = loss(quality.lost, record.packets_sent) {
            self.loss.observe(loss);
        }
    }

    /// What callers of each territory said so far that they notice.
    pub(crate) fn noticed_so_far(&self) -> BTreeMap<TerritorySlug, BTreeMap<Noticed, u64>> {
        self.noticings.read()
    }

    /// The log had no room for the line of a call.
    pub(crate) fn left_out(&self) {
        self.left_out.inc();
    }

    /// The database did not take so many calls, or not in time.
    pub(crate) fn rows_left_out(&self, calls: usize) {
        self.rows_left_out
            .inc_by(u64::try_from(calls).unwrap_or(u64::MAX));
    }

    /// Puts the figures where Prometheus reads.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let figure = self.clone();
        registry.register(
            "calls_ended",
            "Calls that are over, by how they ended, their trunk and their codec",
            figure.ended,
        );
        registry.register(
            "noticed",
            "Callers who said by a key what they notice, by what it is and their territory",
            figure.noticed,
        );
        registry.register(
            "call_log_lines_dropped",
            "Lines of the log left out because it was not read fast enough; their calls are in the other figures",
            figure.left_out,
        );
        registry.register(
            "call_rows_dropped",
            "Calls without a row because the database did not take them in time; they are in the other figures",
            figure.rows_left_out,
        );
        let histograms = [
            (
                "call_setup",
                "From the INVITE to the acknowledged answer",
                Unit::Seconds,
                figure.setup,
            ),
            (
                "call_duration",
                "From the acknowledged answer to the end",
                Unit::Seconds,
                figure.duration,
            ),
            (
                "call_jitter",
                "The largest jitter that the caller's side reported of a call",
                Unit::Seconds,
                figure.jitter,
            ),
            (
                "call_round_trip",
                "The latest round trip of a call's reports",
                Unit::Seconds,
                figure.round_trip,
            ),
            (
                "call_loss",
                "The share of a call's packets that the caller's side reported lost",
                Unit::Other("ratio".into()),
                figure.loss,
            ),
        ];
        for (name, help, unit, histogram) in histograms {
            registry.register_with_unit(name, help, unit, histogram);
        }
    }
}

/// From one instant to another; the wall clock may have been set back between them.
pub(super) fn duration(from: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(from.duration_until(until)).unwrap_or_default()
}

/// In milliseconds, with their tenths.
pub(super) fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// More may have arrived than was sent (RFC 3550 § A.3): nothing was lost then.
fn loss(lost: i32, sent: u64) -> Option<f64> {
    let sent = u32::try_from(sent).ok().filter(|sent| *sent > 0)?;
    Some((f64::from(lost) / f64::from(sent)).clamp(0.0, 1.0))
}

/// The label of a call without trunk or codec.
const NONE: &str = "none";
/// A carrier's own part is one to three seconds; ours and the network's is here.
const SETUPS: [f64; 11] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 32.0];
const DURATIONS: [f64; 11] = [
    1.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 600.0,
];
/// A telephone's buffer bears some 60 ms.
const JITTERS: [f64; 9] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.06, 0.1, 0.3];
/// G.711 with concealment bears some 3 %.
const LOSSES: [f64; 9] = [0.0, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3];
const ROUND_TRIPS: [f64; 9] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.6, 1.0];

#[cfg(test)]
pub(super) mod tests {
    use line::{EndCause, Quality};
    use media::{Codec, Ptime};
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn a_finished_call_is_counted_by_its_end_trunk_and_codec() {
        let figures = CallFigures::default();
        figures.count(&record());
        figures.count(&CallRecord {
            noticed: vec![bulletin::Noticed::Smell],
            started_at: record().started_at - jiff::SignedDuration::from_millis(300),
            ..record()
        });
        figures.count(&CallRecord {
            end: EndCause::Refused(488),
            answered_at: None,
            trunk: None,
            codec: None,
            quality: None,
            ..record()
        });

        let text = exposition(&figures);

        for line in [
            "allo_calls_ended_total{end=\"completed\",trunk=\"carrier\",codec=\"PCMA\"} 2",
            "allo_calls_ended_total{end=\"refused\",trunk=\"none\",codec=\"none\"} 1",
            "allo_noticed_total{territory=\"none\",noticed=\"smell\"} 1",
            "allo_call_setup_seconds_bucket{le=\"0.01\"} 1",
            "allo_call_setup_seconds_bucket{le=\"0.2\"} 1",
            "allo_call_setup_seconds_bucket{le=\"0.5\"} 2",
            "allo_call_duration_seconds_count 2",
            "allo_call_duration_seconds_bucket{le=\"30.0\"} 0",
            "allo_call_duration_seconds_bucket{le=\"45.0\"} 2",
            "allo_call_jitter_seconds_bucket{le=\"0.005\"} 0",
            "allo_call_jitter_seconds_bucket{le=\"0.01\"} 2",
            "allo_call_round_trip_seconds_sum 0.08",
            "allo_call_loss_ratio_bucket{le=\"0.003\"} 0",
            "allo_call_loss_ratio_bucket{le=\"0.01\"} 2",
            "allo_call_log_lines_dropped_total 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_clock_set_back_and_packets_heard_twice_spoil_no_figure() {
        let now = Timestamp::now();
        let earlier = now - jiff::SignedDuration::from_secs(9);

        assert_eq!(duration(now, earlier), Duration::ZERO);
        assert_eq!(loss(-3, 100), Some(0.0));
        assert_eq!(loss(300, 100), Some(1.0));
        assert_eq!(loss(0, 0), None);
        assert_eq!(ms(Duration::from_micros(6_540)), 6.5);
    }

    impl CallFigures {
        /// How many calls are counted.
        pub(in crate::calls) fn ended(&self) -> usize {
            let counted = self.ended.get_or_create(&Ended {
                end: "completed",
                trunk: "carrier".into(),
                codec: "PCMA",
            });
            usize::try_from(counted.get()).unwrap()
        }
    }

    /// A call of 40 s with 1 % lost.
    pub(crate) fn record() -> CallRecord {
        let started_at: Timestamp = "2026-03-12T14:30:00Z".parse().unwrap();
        CallRecord {
            call_id: "1@test".into(),
            territory: None,
            dialled: None,
            started_at,
            answered_at: Some(started_at),
            ended_at: started_at + jiff::SignedDuration::from_secs(40),
            keys: String::new(),
            heard: vec![],
            noticed: vec![],
            caller: line::Caller::default(),
            trunk: Some("carrier".into()),
            codec: Some(Codec::Pcma),
            ptime: Some(Ptime::Ms20),
            srtp: None,
            packets_sent: 2_000,
            quality: Some(Quality {
                reports: 8,
                lost: 20,
                worst_fraction: 4,
                jitter: Duration::from_millis(8),
                round_trip: Some(Duration::from_millis(40)),
            }),
            end: EndCause::Completed,
            reason: line::Reason::default(),
        }
    }

    /// As Prometheus reads it.
    pub(in crate::calls) fn exposition(figures: &CallFigures) -> String {
        let mut registry = Registry::with_prefix("allo");
        figures.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }
}
