//! The body of an upload: a file as it is, of a kind that may hold sound.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use tokio::sync::OwnedSemaphorePermit;

use super::body;
use crate::app::Desk;
use crate::error::Error;
use crate::problem::Problem;

/// A file that has arrived whole, and the seat it sits on in memory.
#[derive(Debug)]
pub(crate) struct Sound {
    pub(crate) file: Bytes,
    _seat: OwnedSemaphorePermit,
}

impl FromRequest<Desk> for Sound {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        if !may_be_sound(request.headers()) {
            return Err(Error::NotSound.into());
        }
        if announced(request.headers()).is_some_and(|octets| octets > LIMIT) {
            return Err(Error::TooLarge(LIMIT).into());
        }
        let seat = desk.uploads.clone().try_acquire_owned();
        let seat = seat.map_err(|_| Error::Busy)?;
        let file = body::whole(request, desk, LIMIT).await?;
        Ok(Self { file, _seat: seat })
    }
}

/// What browsers and people call recordings; the file itself tells what it is.
fn may_be_sound(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let kind = value.split(';').next().unwrap_or("").trim();
    let kind = kind.to_ascii_lowercase();
    kind.starts_with("audio/") || KINDS.contains(&kind.as_str())
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    let length = headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// The longest file: three minutes at 48 kHz, uncompressed.
pub(crate) const LIMIT: usize = 20 * 1024 * 1024;
/// Some programs call a recording a film without pictures.
const KINDS: [&str; 4] = [
    "application/octet-stream",
    "application/ogg",
    "video/mp4",
    "video/webm",
];

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_a_browser_records_may_be_sound_and_a_form_is_none() {
        let of = |kind| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            may_be_sound(&headers)
        };
        for kind in [
            "audio/webm;codecs=opus",
            "audio/mp4",
            "audio/ogg; codecs=opus",
            "Audio/WAV",
            "video/webm",
            "application/octet-stream",
        ] {
            assert!(of(kind), "{kind}");
        }
        for kind in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=a",
            "application/json",
            "",
        ] {
            assert!(!of(kind), "{kind}");
        }
    }
}
