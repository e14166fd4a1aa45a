//! The file of an event: everything that was posted about it, with every instant, to help write the legal declaration.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, Response};
use axum::routing::get;
use bulletin::{Bulletin, Entry, Language, Site, Territory};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Act, Milestone, MilestonePlace, Role, WantedActs};

use super::audit::{as_json, in_words};
use super::table::{JSON, attachment};
use super::told::ToldContact;
use super::{Frame, Login, Place, Trouble, page};
use crate::api::rows;
use crate::app::Desk;
use crate::error::Error;
use crate::words::{Moment, rfc3339, span};

pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route("/bulletins/{id}/file", get(show))
        .route("/bulletins/{id}/file.json", get(json_file))
}

/// GET `/admin/bulletins/{id}/file`: made to be printed, or kept as PDF by the browser's print.
async fn show(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    login: Login,
) -> Result<Html<String>, Trouble> {
    let file = EventFile::read(&desk, &id, &login).await?;
    let zone = &file.territory.zone;
    let instant = |at: Timestamp| Moment::to_the_second(login.language, at, zone);
    let entries = file.bulletin.entries.iter().map(|entry| ShownEntry {
        number: entry.number,
        kind: (entry.kind.as_french(), entry.kind.as_english()),
        author: entry.author.clone(),
        text: entry.text.clone(),
        is_recorded: entry.recording.is_some(),
        posted: instant(entry.at),
        page: file.reached(entry, MilestonePlace::Page).map(instant),
        line: file.reached(entry, MilestonePlace::Line).map(instant),
    });
    let delay = file.bulletin.posting_delay();
    Ok(page(&FilePage {
        frame: Frame::new(&login, Place::Bulletins),
        notice: NOTICE,
        id: file.bulletin.id.to_string(),
        site: format!("{}, {}", file.site.name, file.site.commune),
        territory: file.territory.name.clone(),
        kind: (
            file.bulletin.kind.as_french(),
            file.bulletin.kind.as_english(),
        ),
        events: file
            .bulletin
            .events
            .iter()
            .map(|it| match login.language {
                Language::French => it.as_french(),
                Language::English => it.as_english(),
            })
            .collect(),
        starts: file.bulletin.starts_at.map(instant),
        ends: file.bulletin.ends_at.map(instant),
        delay: delay.and_then(|delay| span(login.language, delay.as_secs())),
        heard: file.first_heard().map(instant),
        entries: entries.collect(),
        told: file
            .told
            .iter()
            .map(|one| {
                let words = one.in_words(login.language, &file.territory, login.now);
                (one.name().to_owned(), words)
            })
            .collect(),
        acts: file
            .acts
            .iter()
            .map(|act| {
                let what = match in_words(&act.what, login.language) {
                    "" => act.what.clone(),
                    words => format!("{words} ({})", act.what),
                };
                (instant(act.at), what, act.who.clone())
            })
            .collect(),
        made: instant(login.now),
        zone: crate::words::zone_in_words(login.language, zone),
    }))
}

/// GET `/admin/bulletins/{id}/file.json`.
async fn json_file(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    login: Login,
) -> Result<Response, Trouble> {
    let file = EventFile::read(&desk, &id, &login).await?;
    let name = format!("{}.json", file.bulletin.id);
    Ok(attachment(file.as_json(login.now).to_string(), JSON, &name))
}

/// Everything that is known of an event.
struct EventFile {
    bulletin: Bulletin,
    site: Site,
    territory: Territory,
    milestones: Vec<Milestone>,
    told: Vec<ToldContact>,
    /// The first of them first.
    acts: Vec<Act>,
}

impl EventFile {
    /// # Errors
    /// [`Error::NotFound`] for a bulletin that is none of this person's: for an operator, one of another site.
    async fn read(desk: &Desk, id: &str, login: &Login) -> Result<Self, Error> {
        let store = &desk.app.store;
        let bulletin = rows::bulletin(store, id).await?;
        login.may_read(&bulletin.territory)?;
        if login.role == Role::Operator {
            login.may_post(&bulletin.site)?;
        }
        let (site, _) = rows::any_site(store, &bulletin.site).await?;
        let wanted = WantedActs {
            object: Some(format!("bulletin/{}", bulletin.id)),
            ..WantedActs::default()
        };
        let mut acts = store.acts(&wanted, MOST_ACTS).await?;
        acts.reverse();
        Ok(Self {
            territory: rows::territory(store, &bulletin.territory).await?,
            milestones: store.milestones(&bulletin.id).await?,
            told: ToldContact::of(store, &bulletin).await?,
            acts: acts.into_iter().map(|(_, act)| act).collect(),
            bulletin,
            site,
        })
    }

