//! One contact: changed, given another key, removed.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bulletin::{Contact, ContactId};

use super::super::change;
use super::super::form::Form;
use super::super::managed::{Managed, Manager};
use super::{KEY, TOPIC, composed, has_program, inputs, show_key};
use crate::admin::{Fields, Frame, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;

/// GET `/admin/territories/{territory}/contacts/{contact}`.
pub(in crate::admin::territories) async fn show(
    managed: Managed,
    State(desk): State<Desk>,
    Path((_, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let contact = find(&desk, &managed, &id).await?;
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, Some(&contact)));
    Ok(shown(managed, frame, &contact, form, query.as_deref()))
}

/// POST `/admin/territories/{territory}/contacts/{contact}`.
pub(in crate::admin::territories) async fn change(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    for _ in 0..TRIES {
        let before = find(&desk, &manager.0, &id).await?;
        let mut form = Form::new(inputs(&frame, Some(&before))).fill(&fields, &frame);
        let after = composed(&manager.0, before.id.clone(), &mut form, &frame);
        if let Some(after) = after.filter(|_| form.is_good()) {
            let store = &desk.app.store;
            match store.replace_contact(&before, &after, manager.by()).await {
                Ok(()) => return Ok(back(&manager.0, &before, "kept")),
                Err(store::Error::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let status = form.status();
        return Ok((status, shown(manager.0, frame, &before, form, None)).into_response());
    }
    Err(Error::Changed.into())
}

/// POST `/admin/territories/{territory}/contacts/{contact}/key`: draws another key.
pub(in crate::admin::territories) async fn draw_key(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let contact = find(&desk, &manager.0, &id).await?;
    let key = secret::octets::<KEY>();
    let store = &desk.app.store;
    store
        .change_webhook_key(&contact, &key, manager.by())
        .await?;
    show_key(&desk, &manager, &contact, &key);
    let address = manager.0.address("/contacts?done=kept");
    Ok(Redirect::to(&address).into_response())
}

/// POST `/admin/territories/{territory}/contacts/keys/seen`: the key that was shown is shown no more.
pub(in crate::admin::territories) async fn key_seen(
    manager: Manager,
    State(desk): State<Desk>,
) -> Response {
    let login = &manager.0.login;
    desk.door.shown_once.forget(&login.id, TOPIC);
    let address = manager.0.address("/contacts?done=seen");
    Redirect::to(&address).into_response()
}

/// POST `/admin/territories/{territory}/contacts/{contact}/remove`.
pub(in crate::admin::territories) async fn remove(
    manager: Manager,
    State(desk): State<Desk>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let contact = find(&desk, &manager.0, &id).await?;
    let store = &desk.app.store;
    store.remove_contact(&contact, manager.by()).await?;
    let address = manager.0.address("/contacts?done=removed");
    Ok(Redirect::to(&address).into_response())
}

/// A contact of a territory that is on its lists.
async fn find(desk: &Desk, managed: &Managed, id: &str) -> Result<Contact, Error> {
    let id = ContactId::parse(id).ok_or(Error::NotFound)?;
    let kept = desk.app.store.find_contact(&id).await?;
    let kept = kept.filter(|kept| !kept.is_removed);
    let contact = kept.map(|kept| kept.contact);
    contact
        .filter(|contact| contact.territory == managed.territory.slug)
        .ok_or(Error::NotFound)
}

fn back(managed: &Managed, contact: &Contact, done: &str) -> Response {
    let address = managed.address(&format!("/contacts/{}?done={done}", contact.id));
    Redirect::to(&address).into_response()
}

fn shown(
    managed: Managed,
    frame: Frame,
    contact: &Contact,
    form: Form,
    query: Option<&str>,
) -> Html<String> {
    page(&ContactPage {
        done: change::done(query, &frame),
        address: managed.address(&format!("/contacts/{}", contact.id)),
        name: contact.name.clone(),
        has_program: has_program(contact),
        form,
        frame,
        managed,
    })
}

/// Once more if somebody was faster between reading and writing.
const TRIES: usize = 2;

#[derive(Template)]
#[template(path = "admin/territories/contact.html")]
struct ContactPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    address: String,
    name: String,
    has_program: bool,
    form: Form,
}
