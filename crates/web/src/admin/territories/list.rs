//! The territories that who is signed in may see; an administrator adds one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{DialledNumber, Territory, TerritorySlug, name};
use jiff::tz::TimeZone;
use store::Role;

use super::change::say_again;
use super::form::{Form, Input};
use super::slug;
use crate::admin::{Fields, Frame, Login, Place, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;

/// GET `/admin/territories`.
pub(super) async fn show(
    State(app): State<App>,
    login: Login,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    if login.role == Role::Operator {
        return Err(Error::Role.into());
    }
    let frame = Frame::new(&login, Place::Territory);
    let form = Form::new(inputs(&frame));
    Ok(shown(&app, &login, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories`.
pub(super) async fn add(
    State(app): State<App>,
    login: Login,
    fields: Fields,
) -> Result<Response, Trouble> {
    login.may_administer()?;
    let frame = Frame::new(&login, Place::Territory);
    let mut form = Form::new(inputs(&frame)).fill_new(&fields);
    let added = match composed(&mut form, &frame) {
        Some((territory, training)) => {
            let by = login.by();
            let jobs = say_again(&territory.slug, by.at);
            let added = app
                .store
                .add_territory(&territory, training, &jobs, by)
                .await;
            match added {
                Ok(()) => Some(territory.slug),
                Err(store::Error::Conflict) => {
                    let taken = frame.say(
                        "Un autre territoire a cet identifiant, ou l’un de ces numéros.",
                        "Another territory has this identifier, or one of these numbers.",
                    );
                    form.refuse("slug", taken);
                    None
                }
                Err(error) => return Err(error.into()),
            }
        }
        None => None,
    };
    if let Some(slug) = added {
        take_effect(&app).await;
        let address = format!("/admin/territories/{slug}?done=added");
        return Ok(Redirect::to(&address).into_response());
    }
    let status = form.status();
    Ok((status, shown(&app, &login, frame, form, None).await?).into_response())
}

fn inputs(frame: &Frame) -> Vec<Input> {
    vec![
        Input::line("name", frame.say("Nom", "Name"), frame.say("Tel qu’il s’affiche, par exemple Rouen Métropole.", "As pages show it, Rouen Métropole for example."), "").required(),
        Input::line("spoken_name", frame.say("Nom parlé", "Spoken name"), frame.say("Comme la voix doit le lire ; vide, elle lit le nom.", "As the voice should read it; empty, it reads the name."), ""),
        Input::line("slug", frame.say("Identifiant", "Identifier"), frame.say("Dans les adresses : minuscules, chiffres et « _ » ; vide, il est formé du nom.", "In addresses: small letters, digits and “_”; empty, it is made of the name."), ""),
        Input::line("zone", frame.say("Fuseau horaire", "Time zone"), "", "Europe/Paris").required(),
        Input::lines("numbers", frame.say("Numéros appelés", "Dialled numbers"), frame.say("Un par ligne, le numéro imprimé en premier.", "One a line, the printed one first."), ""),
        Input::tick("training", frame.say("Territoire d’entraînement", "Training territory"), frame.say("Il n’est jamais sur la ligne ni sur une page publique, n’a pas de numéro, et le reste pour toujours.", "It is never on the line nor on a public page, has no number, and stays so for ever."), false),
    ]
}

/// The territory of the form, and whether it is one to learn in; `None` leaves the refusals in the form.
fn composed(form: &mut Form, frame: &Frame) -> Option<(Territory, bool)> {
    let typed = |form: &Form, name: &str| form.value(name).to_owned();
    let (called, spoken) = (typed(form, "name"), typed(form, "spoken_name"));
    let called = form.take(frame, "name", name(&called));
    let spoken = match spoken.is_empty() {
        true => called.clone(),
        false => form.take(frame, "spoken_name", name(&spoken)),
    };
    let mut short = typed(form, "slug");
    if short.is_empty() {
        short = slug::of(called.as_deref().unwrap_or_default(), '_');
    }
    let short = form.take(frame, "slug", TerritorySlug::parse(&short));
    let zone = TimeZone::get(form.value("zone")).ok();
    if zone.is_none() {
        let why = frame.say(
            "Écrivez un fuseau tel que Europe/Paris ou Indian/Reunion.",
            "Write a time zone such as Europe/Paris or Indian/Reunion.",
        );
        form.refuse("zone", why);
    }
    let numbers = typed(form, "numbers");
    let numbers = form.take(frame, "numbers", DialledNumber::list(&numbers, "33"));
    let training = form.ticked("training");
    if training && numbers.as_ref().is_some_and(|numbers| !numbers.is_empty()) {
        form.refuse("numbers", no_number(frame));
        return None;
    }
    let territory = Territory {
        slug: short?,
        name: called?,
        spoken_name: spoken?,
        zone: zone?,
        numbers: numbers?,
    };
    Some((territory, training))
}

/// Why a territory to learn in has no number.
pub(super) fn no_number<'a>(frame: &Frame) -> &'a str {
    let (french, english) = (
        "Un territoire d’entraînement n’a pas de numéro : personne ne doit l’entendre au téléphone. Retirez les numéros.",
        "A training territory has no number: nobody must hear it by telephone. Take the numbers away.",
    );
    frame.say(french, english)
}

async fn shown(
    app: &App,
    login: &Login,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let training = app.store.training_territories().await?;
    let sites = app.store.sites().await?;
    let territories = app.store.territories().await?.into_iter();
    let seen = territories.filter(|one| login.may_read(&one.slug).is_ok());
    let lines = seen.map(|one| Line {
        sites: sites
            .iter()
            .filter(|site| site.territory == one.slug)
            .count(),
        is_training: training.contains(&one.slug),
        numbers: printed(&one.numbers),
        territory: one,
    });
    let lines = lines.collect();
    Ok(page(&ListPage {
        may_add: login.may_administer().is_ok(),
        done: super::change::done(query, &frame),
        lines,
        form,
        frame,
    }))
}

/// Numbers as people read them.
pub(super) fn printed(numbers: &[DialledNumber]) -> Vec<String> {
    let printed = numbers.iter().map(DialledNumber::as_printed);
    printed
        .map(|number| number.replace(' ', "\u{a0}"))
        .collect()
}

struct Line {
    territory: Territory,
    is_training: bool,
    sites: usize,
    numbers: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/territories/list.html")]
struct ListPage {
    frame: Frame,
    done: &'static str,
    lines: Vec<Line>,
    may_add: bool,
    form: Form,
}
