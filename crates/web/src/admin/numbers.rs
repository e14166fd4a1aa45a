//! Numbers that help: what callers of a territory did on one day, and what its sites posted in a year.
//!
//! Each section is a plot, the table it is drawn from, and that table as CSV. All of it is read from figures that were
//! added up before: a page costs the same after a quiet day and after a crisis.

mod figures;
mod sections;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use axum::routing::get;
use bulletin::{Territory, TerritorySlug};
use serde::Deserialize;

use self::figures::Figures;
use self::sections::{Section, sections};
use super::{Frame, Login, Place, Trouble, page};
use crate::app::Desk;
use crate::error::Error;

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/numbers", get(show))
        .route("/numbers/{table}", get(csv))
}

/// Of which territory, and which day of its clock: `2026-11-25`; without them, their first territory and today.
#[derive(Clone, Debug, Default, Deserialize)]
struct Wish {
    #[serde(default)]
    territory: String,
    #[serde(default)]
    day: String,
}

impl Wish {
    async fn read(&self, desk: &Desk, login: &Login) -> Result<Figures, Error> {
        let all = desk.app.store.territories().await?;
        let visible = |one: &&Territory| login.territories.contains(&one.slug);
        let territory = match self.territory.as_str() {
            "" => all.iter().find(visible),
            slug => {
                let slug = TerritorySlug::parse(slug).map_err(|_| Error::NotFound)?;
                login.may_read(&slug)?;
                all.iter().find(|one| one.slug == slug)
            }
        };
        let territory = territory.ok_or(Error::NotFound)?.clone();
        Figures::read(desk, territory, &self.day, (login.now, login.language)).await
    }
}

/// GET `/admin/numbers`.
async fn show(
    State(desk): State<Desk>,
    Query(wish): Query<Wish>,
    login: Login,
) -> Result<Html<String>, Trouble> {
    let figures = wish.read(&desk, &login).await?;
    let frame = Frame::new(&login, Place::Numbers);
    let all = desk.app.store.territories().await?;
    let choices = all
        .into_iter()
        .filter(|one| login.territories.contains(&one.slug));
    Ok(page(&NumbersPage {
        name: figures.territory.name.clone(),
        slug: figures.territory.slug.to_string(),
        choices: choices
            .map(|one| (one.slug.to_string(), one.name))
            .collect(),
        day: figures.day.to_string(),
        day_in_words: figures.day_in_words(),
        before: figures.day_before().map(|day| day.to_string()),
        after: figures.next_day().map(|day| day.to_string()),
        live: figures.live,
        calls: figures.calls(),
        sections: sections(&figures, &frame),
        frame,
    }))
}

/// GET `/admin/numbers/{table}.csv`.
async fn csv(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    Query(wish): Query<Wish>,
    login: Login,
) -> Result<Response, Trouble> {
    let figures = wish.read(&desk, &login).await?;
    let wanted = name.strip_suffix(".csv").ok_or(Error::NotFound)?;
    let sections = sections(&figures, &Frame::new(&login, Place::Numbers));
    let section = sections.into_iter().find(|one| one.name == wanted);
    let table = section.ok_or(Error::NotFound)?.table;
    let file = format!("{}-{}-{wanted}.csv", figures.territory.slug, figures.day);
    Ok(table.download(&file))
}

#[derive(Template)]
#[template(path = "admin/numbers.html")]
struct NumbersPage {
    frame: Frame,
    name: String,
    slug: String,
    choices: Vec<(String, String)>,
    day: String,
    day_in_words: String,
    before: Option<String>,
    after: Option<String>,
    live: u64,
    calls: u64,
    sections: Vec<Section>,
}
