//! A page of a few sentences, with one button where something is to be done.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::pages::Shell;

/// What somebody reads before or after they have decided something.
#[derive(Debug, Template)]
#[template(path = "subscriptions/note.html")]
pub(super) struct Note {
    pub(super) shell: Shell,
    pub(super) heading: String,
    pub(super) sentences: Vec<String>,
    /// Sends this page's own form.
    pub(super) button: Option<String>,
    /// Address and words.
    pub(super) links: Vec<(String, String)>,
}

/// A page of one reader: kept by nobody on the way, and found by no search.
pub(super) fn private(status: StatusCode, page: &impl Template) -> Response {
    let mut response = match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}
