//! The JSON body of a request, read strictly: a field that is not known is refused by its name.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use sha2::{Digest, Sha256};

use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// The fields of a body, and a print of the whole request for those who repeat it.
#[derive(Debug)]
pub(crate) struct Posted<T> {
    pub(crate) fields: T,
    /// SHA-256 of path and body.
    pub(crate) print: [u8; 32],
}

/// Fields that a body may have.
pub(crate) trait Fields: DeserializeOwned + Send {
    /// Whether the request means something without any body.
    const MAY_BE_ABSENT: bool;
}

impl<T: Fields> FromRequest<Desk> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        let says_json = is_json(request.headers());
        let path = request.uri().path().to_owned();
        let octets = whole(request, desk, LIMIT).await?;
        let is_absent = octets.is_empty() && T::MAY_BE_ABSENT;
        if !says_json && !is_absent {
            return Err(Error::NotJson.into());
        }
        let print = Sha256::new()
            .chain_update(path)
            .chain_update(b"\n")
            .chain_update(&octets)
            .finalize()
            .into();
        let fields = read(if is_absent { b"{}" } else { &octets })?;
        Ok(Self { fields, print })
    }
}

/// Every octet of a body.
///
/// - `limit`: that of the route, for the words of the refusal.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::CutShort`].
pub(crate) async fn whole(request: Request, desk: &Desk, limit: usize) -> Result<Bytes, Error> {
    Bytes::from_request(request, desk).await.map_err(|refused| {
        let status = refused.into_response().status();
        if status.as_u16() == 413 {
            Error::TooLarge(limit)
        } else {
            Error::CutShort
        }
    })
}

/// The longest body: a text of 1 200 characters fits many times.
pub(crate) const LIMIT: usize = 64 * 1024;

/// What was asked for, and whatever else was there.
#[derive(Deserialize)]
struct Read<T> {
    #[serde(flatten)]
    fields: T,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

fn read<T: Fields>(octets: &[u8]) -> Result<T, Error> {
    let read: Read<T> = serde_json::from_slice(octets).map_err(|error| match error.classify() {
        Category::Data => Error::Shape(error.to_string()),
        Category::Syntax | Category::Eof | Category::Io => Error::Malformed(error.to_string()),
    })?;
    let unknown: Vec<String> = read.unknown.keys().map(|name| shortened(name)).collect();
    if unknown.is_empty() {
        Ok(read.fields)
    } else {
        Err(Error::UnknownFields(unknown))
    }
}

/// A name as the answer repeats it: a stranger's kilobytes stay with the stranger.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

/// `application/json` or a format built on it, whatever the parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let kind = value
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}
