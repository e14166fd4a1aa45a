//! The same request twice, once done: `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header).
//!
//! A key belongs to a token and is kept for 48 hours. With it, a click repeated after a lost answer gets
//! that answer again instead of a second bulletin.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use store::{Once, Store};

use super::answer::Answer;
use super::bearer::Bearer;
use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// The `Idempotency-Key` of a request, if it has one.
#[derive(Debug)]
pub(crate) struct Key(Option<String>);

impl FromRequestParts<Desk> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let key = value.to_str().map_err(|_| Error::Key)?;
        let is_sound =
            (1..=255).contains(&key.len()) && key.bytes().all(|octet| octet.is_ascii_graphic());
        if is_sound {
            Ok(Self(Some(key.to_owned())))
        } else {
            Err(Error::Key.into())
        }
    }
}

/// One request of one token, which may have been made before.
#[derive(Debug)]
pub(crate) struct Attempt {
    token_id: String,
    key: Option<String>,
    print: [u8; 32],
}

impl Attempt {
    pub(crate) fn new(bearer: &Bearer, key: Key, print: [u8; 32]) -> Self {
        Self {
            token_id: bearer.0.id.clone(),
            key: key.0,
            print,
        }
    }

    /// A button of the desk, by the random name that its page was given: whoever presses it, it is pressed once.
    pub(crate) fn of_desk(name: &str) -> Self {
        Self {
            token_id: DESK.to_owned(),
            key: Some(name.to_owned()),
            print: Sha256::digest(name).into(),
        }
    }

    /// The answer that this very request got before.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key came with another request.
    pub(crate) async fn earlier_answer(&self, store: &Store) -> Result<Option<Answer>, Error> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let Some(once) = store.find_once(&self.token_id, key).await? else {
            return Ok(None);
        };
        if once.request_hash != self.print {
            return Err(Error::KeyReused);
        }
        let answer = serde_json::from_str(&once.response);
        answer
            .map(Some)
            .map_err(|error| Error::Fault(format!("a kept answer cannot be read: {error}")))
    }

    /// The row that keeps the answer, written with the post itself.
    pub(crate) fn once(&self, answer: &Answer) -> Option<Once> {
        self.key.as_ref().map(|key| Once {
            token_id: self.token_id.clone(),
            key: key.clone(),
            request_hash: self.print,
            response: serde_json::to_string(answer).expect("plain strings are always JSON"),
        })
    }
}

/// Stands where the id of a token would; none has this one.
const DESK: &str = "desk";
