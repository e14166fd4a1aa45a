//! The first page of the desk: where one may go from here.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use store::Role;

use super::{Frame, Login, Place, Trouble, page};
use crate::app::Desk;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/", get(show))
}

/// GET `/admin`.
async fn show(State(desk): State<Desk>, login: Login) -> Result<Html<String>, Trouble> {
    let store = &desk.app.store;
    let (sites, territories) = (store.sites().await?, store.territories().await?);
    let sites = sites.into_iter();
    let sites = sites.filter(|site| login.sites.contains(&site.slug));
    let territories = territories.into_iter();
    let territories = territories.filter(|one| login.territories.contains(&one.slug));
    Ok(page(&HomePage {
        frame: Frame::new(&login, Place::Home),
        name: &login.name,
        role: login.role,
        sites: sites.map(|site| site.name).collect(),
        territories: territories.map(|one| one.name).collect(),
    }))
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
