//! The door: address and password, and out again.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use store::{Act, By, NewLogin, Stage, User};

use super::address::Client;
use super::cookie::Cookie;
use super::login::{LONGEST, SIGN_IN};
use super::totp::Totp;
use super::{Fields, Frame, Login, Next, Trouble, browser, code, enrol, page, secret};
use crate::app::Desk;
use crate::error::Error;

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
}

/// Where to go afterwards, as an address says it.
#[derive(Deserialize)]
pub(super) struct Onward {
    #[serde(default)]
    next: String,
}

impl Onward {
    pub(super) fn next(&self) -> Next {
        Next::parse(&self.next)
    }
}

/// GET `/admin/sign-in`.
async fn show(
    State(desk): State<Desk>,
    Query(onward): Query<Onward>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let next = onward.next();
    if Login::find(&headers, &desk).await?.is_some() {
        return Ok(Redirect::to(next.as_str()).into_response());
    }
    let frame = Frame::outside(&headers);
    Ok(page(&SignInPage::new(frame, &next, "", None)).into_response())
}

/// POST `/admin/sign-in`: the same words and the same time for an unknown address and for a wrong password.
async fn sign_in(
    State(desk): State<Desk>,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Trouble> {
    let email = fields.text("email").trim().to_lowercase();
    let next = Next::parse(fields.text("next"));
    let account: String = email.chars().take(LONGEST_ADDRESS).collect();
    let frame = Frame::outside(&headers);
    if let Err(error) = desk.door.knock(&account, client, desk.app.now()) {
        return Ok(SignInPage::new(frame, &next, &email, Some(&error)).refused(&error));
    }
    let (user, is_right) = match try_password(&desk, &email, fields.text("password")).await {
        Ok(tried) => tried,
        Err(error) => {
            desk.door.take_back(&account, client);
            return Err(Trouble(error));
        }
    };
    let known = user.is_some();
    let Some(user) = user.filter(|_| is_right) else {
        let known = known.then_some(email.as_str());
        note_refusal(&desk, known, client).await?;
        let error = Error::WrongPassword;
        return Ok(SignInPage::new(frame, &next, &email, Some(&error)).refused(&error));
    };
    desk.door.welcome(&account, client);
    let (cookie, onward) = open_half(&desk, &user, client, &headers).await?;
    let onward = Redirect::to(&next.after(onward));
    Ok(([(header::SET_COOKIE, cookie.set())], onward).into_response())
}

/// Keeps in the audit log that somebody was not let in. What was typed is not kept: it may be a password in the wrong
/// field.
pub(super) async fn note_refusal(
    desk: &Desk,
    email: Option<&str>,
    client: Client,
) -> Result<(), Error> {
    let by = By {
        who: email.unwrap_or("unknown"),
        at: desk.app.now(),
    };
    let object = email.map_or_else(|| "login".to_owned(), |email| format!("user/{email}"));
    let after = serde_json::json!({ "place": client.place() });
    let act = Act::new(by, "login.refused", object).after(&after);
    Ok(desk.app.store.insert_act(&act).await?)
}

/// The person of this address, and whether the password is theirs.
async fn try_password(
    desk: &Desk,
    email: &str,
    password: &str,
) -> Result<(Option<User>, bool), Error> {
    let user = desk.app.store.find_user(email).await?;
    let hash = user
        .as_ref()
        .and_then(|user| user.keys.password_hash.clone());
    let is_right = desk.door.hasher.verify(password.to_owned(), hash).await?;
    Ok((user, is_right))
}

/// Opens a login that has shown a password, and says where the second factor is shown or chosen.
pub(super) async fn open_half(
    desk: &Desk,
    user: &User,
    client: Client,
    headers: &HeaderMap,
) -> Result<(Cookie, &'static str), Error> {
    let cookie = Cookie::draw();
    let mut login = new_login(desk, user, client, headers, &cookie);
    login.stage = Stage::Password;
    login.ends_at = login
        .opened_at
        .saturating_add(LONGEST_HALF)
        .unwrap_or(login.ends_at);
    let onward = if user.keys.totp_secret.is_some() {
        code::ADDRESS
    } else {
        login.totp_proposed = Some(Totp::draw().octets().to_vec());
        enrol::ADDRESS
    };
    desk.app.store.open_login(&login).await?;
    Ok((cookie, onward))
}

/// A login for a person in this browser, open.
pub(super) fn new_login(
    desk: &Desk,
    user: &User,
    client: Client,
    headers: &HeaderMap,
    cookie: &Cookie,
) -> NewLogin {
    let now = desk.app.now();
    NewLogin {
        id: secret::letters::<12>(),
        hash: cookie.hash(),
        email: user.person.email.clone(),
        stage: Stage::Open,
        opened_at: now,
        ends_at: now.saturating_add(LONGEST).unwrap_or(now),
        place: client.place(),
        browser: browser::of(headers),
        totp_proposed: None,
    }
}

/// POST `/admin/sign-out`.
async fn sign_out(State(desk): State<Desk>, headers: HeaderMap) -> Result<Response, Trouble> {
    if let Some((row, _)) = super::login::live(&headers, &desk).await? {
        let by = By {
            who: &row.email,
            at: desk.app.now(),
        };
        desk.app.store.end_login(&row.email, &row.id, by).await?;
    }
    let cookie = [(header::SET_COOKIE, Cookie::clear())];
    Ok((cookie, Redirect::to(SIGN_IN)).into_response())
}

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    email: String,
    refusal: Option<String>,
}

impl SignInPage {
    fn new(frame: Frame, next: &Next, email: &str, refusal: Option<&Error>) -> Self {
        let refusal = refusal.map(|error| frame.say(&error.french(), &error.english()).to_owned());
        Self {
            frame,
            next: next.as_str().to_owned(),
            email: email.to_owned(),
            refusal,
        }
    }

    fn refused(&self, error: &Error) -> Response {
        refused(error, self)
    }
}

/// The page of a form once more, with what is wrong.
pub(super) fn refused(error: &Error, again: &impl Template) -> Response {
    let mut response = (error.status(), page(again)).into_response();
    if let Error::Resting(pause) = error {
        let seconds = pause.as_secs().max(1).into();
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    debug_assert_ne!(response.status(), StatusCode::OK);
    response
}

const LONGEST_ADDRESS: usize = 254;
/// Time to find the telephone with the authenticator, or to set one up.
const LONGEST_HALF: jiff::SignedDuration = jiff::SignedDuration::from_mins(20);
