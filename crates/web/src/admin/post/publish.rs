//! From a draft to a bulletin that the line says: at once, at its hour, or after a second person.

use bulletin::{Bulletin, BulletinId};
use jiff::Timestamp;
use store::{Act, By, DeskDraft, DraftState, NewJob};

use super::composed::{Composed, Objection, compose};
use super::form::{Fault, Form};
use crate::api::{Answer, Attempt, Post, Remark, publish as write};
use crate::app::App;
use crate::error::Error;

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is on the air, as this bulletin.
    Published(BulletinId),
    /// It waits for its hour.
    Scheduled,
    /// It waits for a second person.
    Waiting,
}

/// Publishes a draft, or has it wait for its hour or for a second person.
///
/// - `who`: who presses the button; for a draft that waits, the second person.
///
/// # Errors
/// [`Objection`]; the draft is kept as it was.
pub(crate) async fn publish(
    app: &App,
    row: &DeskDraft,
    who: &str,
    now: Timestamp,
) -> Result<Outcome, Objection> {
    let form = read(row)?;
    let by = By { who, at: now };
    let composed = compose(&app.store, row, &form, &row.author, now).await?;
    let asks = asks_approval(app, row, &form, &composed).await?;
    if asks && row.state == DraftState::Draft {
        put(app, row, DraftState::Waiting, None, by).await?;
        return Ok(Outcome::Waiting);
    }
    if asks && who == row.author {
        return Err(Fault::new(
            "publish",
            "Une autre personne du site doit approuver ce bulletin.",
            "Another person of the site has to approve this bulletin.",
        )
        .into());
    }
    let outcome = match composed.publish_at {
        Some(at) => {
            put(app, row, DraftState::Scheduled, Some(at), by).await?;
            Outcome::Scheduled
        }
        None => Outcome::Published(air(app, row, &composed, now).await?),
    };
    let what = match (asks, form.emergency) {
        (true, _) => Some("desk-draft.approved"),
        (false, true) => Some("desk-draft.emergency"),
        (false, false) => None,
    };
    if let Some(what) = what {
        let act = Act::new(by, what, format!("desk-draft/{}", row.id));
        let act = act.within(&composed.territory.slug).of_site(&row.site);
        // What was decided is done: only its act would be missing.
        if let Err(error) = app.store.insert_act(&act).await {
            tracing::error!(%error, draft = row.id, what, "an act is not in the audit log");
        }
    }
    Ok(outcome)
}

/// Whether a second person has to look at a draft: where its site wants that, unless it is an emergency. What is for
/// later is none.
pub(crate) async fn asks_approval(
    app: &App,
    row: &DeskDraft,
    form: &Form,
    composed: &Composed,
) -> Result<bool, Error> {
    let is_urgent = form.emergency && composed.publish_at.is_none();
    Ok(!is_urgent && app.store.asks_approval(&row.site).await?)
}

/// The bulletin that a draft has become, if it was published before: after a double click, or by the back button.
pub(crate) async fn published(app: &App, id: &str) -> Result<Option<BulletinId>, Error> {
    if let Some(answer) = Attempt::of_desk(id).earlier_answer(&app.store).await? {
        return Ok(BulletinId::parse(answer.id()).ok());
    }
    let Ok(id) = BulletinId::parse(id) else {
        return Ok(None);
    };
    let known = app.store.find_bulletin(&id).await?;
    Ok(known.map(|bulletin| bulletin.id))
}

/// Publishes a draft whose hour has come; does nothing for one that was published, changed or deleted meanwhile.
///
/// # Errors
/// A sentence for the log, when it may succeed another time. A draft that a rule refuses goes back to its author.
pub async fn publish_scheduled(app: &App, id: &str) -> Result<(), String> {
    let now = app.now();
    let later = |error: Error| format!("a scheduled bulletin waits: {}", error.english());
    let found = app.store.find_desk_draft(id).await;
    let Some(row) = found.map_err(|error| later(error.into()))? else {
        return Ok(());
    };
    let due = row.publish_at.is_some_and(|at| at <= now);
    if row.state != DraftState::Scheduled || !due {
        return Ok(());
    }
    let (french, english) = match air_when_due(app, &row, now).await {
        Ok(_) => return Ok(()),
        Err(Objection::Fault(fault)) => (fault.french, fault.english),
        Err(Objection::Error(error)) if may_pass(&error) => return Err(later(error)),
        // Its site was closed meanwhile, or its thread is gone: another try would fail as well.
        Err(Objection::Error(error)) => (error.french(), error.english()),
    };
    tracing::warn!(draft = id, why = english, "a scheduled bulletin is refused");
    let back = DeskDraft {
        state: DraftState::Draft,
        publish_at: None,
        note: french,
        at: now,
        ..row
    };
    let by = By {
        who: &back.author,
        at: now,
    };
    let kept = app.store.save_desk_draft(&back, None, &[], by).await;
    kept.map(drop).map_err(|error| later(error.into()))
}

