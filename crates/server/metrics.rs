//! What Prometheus reads: the line's counters, what finished calls were like, the age of the programme, and what is
//! still to do.
//!
//! Each figure is named in `docs/trunks.md`, "What to watch"; a name, once it is there, stays.

mod rows;
mod trunks;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use jiff::Timestamp;
use line::LineHealth;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

use crate::announce::AnnounceFigures;
use crate::answering::Telephone;
use crate::calls::CallFigures;
use crate::lookout::LookoutFigures;
use crate::programme::Programmes;
use crate::subscribers::MailFigures;

pub(crate) use rows::RowFigures;

/// Where the figures come from.
pub(crate) struct Figures {
    /// None on a node that answers no calls.
    pub(crate) telephone: Option<Telephone>,
    pub(crate) programmes: Arc<Programmes>,
    pub(crate) calls: CallFigures,
    pub(crate) alerts: LookoutFigures,
    pub(crate) channels: AnnounceFigures,
    pub(crate) mails: MailFigures,
    pub(crate) rows: RowFigures,
    /// Calls at once.
    pub(crate) max_calls: usize,
}

impl Figures {
    /// Writes the metrics as they are when it is called.
    pub(crate) fn exposition(self) -> web::Exposition {
        Arc::new(move || self.write())
    }

    fn write(&self) -> String {
        let now = Timestamp::now();
        let mut registry = Registry::with_prefix("allo");
        if let Some(telephone) = &self.telephone {
            register_telephone(&mut registry, telephone);
            registry.register(
                "max_calls",
                "Calls that are answered at once at most",
                ConstGauge::new(whole(self.max_calls)),
            );
            self.calls.register(&mut registry);
        }
        register_programme(&mut registry, &self.programmes, now);
        self.alerts.register(&mut registry);
        self.channels.register(&mut registry);
        self.mails.register(&mut registry);
        self.rows.register(&mut registry, now);
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// Few values: territories are those of the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    territory: String,
    state: &'static str,
}

fn register_telephone(registry: &mut Registry, telephone: &Telephone) {
    let Telephone {
        line,
        names,
        certificates,
    } = telephone;
    register_line(registry, &line.health());
    if let Some(certificates) = certificates {
        registry.register_with_unit(
            "tls_certificate_expires",
            "Until the certificate of SIP over TLS is over; below 0 when it is",
            Unit::Seconds,
            ConstGauge::new(certificates.seconds_left()),
        );
    }
    trunks::register(registry, &line.trunks(), &names.health());
}

fn register_line(registry: &mut Registry, health: &LineHealth) {
    let counters = [
        (
            "calls_answered",
            "Calls answered and acknowledged",
            health.calls_answered,
        ),
        (
            "calls_refused",
            "Calls refused at the gate: full, too fast, draining",
            health.calls_refused,
        ),
        (
            "calls_refused_overloaded",
            "Of the calls refused, those for which no media thread had room",
            health.calls_refused_overloaded,
        ),
        (
            "rtp_packets_sent",
            "RTP packets handed to the network",
            health.packets_sent,
        ),
        (
            "rtp_packets_unsent",
            "RTP packets the network did not take",
            health.packets_unsent,
        ),
        (
            "late_slots",
            "Slots of one millisecond begun more than 5 ms late",
            health.late_slots,
        ),
        (
            "skipped_slots",
            "Slots given up, more than 100 ms behind",
            health.skipped_slots,
        ),
        (
            "rtp_unreachable",
            "Times a caller's machine said that nobody listens there (ICMP port unreachable)",
            health.unreachable,
        ),
        (
            "srtp_refused",
            "Packets and reports of encrypted calls refused: not sealed with the caller's key, or heard before",
            health.forgeries,
        ),
        (
            "rtcp_reports_heard",
            "Reports heard of how sound arrived (RTCP)",
            health.reports_heard,
        ),
        (
            "media_deaths",
            "Calls ended because nothing was heard of the caller any more",
            health.media_deaths,
        ),
        (
            "sip_strangers",
            "SIP datagrams from addresses of no trunk, let go unanswered",
            health.strangers,
        ),
        (
            "sip_malformed",
            "SIP datagrams that could not be read",
            health.malformed,
        ),
        (
            "call_records_dropped",
            "Records of calls lost because nobody took them: they are in no other figure of ended calls",
            health.records_dropped,
        ),
        (
            "faults",
            "Faults that ended a call or restarted a thread",
            health.faults,
        ),
    ];
    for (name, help, value) in counters {
        registry.register(name, help, ConstCounter::new(value));
    }
    let gauges = [
        ("calls", "Calls in progress", whole(health.calls)),
        (
            "sip_connections",
            "Connections of signalling, by TCP and TLS",
            whole(health.connections),
        ),
        (
            "accepting_calls",
            "1 when a new call would be answered",
            i64::from(health.accepting),
        ),
        (
            "short_programme",
            "1 when callers hear each bulletin once and then goodbye",
            i64::from(health.short_programme),
        ),
        (
            "line_alive",
            "1 when every thread of the line lives",
            i64::from(health.alive()),
        ),
        (
            "real_time",
            "1 when sound has real-time priority",
            i64::from(health.real_time),
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    registry.register_with_unit(
        "busiest_media_thread",
        "The share of its time that the busiest media thread works; above 0.8 no new call is taken",
        Unit::Other("ratio".into()),
        ConstGauge::new(f64::from(health.busiest_thread_percent) / 100.0),
    );
}

fn register_programme(registry: &mut Registry, programmes: &Programmes, now: Timestamp) {
    let gauges = [
        (
            "bulletins_unspoken",
            "Bulletins whose voice failed",
            whole(programmes.unspoken()),
        ),
        (
            "store_failing",
            "1 when the store cannot be read",
            i64::from(programmes.is_failing()),
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    registry.register_with_unit(
        "programme_age",
        "Since the store was last read",
        Unit::Seconds,
        ConstGauge::new(age(programmes, now)),
    );
    let bulletins: Family<Standing, Gauge<i64, AtomicI64>> = Family::default();
    for ((territory, state), count) in programmes.bulletins() {
        let standing = Standing {
            territory: territory.to_string(),
            state,
        };
        bulletins.get_or_create(&standing).set(whole(count));
    }
    registry.register(
        "bulletins",
        "Bulletins that have not expired, by their territory and how they stand",
        bulletins,
    );
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn age(programmes: &Programmes, now: Timestamp) -> i64 {
    let checked = programmes.checked_at();
    checked.map_or(-1, |at| now.duration_since(at).as_secs())
}
