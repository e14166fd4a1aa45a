//! `allo calls`: finished calls as CSV or JSON, for an integrator's own tools.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{CallPlace, Store};

use super::{Outcome, block_on};
use crate::arguments::Calls;
use crate::calls::export::Format;

/// Writes the calls that started in a time, the oldest first.
///
/// # Errors
/// An instant that cannot be read, no database in the data folder, a file that cannot be written.
pub fn calls(arguments: &Calls) -> Outcome {
    let now = Timestamp::now();
    let since = match &arguments.since {
        Some(text) => instant(text)?,
        None => now - SignedDuration::from_hours(24),
    };
    let until = arguments.until.as_deref().map(instant).transpose()?;
    let until = until.unwrap_or(Timestamp::MAX);
    let database = arguments.folder.database()?;
    if !database.is_there() {
        return Err(format!(
            "there is no {database}; name the data folder of the service with --data"
        )
        .into());
    }
    block_on(async {
        let store = database.open().await?;
        match &arguments.output {
            Some(path) => {
                let file = File::create(path)
                    .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
                export(&store, arguments.format, (since, until), file).await?;
            }
            None => match export(&store, arguments.format, (since, until), io::stdout()).await {
                Err(error) if is_broken_pipe(error.as_ref()) => {}
                done => done?,
            },
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn export(
    store: &Store,
    format: Format,
    (since, until): (Timestamp, Timestamp),
    out: impl Write,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut out = BufWriter::new(out);
    format.begin(&mut out)?;
    let mut place = CallPlace::before(since);
    loop {
        let calls = store.calls(&place, until, PAGE).await?;
        let Some((last, _)) = calls.last() else {
            break;
        };
        place = last.clone();
        for (_, call) in &calls {
            format.write(call, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// Whoever reads our output has seen enough, as `head` does.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// `2026-11-25T06:00:00Z`, or the midnight (UTC) with which a date begins.
fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(date) = text.parse::<Date>()
        && let Ok(midnight) = date.to_zoned(TimeZone::UTC)
        && !text.contains('T')
    {
        return Ok(midnight.timestamp());
    }
    text.parse().map_err(|_| {
        format!("{text:?} is no instant; write 2026-11-25 (midnight UTC) or 2026-11-25T06:00:00Z")
    })
}

/// Calls read at once.
const PAGE: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_or_a_date_is_understood_and_anything_else_is_told_what_to_write() {
        let at = |text: &str| instant(text).map(|at| at.to_string());

        assert_eq!(at("2026-11-25").unwrap(), "2026-11-25T00:00:00Z");
        assert_eq!(at("2026-11-25T06:30:00Z").unwrap(), "2026-11-25T06:30:00Z");
        assert_eq!(
            at("2026-11-25T06:30:00+01:00").unwrap(),
            "2026-11-25T05:30:00Z"
        );
        for text in ["", "yesterday", "2026-13-01", "2026-11-25T06:30:00"] {
            assert!(at(text).unwrap_err().contains("2026-11-25T06:00:00Z"));
        }
    }
}
