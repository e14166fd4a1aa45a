//! A form that comes when its login is over is not lost: it is kept, and sent again once its writer is back.
//!
//! It stays in memory, for ten minutes, and is shown to the person whose login it was, nobody else.

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use store::Stage;

use super::cookie::Cookie;
use super::login::{IDLE, SIGN_IN};
use super::{Frame, Login, Next, Place, fields, page};
use crate::app::Desk;
use crate::error::Error;

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/kept", get(show))
        .route("/kept/forget", post(forget))
}

/// Lets a request through, unless it is a form whose login has ended: that is kept, and the answer leads to the door.
///
/// - `address`: path and query as they were asked for.
///
/// # Errors
/// Those of the store.
pub(super) async fn keep(
    desk: &Desk,
    address: &str,
    request: Request,
) -> Result<Result<Request, Response>, Error> {
    let is_at_the_door = ["/admin/sign-", "/admin/link/"]
        .iter()
        .any(|door| address.starts_with(door));
    // The posting page gives back what it was sent, for it may hold a file.
    let is_post = address == "/admin/post";
    let cookie = Cookie::of(request.headers());
    let Some(cookie) = cookie.filter(|_| !is_at_the_door && !is_post) else {
        return Ok(Ok(request));
    };
    let found = desk.app.store.find_login(cookie.hash()).await?;
    let now = desk.app.now();
    let ended = found.filter(|(row, _)| row.stage == Stage::Open && row.over_at(IDLE) <= now);
    let Some((_, user)) = ended else {
        return Ok(Ok(request));
    };
    let action = Next::parse(address).as_str().to_owned();
    let Ok(Form(typed)) = read(request).await else {
        return Ok(Err(Redirect::to(SIGN_IN).into_response()));
    };
    let pairs = typed.into_iter().flat_map(|(name, value)| [name, value]);
    let lines = std::iter::once(action).chain(pairs).collect();
    let kept = &desk.door.shown_once;
    kept.keep(&user.person.email, TOPIC, lines, now);
    let onward = Next::parse(ADDRESS).after(SIGN_IN);
    Ok(Err(Redirect::to(&onward).into_response()))
}

/// The fields of a form of no more than its greatest length.
async fn read(request: Request) -> Result<Form<Vec<(String, String)>>, ()> {
    let (parts, body) = request.into_parts();
    let octets = to_bytes(body, fields::LIMIT).await.map_err(|_| ())?;
    let request = Request::from_parts(parts, Body::from(octets));
    Form::from_request(request, &()).await.map_err(|_| ())
}

/// GET `/admin/kept`.
async fn show(State(desk): State<Desk>, login: Login) -> Html<String> {
    let kept = desk.door.shown_once.read(&login.email, TOPIC, login.now);
    let mut lines = kept.unwrap_or_default().into_iter();
    let action = lines.next();
    let mut typed = vec![];
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        typed.push((name, value));
    }
    page(&KeptPage {
        frame: Frame::new(&login, Place::Elsewhere),
        action,
        typed,
    })
}

/// POST `/admin/kept/forget`.
async fn forget(State(desk): State<Desk>, login: Login) -> Redirect {
    desk.door.shown_once.forget(&login.email, TOPIC);
    Redirect::to("/admin")
}

#[derive(Template)]
#[template(path = "admin/kept.html")]
struct KeptPage {
    frame: Frame,
    /// Where the form was sent.
    action: Option<String>,
    /// What it held.
    typed: Vec<(String, String)>,
}

impl KeptPage {
    /// What a person has written, and not what a page wrote for itself.
    fn words(&self) -> impl Iterator<Item = &str> {
        let values = self.typed.iter().map(|(_, value)| value.as_str());
        values.filter(|value| value.contains(' '))
    }
}

const ADDRESS: &str = "/admin/kept";
const TOPIC: &str = "form";
