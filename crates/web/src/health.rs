//! For machines that watch: alive, and able to answer callers.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::{App, Concern};

/// GET `/healthz`: the process answers.
pub(crate) async fn alive() -> Response {
    unkept("ok\n".into_response())
}

/// GET `/readyz`: 503 when a vital concern does not work, so that a balancer sends callers elsewhere.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let concerns = (app.readiness)();
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
