//! Tells an alert: the log does today; a channel that can write to the sites on duty finds it here.

use serde::Deserialize;
use store::{AlertKind, Store};

use super::Failure;

/// Its name in the queue; [`Store::open_alert`] writes it.
pub(crate) const KIND: &str = "alert";

/// Tells the alert of a job, if it is not over already.
pub(crate) async fn perform(store: &Store, payload: &str) -> Result<(), Failure> {
    let Payload { alert: id } =
        serde_json::from_str(payload).map_err(|error| Failure::Final(error.to_string()))?;
    let Some(alert) = store.find_alert(id).await? else {
        return Ok(());
    };
    let what = &alert.what;
    match what.kind {
        AlertKind::Surge => tracing::warn!(
            alert = id,
            territory = %what.territory,
            told = %what.told,
            "people call and no bulletin tells why"
        ),
        AlertKind::Reminder => tracing::warn!(
            alert = id,
            site = what.site.as_ref().map(tracing::field::display),
            bulletin.id = what.bulletin.as_ref().map(tracing::field::display),
            told = %what.told,
            "nobody has said that an event is over"
        ),
        AlertKind::Undelivered => tracing::error!(
            alert = id,
            site = what.site.as_ref().map(tracing::field::display),
            bulletin.id = what.bulletin.as_ref().map(tracing::field::display),
            told = %what.told,
            "a bulletin has not arrived everywhere"
        ),
    }
    Ok(())
}

#[derive(Deserialize)]
struct Payload {
    alert: i64,
}
