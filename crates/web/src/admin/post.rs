//! The posting page: what is written, heard and published, by plain forms.
//!
//! A form has the id of the bulletin that it may become, drawn when it is shown. Whatever is sent is kept as a draft
//! before anything else, so that no refusal and no lost connection loses a text; what is published is composed of the
//! draft, and one draft makes one bulletin however often its button is pressed.

pub(crate) mod composed;
pub(crate) mod form;
mod models;
mod page;
pub(crate) mod preview;
pub(crate) mod publish;
mod submission;

use axum::Router;
use axum::extract::{
    DefaultBodyLimit, Form as Urlencoded, FromRequestParts, Path, Query, Request, State,
};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bulletin::{BulletinId, RecordingKey, SiteSlug};
use serde::Deserialize;
use store::{DeskDraft, DraftState};

use super::{Login, Trouble};
use crate::admin::upload;
use crate::api::rows;
use crate::app::{App, Desk};
use crate::error::Error;
use crate::recorder::NotRecorded;
use composed::{Objection, compose};
use form::{Fault, Form, Purpose};
use models::Model;
use page::FormPage;
use publish::Outcome;
use submission::Submission;

/// Everything under `/admin/post`.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/post", get(blank).post(submit))
        .route("/post/{id}", get(preview::show))
        .route("/post/{id}/edit", get(edit))
        .route("/post/{id}/sound.wav", get(preview::hear))
        .route("/post/{id}/publish", post(decide))
        .layer(DefaultBodyLimit::max(upload::LIMIT))
}

#[derive(Deserialize)]
struct Wish {
    site: Option<String>,
    model: Option<String>,
    lang: Option<String>,
}

/// GET `/admin/post`: an empty form, or one that a model has begun.
async fn blank(
    State(app): State<App>,
    login: Login,
    Query(wish): Query<Wish>,
) -> Result<Response, Trouble> {
    let sites = page::sites(&app, &login).await?;
    let chosen = wish.site.as_deref();
    let site = sites.iter().find(|site| Some(site.slug.as_str()) == chosen);
    let site = site.or(sites.first()).ok_or(Error::Role)?;
    let language = wish.lang.as_deref().and_then(bulletin::Language::parse);
    let language = language.unwrap_or(bulletin::Language::French);
    let mut form = Form::blank(site.slug.as_str(), language);
    if let Some(model) = wish.model.as_deref().and_then(Model::find) {
        form.fill(model);
    }
    let id = BulletinId::from_random((app.random)());
    Ok(FormPage::new(&login, id.as_str(), form, None, sites).answer())
}

/// The form for another entry of a thread, with the words that are usual.
pub(crate) async fn further(
    app: &App,
    login: &Login,
    bulletin: &bulletin::Bulletin,
    purpose: Purpose,
) -> Result<Response, Error> {
    shown(app, login, further_form(bulletin, purpose), None).await
}

/// A form of a draft that there is not yet.
async fn shown(
    app: &App,
    login: &Login,
    form: Form,
    fault: Option<Fault>,
) -> Result<Response, Error> {
    let id = BulletinId::from_random((app.random)());
    let sites = page::sites(app, login).await?;
    Ok(FormPage::new(login, id.as_str(), form, fault, sites).answer())
}

fn further_form(bulletin: &bulletin::Bulletin, purpose: Purpose) -> Form {
    let text = match purpose {
        Purpose::Correct => bulletin.current().text.clone(),
        Purpose::End => models::ENDINGS[0]
            [usize::from(bulletin.language == bulletin::Language::English)]
        .to_owned(),
        Purpose::First | Purpose::Update => String::new(),
    };
    Form {
        purpose,
        thread: bulletin.id.to_string(),
        site: bulletin.site.to_string(),
        kind: bulletin.kind.as_str().to_owned(),
        language: bulletin.language.as_str().to_owned(),
        under_control: bulletin.current().under_control,
        text,
        ..Form::default()
    }
}

