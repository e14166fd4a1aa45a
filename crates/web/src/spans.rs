//! One span for each request, for whoever collects them (OpenTelemetry, semantic conventions of HTTP servers).
//!
//! Routes are told and never paths: those hold tokens of people who have no account. Where nobody collects, a span is
//! nothing and costs nothing.

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use bulletin::BulletinId;
use tracing::Span;
use tracing::field::{Empty, display};

/// The target of every span of the program; nothing else has it.
pub const SPANS: &str = "spans";

/// Puts a request into the trace of whoever sent it.
///
/// - The text is the header `traceparent` of W3C Trace Context; one that cannot be read changes nothing.
pub type Follow = fn(&Span, &str);

/// The span of a request; none without `follow`, and for those who ask every few seconds whether we live.
pub(crate) fn of_request<B>(follow: Option<Follow>, request: &axum::http::Request<B>) -> Span {
    let Some(follow) = follow else {
        return Span::none();
    };
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return Span::none();
    }
    let method = known(request.method());
    let span = tracing::info_span!(
        target: SPANS,
        "request",
        otel.kind = "server",
        otel.name = method,
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        bulletin.id = Empty,
    );
    let parent = request.headers().get("traceparent");
    if let Some(parent) = parent.and_then(|value| value.to_str().ok()) {
        follow(&span, parent);
    }
    span
}

/// Tells what was answered.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// Tells which route the router has found.
pub(crate) async fn note_route(request: Request, next: Next) -> Response {
    let span = Span::current();
    if !span.is_disabled()
        && let Some(route) = request.extensions().get::<MatchedPath>()
    {
        note(&span, request.method(), route.as_str());
    }
    next.run(request).await
}

/// Tells the route of a finished page, which leaves before any is looked for.
pub(crate) fn note_finished<B>(span: &Span, request: &axum::http::Request<B>) {
    if !span.is_disabled() {
        note(span, request.method(), finished_route(request.uri().path()));
    }
}

/// Tells which bulletin the work at hand is about.
pub(crate) fn note_bulletin(id: &BulletinId) {
    Span::current().record("bulletin.id", display(id));
}

fn note(span: &Span, method: &Method, route: &str) {
    span.record("http.route", route);
    span.record("otel.name", format!("{} {route}", known(method)).as_str());
}

/// A method of which there is a small number; strangers may write anything.
fn known(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    const NAMES: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let place = KNOWN.iter().position(|one| one == method);
    place.map_or("_OTHER", |place| NAMES[place])
}

/// The route by which the router would have found a finished page.
fn finished_route(path: &str) -> &'static str {
    let places: Vec<_> = path.split('/').skip(1).collect();
    match places[..] {
        [""] => "/",
        ["en"] => "/en",
        [_] => "/{page}",
        [_, "archives"] => "/{territory}/archives",
        [_, "archives.en"] => "/{territory}/archives.en",
        [_, _] => "/{territory}/{page}",
        [_, "sites", _] => "/{territory}/sites/{page}",
        [_, "pages", _] => "/{territory}/pages/{page}",
        ["api", "v1", "territories"] => "/api/v1/territories",
        _ => "/{territory}/{place}/{page}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_page_has_the_route_by_which_it_would_have_been_found() {
        for (path, route) in [
            ("/", "/"),
            ("/en", "/en"),
            ("/rouen_metropole", "/{page}"),
            ("/rouen_metropole.json", "/{page}"),
            ("/rouen_metropole/archives", "/{territory}/archives"),
            ("/rouen_metropole/feed.xml", "/{territory}/{page}"),
            ("/api/v1/territories", "/api/v1/territories"),
            (
                "/rouen_metropole/sites/raffinerie",
                "/{territory}/sites/{page}",
            ),
            ("/rouen_metropole/pages/torche", "/{territory}/pages/{page}"),
        ] {
            assert_eq!(finished_route(path), route, "{path}");
        }
    }

    #[test]
    fn no_method_of_a_stranger_is_told() {
        assert_eq!(known(&Method::POST), "POST");
        assert_eq!(known(&Method::from_bytes(b"0612345678").unwrap()), "_OTHER");
    }
}
