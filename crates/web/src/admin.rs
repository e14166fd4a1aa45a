//! The desk: pages for those who post, who look after a territory, who administer and who read.
//!
//! Plain forms, full page loads: each POST answers 303 to a page, GET changes nothing, and the one script only adds
//! comfort. A page begins with [`Login`] (who asks, and what they may do), fills a template around a [`Frame`], and
//! ends in a [`Trouble`] when it cannot be shown.

mod account;
mod address;
mod alerts;
mod audit;
mod browser;
mod bulletins;
mod code;
mod cookie;
mod door;
mod enrol;
mod event_file;
mod fields;
mod frame;
mod guard;
mod home;
mod kept;
mod link;
mod login;
mod next;
mod nodes;
mod numbers;
mod password;
mod people;
mod plot;
mod post;
mod secret;
mod shown_once;
mod sign_in;
mod table;
mod territories;
mod throttle;
mod tokens;
mod told;
mod totp;
mod trouble;
mod upload;

use askama::Template;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::any;

pub(crate) use address::{Client, Peer};
pub(crate) use alerts::in_words as alert_in_words;
pub(crate) use door::Door;
pub(crate) use password::Weak;
pub use password::{hash_password, verify_password};
pub use people::{Link, NotDone, invite, remove, reset};
pub use post::publish::{PUBLISH, publish_scheduled};
pub use territories::{SPEAK_ANEW, SPEAK_TERRITORY, say_again, say_all_again};
pub(crate) use throttle::{Patience, Throttle};
pub use totp::{Totp, base32};
#[allow(
    unused_imports,
    reason = "the doors of this room towards the pages of the desk"
)]
pub(crate) use {
    fields::Fields,
    frame::{Frame, Place},
    login::Login,
    next::Next,
    shown_once::ShownOnce,
    trouble::Trouble,
};

use crate::app::Desk;
use crate::error::Error;

/// Every address under `/admin`; each page of the desk adds its line.
pub(crate) fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .merge(home::routes())
        .merge(sign_in::routes())
        .merge(code::routes())
        .merge(enrol::routes())
        .merge(link::routes())
        .merge(account::routes())
        .merge(post::routes())
        .merge(bulletins::routes())
        .merge(tokens::routes())
        .merge(kept::routes())
        .merge(numbers::routes())
        .merge(audit::routes())
        .merge(event_file::routes())
        .merge(alerts::routes())
        .merge(nodes::routes())
        .merge(territories::routes())
        // Not a fallback: `/admin/x` would be taken for a bulletin of a territory named `admin`.
        .route("/{*rest}", any(nothing_here))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(desk.clone(), guard::watch))
        .layer(DefaultBodyLimit::max(fields::LIMIT))
}

/// What an unknown address under `/admin` answers, whoever asks.
pub(crate) async fn nothing_here() -> Trouble {
    Trouble(Error::NotFound)
}

async fn wrong_method(method: Method) -> Trouble {
    Trouble(Error::Method(method))
}

/// Renders a page; the templates write nothing that could fail.
pub(crate) fn page(template: &impl Template) -> Html<String> {
    let html = template.render();
    Html(html.expect("a template of plain values, written to a String, cannot fail"))
}
