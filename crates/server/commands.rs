//! One file per command; each returns the exit status of the program.

mod backup;
mod calls;
mod check;
mod lexicon;
mod line_settings;
mod listen;
mod migrate;
mod post;
mod probe;
mod register;
mod report;
mod returned_mail;
mod say;
mod serve;
mod short_programme;
mod trace;
mod user;

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use jiff::Timestamp;
use store::By;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::spans::{self, Collector};

pub use backup::{backup, restore};
pub use calls::calls;
pub use check::check;
pub use lexicon::lexicon;
pub use listen::{bare_sender, call, storm};
pub use migrate::migrate;
pub use post::post;
pub use register::{site, territory, token};
pub use returned_mail::returned_mail;
pub use say::say;
pub use serve::serve;
pub use short_programme::short_programme;
pub use trace::trace;
pub use user::user;

/// How a command ends: an exit status, or a sentence for the person who typed it.
pub type Outcome = Result<ExitCode, Box<dyn Error + Send + Sync>>;

/// Runs a command that waits for sockets or files.
fn block_on(command: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Runtime::new()?.block_on(command)
}

/// How the audit log names whoever types commands: whoever may is known to the machine, not to the program.
fn by_command() -> By<'static> {
    By {
        who: "command",
        at: Timestamp::now(),
    }
}

/// Writes the log to standard error, as much of it as `RUST_LOG` asks for.
fn start_logging(default: &str) {
    tracing_subscriber::registry().with(log(default)).init();
}

/// The same; sends spans beside it where the environment asks for them, and says why not where they cannot be had.
fn start_logging_and_spans(default: &str, runtime: &Handle) -> Option<Collector> {
    let log = tracing_subscriber::registry().with(log(default));
    match spans::open(runtime) {
        Ok(None) => {
            log.init();
            None
        }
        Ok(Some(collector)) => {
            log.with(collector.layer()).init();
            Some(collector)
        }
        Err(why) => {
            log.init();
            tracing::warn!(why, "spans are not sent");
            None
        }
    }
}

fn log<S>(default: &str) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    log_of(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default)))
}

fn log_of<S>(asked: EnvFilter) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Spans are for collectors: no line begins with those around it.
    let events = filter_fn(|it| it.is_event()).with_max_level_hint(LevelFilter::TRACE);
    tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log that cannot be written, as on a full disk, would be told to standard error, which then stops the thread.
        .log_internal_errors(false)
        .with_filter(asked.and(events))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_nobody_collects_is_nothing_however_much_the_log_holds() {
        for level in ["info", "trace"] {
            let asked = log_of(EnvFilter::new(level));
            let subscriber = tracing_subscriber::registry().with(asked);
            tracing::subscriber::with_default(subscriber, || {
                let span = tracing::info_span!(target: web::SPANS, "request");
                assert!(span.is_disabled(), "{level}");
            });
        }
    }

    #[test]
    fn what_no_line_is_written_about_is_not_even_looked_at() {
        for (level, wanted) in [("warn", LevelFilter::WARN), ("info", LevelFilter::INFO)] {
            let layer = log_of::<tracing_subscriber::Registry>(EnvFilter::new(level));
            assert_eq!(layer.max_level_hint(), Some(wanted));
        }
    }
}
