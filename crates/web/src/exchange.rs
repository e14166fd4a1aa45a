//! What holds for every request: a time limit, no lost post, headers for browsers, sane OPTIONS.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time;
use tracing::Instrument;

use crate::error::Error;
use crate::pages::{Notice, Pages};
use crate::problem::Problem;

/// Carries one request to its end.
///
/// A finished page leaves at once, from memory. For the rest the work is a task of its own: a client that hangs up does not stop a post half-way, and a fault in
/// one route is an apology for one client.
pub(crate) async fn carry(
    State(pages): State<Arc<ArcSwap<Pages>>>,
    request: Request,
    next: Next,
) -> Response {
    match finished(&pages, &request) {
        Some(response) => response,
        None => with_headers(carry_on(request, next).await),
    }
}

/// The answer to whoever asks for a page that is finished; `None` for all other requests.
pub(crate) fn finished<B>(
    pages: &ArcSwap<Pages>,
    request: &axum::http::Request<B>,
) -> Option<Response> {
    pages.load().answer(request).map(with_headers)
}

fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

async fn carry_on(request: Request, next: Next) -> Response {
    let asks_for_methods = request.method() == Method::OPTIONS;
    let is_program = is_api(request.uri().path());
    let mut response = match carry_out(request, next).await {
        Ok(response) => response,
        Err(error) if is_program => Problem(error).into_response(),
        Err(error) => Notice(error).into_response(),
    };
    if asks_for_methods && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = methods(&response);
    }
    response
}

async fn carry_out(request: Request, next: Next) -> Result<Response, Error> {
    if !is_text(request.uri().path()) {
        return Err(Error::NotFound);
    }
    let longest = longest(request.uri().path());
    match time::timeout(longest, tokio::spawn(next.run(request).in_current_span())).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(fault)) => Err(Error::Fault(fault.to_string())),
        Err(_) => Err(Error::TooSlow(longest)),
    }
}

/// A file of twenty megabytes needs longer than a form.
fn longest(path: &str) -> Duration {
    match path {
        "/api/v1/recordings" | "/admin/post" => LONGEST_UPLOAD,
        _ if path.starts_with("/admin/territories/") && path.ends_with("/recording") => {
            LONGEST_UPLOAD
        }
        _ => LONGEST,
    }
}

/// Whether a path is UTF-8 once its `%` signs are resolved; another one names nothing of ours.
fn is_text(path: &str) -> bool {
    let (mut octets, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let Some((&octet, after)) = rest.split_first() {
        let escaped = if octet == b'%' {
            after.get(..2).and_then(octet_of)
        } else {
            None
        };
        octets.push(escaped.unwrap_or(octet));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    std::str::from_utf8(&octets).is_ok()
}

fn octet_of(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// The answer to OPTIONS: the methods of that address and nothing else.
fn methods(refused: &Response) -> Response {
    let known = refused
        .headers()
        .get(header::ALLOW)
        .and_then(|value| value.to_str().ok());
    let all = known.map_or_else(|| "OPTIONS".to_owned(), |known| format!("{known},OPTIONS"));
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(all) = HeaderValue::from_str(&all) {
        response.headers_mut().insert(header::ALLOW, all);
    }
    response
}

/// From the end of the headers to the answer: the body of a slow client, a database that hangs.
const LONGEST: Duration = Duration::from_secs(20);
/// The same, for a recording sent from a telephone at the edge of a network, and decoded.
const LONGEST_UPLOAD: Duration = Duration::from_secs(180);

/// No script, no frame, nothing from elsewhere. HSTS belongs to whoever terminates TLS.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_has_longer_than_a_form_wherever_it_is_sent() {
        for upload in [
            "/api/v1/recordings",
            "/admin/post",
            "/admin/territories/rouen_metropole/words/greeting/fr/recording",
        ] {
            assert_eq!(longest(upload), LONGEST_UPLOAD, "{upload}");
        }
        assert_eq!(longest("/admin/territories/rouen_metropole"), LONGEST);
    }

    #[test]
    fn a_page_whose_name_begins_like_the_api_is_a_page() {
        assert!(is_api("/api/v1/bulletins") && is_api("/api"));
        assert!(!is_api("/apiculture"));
    }

    #[test]
    fn a_path_is_text_once_its_signs_are_resolved() {
        for text in [
            "/",
            "/rouen_metropole",
            "/%C3%A9",
            "/%2e%2e",
            "/100%",
            "/%zz",
            "/%",
        ] {
            assert!(is_text(text), "{text}");
        }
        for other in ["/%ff", "/%C3", "/a%c3%28"] {
            assert!(!is_text(other), "{other}");
        }
    }
}
