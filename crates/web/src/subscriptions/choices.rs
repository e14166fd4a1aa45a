//! What a reader receives, for them to change.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bulletin::Language;
use store::Choice;

use super::form::{Boxes, choice};
use super::token::Known;
use crate::admin::{Fields, Trouble};
use crate::app::App;
use crate::error::Error;
use crate::pages::{Notice, Place, Shell, private};

/// GET `/{territory}/subscription/{token}`.
pub(super) async fn show(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
) -> Result<Response, Notice> {
    let known = Known::read(&app, &slug, &token).await?;
    let Some(subscriber) = &known.subscriber else {
        return Ok(known.gone());
    };
    let pages = app.pages.load_full();
    let page = ChoicesPage::new(pages.place(&slug)?, &known, &token, &subscriber.choice);
    Ok(private(StatusCode::OK, &page))
}

/// POST to the same.
pub(super) async fn take(
    State(app): State<App>,
    Path((slug, token)): Path<(String, String)>,
    fields: Result<Fields, Trouble>,
) -> Result<Response, Notice> {
    let fields = fields.map_err(|Trouble(error)| error)?;
    let known = Known::read(&app, &slug, &token).await?;
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    let choice = choice(place, &fields);
    let language = Language::parse(fields.text("language")).ok_or(Error::Missing("language"))?;
    if !app
        .store
        .change_subscriber(&known.id, &choice, language)
        .await?
    {
        return Ok(known.gone());
    }
    let known = known.told(place, language);
    let page = ChoicesPage {
        is_saved: true,
        ..ChoicesPage::new(place, &known, &token, &choice)
    };
    Ok(private(StatusCode::OK, &page))
}

#[derive(Template)]
#[template(path = "subscriptions/choices.html")]
struct ChoicesPage {
    shell: Shell,
    boxes: Boxes,
    is_saved: bool,
    unsubscribe: String,
}

impl ChoicesPage {
    fn new(place: &Place, known: &Known, token: &str, choice: &Choice) -> Self {
        Self {
            shell: known.shell("Ce que vous recevez", "What you receive"),
            boxes: Boxes::new(place, choice),
            is_saved: false,
            unsubscribe: format!("/{}/unsubscribe/{token}", known.territory.slug),
        }
    }
}
