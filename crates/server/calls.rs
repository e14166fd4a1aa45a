//! What becomes of the record of each finished call: it is counted, one line of the log tells it, and the store gets a row.
//!
//! All of it happens behind the bounded channel of the line, which never waits. Counting takes microseconds; whoever
//! reads the log and the database take longer, so each has a thread and a bounded queue of its own: when one is full,
//! that line or that row is left out and counted, and the call still is in the figures. No caller's number is in a
//! record, only its first digits.

pub(crate) mod export;
mod figures;
mod noticings;
mod row;
mod rows;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use line::CallRecord;
use store::{RecordedCall, Store};
use tokio::runtime::Handle;

pub(crate) use figures::CallFigures;

use crate::spans::tell_call;

/// Counts, logs and writes until the line is gone. Called where tokio runs.
///
/// - `store`: where calls are written; `None` where they are not kept.
pub(crate) fn keep(
    records: Receiver<CallRecord>,
    figures: &CallFigures,
    store: &Store,
    keeps_rows: bool,
) {
    let (runtime, is_over) = (Handle::current(), AtomicBool::new(false));
    std::thread::scope(|threads| {
        let (queue, queued) = sync_channel(rows::ROWS_KEPT);
        let (over, runtime) = (&is_over, &runtime);
        threads.spawn(move || {
            rows::write(&queued, over, figures, |batch| match keeps_rows {
                true => runtime.block_on(store.insert_calls(batch)),
                false => runtime.block_on(store.add_to_figures(batch)),
            });
        });
        count_and_write(records, figures, &queue, |record| {
            write(&record);
            tell_call(&record);
        });
        is_over.store(true, Relaxed);
        drop(queue);
    });
}

fn count_and_write(
    records: Receiver<CallRecord>,
    figures: &CallFigures,
    rows: &SyncSender<RecordedCall>,
    mut write: impl FnMut(CallRecord) + Send,
) {
    let (queue, queued) = sync_channel(LINES_KEPT);
    std::thread::scope(|threads| {
        threads.spawn(move || queued.into_iter().for_each(&mut write));
        for record in records {
            figures.count(&record);
            if rows.try_send(row::of(&record)).is_err() {
                figures.rows_left_out(1);
            }
            if queue.try_send(record).is_err() {
                figures.left_out();
            }
        }
        drop(queue);
    });
}

fn write(record: &CallRecord) {
    let quality = record.quality.as_ref();
    let round_trip = quality.and_then(|quality| quality.round_trip);
    tracing::info!(
        call.id = record.call_id,
        trunk = record.trunk,
        territory = record.territory.as_ref().map(tracing::field::display),
        seconds = figures::duration(record.started_at, record.ended_at).as_secs(),
        bulletins = record.heard.len(),
        keys = record.keys,
        codec = record.codec.map(media::Codec::name),
        ptime_ms = record.ptime.map(media::Ptime::ms),
        srtp = record.srtp.map(media::srtp::Suite::name),
        jitter_ms = quality.map(|quality| figures::ms(quality.jitter)),
        lost = quality.map(|quality| quality.lost),
        round_trip_ms = round_trip.map(figures::ms),
        end = ?record.end,
        cause = record.reason.q850,
        sip_cause = record.reason.sip,
        "a call ended"
    );
}

/// Lines waiting to be written: some seconds of a storm's end.
const LINES_KEPT: usize = 10_000;

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::figures::tests::exposition;
    pub(crate) use super::figures::tests::record;
    use super::*;

    #[test]
    fn a_log_that_nobody_reads_and_a_database_that_stands_still_cost_no_figure() {
        const CALLS: usize = LINES_KEPT + 1_000;
        const ROWS: usize = 300;
        let (calls, records) = channel();
        let (reader, reading) = channel::<()>();
        let (figures, written) = (CallFigures::default(), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            let (reader, counted, written) = (reader, figures.clone(), &written);
            // As slow a database: nobody takes a row.
            let (rows, _waiting) = sync_channel(ROWS);
            threads.spawn(move || {
                count_and_write(records, &counted, &rows, move |_| {
                    // Ends with an error when there is a reader no more: nobody waits then.
                    let _ = reading.recv();
                    written.fetch_add(1, Relaxed);
                });
            });
            for _ in 0..CALLS {
                calls.send(record()).unwrap();
            }
            drop(calls);
            let start = Instant::now();
            while figures.ended() < CALLS {
                assert!(
                    start.elapsed() < Duration::from_secs(30),
                    "calls wait for the log"
                );
                std::thread::yield_now();
            }
            drop(reader);
        });

        let left_out = CALLS - written.load(Relaxed);
        assert!((999..=1_000).contains(&left_out), "{left_out}");
        let line = format!("allo_call_log_lines_dropped_total {left_out}");
        assert!(exposition(&figures).lines().any(|one| one == line));
        let line = format!("allo_call_rows_dropped_total {}", CALLS - ROWS);
        assert!(exposition(&figures).lines().any(|one| one == line));
    }

    /// A call that started at an instant.
    pub(crate) fn row_at(started_at: jiff::Timestamp) -> RecordedCall {
        RecordedCall {
            started_at,
            ..row::of(&record())
        }
    }
}
