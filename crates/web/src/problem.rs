//! Errors of the API as problem documents (RFC 9457), with a sentence to act on in French and in English.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::Error;

/// An [`Error`] on its way to a program; `?` turns one into the other.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) Error);

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let status = error.status();
        let mut response = (status, Json(Document::new(&error))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = challenge(&error) {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// The document of RFC 9457 § 3, with `detail_en` as its one extension.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    detail_en: String,
}

impl Document {
    fn new(error: &Error) -> Self {
        let status = error.status();
        Self {
            kind: format!("urn:problem-type:allo:{}", error.code()),
            title: title(status),
            status: status.as_u16(),
            detail: error.french(),
            detail_en: error.english(),
        }
    }
}

/// The document of an error, for the description of the API.
pub(crate) fn document(error: &Error) -> serde_json::Value {
    serde_json::to_value(Document::new(error)).expect("plain strings are always JSON")
}

/// What is missing, for programs (RFC 6750 § 3).
fn challenge(error: &Error) -> Option<&'static str> {
    match error {
        Error::Token => Some(r#"Bearer realm="allo""#),
        Error::ReadOnly => Some(r#"Bearer realm="allo", error="insufficient_scope", scope="post""#),
        _ => None,
    }
}

/// The status in French words.
pub(crate) fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "Demande mal formée",
        StatusCode::UNAUTHORIZED => "Jeton absent ou inconnu",
        StatusCode::FORBIDDEN => "Action interdite",
        StatusCode::NOT_FOUND => "Introuvable",
        StatusCode::METHOD_NOT_ALLOWED => "Méthode refusée",
        StatusCode::REQUEST_TIMEOUT => "Demande trop lente",
        StatusCode::CONFLICT => "Changement concurrent",
        StatusCode::PAYLOAD_TOO_LARGE => "Demande trop longue",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Format refusé",
        StatusCode::UNPROCESSABLE_ENTITY => "Contenu refusé",
        StatusCode::TOO_MANY_REQUESTS => "Trop d’essais",
        StatusCode::SERVICE_UNAVAILABLE => "Service momentanément indisponible",
        _ => "Erreur du service",
    }
}
