//! The second factor of one who has one: a code of the authenticator, or a recovery code.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use store::User;

use super::address::Client;
use super::cookie::Cookie;
use super::login::HalfLogin;
use super::sign_in::{Onward, new_login, note_refusal, refused};
use super::totp::Totp;
use super::{Fields, Frame, Next, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/sign-in/code", get(show).post(enter))
}

/// GET `/admin/sign-in/code`.
async fn show(_: HalfLogin, Query(onward): Query<Onward>, headers: HeaderMap) -> Html<String> {
    page(&CodePage::new(
        Frame::outside(&headers),
        &onward.next(),
        None,
    ))
}

/// POST `/admin/sign-in/code`: opens the desk under another cookie.
async fn enter(
    half: HalfLogin,
    State(desk): State<Desk>,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Trouble> {
    let next = Next::parse(fields.text("next"));
    let account = format!("code {}", half.user.person.email);
    let again = |error: Error| {
        let page = CodePage::new(Frame::outside(&headers), &next, Some(&error));
        Ok(refused(&error, &page))
    };
    if let Err(error) = desk.door.knock(&account, client, desk.app.now()) {
        return again(error);
    }
    match is_right(&desk, &half.user, fields.text("code")).await {
        Ok(true) => {}
        Ok(false) => {
            note_refusal(&desk, Some(&half.user.person.email), client).await?;
            return again(Error::WrongCode);
        }
        Err(error) => {
            desk.door.take_back(&account, client);
            return Err(Trouble(error));
        }
    }
    desk.door.welcome(&account, client);
    let cookie = Cookie::draw();
    let login = new_login(&desk, &half.user, client, &headers, &cookie);
    desk.app.store.replace_login(&half.row.id, &login).await?;
    let onward = Redirect::to(next.as_str());
    Ok(([(header::SET_COOKIE, cookie.set())], onward).into_response())
}

/// Whether what was typed is a code of the moment or a recovery code, neither of them used before.
async fn is_right(desk: &Desk, user: &User, typed: &str) -> Result<bool, Error> {
    let (store, email) = (&desk.app.store, &user.person.email);
    let typed: String = typed
        .chars()
        .filter(|one| one.is_ascii_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let step = user
        .keys
        .totp_secret
        .as_deref()
        .and_then(|octets| Totp::of(octets).step_of(&typed, desk.app.now()));
    Ok(match step {
        Some(step) => store.use_totp(email, step).await?,
        None => {
            store
                .use_recovery_code(email, secret::hash(&typed), desk.app.now())
                .await?
        }
    })
}

#[derive(Template)]
#[template(path = "admin/code.html")]
struct CodePage {
    frame: Frame,
    next: String,
    refusal: Option<String>,
}

impl CodePage {
    fn new(frame: Frame, next: &Next, refusal: Option<&Error>) -> Self {
        let refusal = refusal.map(|error| frame.say(&error.french(), &error.english()).to_owned());
        Self {
            frame,
            next: next.as_str().to_owned(),
            refusal,
        }
    }
}

/// Where it is shown.
pub(super) const ADDRESS: &str = "/admin/sign-in/code";
