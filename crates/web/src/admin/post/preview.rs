//! What would be published, before it is: the page's card, the words and the sound of the line.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Kind, Language, MAX_TEXT_CHARACTERS};
use store::{DeskDraft, DraftState};
use tokio::time;

use super::composed::{Composed, Objection, compose};
use super::{leave, own_draft, publish, to};
use crate::admin::{Frame, Login, Place, Trouble};
use crate::api::Remark;
use crate::app::Desk;
use crate::error::Error;
use crate::pages::{Card, Sound};
use crate::reader::Passage;
use crate::rendered::{Rendered, mark};
use crate::snapshot::Speech;
use crate::words::{self, Moment};

/// GET `/admin/post/{id}`; a draft that a rule refuses leads to its form.
pub(super) async fn show(
    State(desk): State<Desk>,
    login: Login,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let app = &desk.app;
    let Some(row) = own_draft(app, &login, &id).await? else {
        return leave(app, &login, &id).await;
    };
    let form = publish::read(&row)?;
    let now = app.now();
    let composed = match compose(&app.store, &row, &form, &row.author, now).await {
        Ok(composed) => composed,
        Err(Objection::Fault(_)) => return Ok(to(&format!("/admin/post/{id}/edit"))),
        Err(Objection::Error(error)) => return Err(error.into()),
    };
    let heard = match time::timeout(PATIENCE, sound(&desk, &row, &composed, login.language)).await {
        Ok(Ok(heard)) => Ok(heard),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(Error::Busy),
    };
    let heard = heard.map_err(|error| match login.language {
        Language::French => error.french(),
        Language::English => error.english(),
    });
    let asks = publish::asks_approval(app, &row, &form, &composed).await?;
    let frame = Frame::new(&login, Place::Post);
    let mut card = Card::new(
        &composed.bulletin,
        &composed.site,
        &composed.territory,
        &Speech::Queued,
        now,
    );
    card.sound = Sound::Absent;
    let moment = |at| Moment::told(login.language, at, &composed.territory.zone, now).words;
    let remarks = composed
        .draft
        .as_ref()
        .map(Remark::about)
        .unwrap_or_default();
    let page = PreviewPage {
        id: &id,
        seal: seal(&row),
        exercise: matches!(composed.bulletin.kind, Kind::Drill | Kind::Test),
        characters: composed.bulletin.current().text.chars().count(),
        limit: MAX_TEXT_CHARACTERS,
        remarks: remarks.iter().map(|it| it.said(login.language)).collect(),
        person: composed.bulletin.current().recording.is_some(),
        publish_at: composed.publish_at.map(moment),
        waits: row.state == DraftState::Waiting,
        is_author: row.author == login.email,
        author: &row.author,
        asks,
        heard,
        card,
        frame,
    };
    Ok(crate::admin::page(&page).into_response())
}

/// GET `/admin/post/{id}/sound.wav`: what callers would hear of this draft.
pub(super) async fn hear(
    State(desk): State<Desk>,
    login: Login,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Result<Response, Trouble> {
    let app = &desk.app;
    let row = own_draft(app, &login, &id).await?.ok_or(Error::NotFound)?;
    let form = publish::read(&row)?;
    let composed = compose(&app.store, &row, &form, &row.author, app.now()).await;
    let composed = composed.map_err(|trouble| match trouble {
        Objection::Error(error) => error,
        Objection::Fault(_) => Error::Unspoken,
    })?;
    sound(&desk, &row, &composed, login.language).await?;
    let kept = desk.previews.find(&seal(&row)).ok_or(Error::Unspoken)?;
    let mut response = kept.answer(&request).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The words of a preview and how long they last, with their sound at hand.
async fn sound(
    desk: &Desk,
    row: &DeskDraft,
    composed: &Composed,
    language: Language,
) -> Result<Heard, Error> {
    let name = seal(row);
    let in_words = format!("{name} words {}", language.as_str());
    if let Some(heard) = desk.previews.find(&in_words)
        && desk.previews.find(&name).is_some()
    {
        return Heard::parse(heard.octets());
    }
    let all = (
        composed.bulletin.clone(),
        composed.site.clone(),
        composed.territory.clone(),
    );
    let aloud = (desk.app.reader)(Passage::Bulletin(Box::new(all))).await?;
    let heard = Heard {
        length: words::listening_time(language, aloud.duration_ms),
        words: aloud.words,
    };
    let told = format!("{}\n{}", heard.length, heard.words).into_bytes();
    desk.previews
        .put(&name, &Rendered::immutable(aloud.wav, "audio/wav"));
    desk.previews
        .put(&in_words, &Rendered::immutable(told, "text/plain"));
    Ok(heard)
}

/// What a preview says.
struct Heard {
    length: String,
    words: String,
}

impl Heard {
    fn parse(told: &[u8]) -> Result<Self, Error> {
        let told = String::from_utf8_lossy(told);
        let (length, words) = told.split_once('\n').ok_or(Error::Unspoken)?;
        Ok(Self {
            length: length.to_owned(),
            words: words.to_owned(),
        })
    }
}

/// The mark of a draft as it is: another text, sound or hour is another mark.
pub(super) fn seal(row: &DeskDraft) -> String {
    mark(format!("{}\n{}", row.id, row.form).as_bytes())
}

#[derive(Template)]
#[template(path = "admin/preview.html")]
struct PreviewPage<'a> {
    frame: Frame,
    id: &'a str,
    seal: String,
    exercise: bool,
    card: Card,
    heard: Result<Heard, String>,
    /// A person has recorded the text.
    person: bool,
    characters: usize,
    limit: usize,
    remarks: Vec<String>,
    publish_at: Option<String>,
    /// For a second person.
    waits: bool,
    is_author: bool,
    author: &'a str,
    asks: bool,
}

/// The page does not wait longer for its sound.
const PATIENCE: Duration = Duration::from_secs(12);
