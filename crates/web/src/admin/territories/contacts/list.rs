//! How the contacts of one kind are told: of which bulletins, and how long a silence may last.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Authority, ContactList, Kind, Patience};

use super::super::change;
use super::super::form::{Form, Input};
use super::super::managed::{Managed, Manager};
use super::find_list;
use crate::admin::{Fields, Frame, Trouble, page};
use crate::app::Desk;
use crate::error::Error;

/// GET `/admin/territories/{territory}/contacts/lists/{authority}`.
pub(in crate::admin::territories) async fn show(
    managed: Managed,
    State(desk): State<Desk>,
    Path((_, authority)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let list = find_list(&desk, &managed, &authority).await?;
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, &list));
    Ok(shown(
        managed,
        frame,
        list.authority,
        form,
        query.as_deref(),
    ))
}

/// POST `/admin/territories/{territory}/contacts/lists/{authority}`.
pub(in crate::admin::territories) async fn change(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, authority)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    for _ in 0..TRIES {
        let before = find_list(&desk, &manager.0, &authority).await?;
        let mut form = Form::new(inputs(&frame, &before)).fill(&fields, &frame);
        let after = composed(&before, &mut form, &frame);
        if let Some(after) = after.filter(|_| form.is_good()) {
            let (store, territory) = (&desk.app.store, &manager.0.territory.slug);
            let written = store
                .replace_contact_list(territory, &before, &after, manager.by())
                .await;
            match written {
                Ok(()) => {
                    let address = manager.0.address("/contacts?done=kept");
                    return Ok(Redirect::to(&address).into_response());
                }
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        let page = shown(manager.0, frame, before.authority, form, None);
        return Ok((status, page).into_response());
    }
    Err(Error::Changed.into())
}

/// The kinds of bulletins that a list is told of.
pub(super) fn kinds_in_words(list: &ContactList, frame: &Frame) -> String {
    let kinds = Kind::ALL.iter().filter(|kind| list.tells(**kind));
    let words = kinds.map(|kind| frame.say(kind.as_french(), kind.as_english()));
    let words: Vec<_> = words.collect();
    if words.is_empty() {
        frame.say("d’aucun bulletin", "of no bulletin").to_owned()
    } else {
        words.join(", ")
    }
}

fn inputs(frame: &Frame, list: &ContactList) -> Vec<Input> {
    let mut inputs: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| {
            let label = frame.say(kind.as_french(), kind.as_english());
            Input::tick(kind.as_str(), label, "", list.tells(*kind))
        })
        .collect();
    inputs.push(
        Input::line(
            "minutes",
            frame.say(
                "Minutes avant de prévenir le second contact",
                "Minutes before the second contact is told",
            ),
            frame.say(
                "De 1 à 240, comptées de la publication, pour un événement inopiné ou un exercice. Si personne n’accuse réception encore après autant de minutes, une alerte le dit au bureau.",
                "1 to 240, counted from the post, for an unplanned event or a drill. If nobody acknowledges after as many minutes again, an alert says so at the desk.",
            ),
            &list.patience.minutes().to_string(),
        )
        .required(),
    );
    inputs
}

/// The list of the form; `None` leaves the refusal in it.
fn composed(before: &ContactList, form: &mut Form, frame: &Frame) -> Option<ContactList> {
    let minutes = form.value("minutes").parse().ok();
    let patience = minutes.and_then(Patience::from_minutes);
    if patience.is_none() {
        form.refuse(
            "minutes",
            frame.say(
                "Écrivez un nombre de minutes, de 1 à 240.",
                "Write a number of minutes, 1 to 240.",
            ),
        );
    }
    let kinds = Kind::ALL.iter().copied();
    Some(ContactList {
        authority: before.authority,
        kinds: kinds.filter(|kind| form.ticked(kind.as_str())).collect(),
        patience: patience?,
    })
}

fn shown(
    managed: Managed,
    frame: Frame,
    authority: Authority,
    form: Form,
    query: Option<&str>,
) -> Html<String> {
    page(&ListPage {
        done: change::done(query, &frame),
        address: managed.address(&format!("/contacts/lists/{}", authority.as_str())),
        authority,
        form,
        frame,
        managed,
    })
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

#[derive(Template)]
#[template(path = "admin/territories/contact_list.html")]
struct ListPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    address: String,
    authority: Authority,
    form: Form,
}