/// POST `/admin/post`: keeps what was written, then shows it, or publishes it in an emergency.
async fn submit(
    State(desk): State<Desk>,
    login: Result<Login, <Login as FromRequestParts<Desk>>::Rejection>,
    request: Request,
) -> Result<Response, Trouble> {
    let app = &desk.app;
    let (submission, login) = match (Submission::read(request, &desk, login.is_ok()).await, login) {
        (Ok(submission), login) => (submission, login.ok()),
        // What cannot be read cannot be given back.
        (Err(_), Err(to_the_door)) => return Ok(to_the_door),
        (Err(error), Ok(_)) => return Err(error.into()),
    };
    let Submission {
        id,
        mut form,
        action,
        sound,
    } = submission;
    let Some(login) = login else {
        return Ok(page::again(&id, form));
    };
    let id = BulletinId::parse(&id).map_err(|_| Error::NotFound)?;
    let site = SiteSlug::parse(&form.site).map_err(|_| Error::NotFound)?;
    login.may_post(&site)?;
    if let Some(known) = publish::published(app, id.as_str()).await? {
        return Ok(sent_again(app, &login, &known, form).await?);
    }
    let mut row = draft(app, &login, id.as_str(), site, &form)?;
    let seen = form.seen.parse().unwrap_or_default();
    if !app
        .store
        .save_desk_draft(&row, Some(seen), &[], login.by())
        .await?
    {
        if let Some((file, _seat)) = sound {
            record(app, &row.site, &mut form, file).await?;
        }
        return Ok(overtaken(app, &login, &row, form).await?);
    }
    // After the text is kept: whatever becomes of the sound, the words are not lost.
    if let Some((file, _seat)) = sound {
        record(app, &row.site, &mut form, file).await?;
        row = draft(app, &login, id.as_str(), row.site, &form)?;
        app.store
            .save_desk_draft(&row, None, &[], login.by())
            .await?;
    }
    let emergency = publish::read(&row)?.emergency;
    match action.as_str() {
        "draft" => Ok(to("/admin/bulletins?kept")),
        "publish" if emergency => go_on(app, &row, &login).await,
        _ => Ok(to(&format!("/admin/post/{id}"))),
    }
}

/// What a form leads to whose draft was published before: to the bulletin if it says the same, after a double click;
/// else, after the back button, to the correction that it would be.
async fn sent_again(
    app: &App,
    login: &Login,
    known: &BulletinId,
    form: Form,
) -> Result<Response, Error> {
    let bulletin = rows::bulletin(&app.store, known.as_str()).await?;
    login.may_post(&bulletin.site)?;
    let same = |text: &str| text.split_whitespace().eq(form.text.split_whitespace());
    if bulletin.entries.iter().any(|entry| same(&entry.text)) {
        return Ok(to_bulletin(known));
    }
    let fault = Fault::new(
        "text",
        "Ce message est déjà publié. Pour publier ce que vous avez changé, continuez : ce sera un rectificatif.",
        "This message is published already. To publish what you have changed, go on: it will be a correction.",
    );
    let correction = Form {
        text: form.text,
        ..further_form(&bulletin, Purpose::Correct)
    };
    shown(app, login, correction, Some(fault)).await
}

/// What a form leads to whose draft a colleague has written since: to that version, named, above what was sent, which may
/// be sent again in its place.
async fn overtaken(
    app: &App,
    login: &Login,
    sent: &DeskDraft,
    form: Form,
) -> Result<Response, Error> {
    let kept = app.store.find_desk_draft(&sent.id).await?;
    let kept = kept
        .filter(|kept| kept.site == sent.site)
        .ok_or(Error::NotFound)?;
    let (author, text) = (&kept.author, publish::read(&kept)?.text);
    let fault = Fault::new(
        "text",
        &format!(
            "{author} a changé ce brouillon entre-temps : « {text} ». Ce que vous avez écrit n'est pas encore gardé : \
             reprenez ce qu'il faut et envoyez-le, il remplacera l'autre version."
        ),
        &format!(
            "{author} has changed this draft meanwhile: “{text}”. What you have written is not kept yet: take over what \
             is needed and send it, it will replace the other version."
        ),
    );
    let form = Form {
        seen: kept.at.to_string(),
        ..form
    };
    let sites = page::sites(app, login).await?;
    let mut answer = FormPage::new(login, &sent.id, form, Some(fault), sites).answer();
    *answer.status_mut() = StatusCode::CONFLICT;
    Ok(answer)
}

/// What is kept of a form.
pub(crate) fn draft(
    app: &App,
    login: &Login,
    id: &str,
    site: SiteSlug,
    form: &Form,
) -> Result<DeskDraft, Error> {
    let kept = serde_json::to_string(form);
    Ok(DeskDraft {
        id: id.to_owned(),
        site,
        author: login.email.clone(),
        state: DraftState::Draft,
        publish_at: None,
        recording: RecordingKey::parse(&form.recording).ok(),
        form: kept.map_err(|error| Error::Fault(error.to_string()))?,
        note: String::new(),
        at: app.now(),
    })
}

