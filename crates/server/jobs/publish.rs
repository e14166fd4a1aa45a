//! Publishes what was scheduled at the desk, when its hour has come.

use serde::Deserialize;
use store::Job;
use web::App;

use super::Failure;

/// Its name in the queue; `web` inserts it with the draft.
pub(crate) const KIND: &str = web::PUBLISH;

/// Publishes the draft that a job names, unless it was changed, published or deleted meanwhile.
///
/// # Errors
/// [`Failure::Later`] when the store does not answer.
pub(crate) async fn perform(app: &App, job: &Job) -> Result<(), Failure> {
    let payload: Payload = serde_json::from_str(&job.payload)
        .map_err(|error| Failure::Final(format!("the payload cannot be read: {error}")))?;
    web::publish_scheduled(app, &payload.draft)
        .await
        .map_err(Failure::Later)
}

#[derive(Deserialize)]
struct Payload {
    draft: String,
}
