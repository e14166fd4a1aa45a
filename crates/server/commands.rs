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
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // A log that cannot be written, as on a full disk, would be told to standard error, which then stops the thread.
        .log_internal_errors(false)
        .init();
}
