//! Managing a territory: its sites, numbers, words and lexicon, whom they belong to, and which authorities are told.
//!
//! Every form here carries what it showed when it was opened beside what is typed ([`form`]): who changes something
//! that somebody else has changed meanwhile is told so and loses nothing. A change is written with its act and the
//! work it causes, and then awaited on the line and the pages ([`change`]).

mod change;
mod contacts;
mod explaining;
mod form;
mod imprint;
mod lexicon;
mod line;
mod list;
mod listen;
mod managed;
mod numbers;
mod overview;
mod people;
mod site;
mod sites;
mod slug;
mod words;

pub use change::{SPEAK_ANEW, SPEAK_TERRITORY, say_again, say_all_again};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::admin::upload;
use crate::app::Desk;

/// Every address under `/admin/territories`.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/territories", get(list::show).post(list::add))
        .route("/territories/{territory}", get(overview::show))
        .route(
            "/territories/{territory}/sites",
            get(sites::show).post(sites::add),
        )
        .route(
            "/territories/{territory}/sites/{site}",
            get(site::show).post(site::change),
        )
        .route(
            "/territories/{territory}/sites/{site}/approval",
            post(site::set_approval),
        )
        .route(
            "/territories/{territory}/sites/{site}/telephone",
            post(site::set_telephone),
        )
        .route(
            "/territories/{territory}/sites/{site}/close",
            post(site::close),
        )
        .route(
            "/territories/{territory}/sites/{site}/open",
            post(site::open),
        )
        .route(
            "/territories/{territory}/sites/{site}/place",
            post(site::set_place),
        )
        .route(
            "/territories/{territory}/imprint",
            get(imprint::show).post(imprint::change),
        )
        .route(
            "/territories/{territory}/pages",
            get(explaining::list).post(explaining::add),
        )
        .route(
            "/territories/{territory}/pages/{page}",
            get(explaining::show).post(explaining::change),
        )
        .route(
            "/territories/{territory}/numbers",
            get(numbers::show).post(numbers::change),
        )
        .route(
            "/territories/{territory}/line",
            get(line::show).post(line::change),
        )
        .route(
            "/territories/{territory}/words/{sentence}/{language}",
            get(words::show).post(words::change),
        )
        .route(
            "/territories/{territory}/words/{sentence}/{language}/recording",
            post(words::record).layer(DefaultBodyLimit::max(upload::LIMIT)),
        )
        .route(
            "/territories/{territory}/lexicon",
            get(lexicon::show).post(lexicon::add),
        )
        .route(
            "/territories/{territory}/lexicon/entry",
            get(lexicon::entry).post(lexicon::change),
        )
        .route(
            "/territories/{territory}/people",
            get(people::show).post(people::invite),
        )
        .route(
            "/territories/{territory}/people/change",
            post(people::change),
        )
        .route(
            "/territories/{territory}/contacts",
            get(contacts::show).post(contacts::add),
        )
        .route(
            "/territories/{territory}/contacts/{contact}",
            get(contacts::contact::show).post(contacts::contact::change),
        )
        .route(
            "/territories/{territory}/contacts/{contact}/key",
            post(contacts::contact::draw_key),
        )
        .route(
            "/territories/{territory}/contacts/keys/seen",
            post(contacts::contact::key_seen),
        )
        .route(
            "/territories/{territory}/contacts/{contact}/remove",
            post(contacts::contact::remove),
        )
        .route(
            "/territories/{territory}/contacts/lists/{authority}",
            get(contacts::list::show).post(contacts::list::change),
        )
        .route("/territories/{territory}/listen", get(listen::hear))
}
