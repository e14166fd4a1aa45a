//! The thread of one bulletin: what was said, where it stands, and what can be done.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, BulletinId, EntryKind, Refusal, State as Standing, UNDO};
use jiff::Timestamp;

use super::standing::{Colour, StandingView};
use crate::admin::post::form::{Fault, Purpose};
use crate::admin::post::{further, publish, to};
use crate::admin::{Fields, Frame, Login, Place, Trouble, page};
use crate::api::rows;
use crate::app::App;
use crate::audio::Parts;
use crate::error::Error;
use crate::pages::{Card, Sound};

/// GET `/admin/bulletins/{id}`.
pub(super) async fn show(
    State(app): State<App>,
    login: Login,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let bulletin = own(&app, &login, &id).await?;
    let now = app.now();
    let state = bulletin.state(now);
    let (site, territory) = rows::any_site(&app.store, &bulletin.site).await?;
    let parts = Parts::find(&app.store, &bulletin.id, bulletin.current().number).await?;
    let speech = parts.speech(&app.store).await?;
    let standing = StandingView::look(&app, &bulletin, &territory, login.language).await?;
    let may_post = login.may_post(&bulletin.site).is_ok();
    let undo = undo_until(&bulletin, now).filter(|_| may_post);
    let frame = Frame::new(&login, Place::Bulletins);
    let said = match query.as_deref() {
        Some("published") => frame.say("C’est publié.", "It is published."),
        Some("withdrawn") => frame.say(
            "Retiré de la ligne et de la page.",
            "Withdrawn from the line and the page.",
        ),
        Some("retold") => frame.say(
            "Les envois reprennent.",
            "The deliveries are taken up again.",
        ),
        Some("restored") => frame.say("Le retrait est annulé.", "The withdrawal is undone."),
        Some("late") => frame.say(
            "Cela ne peut plus être fait : relisez où en est ce bulletin.",
            "This can no longer be done: read where this bulletin stands.",
        ),
        _ => "",
    };
    Ok(page(&ThreadPage {
        said: said.to_owned(),
        id: bulletin.id.to_string(),
        key: BulletinId::from_random((app.random)()).to_string(),
        is_open: may_post
            && matches!(
                state,
                Standing::Scheduled | Standing::Ongoing | Standing::UnderControl
            ),
        may_read_file: may_post || login.role != store::Role::Operator,
        can_correct: may_post && !matches!(state, Standing::Cancelled | Standing::Expired),
        undo,
        address: format!("/{}/{}", territory.slug, bulletin.id),
        card: Card::new(&bulletin, &site, &territory, &speech, now),
        authors: bulletin
            .entries
            .iter()
            .map(|entry| entry.author.clone())
            .collect(),
        may_retell: may_post && standing.may_retell,
        standing,
        frame,
    })
    .into_response())
}

/// GET `/admin/bulletins/{id}/{act}`: the form of an update, a correction or an end; what is confirmed before a
/// withdrawal.
pub(super) async fn form(
    State(app): State<App>,
    login: Login,
    Path((id, act)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let bulletin = own(&app, &login, &id).await?;
    login.may_post(&bulletin.site)?;
    if act == "withdraw" {
        let key = BulletinId::from_random((app.random)());
        return Ok(page(&WithdrawPage::new(&login, &bulletin, &key)).into_response());
    }
    let purpose = Purpose::parse(&act).filter(|purpose| *purpose != Purpose::First);
    let purpose = purpose.ok_or(Error::NotFound)?;
    Ok(further(&app, &login, &bulletin, purpose).await?)
}

/// POST `/admin/bulletins/{id}/withdraw`, `…/undo` and `…/retell`.
pub(super) async fn act(
    State(app): State<App>,
    login: Login,
    Path((id, act)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let bulletin = own(&app, &login, &id).await?;
    login.may_post(&bulletin.site)?;
    if act == "retell" {
        app.store.owe_again(&bulletin, login.by()).await?;
        crate::api::take_effect(&app).await;
        return Ok(to(&format!("/admin/bulletins/{id}?retold")));
    }
    let key = BulletinId::parse(fields.text("key")).map_err(|_| Error::NotFound)?;
    let author = login.email.as_str();
    let reason = Some(fields.text("text").trim()).filter(|text| !text.is_empty());
    let asked = bulletin.clone();
    let (done, said) = match act.as_str() {
        "withdraw" => {
            let change = |it: &mut Bulletin, now| it.withdraw(reason, author, now);
            let done = publish::append(&app, bulletin, key.as_str(), change).await;
            (done, "withdrawn")
        }
        "undo" => {
            let change = |it: &mut Bulletin, now| it.restore(author, now);
            let done = publish::append(&app, bulletin, key.as_str(), change).await;
            (done, "restored")
        }
        _ => return Err(Error::NotFound.into()),
    };
    match done {
        Ok(()) => Ok(to(&format!("/admin/bulletins/{id}?{said}"))),
        Err(Error::Refused(refusal)) if !is_too_late(&refusal) => {
            let page_again = WithdrawPage {
                reason: fields.text("text").to_owned(),
                fault: Some(refusal.into()),
                ..WithdrawPage::new(&login, &asked, &key)
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&page_again)).into_response())
        }
        Err(Error::Refused(_) | Error::Changed) => Ok(to(&format!("/admin/bulletins/{id}?late"))),
        Err(error) => Err(error.into()),
    }
}

/// Whether an act is refused because of where the thread stands, and not because of a word in its reason.
fn is_too_late(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Ended | Refusal::Withdrawn | Refusal::NothingToUndo | Refusal::Expired
    )
}

/// A bulletin of a territory that this person may see.
async fn own(app: &App, login: &Login, id: &str) -> Result<Bulletin, Error> {
    let bulletin = rows::bulletin(&app.store, id).await?;
    login.may_read(&bulletin.territory)?;
    Ok(bulletin)
}

/// Seconds for which a withdrawal can still be undone.
fn undo_until(bulletin: &Bulletin, now: Timestamp) -> Option<i64> {
    let latest = bulletin.current();
    let left = UNDO.as_secs() - now.duration_since(latest.at).as_secs();
    (latest.kind == EntryKind::Withdrawal && left > 0).then_some(left)
}

#[derive(Template)]
#[template(path = "admin/thread.html")]
struct ThreadPage {
    frame: Frame,
    said: String,
    id: String,
    key: String,
    is_open: bool,
    may_read_file: bool,
    can_correct: bool,
    undo: Option<i64>,
    address: String,
    card: Card,
    authors: Vec<String>,
    standing: StandingView,
    may_retell: bool,
}

#[derive(Template)]
#[template(path = "admin/withdraw.html")]
struct WithdrawPage {
    frame: Frame,
    id: String,
    key: String,
    text: String,
    language: &'static str,
    reason: String,
    /// What is wrong with the reason.
    fault: Option<Fault>,
}

impl WithdrawPage {
    fn new(login: &Login, bulletin: &Bulletin, key: &BulletinId) -> Self {
        Self {
            frame: Frame::new(login, Place::Bulletins),
            id: bulletin.id.to_string(),
            key: key.to_string(),
            text: bulletin.current().text.clone(),
            language: bulletin.language.as_str(),
            reason: String::new(),
            fault: None,
        }
    }
}
