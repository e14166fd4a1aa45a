//! Everything that can go wrong with a request: one `match` to a status, one to words.

mod english;
mod french;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use bulletin::Refusal;

use crate::admin::Weak;

/// Why a request is not answered as asked.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such page, bulletin or recording.
    NotFound,
    /// The address exists, the method does not.
    Method(Method),
    /// No bearer token, or one that no site holds.
    Token,
    /// The token may read and not change anything.
    ReadOnly,
    /// The post names a site that is not the token's, whether there is one or not.
    OtherSite,
    /// The body does not say that it is JSON.
    NotJson,
    /// The body does not say that it may be a recording.
    NotSound,
    /// A recording that cannot be used, in words that are not ours.
    Unheard {
        code: &'static str,
        french: String,
        english: String,
    },
    /// As many recordings are being received as there is room for.
    Busy,
    /// The body is longer than so many octets.
    TooLarge(usize),
    /// The body stopped half-way.
    CutShort,
    /// The body is not JSON; the parser's words.
    Malformed(String),
    /// The JSON has not the expected shape; the parser's words.
    Shape(String),
    /// Fields that this address does not know.
    UnknownFields(Vec<String>),
    /// A field that must be there.
    Missing(&'static str),
    /// A field with a value that is not among the possible ones.
    Value {
        field: &'static str,
        value: String,
        possible: String,
    },
    /// Two fields that exclude each other.
    Both(&'static str, &'static str),
    /// An `Idempotency-Key` that is empty, too long or not ASCII.
    Key,
    /// The same `Idempotency-Key` with another body.
    KeyReused,
    /// Somebody else changed the bulletin meanwhile.
    Changed,
    /// The role of whoever is signed in does not let them do this.
    Role,
    /// A page of another site has sent the form.
    ForeignOrigin,
    /// The body does not say that it is a form.
    NotForm,
    /// No such address and password.
    WrongPassword,
    /// No code of the moment, or one that was used.
    WrongCode,
    /// A link that never was, was used, or is too old.
    Link,
    /// A password that may not be chosen.
    Weak(Weak),
    /// Two fields that should hold the same.
    Unlike,
    /// Nothing may be tried for so long, after too many wrong tries.
    Resting(Duration),
    /// Too many people sign in at once.
    Crowded,
    /// A rule of the bulletin.
    Refused(Refusal),
    /// The recording is not made yet, or could not be made.
    Unspoken,
    /// A preview's words cannot be read aloud.
    Unspeakable,
    /// No voice works.
    Voiceless,
    /// Callers do not hear this bulletin any more.
    OffAir,
    /// The request did not come, or was not answered, within this time.
    TooSlow(Duration),
    /// A text with U+0000, which the database cannot hold.
    Character,
    /// Nothing has been rendered yet.
    Starting,
    /// The database does not answer.
    Store(store::Error),
    /// A fault of this program; what happened, for the log.
    Fault(String),
}

impl Error {
    /// From kind to status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::CutShort | Self::Malformed(_) | Self::Key | Self::Character => {
                StatusCode::BAD_REQUEST
            }
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::ReadOnly | Self::OtherSite | Self::Role | Self::ForeignOrigin => {
                StatusCode::FORBIDDEN
            }
            Self::Resting(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound | Self::Unspoken | Self::OffAir | Self::Link => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Changed => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::NotSound | Self::NotForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Shape(_)
            | Self::UnknownFields(_)
            | Self::Missing(_)
            | Self::Value { .. }
            | Self::Both(..)
            | Self::KeyReused
            | Self::Unheard { .. }
            | Self::WrongPassword
            | Self::WrongCode
            | Self::Weak(_)
            | Self::Unlike
            | Self::Unspeakable
            | Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Starting | Self::Busy | Self::Crowded | Self::Voiceless | Self::Store(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A stable name for programs, the end of the problem's `type`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Method(_) => "method-not-allowed",
            Self::Token => "token-required",
            Self::ReadOnly => "read-only-token",
            Self::OtherSite => "other-site",
            Self::NotJson => "not-json",
            Self::TooLarge(_) => "body-too-large",
            Self::NotSound => "recording-required",
            Self::Unheard { code, .. } => code,
            Self::Busy => "busy",
            Self::CutShort => "body-cut-short",
            Self::Malformed(_) => "malformed-json",
            Self::Shape(_) => "unexpected-shape",
            Self::UnknownFields(_) => "unknown-field",
            Self::Missing(_) => "missing-field",
            Self::Value { .. } => "unknown-value",
            Self::Both(..) => "exclusive-fields",
            Self::Key => "malformed-idempotency-key",
            Self::KeyReused => "idempotency-key-reused",
            Self::Changed => "changed-meanwhile",
            Self::Role => "role",
            Self::ForeignOrigin => "foreign-origin",
            Self::NotForm => "not-form",
            Self::WrongPassword => "wrong-password",
            Self::WrongCode => "wrong-code",
            Self::Link => "link",
            Self::Weak(_) => "weak-password",
            Self::Unlike => "unlike",
            Self::Resting(_) => "too-many-tries",
            Self::Crowded => "crowded",
            Self::Refused(refusal) => refusal.code(),
            Self::Unspoken => "recording-not-ready",
            Self::Unspeakable => "text-unspeakable",
            Self::Voiceless => "voice-unavailable",
            Self::OffAir => "off-air",
            Self::TooSlow(_) => "too-slow",
            Self::Character => "character",
            Self::Starting => "starting",
            Self::Store(_) => "store-unavailable",
            Self::Fault(_) => "fault",
        }
    }

    /// What is logged, once, where the answer is written: faults of ours, never a person's text.
    pub(crate) fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "the database does not answer a request"),
            Self::Fault(what) => tracing::error!(what, "a request could not be answered"),
            _ => {}
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict => Self::Changed,
            store::Error::Character { .. } => Self::Character,
            other => Self::Store(other),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_the_database_cannot_hold_is_a_fault_of_the_request() {
        let error = Error::from(store::Error::Character { doing: "finding" });

        assert_eq!(error.status(), StatusCode::BAD_REQUEST);
        assert_eq!(error.code(), "character");
    }
}
