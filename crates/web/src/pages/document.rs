//! The programme and the list of territories as JSON: the page of a territory, for programs.

use bulletin::{Bulletin, Programme, Site, Territory};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::site_of;
use crate::audio;
use crate::rendered::Rendered;
use crate::snapshot::{Snapshot, Speech};
use crate::words::rfc3339;

/// What callers of one territory hear, in order, with texts and durations.
pub(super) fn programme(
    snapshot: &Snapshot,
    place: &(Territory, Vec<Site>, Programme),
) -> Rendered {
    let (territory, members, programme) = place;
    let sites = snapshot.names(members);
    let items = |bulletins: &[Bulletin]| -> Vec<Item> {
        bulletins
            .iter()
            .map(|bulletin| Item::new(snapshot, territory, &sites, bulletin))
            .collect()
    };
    let settings = snapshot.settings.get(&territory.slug);
    render(&ProgrammeDocument {
        territory: TerritoryItem::new(place),
        checked_at: rfc3339(snapshot.checked_at, &territory.zone),
        authorities: settings.is_some_and(|it| it.authorities),
        ongoing: items(&programme.ongoing),
        ended: items(&programme.ended),
    })
}

/// The territories, each with its numbers and sites.
pub(super) fn territories(snapshot: &Snapshot) -> Rendered {
    let territories = snapshot
        .territories
        .iter()
        .map(TerritoryItem::new)
        .collect();
    render(&TerritoriesDocument { territories })
}

/// One entry of a thread, for programs.
#[derive(Serialize)]
pub(crate) struct EntryItem {
    number: u32,
    kind: &'static str,
    at: String,
    text: String,
    under_control: bool,
}

impl EntryItem {
    /// The thread, oldest first.
    pub(crate) fn thread(bulletin: &Bulletin, zone: &TimeZone) -> Vec<Self> {
        let item = |entry: &bulletin::Entry| Self {
            number: entry.number,
            kind: entry.kind.as_str(),
            at: rfc3339(entry.at, zone),
            text: entry.text.clone(),
            under_control: entry.under_control,
        };
        bulletin.entries.iter().map(item).collect()
    }
}

#[derive(Serialize)]
struct TerritoriesDocument {
    territories: Vec<TerritoryItem>,
}

#[derive(Serialize)]
struct ProgrammeDocument {
    territory: TerritoryItem,
    checked_at: String,
    /// Callers hear that the authorities have taken over, and no bulletin.
    authorities: bool,
    ongoing: Vec<Item>,
    ended: Vec<Item>,
}

#[derive(Serialize)]
struct TerritoryItem {
    slug: String,
    name: String,
    zone: String,
    numbers: Vec<String>,
    url: String,
    programme: String,
    sites: Vec<SiteItem>,
}

impl TerritoryItem {
    fn new((territory, sites, _): &(Territory, Vec<Site>, Programme)) -> Self {
        let site = |site: &Site| SiteItem {
            slug: site.slug.to_string(),
            name: site.name.clone(),
            commune: site.commune.clone(),
        };
        Self {
            slug: territory.slug.to_string(),
            name: territory.name.clone(),
            zone: territory.zone.iana_name().unwrap_or("UTC").to_owned(),
            numbers: territory
                .numbers
                .iter()
                .map(|number| number.as_str().to_owned())
                .collect(),
            url: format!("/{}", territory.slug),
            programme: format!("/api/v1/territories/{}/programme", territory.slug),
            sites: sites.iter().map(site).collect(),
        }
    }
}

#[derive(Serialize)]
struct SiteItem {
    slug: String,
    name: String,
    commune: String,
}

#[derive(Serialize)]
struct Item {
    id: String,
    url: String,
    site: SiteItem,
    kind: &'static str,
    state: &'static str,
    events: Vec<&'static str>,
    nuisances: Vec<&'static str>,
    language: &'static str,
    /// What the line speaks.
    text: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    posted_at: String,
    updated_at: String,
    expires_at: String,
    speech: &'static str,
    duration_ms: Option<u32>,
    audio: Option<String>,
    /// Its text as callers get it.
    telephone: Option<String>,
    thread: Vec<EntryItem>,
}

impl Item {
    fn new(
        snapshot: &Snapshot,
        territory: &Territory,
        sites: &[Site],
        bulletin: &Bulletin,
    ) -> Self {
        let site = site_of(sites, &bulletin.site, &territory.slug);
        let at = |at: Timestamp| rfc3339(at, &territory.zone);
        let speech = snapshot.speech_of(&bulletin.id);
        let (duration_ms, audio) = heard(bulletin, &speech).unzip();
        Self {
            id: bulletin.id.to_string(),
            url: format!("/{}/{}", territory.slug, bulletin.id),
            site: SiteItem {
                slug: bulletin.site.to_string(),
                name: site.name,
                commune: site.commune,
            },
            kind: bulletin.kind.as_str(),
            state: bulletin.state(snapshot.now).as_str(),
            events: bulletin.events.iter().map(|event| event.as_str()).collect(),
            nuisances: bulletin
                .nuisances
                .iter()
                .map(|nuisance| nuisance.as_str())
                .collect(),
            language: bulletin.language.as_str(),
            text: bulletin.current().text.clone(),
            starts_at: bulletin.starts_at.map(at),
            ends_at: bulletin.ends_at.map(at),
            posted_at: at(bulletin.posted_at),
            updated_at: at(bulletin.updated_at()),
            expires_at: at(bulletin.expires_at),
            speech: speech.as_str(),
            duration_ms,
            audio,
            telephone: match &speech {
                Speech::Ready { body, .. } => Some(audio::telephone_address(body)),
                Speech::Queued | Speech::Failed => None,
            },
            thread: EntryItem::thread(bulletin, &territory.zone),
        }
    }
}

/// Length and address of the sound, when there is one.
fn heard(bulletin: &Bulletin, speech: &Speech) -> Option<(u32, String)> {
    match speech {
        Speech::Ready {
            duration_ms,
            dated,
            body,
        } => {
            let address = audio::address(&bulletin.id, bulletin.current().number, dated, body);
            Some((*duration_ms, address))
        }
        Speech::Queued | Speech::Failed => None,
    }
}

fn render(document: &impl Serialize) -> Rendered {
    let document =
        serde_json::to_vec(document).expect("plain structs with string keys are always JSON");
    Rendered::json(document)
}
