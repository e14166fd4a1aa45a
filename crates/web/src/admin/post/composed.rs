//! From what was written to what would be published: the same rules for the preview, the publication and the job.

use bulletin::{Bulletin, BulletinId, Draft, Entry, RecordingKey, Refusal, Site, Territory};
use jiff::Timestamp;
use store::{DeskDraft, Store};

use super::form::{Fault, Form, Purpose};
use crate::api::rows;
use crate::error::Error;

/// A draft that the rules accept, as the bulletin that it would be.
#[derive(Debug)]
pub(crate) struct Composed {
    /// With the new entry at its end.
    pub(crate) bulletin: Bulletin,
    /// The new entry of a thread that there is already.
    pub(crate) entry: Option<Entry>,
    pub(crate) site: Site,
    pub(crate) territory: Territory,
    /// For what is remarked about a first text.
    pub(crate) draft: Option<Draft>,
    /// When it is to be published, if not at once.
    pub(crate) publish_at: Option<Timestamp>,
}

/// Why a draft is no bulletin.
#[derive(Debug)]
pub(crate) enum Objection {
    /// A field must be filled in otherwise.
    Fault(Fault),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Objection {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Fault(refusal.into()),
            other => Self::Error(other),
        }
    }
}

impl From<store::Error> for Objection {
    fn from(error: store::Error) -> Self {
        Self::Error(error.into())
    }
}

impl From<Fault> for Objection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Objection {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal.into())
    }
}

/// Applies the rules to a draft as of `now`.
///
/// - `author`: as the thread will name them.
///
/// # Errors
/// [`Objection::Fault`] names the field that does not fit.
pub(crate) async fn compose(
    store: &Store,
    row: &DeskDraft,
    form: &Form,
    author: &str,
    now: Timestamp,
) -> Result<Composed, Objection> {
    let (site, territory) = rows::site(store, &row.site).await?;
    let publish_at = form.publish_at(&territory.zone, now)?;
    // What is scheduled is published, and counted, from its hour on.
    let then = publish_at.unwrap_or(now);
    let (mut bulletin, entry, draft) = if form.purpose == Purpose::First {
        let id = BulletinId::parse(&row.id)?;
        let draft = form.draft(&territory.zone)?;
        let bulletin = Bulletin::compose(id, &site, &territory, draft.clone(), author, then)?;
        (bulletin, None, Some(draft))
    } else {
        let mut bulletin = rows::bulletin(store, &form.thread).await?;
        if bulletin.site != site.slug {
            return Err(Error::NotFound.into());
        }
        let entry = append(&mut bulletin, form, &territory, author, then)?;
        (bulletin, Some(entry), None)
    };
    attach_sound(store, row, form, &mut bulletin).await?;
    if form.off_networks {
        bulletin.keep_off_networks();
    }
    // As it is with all that was attached to it.
    let entry = entry.map(|_| bulletin.current().clone());
    Ok(Composed {
        bulletin,
        entry,
        site,
        territory,
        draft,
        publish_at,
    })
}

fn append(
    bulletin: &mut Bulletin,
    form: &Form,
    territory: &Territory,
    author: &str,
    now: Timestamp,
) -> Result<Entry, Fault> {
    form.check_blanks()?;
    Ok(match form.purpose {
        Purpose::First | Purpose::Update => {
            bulletin.update(form.change()?, territory, author, now)?
        }
        Purpose::Correct => bulletin.correct(&form.text, author, now)?,
        Purpose::End => bulletin.end(Some(&form.text), author, now)?,
    })
}

/// Gives the entry its recording, if a person has made one that is still kept.
async fn attach_sound(
    store: &Store,
    row: &DeskDraft,
    form: &Form,
    bulletin: &mut Bulletin,
) -> Result<(), Objection> {
    if form.unheard.is_some() {
        let (french, english) = form.unheard.clone().unwrap_or_default();
        return Err(Fault::new("sound", &french, &english).into());
    }
    if form.recording.is_empty() {
        return Ok(());
    }
    let recording = RecordingKey::parse(&form.recording)?;
    rows::check_take(store, &row.site, &recording).await?;
    bulletin.attach_recording(recording);
    Ok(())
}
