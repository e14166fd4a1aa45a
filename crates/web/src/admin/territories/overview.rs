//! A territory at a glance: what callers hear, who takes part, by which ways it is told.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Html;
use bulletin::{Bulletin, LineSettings, programme};
use store::SubscriberCounts;

use super::list::printed;
use super::managed::Managed;
use crate::admin::{Frame, Trouble, page};
use crate::app::App;
use crate::audio::{self, Parts};
use crate::error::Error;
use crate::snapshot::Speech;

/// GET `/admin/territories/{territory}`.
pub(super) async fn show(
    managed: Managed,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let settings = app.store.line_settings().await?;
    let settings = settings.get(&managed.territory.slug).cloned();
    let open = managed.sites(&app).await?;
    let entries = app.store.lexicon(&managed.territory.slug).await?;
    Ok(page(&OverviewPage {
        done: super::change::done(query.as_deref(), &frame),
        numbers: printed(&managed.territory.numbers),
        sites: open.iter().filter(|site| site.is_open()).count(),
        settings: settings.unwrap_or_default(),
        entries: entries.len(),
        rehearsals: rehearsals(&app, &managed).await?,
        channels: channels(&app, &managed).await?,
        subscribers: app.store.subscriber_counts(&managed.territory.slug).await?,
        frame,
        managed,
    }))
}

/// Those that the configuration of the program names for this territory.
async fn channels(app: &App, managed: &Managed) -> Result<Vec<Channel>, Error> {
    let here = Some(&managed.territory.slug);
    let mut channels = Vec::new();
    for known in app.store.channels().await? {
        if known.territory.is_none() || known.territory.as_ref() == here {
            let waiting = app.store.delivery_queue(&known.name).await?.count;
            channels.push(Channel {
                name: known.name,
                kind: known.kind,
                waiting,
            });
        }
    }
    Ok(channels)
}

/// What is posted in a territory to learn in, heard here and nowhere else.
async fn rehearsals(app: &App, managed: &Managed) -> Result<Vec<Rehearsal>, Error> {
    if !managed.is_training {
        return Ok(vec![]);
    }
    let now = app.now();
    let live = app.store.live_bulletins(now).await?;
    let heard = programme(&live, &managed.territory.slug, now);
    let mut rehearsals = Vec::new();
    for bulletin in heard.ongoing.into_iter().chain(heard.ended) {
        rehearsals.push(Rehearsal {
            sound: sound(app, &bulletin).await?,
            text: bulletin.current().text.clone(),
            site: bulletin.site.to_string(),
        });
    }
    Ok(rehearsals)
}

/// The address at which the latest entry is heard; empty until it is spoken.
async fn sound(app: &App, bulletin: &Bulletin) -> Result<String, Error> {
    let entry = bulletin.current().number;
    let parts = Parts::find(&app.store, &bulletin.id, entry).await?;
    Ok(match parts.speech(&app.store).await? {
        Speech::Ready { dated, body, .. } => audio::address(&bulletin.id, entry, &dated, &body),
        Speech::Queued | Speech::Failed => String::new(),
    })
}

struct Rehearsal {
    site: String,
    text: String,
    sound: String,
}

struct Channel {
    name: String,
    kind: String,
    /// Entries that it has still to be told.
    waiting: u64,
}

#[derive(Template)]
#[template(path = "admin/territories/overview.html")]
struct OverviewPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    numbers: Vec<String>,
    sites: usize,
    settings: LineSettings,
    entries: usize,
    rehearsals: Vec<Rehearsal>,
    channels: Vec<Channel>,
    subscribers: SubscriberCounts,
}
