//! The first page of the desk: where one may go from here.

use askama::Template;
use axum::Router;
use axum::response::Html;
use axum::routing::get;
use store::Role;

use super::{Frame, Login, Place, page};
use crate::app::Desk;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/", get(show))
}

/// GET `/admin`.
async fn show(login: Login) -> Html<String> {
    page(&HomePage {
        frame: Frame::new(&login, Place::Home),
        name: &login.name,
        role: login.role,
        sites: login.sites.iter().map(ToString::to_string).collect(),
        territories: login.territories.iter().map(ToString::to_string).collect(),
    })
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage<'a> {
    frame: Frame,
    name: &'a str,
    role: Role,
    sites: Vec<String>,
    territories: Vec<String>,
}
