//! The HTTP API: sites post and follow their bulletins, everybody reads the programme.

mod answer;
mod attempt;
mod bearer;
mod body;
mod description;
mod drafts;
mod fields;
mod post;
mod programme;
mod publish;
mod recording;
mod recordings;
pub(crate) mod rows;
mod sound;
mod state;
mod thread;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::{MethodRouter, any, delete, get, post};

pub(crate) use answer::{Answer, Remark};
pub(crate) use attempt::Attempt;
pub(crate) use publish::{Post, publish, take_effect};
pub(crate) use sound::LIMIT as UPLOAD_LIMIT;

use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// Every address under `/api`.
pub(crate) fn routes() -> Router<Desk> {
    addresses()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods)
        })
        // Not a fallback: `/api/x` would be taken for a bulletin of a territory named `api`.
        .route("/", any(nothing_here))
        .route("/{*rest}", any(nothing_here))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body::LIMIT))
}

/// The addresses under `/api` that hold something, as `/api/openapi.json` describes them.
fn addresses() -> Vec<(&'static str, MethodRouter<Desk>)> {
    let upload = post(recordings::upload).layer(DefaultBodyLimit::max(sound::LIMIT));
    vec![
        ("/openapi.json", get(description::send)),
        ("/v1/bulletins", post(post::post_bulletin)),
        ("/v1/bulletins/{id}", get(state::read)),
        ("/v1/bulletins/{id}/updates", post(thread::update)),
        ("/v1/bulletins/{id}/correct", post(thread::correct)),
        ("/v1/bulletins/{id}/end", post(thread::end)),
        ("/v1/bulletins/{id}/withdraw", post(thread::withdraw)),
        ("/v1/bulletins/{id}/recording", get(recording::hear)),
        ("/v1/recordings", upload),
        ("/v1/recordings/{id}", get(recordings::preview)),
        ("/v1/drafts", get(drafts::list)),
        ("/v1/drafts/{id}", delete(drafts::delete)),
        ("/v1/drafts/{id}/recording", get(drafts::hear)),
        ("/v1/territories", get(programme::territories)),
        (
            "/v1/territories/{slug}/programme",
            get(programme::programme),
        ),
    ]
}

/// What an unknown address under `/api` answers.
pub(crate) async fn nothing_here() -> Problem {
    Problem(Error::NotFound)
}

async fn wrong_method(method: Method) -> Problem {
    Problem(Error::Method(method))
}
