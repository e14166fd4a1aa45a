//! What callers of a number hear, for everybody, from memory.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::problem::Problem;

/// GET `/api/v1/territories`.
pub(crate) async fn territories(
    State(app): State<App>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    Ok(app.pages.load().territories()?.answer(&request))
}

/// GET `/api/v1/territories/{slug}/programme`.
pub(crate) async fn programme(
    State(app): State<App>,
    Path(slug): Path<String>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    Ok(app.pages.load().place(&slug)?.document().answer(&request))
}
