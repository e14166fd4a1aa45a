//! A site sends what a person has recorded, and hears it as callers would, before anything is published.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bulletin::RecordingKey;
use jiff::SignedDuration;
use media::Codec;
use serde::Serialize;

use super::answer::Remark;
use super::bearer::{Bearer, Poster};
use super::rows;
use super::sound::Sound;
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::recorder::{NotRecorded, Recorded};
use crate::wav;
use crate::words::rfc3339;

/// POST `/api/v1/recordings`: 201 with the name under which a bulletin can be heard as this recording.
pub(crate) async fn upload(
    State(app): State<App>,
    Poster(bearer): Poster,
    sound: Sound,
) -> Result<Response, Problem> {
    let recorded = match (app.recorder)(sound.file.clone()).await {
        Ok(recorded) => recorded,
        Err(NotRecorded::Refused {
            code,
            french,
            english,
        }) => {
            return Err(Error::Unheard {
                code,
                french,
                english,
            }
            .into());
        }
        Err(NotRecorded::Failed(why)) => return Err(Error::Fault(why).into()),
    };
    let now = app.now();
    let site = &bearer.0.site;
    app.store.save_take(site, &recorded.recording, now).await?;
    let (_, territory) = rows::site(&app.store, site).await?;
    let expires_at = rfc3339(now + KEPT, &territory.zone);
    let document = Document::new(&recorded, &app.publisher.public_url, expires_at);
    let location = HeaderValue::from_str(&document.preview);
    let mut answer = (
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, UNKEPT)],
        Json(document),
    )
        .into_response();
    if let Ok(location) = location {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// GET `/api/v1/recordings/{id}`: a WAV file with the octets that telephones are sent, decoded.
pub(crate) async fn preview(
    State(app): State<App>,
    Path(id): Path<String>,
    bearer: Bearer,
) -> Result<Response, Problem> {
    let key = RecordingKey::parse(&id).map_err(|_| Error::NotFound)?;
    if !app.store.has_take(&bearer.0.site, &key).await? {
        return Err(Error::NotFound.into());
    }
    let recording = app.store.find_recording(key.as_str()).await?;
    let recording = recording.ok_or(Error::NotFound)?;
    let samples = Codec::Pcma.decoder().decode(&recording.pcma);
    let file = wav::telephone(&samples).map_err(|error| Error::Fault(format!("{id}: {error}")))?;
    Ok((
        [(header::CONTENT_TYPE, WAV), (header::CACHE_CONTROL, UNKEPT)],
        file,
    )
        .into_response())
}

#[derive(Serialize)]
struct Document {
    id: String,
    duration_ms: u32,
    /// Of the speech in the file, before it was brought to the level of the line.
    level_dbov: f64,
    preview: String,
    expires_at: String,
    warnings: Vec<Remark>,
}

impl Document {
    fn new(recorded: &Recorded, public_url: &str, expires_at: String) -> Self {
        let Recorded {
            recording,
            dbov,
            remarks,
        } = recorded;
        let remark = |(french, english): &(String, String)| Remark::new(french, english);
        Self {
            id: recording.key.clone(),
            duration_ms: recording.duration_ms,
            level_dbov: (dbov * 10.0).round() / 10.0,
            preview: format!("{public_url}/api/v1/recordings/{}", recording.key),
            expires_at,
            warnings: remarks.iter().map(remark).collect(),
        }
    }
}

/// How long a recording waits for a bulletin.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
const WAV: HeaderValue = HeaderValue::from_static("audio/wav");
const UNKEPT: HeaderValue = HeaderValue::from_static("no-store");
