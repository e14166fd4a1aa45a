//! What a site's operators dictated by telephone and did not publish: listed, heard, deleted.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{By, KeptDraft};

use super::bearer::{Bearer, Poster};
use super::rows;
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::words::rfc3339;

/// GET `/api/v1/drafts`: those of the token's site, newest first.
pub(crate) async fn list(State(app): State<App>, bearer: Bearer) -> Result<Response, Problem> {
    let site = &bearer.0.site;
    let (_, territory) = rows::site(&app.store, site).await?;
    let kept = app.store.drafts(site).await.map_err(Error::from)?;
    let drafts = kept.iter().map(|draft| Item {
        id: draft.id.clone(),
        kind: draft.kind.as_str(),
        events: [draft.event.as_str()],
        at: rfc3339(draft.at, &territory.zone),
        duration_ms: draft.duration_ms,
        recording: recording_url(draft),
    });
    let document = Json(Document {
        site: site.to_string(),
        drafts: drafts.collect(),
    });
    Ok(([(header::CACHE_CONTROL, UNKEPT)], document).into_response())
}

/// GET `/api/v1/drafts/{id}/recording`: what was spoken, as it came from the telephone.
pub(crate) async fn hear(
    State(app): State<App>,
    Path(id): Path<String>,
    bearer: Bearer,
) -> Result<Response, Problem> {
    let found = app.store.draft_wav(&bearer.0.site, &id).await;
    let wav = found.map_err(Error::from)?.ok_or(Error::NotFound)?;
    Ok((
        [(header::CONTENT_TYPE, WAV), (header::CACHE_CONTROL, UNKEPT)],
        wav,
    )
        .into_response())
}

/// DELETE `/api/v1/drafts/{id}`.
pub(crate) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    Poster(bearer): Poster,
) -> Result<StatusCode, Problem> {
    let author = bearer.author();
    let by = By {
        who: &author,
        at: app.now(),
    };
    let deleted = app.store.delete_draft(&bearer.0.site, &id, by).await;
    if deleted.map_err(Error::from)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::NotFound.into())
    }
}

#[derive(Serialize)]
struct Document {
    site: String,
    drafts: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    kind: &'static str,
    events: [&'static str; 1],
    at: String,
    duration_ms: u32,
    recording: Option<String>,
}

fn recording_url(draft: &KeptDraft) -> Option<String> {
    (draft.duration_ms > 0).then(|| format!("/api/v1/drafts/{}/recording", draft.id))
}

const WAV: HeaderValue = HeaderValue::from_static("audio/wav");
const UNKEPT: HeaderValue = HeaderValue::from_static("no-store");
