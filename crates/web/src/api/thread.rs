//! A site adds to the thread of its bulletin: update, correction, end, withdrawal. Nothing is overwritten.

use axum::extract::{Path, State};
use bulletin::{Bulletin, Entry, RecordingKey, Refusal, Territory};
use jiff::Timestamp;

use super::answer::Answer;
use super::attempt::{Attempt, Key};
use super::bearer::{Bearer, Poster};
use super::body::Posted;
use super::fields::{LastWords, NewCorrection, NewUpdate};
use super::publish::{Post, publish};
use super::rows;
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;

/// POST `/api/v1/bulletins/{id}/updates`.
pub(crate) async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    Poster(bearer): Poster,
    key: Key,
    posted: Posted<NewUpdate>,
) -> Result<Answer, Problem> {
    let request = Request {
        attempt: Attempt::new(&bearer, key, posted.print),
        bearer,
        id,
    };
    let networks = posted.fields.networks;
    let (recording, change) = (posted.fields.recording(), posted.fields.change());
    let append = |it: &mut Bulletin, territory: &Territory, author: &str, now| {
        Ok(it.update(change?, territory, author, now)?)
    };
    Ok(request.carry_out(&app, recording, networks, append).await?)
}

/// POST `/api/v1/bulletins/{id}/correct`.
pub(crate) async fn correct(
    State(app): State<App>,
    Path(id): Path<String>,
    Poster(bearer): Poster,
    key: Key,
    posted: Posted<NewCorrection>,
) -> Result<Answer, Problem> {
    let request = Request {
        attempt: Attempt::new(&bearer, key, posted.print),
        bearer,
        id,
    };
    let networks = posted.fields.networks;
    let (recording, text) = (posted.fields.recording(), posted.fields.text());
    let append =
        |it: &mut Bulletin, _: &Territory, author: &str, now| Ok(it.correct(&text?, author, now)?);
    Ok(request.carry_out(&app, recording, networks, append).await?)
}

/// POST `/api/v1/bulletins/{id}/end`; without a body, the usual words.
pub(crate) async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    Poster(bearer): Poster,
    key: Key,
    posted: Posted<LastWords>,
) -> Result<Answer, Problem> {
    close(app, id, bearer, key, posted, Bulletin::end).await
}

/// POST `/api/v1/bulletins/{id}/withdraw`; without a body, the usual words.
pub(crate) async fn withdraw(
    State(app): State<App>,
    Path(id): Path<String>,
    Poster(bearer): Poster,
    key: Key,
    posted: Posted<LastWords>,
) -> Result<Answer, Problem> {
    close(app, id, bearer, key, posted, Bulletin::withdraw).await
}

/// [`Bulletin::end`] or [`Bulletin::withdraw`].
type Closing = fn(&mut Bulletin, Option<&str>, &str, Timestamp) -> Result<Entry, Refusal>;

async fn close(
    app: App,
    id: String,
    bearer: Bearer,
    key: Key,
    posted: Posted<LastWords>,
    closing: Closing,
) -> Result<Answer, Problem> {
    let request = Request {
        attempt: Attempt::new(&bearer, key, posted.print),
        bearer,
        id,
    };
    let LastWords {
        text: words,
        networks,
    } = posted.fields;
    let append = |it: &mut Bulletin, _: &Territory, author: &str, now| {
        Ok(closing(it, words.as_deref(), author, now)?)
    };
    Ok(request.carry_out(&app, Ok(None), networks, append).await?)
}

/// Who asks to add to which thread.
struct Request {
    attempt: Attempt,
    bearer: Bearer,
    id: String,
}

impl Request {
    /// Reads the bulletin, appends one entry, publishes; [`Error::Changed`] if somebody was faster.
    ///
    /// - `recording`: how the entry is heard, or why what was sent names no recording.
    /// - `networks`: `false` keeps the entry off social networks.
    async fn carry_out<F>(
        self,
        app: &App,
        recording: Result<Option<RecordingKey>, Error>,
        networks: Option<bool>,
        append: F,
    ) -> Result<Answer, Error>
    where
        F: FnOnce(&mut Bulletin, &Territory, &str, Timestamp) -> Result<Entry, Error>,
    {
        let mut bulletin = rows::bulletin(&app.store, &self.id).await?;
        self.bearer.check(&bulletin)?;
        if let Some(answer) = self.attempt.earlier_answer(&app.store).await? {
            return Ok(answer);
        }
        let territory = rows::territory(&app.store, &bulletin.territory).await?;
        let now = app.now();
        let mut entry = append(&mut bulletin, &territory, &self.bearer.author(), now)?;
        if let Some(recording) = recording? {
            rows::check_take(&app.store, &bulletin.site, &recording).await?;
            entry = bulletin.attach_recording(recording);
        }
        if networks == Some(false) {
            entry = bulletin.keep_off_networks();
        }
        let answer = Answer::new(&bulletin, &territory, &app.publisher.public_url, now);
        publish(app, &self.attempt, Post::Further(&bulletin, &entry), answer).await
    }
}
