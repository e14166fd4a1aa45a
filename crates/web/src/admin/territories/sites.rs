//! The sites of a territory: who takes part, and who did.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Language, Site, SiteSlug};
use store::RegisteredSite;

use super::change::say_again;
use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use super::{listen, slug};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;

/// GET `/admin/territories/{territory}/sites`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame));
    Ok(shown(&app, managed, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/sites`.
pub(super) async fn add(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let mut form = Form::new(inputs(&frame)).fill_new(&fields);
    if let Some(site) = composed(&manager.0, &mut form, &frame) {
        if fields.text("do") == "listen" {
            form.hear(&manager.0, Language::French, &site.spoken_name);
        } else {
            let by = manager.by();
            let jobs = say_again(&site.territory, by.at);
            match app.store.add_site(&site, &jobs, by).await {
                Ok(()) => {
                    take_effect(&app).await;
                    let address = manager.0.address("/sites?done=added");
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(store::Error::Conflict) => {
                    let taken = frame.say(
                        "Un autre site a déjà cet identifiant, ou l’a eu : choisissez-en un autre.",
                        "Another site has this identifier, or had it: choose another.",
                    );
                    form.refuse("slug", taken);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let status = form.status();
    let page = shown(&app, manager.0, frame, form, None).await?;
    Ok((status, page).into_response())
}

fn inputs(frame: &Frame) -> Vec<Input> {
    let site = Site {
        slug: SiteSlug::parse("site").expect("four small letters are a slug"),
        territory: bulletin::TerritorySlug::parse("territory").expect("small letters are a slug"),
        name: String::new(),
        spoken_name: String::new(),
        commune: String::new(),
    };
    let mut inputs = super::site::inputs(frame, &site);
    inputs.push(Input::line(
        "slug",
        frame.say("Identifiant", "Identifier"),
        frame.say(
            "Dans les adresses et pour les programmes, pour toujours : minuscules, chiffres, « - » ; vide, il est formé du nom.",
            "In addresses and for programs, for ever: small letters, digits, “-”; empty, it is made of the name.",
        ),
        "",
    ));
    inputs
}

/// The site of the form; `None` leaves the refusals in it.
fn composed(managed: &Managed, form: &mut Form, frame: &Frame) -> Option<Site> {
    let names = super::site::names(form, frame);
    let mut short = form.value("slug").to_owned();
    if short.is_empty() {
        short = slug::of(form.value("name"), '-');
    }
    let short = form.take(frame, "slug", SiteSlug::parse(&short));
    let (name, spoken_name, commune) = names?;
    Some(Site {
        slug: short?,
        territory: managed.territory.slug.clone(),
        name,
        spoken_name,
        commune,
    })
}

async fn shown(
    app: &App,
    managed: Managed,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let line = |one: RegisteredSite| Line {
        address: managed.address(&format!("/sites/{}", one.site.slug)),
        sound: listen::address(&managed, Language::French, &one.site.spoken_name),
        closed: one.closed_at.map(|at| {
            let zone = managed.territory.zone.clone();
            at.to_zoned(zone).strftime("%d/%m/%Y").to_string()
        }),
        site: one.site,
    };
    let lines: Vec<_> = managed.sites(app).await?.into_iter().map(line).collect();
    let (open, closed): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.closed.is_none());
    Ok(page(&SitesPage {
        done: super::change::done(query, &frame),
        open,
        closed,
        form,
        frame,
        managed,
    }))
}

struct Line {
    site: Site,
    address: String,
    sound: String,
    closed: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/territories/sites.html")]
struct SitesPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    open: Vec<Line>,
    closed: Vec<Line>,
    form: Form,
}
