//! The address that Prometheus reads: one text, made when it is asked for.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

/// Writes the metrics in the text format of OpenMetrics 1.0.
pub type Exposition = Arc<dyn Fn() -> String + Send + Sync>;

/// A router with `GET /metrics` alone, for an address that the public does not reach.
pub fn metrics_router(write: Exposition) -> Router {
    let answer = move || async move { ([(CONTENT_TYPE, FORMAT)], write()) };
    Router::new().route("/metrics", get(answer))
}

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
