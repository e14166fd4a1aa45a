//! What a person reads when there is no page to show.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::Shell;
use crate::error::Error;
use crate::problem::title;

/// An [`Error`] on its way to a person; `?` turns one into the other.
#[derive(Debug)]
pub(crate) struct Notice(pub(crate) Error);

impl<E: Into<Error>> From<E> for Notice {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Notice {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let status = error.status();
        let (heading, [text, english]) = match status {
            StatusCode::NOT_FOUND => ("Page introuvable", NOT_FOUND.map(str::to_owned)),
            StatusCode::SERVICE_UNAVAILABLE => (
                "Page momentanément indisponible",
                UNAVAILABLE.map(str::to_owned),
            ),
            _ => (title(status), [error.french(), error.english()]),
        };
        let page = NoticePage {
            shell: Shell::elsewhere(heading),
            heading,
            text: &text,
            english: &english,
        };
        let mut response = match page.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(_) => status.into_response(),
        };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    shell: Shell,
    heading: &'static str,
    text: &'a str,
    /// The same in English: the address does not tell which language is read.
    english: &'a str,
}

const NOT_FOUND: [&str; 2] = [
    "Il n’y a pas de page à cette adresse. Vérifiez-la, ou repartez de l’accueil.",
    "There is no page at this address. Check it, or begin at the first page.",
];
const UNAVAILABLE: [&str; 2] = [
    "Cette page ne peut pas être affichée en ce moment. \
     Réessayez dans un instant\u{a0}; les événements en cours restent sur la page de votre territoire.",
    "This page cannot be shown at this moment. \
     Try again in an instant; what goes on stays on the page of your territory.",
];
