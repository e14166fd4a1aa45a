//! A site posts a bulletin.

use axum::extract::State;
use bulletin::{Bulletin, BulletinId};

use super::answer::{Answer, Remark};
use super::attempt::{Attempt, Key};
use super::bearer::Poster;
use super::body::Posted;
use super::fields::NewBulletin;
use super::publish::{Post, publish};
use super::rows;
use crate::app::App;
use crate::problem::Problem;

/// POST `/api/v1/bulletins`: 201 once the text is on disk, and on the page unless rendering fails.
pub(crate) async fn post_bulletin(
    State(app): State<App>,
    Poster(bearer): Poster,
    key: Key,
    posted: Posted<NewBulletin>,
) -> Result<Answer, Problem> {
    let attempt = Attempt::new(&bearer, key, posted.print);
    bearer.check_site(&posted.fields.site()?)?;
    if let Some(answer) = attempt.earlier_answer(&app.store).await? {
        return Ok(answer);
    }
    let recording = posted.fields.recording()?;
    let networks = posted.fields.networks;
    let draft = posted.fields.draft()?;
    let remarks = Remark::about(&draft);
    let (site, territory) = rows::site(&app.store, &bearer.0.site).await?;
    let (id, now) = (BulletinId::from_random((app.random)()), app.now());
    let mut bulletin = Bulletin::compose(id, &site, &territory, draft, &bearer.author(), now)?;
    if let Some(recording) = recording {
        rows::check_take(&app.store, &site.slug, &recording).await?;
        bulletin.attach_recording(recording);
    }
    if networks == Some(false) {
        bulletin.keep_off_networks();
    }
    let answer =
        Answer::new(&bulletin, &territory, &app.publisher.public_url, now).with_remarks(remarks);
    Ok(publish(&app, &attempt, Post::First(&bulletin), answer).await?)
}
