//! Tells a collector of OpenTelemetry what the program did and how long each piece of it took, with the feature
//! `opentelemetry` and an endpoint in the environment.
//!
//! A piece of work that goes on is a span of `tracing` with the target [`web::SPANS`]; what is known only at its end
//! is told then, by [`tell`]. Neither is made where sound is sent or signalling answered. Nothing of it names
//! anybody: no number, no address, no path, and no word of an error, which may repeat one.

#[cfg(not(feature = "opentelemetry"))]
mod absent;
mod call;
#[cfg(feature = "opentelemetry")]
mod collector;
mod environment;

use bulletin::BulletinId;
use jiff::Timestamp;

#[cfg(not(feature = "opentelemetry"))]
pub(crate) use absent::{Collector, follow, is_wanted, tell};
pub(crate) use call::tell_call;
#[cfg(feature = "opentelemetry")]
pub(crate) use collector::{Collector, follow, is_wanted, tell};
use environment::Asked;
use tokio::runtime::Handle;
use tracing::Span;

/// What sends spans, where the environment asks for that.
///
/// # Errors
/// One sentence that says why none can be sent.
pub(crate) fn open(runtime: &Handle) -> Result<Option<Collector>, String> {
    let asked = Asked::from_environment()?;
    let opened = asked.map(|asked| Collector::open(&asked, runtime));
    opened.transpose()
}

/// Tells how the work at hand came out, in the words of its rows and figures.
pub(crate) fn note_outcome(outcome: &str, has_failed: bool) {
    let span = Span::current();
    span.record("outcome", outcome);
    if has_failed {
        span.record("otel.status_code", "ERROR");
    }
}

/// A piece of work that is over.
pub(crate) struct Done {
    /// What it was.
    pub(crate) name: &'static str,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    /// Whether it is an error.
    pub(crate) has_failed: bool,
    /// What is known of it.
    pub(crate) attributes: Vec<(&'static str, Value)>,
}

/// What an attribute says.
pub(crate) enum Value {
    /// A word of ours, or a name that the territory's people have given.
    Word(String),
    /// An amount.
    Count(i64),
    /// Bulletins, in the order in which they came.
    Bulletins(Vec<BulletinId>),
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Count(count.try_into().unwrap_or(i64::MAX))
    }
}

impl From<i64> for Value {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}
