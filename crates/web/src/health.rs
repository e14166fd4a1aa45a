//! For machines that watch: alive, and able to answer callers.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::app::{App, Concern, Readiness};

/// `/healthz` and `/readyz` alone, for a node that serves no pages.
pub fn health_router(readiness: Readiness) -> Router {
    let ready = move || async move { report(readiness()) };
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

/// GET `/healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    unkept("ok\n".into_response())
}

/// GET `/readyz`: 503 when a vital concern does not work, so that a balancer sends callers elsewhere.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    report((app.readiness)())
}

fn report(concerns: Vec<Concern>) -> Response {
    let ready = concerns.iter().all(|concern| concern.ok || !concern.vital);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    unkept((status, Json(Report { ready, concerns })).into_response())
}

#[derive(Serialize)]
struct Report {
    ready: bool,
    concerns: Vec<Concern>,
}

fn unkept(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
