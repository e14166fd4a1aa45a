//! What a territory is called, and the numbers that lead to it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{DialledNumber, Language, Territory, name};

use super::change::say_all_again;
use super::form::{Form, Input};
use super::list::no_number;
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;

/// GET `/admin/territories/{territory}/numbers`.
pub(super) async fn show(managed: Managed, RawQuery(query): RawQuery) -> Html<String> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, &managed.territory));
    shown(managed, frame, form, query.as_deref())
}

/// POST `/admin/territories/{territory}/numbers`.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    for _ in 0..TRIES {
        let before = manager.0.read_again(&app).await?;
        let mut form = Form::new(inputs(&frame, &before)).fill(&fields, &frame);
        let after = composed(&app, &manager.0, &before, &mut form).await?;
        if let Some(after) = after.filter(|_| form.is_good()) {
            if fields.text("do") == "listen" {
                form.hear(&manager.0, Language::French, &after.spoken_name);
            } else {
                let by = manager.by();
                let jobs = say_all_again(&after.slug, by.at);
                match app
                    .store
                    .replace_territory(&before, &after, &jobs, by)
                    .await
                {
                    Ok(()) => {
                        take_effect(&app).await;
                        let address = manager.0.address("/numbers?done=spoken");
                        return Ok(Redirect::to(&address).into_response());
                    }
                    Err(store::Error::Conflict) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        let status = form.status();
        return Ok((status, shown(manager.0, frame, form, None)).into_response());
    }
    Err(Error::Changed.into())
}

fn inputs(frame: &Frame, territory: &Territory) -> Vec<Input> {
    let numbers = territory.numbers.iter().map(DialledNumber::as_printed);
    let numbers: Vec<_> = numbers.collect();
    vec![
        Input::line(
            "name",
            frame.say("Nom", "Name"),
            frame.say("Tel que les pages l’affichent.", "As pages show it."),
            &territory.name,
        )
        .required(),
        Input::line(
            "spoken_name",
            frame.say("Nom parlé", "Spoken name"),
            frame.say(
                "Comme la voix doit le lire ; vide, elle lit le nom.",
                "As the voice should read it; empty, it reads the name.",
            ),
            &territory.spoken_name,
        ),
        Input::lines(
            "numbers",
            frame.say("Numéros appelés", "Dialled numbers"),
            frame.say(
                "Un par ligne ; celui que les pages impriment en premier, puis ceux par lesquels l’opérateur télécom livre les appels.",
                "One a line; the one that pages print first, then those by which the carrier delivers calls.",
            ),
            &numbers.join("\n"),
        ),
    ]
}

/// The territory of the form; `None` leaves the refusals in it.
async fn composed(
    app: &App,
    managed: &Managed,
    before: &Territory,
    form: &mut Form,
) -> Result<Option<Territory>, Error> {
    let frame = managed.frame();
    let typed = |form: &Form, name: &str| form.value(name).to_owned();
    let (called, spoken) = (typed(form, "name"), typed(form, "spoken_name"));
    let called = form.take(&frame, "name", name(&called));
    let spoken = match spoken.is_empty() {
        true => called.clone(),
        false => form.take(&frame, "spoken_name", name(&spoken)),
    };
    let numbers = typed(form, "numbers");
    let numbers = form.take(&frame, "numbers", DialledNumber::list(&numbers, "33"));
    let Some(numbers) = numbers else {
        return Ok(None);
    };
    if managed.is_training && !numbers.is_empty() {
        form.refuse("numbers", no_number(&frame));
        return Ok(None);
    }
    if let Some(taken) = taken(app, before, &numbers).await? {
        let number = taken.as_printed();
        let french = format!(
            "Le {number} mène déjà à un autre territoire. Retirez-le d’ici, ou faites-le d’abord retirer là-bas."
        );
        let english = format!(
            "{number} leads to another territory already. Take it away here, or have it taken away there first."
        );
        form.refuse("numbers", frame.say(&french, &english));
        return Ok(None);
    }
    let names = called.zip(spoken);
    Ok(names.map(|(name, spoken_name)| Territory {
        name,
        spoken_name,
        numbers,
        ..before.clone()
    }))
}

/// The first of these numbers that leads to another territory.
async fn taken(
    app: &App,
    here: &Territory,
    numbers: &[DialledNumber],
) -> Result<Option<DialledNumber>, Error> {
    let territories = app.store.territories().await?;
    let others = || territories.iter().filter(|one| one.slug != here.slug);
    let mut numbers = numbers.iter();
    let taken = numbers.find(|number| others().any(|one| one.numbers.contains(number)));
    Ok(taken.cloned())
}

fn shown(managed: Managed, frame: Frame, form: Form, query: Option<&str>) -> Html<String> {
    page(&NumbersPage {
        done: super::change::done(query, &frame),
        form,
        frame,
        managed,
    })
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

#[derive(Template)]
#[template(path = "admin/territories/numbers.html")]
struct NumbersPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    form: Form,
}
