//! Tells of each finished call, without the caller's number.

use std::sync::mpsc::Receiver;

use line::CallRecord;

/// Logs until the line is gone.
pub(crate) fn log(records: Receiver<CallRecord>) {
    for record in records {
        tracing::info!(
            call.id = record.call_id,
            territory = record.territory.as_ref().map(tracing::field::display),
            seconds = record.ended_at.duration_since(record.started_at).as_secs(),
            bulletins = record.heard.len(),
            keys = record.keys,
            end = ?record.end,
            "a call ended"
        );
    }
}
