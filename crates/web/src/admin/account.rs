//! One's own account: where one is signed in, the language of the pages, recovery codes.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bulletin::Language;
use store::LoginRow;

use super::cookie::Cookie;
use super::enrol::in_groups;
use super::login::{IDLE, SIGN_IN};
use super::sign_in::Onward;
use super::{Fields, Frame, Login, Place, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;
use crate::words::Moment;

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/account", get(show))
        .route("/account/language", post(set_language))
        .route("/account/stay", post(stay))
        .route("/account/logins/end-others", post(end_others))
        .route("/account/logins/{id}/end", post(end))
        .route("/account/recovery-codes", get(show_codes).post(draw_codes))
        .route("/account/recovery-codes/kept", post(codes_are_kept))
}

/// GET `/admin/account`.
async fn show(State(desk): State<Desk>, login: Login) -> Result<Html<String>, Trouble> {
    let store = &desk.app.store;
    let rows = store.logins(&login.email).await?;
    let live = rows.into_iter().filter(|row| login.now < row.over_at(IDLE));
    Ok(page(&AccountPage {
        frame: Frame::new(&login, Place::Account),
        email: login.email.clone(),
        role: match login.language {
            Language::French => login.role.french(),
            Language::English => login.role.english(),
        },
        is_english: login.language == Language::English,
        codes_left: store.recovery_codes_left(&login.email).await?,
        logins: live.map(|row| Line::new(&row, &login)).collect(),
    }))
}

/// POST `/admin/account/language`.
async fn set_language(
    State(desk): State<Desk>,
    login: Login,
    fields: Fields,
) -> Result<Redirect, Trouble> {
    let wish = fields.text("language");
    let language = Language::parse(wish).ok_or_else(|| Error::Value {
        field: "language",
        value: wish.to_owned(),
        possible: "fr, en".to_owned(),
    })?;
    let store = &desk.app.store;
    let user = store.find_user(&login.email).await?;
    let mut person = user.ok_or(Error::NotFound)?.person;
    person.language = language;
    store.change_user(&person, login.by()).await?;
    Ok(Redirect::to(ADDRESS))
}

/// POST `/admin/account/stay`: the login is used, which prolongs it.
async fn stay(State(desk): State<Desk>, login: Login) -> Result<Redirect, Trouble> {
    desk.app.store.touch_login(&login.id, login.now).await?;
    Ok(Redirect::to(ADDRESS))
}

/// POST `/admin/account/logins/{id}/end`: one that is not one's own is not found.
async fn end(
    State(desk): State<Desk>,
    login: Login,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    if !desk
        .app
        .store
        .end_login(&login.email, &id, login.by())
        .await?
    {
        return Err(Trouble(Error::NotFound));
    }
    if id == login.id {
        let cookie = [(header::SET_COOKIE, Cookie::clear())];
        return Ok((cookie, Redirect::to(SIGN_IN)).into_response());
    }
    Ok(Redirect::to(ADDRESS).into_response())
}

/// POST `/admin/account/logins/end-others`.
async fn end_others(State(desk): State<Desk>, login: Login) -> Result<Redirect, Trouble> {
    let store = &desk.app.store;
    store
        .end_logins(&login.email, Some(&login.id), login.by())
        .await?;
    Ok(Redirect::to(ADDRESS))
}

/// GET `/admin/account/recovery-codes`: the codes that were just made, until they are kept.
async fn show_codes(
    State(desk): State<Desk>,
    login: Login,
    Query(onward): Query<Onward>,
) -> Html<String> {
    let codes = desk.door.shown_once.read(&login.id, CODES, login.now);
    let codes = codes.unwrap_or_default();
    page(&CodesPage {
        frame: Frame::new(&login, Place::Account),
        next: onward.next().as_str().to_owned(),
        codes: codes.iter().map(|code| in_groups(code)).collect(),
    })
}

/// POST `/admin/account/recovery-codes`: other ones; those of before open nothing.
async fn draw_codes(State(desk): State<Desk>, login: Login) -> Result<Redirect, Trouble> {
    let codes = draw_recovery_codes();
    let hashes: Vec<_> = codes.iter().map(|code| secret::hash(code)).collect();
    let store = &desk.app.store;
    store
        .replace_recovery_codes(&login.email, &hashes, login.by())
        .await?;
    desk.door
        .shown_once
        .keep(&login.id, CODES, codes, login.now);
    Ok(Redirect::to(RECOVERY_CODES))
}

/// POST `/admin/account/recovery-codes/kept`.
async fn codes_are_kept(State(desk): State<Desk>, login: Login, fields: Fields) -> Redirect {
    desk.door.shown_once.forget(&login.id, CODES);
    Redirect::to(super::Next::parse(fields.text("next")).as_str())
}

/// Ten codes of 80 bits, in the small letters in which they are compared.
pub(super) fn draw_recovery_codes() -> Vec<String> {
    (0..10).map(|_| secret::letters::<16>()).collect()
}

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    frame: Frame,
    email: String,
    role: &'static str,
    is_english: bool,
    codes_left: i64,
    logins: Vec<Line>,
}

/// A login, as a list shows it.
struct Line {
    id: String,
    browser: String,
    place: String,
    opened: Moment,
    seen: Moment,
    is_this: bool,
}

impl Line {
    fn new(row: &LoginRow, login: &Login) -> Self {
        Self {
            id: row.id.clone(),
            browser: row.browser.clone(),
            place: row.place.clone(),
            opened: Moment::told(login.language, row.opened_at, &login.zone, login.now),
            seen: Moment::told(login.language, row.seen_at, &login.zone, login.now),
            is_this: row.id == login.id,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/recovery_codes.html")]
struct CodesPage {
    frame: Frame,
    next: String,
    codes: Vec<String>,
}

/// What is shown once here.
pub(super) const CODES: &str = "recovery-codes";
/// Where.
pub(super) const RECOVERY_CODES: &str = "/admin/account/recovery-codes";
const ADDRESS: &str = "/admin/account";
