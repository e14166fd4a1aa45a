//! The second factor of one who has none yet: the secret goes into an authenticator, whose first code proves it.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::address::Client;
use super::cookie::Cookie;
use super::login::{HalfLogin, SIGN_IN};
use super::sign_in::{Onward, new_login, refused};
use super::totp::{Totp, base32};
use super::{Fields, Frame, Next, Trouble, account, page, secret};
use crate::app::Desk;
use crate::error::Error;
use crate::qr::Qr;

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/sign-in/authenticator", get(show).post(enrol))
}

/// GET `/admin/sign-in/authenticator`.
async fn show(
    half: HalfLogin,
    Query(onward): Query<Onward>,
    headers: HeaderMap,
) -> Result<Html<String>, Redirect> {
    let totp = proposed(&half)?;
    let frame = Frame::outside(&headers);
    let next = onward.next();
    Ok(page(&EnrolPage::new(frame, &half, &totp, &next, None)))
}

/// POST `/admin/sign-in/authenticator`: the desk is open, and the recovery codes are shown once.
async fn enrol(
    half: HalfLogin,
    State(desk): State<Desk>,
    client: Client,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Trouble> {
    let totp = match proposed(&half) {
        Ok(totp) => totp,
        Err(elsewhere) => return Ok(elsewhere.into_response()),
    };
    let (store, email, now) = (&desk.app.store, &half.user.person.email, desk.app.now());
    let next = Next::parse(fields.text("next"));
    let typed: String = fields
        .text("code")
        .chars()
        .filter(|one| one.is_ascii_alphanumeric())
        .collect();
    let Some(step) = totp.step_of(&typed, now) else {
        let error = Error::WrongCode;
        let frame = Frame::outside(&headers);
        let again = EnrolPage::new(frame, &half, &totp, &next, Some(&error));
        return Ok(refused(&error, &again));
    };
    let codes = account::draw_recovery_codes();
    let hashes: Vec<_> = codes.iter().map(|code| secret::hash(code)).collect();
    store
        .enrol(email, totp.octets(), step, &hashes, now)
        .await?;
    let cookie = Cookie::draw();
    let login = new_login(&desk, &half.user, client, &headers, &cookie);
    store.replace_login(&half.row.id, &login).await?;
    desk.door
        .shown_once
        .keep(&login.id, account::CODES, codes, now);
    let onward = Redirect::to(&next.after(account::RECOVERY_CODES));
    Ok(([(header::SET_COOKIE, cookie.set())], onward).into_response())
}

/// The secret that this login was offered; one who has a second factor is led to showing it.
fn proposed(half: &HalfLogin) -> Result<Totp, Redirect> {
    if half.user.keys.totp_secret.is_some() {
        return Err(Redirect::to(super::code::ADDRESS));
    }
    let octets = half.row.totp_proposed.as_deref();
    octets.map(Totp::of).ok_or_else(|| Redirect::to(SIGN_IN))
}

#[derive(Template)]
#[template(path = "admin/enrol.html")]
struct EnrolPage {
    frame: Frame,
    next: String,
    /// In groups of four letters.
    secret: String,
    /// For a telephone that is this very device.
    uri: String,
    qr: Option<Qr>,
    refusal: Option<String>,
}

impl EnrolPage {
    fn new(
        frame: Frame,
        half: &HalfLogin,
        totp: &Totp,
        next: &Next,
        refusal: Option<&Error>,
    ) -> Self {
        let uri = totp.uri(&half.user.person.email);
        let refusal = refusal.map(|error| frame.say(&error.french(), &error.english()).to_owned());
        Self {
            frame,
            next: next.as_str().to_owned(),
            secret: in_groups(&base32(totp.octets())),
            qr: Qr::draw(&uri),
            uri,
            refusal,
        }
    }
}

/// Letters as people copy them: four at a time.
pub(super) fn in_groups(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups = letters
        .chunks(4)
        .map(|four| four.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

/// Where it is chosen.
pub(super) const ADDRESS: &str = "/admin/sign-in/authenticator";
