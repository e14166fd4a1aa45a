//! Who is behind the public pages of a territory: what they say of contact, accessibility and personal data.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Conformance, EmailAddress, Imprint, imprint_line, written};

use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page};
use crate::api::take_effect;
use crate::app::App;
use crate::error::Error;

/// GET `/admin/territories/{territory}/imprint`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, &read(&app, &managed).await?));
    Ok(shown(managed, frame, form, query.as_deref()))
}

/// POST `/admin/territories/{territory}/imprint`.
pub(super) async fn change(
    manager: Manager,
    State(app): State<App>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let territory = &manager.0.territory;
    for _ in 0..TRIES {
        let before = read(&app, &manager.0).await?;
        let mut form = Form::new(inputs(&frame, &before)).fill(&fields, &frame);
        let after = composed(&mut form, &frame);
        if form.is_good() {
            let store = &app.store;
            match store
                .set_imprint(&territory.slug, &before, &after, manager.by())
                .await
            {
                Ok(()) => {
                    take_effect(&app).await;
                    let address = manager.0.address("/imprint?done=written");
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        return Ok((status, shown(manager.0, frame, form, None)).into_response());
    }
    Err(Error::Changed.into())
}

fn inputs(frame: &Frame, imprint: &Imprint) -> Vec<Input> {
    let found: Vec<_> = Conformance::ALL
        .iter()
        .map(|it| (it.as_str(), frame.say(it.as_french(), it.as_english())))
        .collect();
    vec![
        Input::line(
            "publisher",
            frame.say("Qui publie ces pages", "Who publishes these pages"),
            frame.say(
                "L’organisme qui en répond : une métropole, une chambre de commerce, une association.",
                "The body that answers for them: a metropolis, a chamber of commerce, an association.",
            ),
            &imprint.publisher,
        ),
        Input::line(
            "email",
            frame.say("Adresse électronique", "E-mail address"),
            frame.say(
                "Une réponse y est due sous une semaine à qui n’arrive pas à lire une page.",
                "An answer is due there within a week to whoever cannot read a page.",
            ),
            &imprint.email,
        ),
        Input::line(
            "telephone",
            frame.say("Téléphone", "Telephone"),
            frame.say(
                "Celui du bureau, et non celui de la ligne.",
                "Of the office, not of the line.",
            ),
            &imprint.telephone,
        ),
        Input::lines(
            "address",
            frame.say("Adresse postale", "Postal address"),
            "",
            &imprint.address,
        ),
        Input::line(
            "data_protection",
            frame.say(
                "Qui répond des données personnelles",
                "Who answers about personal data",
            ),
            frame.say(
                "Un nom et une adresse, par exemple ceux du délégué à la protection des données.",
                "A name and an address, those of the data protection officer for example.",
            ),
            &imprint.data_protection,
        ),
        Input::choice(
            "conformance",
            frame.say("Accessibilité (RGAA)", "Accessibility (RGAA)"),
            imprint.conformance.as_str(),
            &found,
        ),
        Input::line(
            "audit",
            frame.say("Dernier audit", "Latest audit"),
            frame.say(
                "Qui l’a fait, quand, avec quel résultat ; vide tant qu’il n’y en a pas. Sans audit, les pages sont « non conformes ».",
                "Who made it, when, with what result; empty while there is none. Without an audit the pages are “not compliant”.",
            ),
            &imprint.audit,
        ),
        Input::lines(
            "shortcomings",
            frame.say(
                "Contenus non accessibles, en français",
                "What is not accessible, in French",
            ),
            "",
            &imprint.shortcomings,
        ),
        Input::lines(
            "shortcomings_en",
            frame.say(
                "Contenus non accessibles, en anglais",
                "What is not accessible, in English",
            ),
            "",
            &imprint.shortcomings_en,
        ),
        Input::line(
            "plan",
            frame.say(
                "Schéma pluriannuel d’accessibilité",
                "Plan of several years for accessibility",
            ),
            frame.say(
                "Où il se lit, pour ceux qui doivent en avoir un.",
                "Where it is read, for those who must have one.",
            ),
            &imprint.plan,
        ),
    ]
}

/// The imprint of the form; refusals are left in it.
fn composed(form: &mut Form, frame: &Frame) -> Imprint {
    let mut line = |name: &str| {
        let typed = form.value(name).to_owned();
        form.take(frame, name, imprint_line(&typed))
            .unwrap_or_default()
    };
    let (publisher, email, telephone) = (line("publisher"), line("email"), line("telephone"));
    let (data_protection, audit, plan) = (line("data_protection"), line("audit"), line("plan"));
    let mut lines = |name: &str| {
        let typed = form.value(name).to_owned();
        form.take(frame, name, written(&typed)).unwrap_or_default()
    };
    let (address, shortcomings, shortcomings_en) = (
        lines("address"),
        lines("shortcomings"),
        lines("shortcomings_en"),
    );
    let conformance = Conformance::parse(form.value("conformance"));
    let conformance = conformance.unwrap_or(Conformance::Unaudited);
    if conformance != Conformance::Unaudited && audit.is_empty() {
        let why = frame.say(
            "Pour dire les pages conformes, il faut un audit : écrivez qui l’a fait, et quand.",
            "To call the pages compliant an audit is needed: write who made it, and when.",
        );
        form.refuse("audit", why);
    }
    let email = match email.as_str() {
        "" => email,
        typed => {
            let read = form.take(frame, "email", EmailAddress::parse(typed));
            read.map_or_else(String::new, |it| it.to_string())
        }
    };
    Imprint {
        publisher,
        address,
        email,
        telephone,
        data_protection,
        conformance,
        audit,
        shortcomings,
        shortcomings_en,
        plan,
    }
}

async fn read(app: &App, managed: &Managed) -> Result<Imprint, Error> {
    let mut imprints = app.store.imprints().await?;
    Ok(imprints.remove(&managed.territory.slug).unwrap_or_default())
}

fn shown(managed: Managed, frame: Frame, form: Form, query: Option<&str>) -> Html<String> {
    page(&ImprintPage {
        done: super::change::done(query, &frame),
        form,
        frame,
        managed,
    })
}

#[derive(Template)]
#[template(path = "admin/territories/imprint.html")]
struct ImprintPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    form: Form,
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;
