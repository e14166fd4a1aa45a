//! Writes finished calls to the store in batches, behind a bounded queue of its own.
//!
//! A batch is what has come within half a second: one commit for all. When the store refuses it, it is kept and tried
//! again, while the queue fills; what finds the queue full is counted and left out. Calls wait for none of this.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use store::RecordedCall;

use super::CallFigures;

/// Writes until the queue has no sender any more.
///
/// - `is_over`: that the line is gone; a batch that the store refuses then is given up.
/// - `insert`: writes a batch, whole or not at all.
pub(super) fn write<E: Display>(
    queued: &Receiver<RecordedCall>,
    is_over: &AtomicBool,
    figures: &CallFigures,
    mut insert: impl FnMut(&[RecordedCall]) -> Result<(), E>,
) {
    let mut batch = Vec::new();
    while let Ok(first) = queued.recv() {
        gather(queued, first, &mut batch);
        let mut pause = FIRST_PAUSE;
        while let Err(error) = insert(&batch) {
            if is_over.load(Relaxed) {
                let lost = batch.len() + queued.try_iter().count();
                tracing::error!(%error, lost, "calls that are over could not be written any more");
                return figures.rows_left_out(lost);
            }
            if pause == FIRST_PAUSE {
                tracing::warn!(%error, calls = batch.len(), "calls that are over wait for the database");
            }
            std::thread::sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

/// What comes in half a second, or fills a batch before.
fn gather(queued: &Receiver<RecordedCall>, first: RecordedCall, batch: &mut Vec<RecordedCall>) {
    batch.clear();
    batch.push(first);
    let until = Instant::now() + GATHERED_FOR;
    while batch.len() < LARGEST_BATCH {
        match queued.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(call) => batch.push(call),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Calls waiting to be written: more than ten minutes of thirty a second. They take some 10 MB.
pub(super) const ROWS_KEPT: usize = 20_000;
const GATHERED_FOR: Duration = Duration::from_millis(500);
const LARGEST_BATCH: usize = 500;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Shorter than a stopping service waits for its tasks.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::figures::tests::{exposition, record};
    use super::super::row;
    use super::*;

    #[test]
    fn calls_that_end_together_are_written_together_and_in_order() {
        let (queue, queued) = sync_channel(2_000);
        for number in 0..1_200 {
            queue.send(call(number)).unwrap();
        }
        drop(queue);
        let mut batches = vec![];
        write(
            &queued,
            &AtomicBool::new(false),
            &CallFigures::default(),
            |batch| {
                batches.push(batch.to_vec());
                Ok::<(), String>(())
            },
        );

        let sizes: Vec<_> = batches.iter().map(Vec::len).collect();
        assert_eq!(sizes, [500, 500, 200]);
        assert_eq!(batches.concat(), (0..1_200).map(call).collect::<Vec<_>>());
    }

    #[test]
    fn a_batch_that_is_refused_is_written_when_the_database_is_back() {
        let (queue, queued) = sync_channel(10);
        queue.send(call(1)).unwrap();
        drop(queue);
        let (mut refusals, mut written) = (2, vec![]);
        write(
            &queued,
            &AtomicBool::new(false),
            &CallFigures::default(),
            |batch| {
                if refusals > 0 {
                    refusals -= 1;
                    return Err("no disk");
                }
                written.extend_from_slice(batch);
                Ok(())
            },
        );

        assert_eq!(written, [call(1)]);
    }

    #[test]
    fn what_cannot_be_written_at_the_end_is_counted() {
        let (queue, queued) = sync_channel(1_000);
        for number in 0..700 {
            queue.send(call(number)).unwrap();
        }
        drop(queue);
        let figures = CallFigures::default();
        write(&queued, &AtomicBool::new(true), &figures, |_| {
            Err("no disk")
        });

        let text = exposition(&figures);
        assert!(
            text.contains("\nallo_call_rows_dropped_total 700\n"),
            "{text}"
        );
    }

    fn call(number: u32) -> RecordedCall {
        RecordedCall {
            call_id: format!("{number}@test"),
            ..row::of(&record())
        }
    }
}
