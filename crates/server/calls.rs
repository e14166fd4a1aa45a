//! What becomes of the record of each finished call: it is counted, and one line of the log tells it.
//!
//! Both happen behind the bounded channel of the line, which never waits for them. Counting takes microseconds;
//! writing waits for whoever reads the log, so it has a thread and a bounded queue of its own: when that is full, the
//! line of the log is left out and counted, and the call still is in the figures. No caller's number is in a record.

mod figures;

use std::sync::mpsc::{Receiver, sync_channel};

use line::CallRecord;

pub(crate) use figures::CallFigures;

/// Counts and logs until the line is gone.
pub(crate) fn keep(records: Receiver<CallRecord>, figures: &CallFigures) {
    count_and_write(records, figures, |record| write(&record));
}

fn count_and_write(
    records: Receiver<CallRecord>,
    figures: &CallFigures,
    mut write: impl FnMut(CallRecord) + Send,
) {
    let (queue, queued) = sync_channel(LINES_KEPT);
    std::thread::scope(|threads| {
        threads.spawn(move || queued.into_iter().for_each(&mut write));
        for record in records {
            figures.count(&record);
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
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::figures::tests::{exposition, record};
    use super::*;

    #[test]
    fn a_log_that_nobody_reads_costs_its_lines_and_no_figure() {
        const CALLS: usize = LINES_KEPT + 1_000;
        let (calls, records) = channel();
        let (reader, reading) = channel::<()>();
        let (figures, written) = (CallFigures::default(), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            let (reader, counted, written) = (reader, figures.clone(), &written);
            threads.spawn(move || {
                count_and_write(records, &counted, move |_| {
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
    }
}
