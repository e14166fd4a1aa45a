//! What a person at the desk reads when a page cannot be shown.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::{Frame, page};
use crate::error::Error;
use crate::problem::title;

/// An [`Error`] on its way to a person at the desk; `?` turns one into the other.
#[derive(Debug)]
pub(crate) struct Trouble(pub(crate) Error);

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let status = error.status();
        let shown = page(&TroublePage {
            frame: Frame::unknown(),
            title: title(status),
            french: error.french(),
            english: error.english(),
        });
        let mut response = (status, shown).into_response();
        if let Error::Resting(pause) = error
            && let Ok(seconds) = HeaderValue::from_str(&pause.as_secs().to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

#[derive(Template)]
#[template(path = "admin/trouble.html")]
struct TroublePage {
    frame: Frame,
    title: &'static str,
    french: String,
    english: String,
}