    fn reached(&self, entry: &Entry, place: MilestonePlace) -> Option<Timestamp> {
        let here = |one: &&Milestone| one.entry == entry.number && one.place == place;
        self.milestones.iter().find(here).map(|one| one.at)
    }

    fn first_heard(&self) -> Option<Timestamp> {
        let heard = |one: &&Milestone| one.place == MilestonePlace::Heard;
        self.milestones.iter().find(heard).map(|one| one.at)
    }

    fn as_json(&self, now: Timestamp) -> Value {
        let it = &self.bulletin;
        let local = |at: Timestamp| rfc3339(at, &self.territory.zone);
        let seconds = |from: Timestamp, until: Option<Timestamp>| {
            until.map(|until| from.duration_until(until).as_secs())
        };
        let entries = it.entries.iter().map(|entry| {
            let page = self.reached(entry, MilestonePlace::Page);
            let line = self.reached(entry, MilestonePlace::Line);
            json!({
                "number": entry.number,
                "kind": entry.kind.as_str(),
                "author": entry.author,
                "text": entry.text,
                "under_control": entry.under_control,
                "recording": entry.recording.as_ref().map(|key| key.as_str()),
                "posted_at": exact(entry.at),
                "on_page_at": page.map(exact),
                "on_line_at": line.map(exact),
                "seconds_to_page": seconds(entry.at, page),
                "seconds_to_line": seconds(entry.at, line),
            })
        });
        json!({
            "notice": { "fr": NOTICE.0, "en": NOTICE.1 },
            "made_at": exact(now),
            "bulletin": it.id.as_str(),
            "site": { "slug": it.site.as_str(), "name": self.site.name, "commune": self.site.commune },
            "territory": { "slug": it.territory.as_str(), "name": self.territory.name },
            "zone": self.territory.zone.iana_name(),
            "kind": it.kind.as_str(),
            "state": it.state(now).as_str(),
            "events": it.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
            "nuisances": it.nuisances.iter().map(|one| one.as_str()).collect::<Vec<_>>(),
            "starts_at": it.starts_at.map(local),
            "ends_at": it.ends_at.map(local),
            "posted_at": local(it.posted_at),
            "expires_at": local(it.expires_at),
            "posting_delay_seconds": it.posting_delay().map(|delay| delay.as_secs()),
            "first_heard_at": self.first_heard().map(exact),
            "thread": entries.collect::<Vec<_>>(),
            "authorities": self.told.iter().map(ToldContact::as_json).collect::<Vec<_>>(),
            "acts": self.acts.iter().map(as_json).collect::<Vec<_>>(),
        })
    }
}

/// UTC with milliseconds.
fn exact(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[derive(Template)]
#[template(path = "admin/event_file.html")]
struct FilePage {
    frame: Frame,
    notice: (&'static str, &'static str),
    id: String,
    site: String,
    territory: String,
    kind: (&'static str, &'static str),
    events: Vec<&'static str>,
    starts: Option<Moment>,
    ends: Option<Moment>,
    delay: Option<String>,
    heard: Option<Moment>,
    entries: Vec<ShownEntry>,
    /// The name of each authority that was told, and what is known of that.
    told: Vec<(String, String)>,
    acts: Vec<(Moment, String, String)>,
    made: Moment,
    zone: String,
}

struct ShownEntry {
    number: u32,
    kind: (&'static str, &'static str),
    author: String,
    text: String,
    is_recorded: bool,
    posted: Moment,
    page: Option<Moment>,
    line: Option<Moment>,
}

/// What the file is and is not, in French and in English.
const NOTICE: (&str, &str) = (
    "Ce dossier aide à rédiger la déclaration réglementaire de l’événement. Il n’est pas cette déclaration et ne la remplace pas.",
    "This file helps to write the legal declaration of the event. It is not that declaration and does not replace it.",
);
const MOST_ACTS: u32 = 1_000;
