//! What was dictated by telephone and not published: heard, taken into the form, deleted.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bulletin::{BulletinId, SiteSlug};
use sha2::{Digest, Sha256};
use store::KeptDraft;

use crate::admin::post::form::Form;
use crate::admin::post::{draft, leave, publish, record, to};
use crate::admin::{Fields, Login, Trouble};
use crate::app::{App, Desk};
use crate::error::Error;

/// GET `/admin/dictated/{site}/{id}`: what was spoken, as it came from the telephone.
pub(super) async fn hear(
    State(app): State<App>,
    login: Login,
    Path((site, id)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let site = own(&login, &site)?;
    let wav = app
        .store
        .draft_wav(&site, &id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav).into_response())
}

/// POST `/admin/dictated/{site}/{id}`: takes it into the form, or deletes it.
pub(super) async fn act(
    State(desk): State<Desk>,
    login: Login,
    Path((site, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let app = &desk.app;
    let site = own(&login, &site)?;
    let kept = app.store.drafts(&site).await?;
    let dictated = kept
        .iter()
        .find(|draft| draft.id == id)
        .ok_or(Error::NotFound)?;
    if fields.text("do") == "delete" {
        app.store.delete_draft(&site, &id, login.by()).await?;
        return Ok(to("/admin/bulletins?deleted"));
    }
    // One draft of it, however often the button is pressed: what was written into it meanwhile stays.
    let new = id_of(&site, &id);
    if let Some(taken) = app.store.find_desk_draft(new.as_str()).await? {
        return Ok(to(&format!("/admin/post/{}/edit", taken.id)));
    }
    if publish::published(app, new.as_str()).await?.is_some() {
        return leave(app, &login, new.as_str()).await;
    }
    let mut form = begun(&site, dictated);
    if let Some(wav) = app.store.draft_wav(&site, &id).await? {
        let seat = desk.uploads.clone().try_acquire_owned();
        let _seat = seat.map_err(|_| Error::Busy)?;
        record(app, &site, &mut form, wav.into()).await?;
    }
    let row = draft(app, &login, new.as_str(), site, &form)?;
    app.store
        .save_desk_draft(&row, None, &[], login.by())
        .await?;
    Ok(to(&format!("/admin/post/{new}/edit")))
}

/// The bulletin that it may become.
fn id_of(site: &SiteSlug, dictated: &str) -> BulletinId {
    let hash = Sha256::digest(format!("dictated/{site}/{dictated}"));
    let (random, _) = hash.split_first_chunk().expect("SHA-256 has 32 octets");
    BulletinId::from_random(*random)
}

/// The form with what was chosen by key.
fn begun(site: &SiteSlug, dictated: &KeptDraft) -> Form {
    Form {
        kind: dictated.kind.as_str().to_owned(),
        events: vec![dictated.event.as_str().to_owned()],
        ..Form::blank(site.as_str(), bulletin::Language::French)
    }
}

fn own(login: &Login, site: &str) -> Result<SiteSlug, Error> {
    let site = SiteSlug::parse(site).map_err(|_| Error::NotFound)?;
    login.may_post(&site)?;
    Ok(site)
}
