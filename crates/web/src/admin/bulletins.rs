//! What was posted and what is to be: lists, the thread of one bulletin, and where it stands.

mod dictated;
mod list;
mod standing;
mod thread;

use axum::Router;
use axum::routing::get;

use crate::app::Desk;

/// Everything under `/admin/bulletins` and `/admin/dictated`.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/bulletins", get(list::show))
        .route("/bulletins/{id}", get(thread::show))
        .route("/bulletins/{id}/{act}", get(thread::form).post(thread::act))
        .route(
            "/dictated/{site}/{id}",
            get(dictated::hear).post(dictated::act),
        )
}
