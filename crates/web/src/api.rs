//! The HTTP API: sites post and follow their bulletins, everybody reads the programme.

mod answer;
mod attempt;
mod bearer;
mod body;
mod drafts;
mod fields;
mod post;
mod programme;
mod publish;
mod recording;
mod recordings;
mod rows;
mod sound;
mod state;
mod thread;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::{any, get, post};

use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// Every address under `/api`.
pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/v1/bulletins", post(post::post_bulletin))
        .route("/v1/bulletins/{id}", get(state::read))
        .route("/v1/bulletins/{id}/updates", post(thread::update))
        .route("/v1/bulletins/{id}/correct", post(thread::correct))
        .route("/v1/bulletins/{id}/end", post(thread::end))
        .route("/v1/bulletins/{id}/withdraw", post(thread::withdraw))
        .route("/v1/bulletins/{id}/recording", get(recording::hear))
        .route(
            "/v1/recordings",
            post(recordings::upload).layer(DefaultBodyLimit::max(sound::LIMIT)),
        )
        .route("/v1/recordings/{id}", get(recordings::preview))
        .route("/v1/drafts", get(drafts::list))
        .route("/v1/drafts/{id}", axum::routing::delete(drafts::delete))
        .route("/v1/drafts/{id}/recording", get(drafts::hear))
        .route("/v1/territories", get(programme::territories))
        .route(
            "/v1/territories/{slug}/programme",
            get(programme::programme),
        )
        // Not a fallback: `/api/x` would be taken for a bulletin of a territory named `api`.
        .route("/", any(nothing_here))
        .route("/{*rest}", any(nothing_here))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body::LIMIT))
}

/// What an unknown address under `/api` answers.
pub(crate) async fn nothing_here() -> Problem {
    Problem(Error::NotFound)
}

async fn wrong_method(method: Method) -> Problem {
    Problem(Error::Method(method))
}
