//! The files beside the pages: style sheets and the desk's script, at addresses that change with their content.

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
    &SHEET.address
}

/// What the pages of the desk have besides.
pub(crate) fn desk_address() -> &'static str {
    &DESK_SHEET.address
}

/// The script of the desk.
pub(crate) fn script_address() -> &'static str {
    &DESK_SCRIPT.address
}

/// The script that looks for news.
pub(crate) fn live_address() -> &'static str {
    &LIVE_SCRIPT.address
}

/// What browsers show a feed with.
pub(crate) fn feed_address() -> &'static str {
    &FEED_SHEET.address
}

/// What stands elsewhere than on our pages.
pub(crate) fn elsewhere_address() -> &'static str {
    &ELSEWHERE_SHEET.address
}

/// GET `/assets/{file}`.
pub(crate) async fn send(Path(file): Path<String>, request: HeaderMap) -> Response<Body> {
    let files = [
        &*SHEET,
        &*FEED_SHEET,
        &*ELSEWHERE_SHEET,
        &*LIVE_SCRIPT,
        &*DESK_SHEET,
        &*DESK_SCRIPT,
    ];
    let named = |asset: &&&Asset| asset.address.strip_prefix("/assets/") == Some(&*file);
    match files.iter().find(named) {
        Some(asset) => asset.rendered.answer(&request),
        None => Notice(Error::NotFound).into_response(),
    }
}

struct Asset {
    address: String,
    rendered: Rendered,
}

impl Asset {
    fn new(text: &'static str, ending: &str, content_type: &'static str) -> Self {
        Self {
            address: format!("/assets/{}.{ending}", mark(text.as_bytes())),
            rendered: Rendered::immutable(text.as_bytes(), content_type),
        }
    }

    fn sheet(text: &'static str) -> Self {
        Self::new(text, "css", "text/css; charset=utf-8")
    }
}

static SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::sheet(include_str!("../templates/style.css")));
static FEED_SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::sheet(include_str!("../templates/feed.css")));
static ELSEWHERE_SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::sheet(include_str!("../templates/elsewhere/elsewhere.css")));
static DESK_SHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::sheet(include_str!("../templates/admin/desk.css")));
static LIVE_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../templates/live.js");
    Asset::new(text, "js", "text/javascript; charset=utf-8")
});
static DESK_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../templates/admin/desk.js");
    Asset::new(text, "js", "text/javascript; charset=utf-8")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_that_looks_for_news_is_under_five_kilobytes() {
        assert!(LIVE_SCRIPT.rendered.octets().len() < 5_000);
    }
}
