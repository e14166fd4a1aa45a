//! A site follows its bulletin: state, thread, speech, warnings.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, Draft, Lifetime, Territory};
use jiff::Timestamp;
use serde::Serialize;
use store::{Delivery, KnownChannel};

use super::answer::{Remark, page_url};
use super::bearer::Bearer;
use super::rows;
use crate::app::App;
use crate::audio::{self, Parts};
use crate::error::Error;
use crate::pages::EntryItem;
use crate::problem::Problem;
use crate::snapshot::Speech;
use crate::words::rfc3339;

/// GET `/api/v1/bulletins/{id}`.
pub(crate) async fn read(
    State(app): State<App>,
    Path(id): Path<String>,
    bearer: Bearer,
) -> Result<Response, Problem> {
    let bulletin = rows::bulletin(&app.store, &id).await?;
    bearer.check(&bulletin)?;
    let territory = rows::territory(&app.store, &bulletin.territory).await?;
    let (speech, detail) = speech(&app, &bulletin).await?;
    let mut document = Document::new(
        &bulletin,
        &territory,
        &speech,
        &app.publisher.public_url,
        app.now(),
    );
    document.speech_detail = detail;
    document.deliveries = deliveries(&app, &bulletin, &territory).await?;
    let document = Json(document);
    Ok((
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        document,
    )
        .into_response())
}

/// Where the sound of the latest entry stands, from the rows, and what the site should know of it.
async fn speech(app: &App, bulletin: &Bulletin) -> Result<(Speech, Option<String>), Error> {
    let number = bulletin.current().number;
    let parts = Parts::find(&app.store, &bulletin.id, number).await?;
    let owner = audio::owner(&bulletin.id, number);
    let told = app.store.speech_state_of(&owner).await?;
    let failed = told.as_ref().is_some_and(|(state, _)| state == "failed");
    let speech = match parts.speech(&app.store).await? {
        Speech::Queued if failed => Speech::Failed,
        known => known,
    };
    let detail = told.map(|(_, detail)| detail).filter(|it| !it.is_empty());
    Ok((speech, detail))
}

/// What became of each entry on each channel, by channel and entry.
async fn deliveries(
    app: &App,
    bulletin: &Bulletin,
    territory: &Territory,
) -> Result<Vec<DeliveryItem>, Error> {
    let channels = app.store.channels().await?;
    let deliveries = app.store.deliveries_of(&bulletin.id).await?;
    let item = |one| DeliveryItem::new(one, &channels, territory);
    Ok(deliveries.into_iter().map(item).collect())
}

#[derive(Serialize)]
struct DeliveryItem {
    channel: String,
    /// Nothing for a channel that is there no longer.
    kind: Option<String>,
    entry: u32,
    state: &'static str,
    attempts: u32,
    next_try: Option<String>,
    done_at: Option<String>,
    url: Option<String>,
    why: Option<String>,
}

impl DeliveryItem {
    fn new(delivery: Delivery, channels: &[KnownChannel], territory: &Territory) -> Self {
        let at = |at: Timestamp| rfc3339(at, &territory.zone);
        let known = channels.iter().find(|one| one.name == delivery.channel);
        let waits = delivery.state == store::DeliveryState::Queued && !delivery.is_held;
        Self {
            kind: known.map(|one| one.kind.clone()),
            entry: delivery.entry,
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_try: waits.then(|| at(delivery.run_at)),
            done_at: delivery.done_at.map(at),
            url: delivery.receipt.and_then(|(_, url)| url),
            why: delivery.why,
            channel: delivery.channel,
        }
    }
}

#[derive(Serialize)]
struct Document {
    id: String,
    site: String,
    territory: String,
    url: String,
    kind: &'static str,
    state: &'static str,
    events: Vec<&'static str>,
    nuisances: Vec<&'static str>,
    language: &'static str,
    starts_at: Option<String>,
    ends_at: Option<String>,
    posted_at: String,
    updated_at: String,
    expires_at: String,
    speech: &'static str,
    /// What is not as it should be with the sound, as the log says it.
    speech_detail: Option<String>,
    thread: Vec<EntryItem>,
    deliveries: Vec<DeliveryItem>,
    warnings: Vec<Remark>,
}

impl Document {
    fn new(
        bulletin: &Bulletin,
        territory: &Territory,
        speech: &Speech,
        public_url: &str,
        now: Timestamp,
    ) -> Self {
        let at = |at: Timestamp| rfc3339(at, &territory.zone);
        Self {
            id: bulletin.id.to_string(),
            site: bulletin.site.to_string(),
            territory: bulletin.territory.to_string(),
            url: page_url(bulletin, public_url),
            kind: bulletin.kind.as_str(),
            state: bulletin.state(now).as_str(),
            events: bulletin.events.iter().map(|event| event.as_str()).collect(),
            nuisances: bulletin
                .nuisances
                .iter()
                .map(|nuisance| nuisance.as_str())
                .collect(),
            language: bulletin.language.as_str(),
            starts_at: bulletin.starts_at.map(at),
            ends_at: bulletin.ends_at.map(at),
            posted_at: at(bulletin.posted_at),
            updated_at: at(bulletin.updated_at()),
            expires_at: at(bulletin.expires_at),
            speech: speech.as_str(),
            speech_detail: None,
            thread: EntryItem::thread(bulletin, &territory.zone),
            deliveries: vec![],
            warnings: Remark::about(&first_draft(bulletin)),
        }
    }
}

/// The draft that opened the thread, for its warnings.
fn first_draft(bulletin: &Bulletin) -> Draft {
    Draft {
        kind: bulletin.kind,
        events: bulletin.events.clone(),
        nuisances: bulletin.nuisances.clone(),
        text: bulletin
            .entries
            .first()
            .map(|first| first.text.clone())
            .unwrap_or_default(),
        language: bulletin.language,
        starts_at: bulletin.starts_at,
        ends_at: bulletin.ends_at,
        lifetime: Lifetime::default(),
    }
}
