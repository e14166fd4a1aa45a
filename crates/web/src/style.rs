//! The one style sheet, at an address that changes with its content.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse;

use crate::error::Error;
use crate::pages::Notice;
use crate::rendered::{Rendered, mark};

/// `/assets/1f0c….css`, for the head of every page.
pub(crate) fn address() -> &'static str {
    &ADDRESS
}

/// GET `/assets/{file}`.
pub(crate) async fn send(Path(file): Path<String>, request: HeaderMap) -> Response<Body> {
    match address().strip_prefix("/assets/") {
        Some(name) if name == file => SHEET.answer(&request),
        _ => Notice(Error::NotFound).into_response(),
    }
}

const TEXT: &str = include_str!("../templates/style.css");

static ADDRESS: LazyLock<String> =
    LazyLock::new(|| format!("/assets/{}.css", mark(TEXT.as_bytes())));

static SHEET: LazyLock<Rendered> =
    LazyLock::new(|| Rendered::immutable(TEXT.as_bytes(), "text/css; charset=utf-8"));