/// Has a file made into a recording; one that cannot be heard is told of beside its field, and the text stays.
pub(crate) async fn record(
    app: &App,
    site: &SiteSlug,
    form: &mut Form,
    file: axum::body::Bytes,
) -> Result<(), Error> {
    form.unheard = None;
    match (app.recorder)(file).await {
        Ok(recorded) => {
            app.store
                .save_take(site, &recorded.recording, app.now())
                .await?;
            form.recording = recorded.recording.key;
        }
        Err(NotRecorded::Refused {
            french, english, ..
        }) => form.unheard = Some((french, english)),
        Err(NotRecorded::Failed(why)) => return Err(Error::Fault(why)),
    }
    Ok(())
}

/// GET `/admin/post/{id}/edit`: what was written, with what is to be changed in it.
async fn edit(
    State(app): State<App>,
    login: Login,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let Some(row) = own_draft(&app, &login, &id).await? else {
        return leave(&app, &login, &id).await;
    };
    let form = Form {
        seen: row.at.to_string(),
        ..publish::read(&row)?
    };
    let composed = compose(&app.store, &row, &form, &row.author, app.now()).await;
    let fault = match composed {
        Ok(_) => None,
        Err(Objection::Fault(fault)) => Some(fault),
        Err(Objection::Error(error)) => return Err(error.into()),
    };
    // Somebody who has just begun is not told of what is empty.
    let fault = fault.filter(|_| !form.text.is_empty() || !form.recording.is_empty());
    let sites = page::sites(&app, &login).await?;
    Ok(FormPage::new(&login, &id, form, fault, sites).answer())
}

#[derive(Deserialize)]
struct Decision {
    /// The mark of what was shown, so that what is published is what was heard.
    #[serde(default)]
    seal: String,
    #[serde(rename = "do")]
    action: String,
}

/// POST `/admin/post/{id}/publish`: publishes what the preview has shown, sends it back, or deletes it.
async fn decide(
    State(app): State<App>,
    login: Login,
    Path(id): Path<String>,
    Urlencoded(decision): Urlencoded<Decision>,
) -> Result<Response, Trouble> {
    let Some(row) = own_draft(&app, &login, &id).await? else {
        return leave(&app, &login, &id).await;
    };
    match decision.action.as_str() {
        "delete" => {
            app.store.delete_desk_draft(&id, Some(login.by())).await?;
            Ok(to("/admin/bulletins?deleted"))
        }
        "back" => {
            let back = DeskDraft {
                state: DraftState::Draft,
                publish_at: None,
                note: format!("{} : à revoir.", login.email),
                at: app.now(),
                ..row
            };
            app.store
                .save_desk_draft(&back, None, &[], login.by())
                .await?;
            Ok(to("/admin/bulletins?back"))
        }
        _ if decision.seal == preview::seal(&row) => go_on(&app, &row, &login).await,
        _ => Ok(to(&format!("/admin/post/{id}"))),
    }
}

/// Publishes, and leads to what became of it.
async fn go_on(app: &App, row: &DeskDraft, login: &Login) -> Result<Response, Trouble> {
    match publish::publish(app, row, &login.email, app.now()).await {
        Ok(Outcome::Published(id)) => Ok(to_bulletin(&id)),
        Ok(Outcome::Scheduled) => Ok(to("/admin/bulletins?scheduled")),
        Ok(Outcome::Waiting) => Ok(to("/admin/bulletins?waiting")),
        Err(Objection::Fault(fault)) if fault.field == "publish" => {
            Ok(to(&format!("/admin/post/{}", row.id)))
        }
        Err(Objection::Fault(_)) => Ok(to(&format!("/admin/post/{}/edit", row.id))),
        Err(Objection::Error(error)) => Err(error.into()),
    }
}

/// A draft of a site that this person posts for; `None` without such a draft.
pub(crate) async fn own_draft(
    app: &App,
    login: &Login,
    id: &str,
) -> Result<Option<DeskDraft>, Error> {
    let Some(row) = app.store.find_desk_draft(id).await? else {
        return Ok(None);
    };
    login.may_post(&row.site)?;
    Ok(Some(row))
}

/// Where a draft leads that is no more: to the bulletin that it has become.
pub(crate) async fn leave(app: &App, login: &Login, id: &str) -> Result<Response, Trouble> {
    let known = publish::published(app, id).await?.ok_or(Error::NotFound)?;
    let bulletin = rows::bulletin(&app.store, known.as_str()).await?;
    login.may_read(&bulletin.territory)?;
    Ok(to_bulletin(&known))
}

fn to_bulletin(id: &BulletinId) -> Response {
    to(&format!("/admin/bulletins/{id}?published"))
}

/// 303: what a form is answered with, so that a page loaded anew sends nothing twice.
pub(crate) fn to(address: &str) -> Response {
    Redirect::to(address).into_response()
}
