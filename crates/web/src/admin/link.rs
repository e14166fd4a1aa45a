//! The page behind an invitation or a reset: a person chooses a password, and then shows or chooses the second factor
//! like everybody else.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use store::{Purpose, User};

use super::address::Client;
use super::password::{Password, Weak};
use super::sign_in::{open_half, refused};
use super::{Fields, Frame, Next, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/link/{secret}", get(show).post(choose))
}

/// GET `/admin/link/{secret}`: programs that look at the links of a mail use none up.
async fn show(
    State(desk): State<Desk>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Html<String>, Trouble> {
    let (user, purpose) = find(&desk, &secret).await?;
    let frame = Frame::outside(&headers);
    Ok(page(&LinkPage::new(frame, &user, purpose, None)))
}

/// POST `/admin/link/{secret}`.
async fn choose(
    State(desk): State<Desk>,
    Path(secret): Path<String>,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Trouble> {
    let (user, purpose) = find(&desk, &secret).await?;
    let wish = fields.text("password");
    let chosen = if wish == fields.text("again") {
        Password::choose(wish, &user.person.email).map_err(Error::Weak)
    } else {
        Err(Error::Unlike)
    };
    let password = match chosen {
        Ok(password) => password,
        Err(error) => {
            let frame = Frame::outside(&headers);
            let again = LinkPage::new(frame, &user, purpose, Some(&error));
            return Ok(refused(&error, &again));
        }
    };
    let hash = desk.door.hasher.hash(password).await?;
    let used = desk
        .app
        .store
        .use_link(secret::hash(&secret), &hash, desk.app.now())
        .await?;
    used.ok_or(Error::Link)?;
    let (cookie, onward) = open_half(&desk, &user, client, &headers).await?;
    let onward = Redirect::to(&Next::parse("").after(onward));
    Ok(([(header::SET_COOKIE, cookie.set())], onward).into_response())
}

async fn find(desk: &Desk, secret: &str) -> Result<(User, Purpose), Error> {
    let (store, now) = (&desk.app.store, desk.app.now());
    let link = store.find_link(secret::hash(secret), now).await?;
    let (email, purpose) = link.ok_or(Error::Link)?;
    let user = store.find_user(&email).await?.ok_or(Error::Link)?;
    Ok((user, purpose))
}

#[derive(Template)]
#[template(path = "admin/link.html")]
struct LinkPage {
    frame: Frame,
    email: String,
    name: String,
    role: &'static str,
    is_invitation: bool,
    refusal: Option<String>,
}

impl LinkPage {
    fn new(frame: Frame, user: &User, purpose: Purpose, refusal: Option<&Error>) -> Self {
        let role = user.person.role;
        let refusal = refusal.map(|error| frame.say(&error.french(), &error.english()).to_owned());
        Self {
            role: match frame.language() {
                "en" => role.english(),
                _ => role.french(),
            },
            email: user.person.email.clone(),
            name: user.person.name.clone(),
            is_invitation: purpose == Purpose::Invitation,
            frame,
            refusal,
        }
    }
}

impl From<Weak> for Error {
    fn from(weak: Weak) -> Self {
        Self::Weak(weak)
    }
}