/// Whether what stood in the way may be gone at another try.
fn may_pass(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(_) | Error::Changed | Error::Busy | Error::Fault(_)
    )
}

async fn air_when_due(app: &App, row: &DeskDraft, now: Timestamp) -> Result<BulletinId, Objection> {
    // Before the rules look at it: an end that was published already would not be accepted a second time.
    if let Some(known) = published(app, &row.id).await? {
        let_go(app, row).await;
        return Ok(known);
    }
    let composed = compose(&app.store, row, &read(row)?, &row.author, now).await?;
    Ok(air(app, row, &composed, now).await?)
}

/// Writes the bulletin or its entry by the way of every post, and lets go of the draft.
async fn air(
    app: &App,
    row: &DeskDraft,
    composed: &Composed,
    now: Timestamp,
) -> Result<BulletinId, Error> {
    let attempt = Attempt::of_desk(&row.id);
    if let Some(known) = published(app, &row.id).await? {
        let_go(app, row).await;
        return Ok(known);
    }
    let Composed {
        bulletin,
        entry,
        territory,
        draft,
        ..
    } = composed;
    let remarks = draft.as_ref().map(Remark::about).unwrap_or_default();
    let answer =
        Answer::new(bulletin, territory, &app.publisher.public_url, now).with_remarks(remarks);
    let post = match entry {
        Some(entry) => Post::Further(bulletin, entry),
        None => Post::First(bulletin),
    };
    write(app, &attempt, post, answer).await?;
    let_go(app, row).await;
    Ok(bulletin.id.clone())
}

/// The bulletin is on the air whether or not this succeeds; a draft that is left leads to it.
async fn let_go(app: &App, row: &DeskDraft) {
    if let Err(error) = app.store.delete_desk_draft(&row.id, None).await {
        tracing::warn!(%error, draft = row.id, "a published draft could not be deleted");
    }
}

/// Withdraws a bulletin, or undoes that, by the way of every post.
///
/// - `key`: drawn when the button was shown; the same key twice is done once.
pub(crate) async fn append(
    app: &App,
    mut bulletin: Bulletin,
    key: &str,
    change: impl FnOnce(&mut Bulletin, Timestamp) -> Result<bulletin::Entry, bulletin::Refusal>,
) -> Result<(), Error> {
    let attempt = Attempt::of_desk(key);
    if attempt.earlier_answer(&app.store).await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let entry = change(&mut bulletin, now)?;
    let territory = crate::api::rows::territory(&app.store, &bulletin.territory).await?;
    let answer = Answer::new(&bulletin, &territory, &app.publisher.public_url, now);
    write(app, &attempt, Post::Further(&bulletin, &entry), answer).await?;
    Ok(())
}

async fn put(
    app: &App,
    row: &DeskDraft,
    state: DraftState,
    publish_at: Option<Timestamp>,
    by: By<'_>,
) -> Result<(), Error> {
    let row = DeskDraft {
        state,
        publish_at,
        note: String::new(),
        at: by.at,
        ..row.clone()
    };
    let job = publish_at.map(|at| NewJob {
        kind: PUBLISH.to_owned(),
        payload: serde_json::json!({ "draft": row.id }).to_string(),
        run_at: at,
        unique: Some(format!("{PUBLISH}/{}/{at}", row.id)),
    });
    app.store
        .save_desk_draft(&row, None, job.as_slice(), by)
        .await?;
    app.changed.notify_waiters();
    Ok(())
}

/// The form of a draft.
pub(crate) fn read(row: &DeskDraft) -> Result<Form, Error> {
    serde_json::from_str(&row.form)
        .map_err(|error| Error::Fault(format!("draft {} cannot be read: {error}", row.id)))
}

/// The kind of a job that publishes a scheduled draft.
pub const PUBLISH: &str = "publish";
