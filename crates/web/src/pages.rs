//! Finished public pages: rendered when something changes, served from memory as often as asked.

mod archives;
mod card;
mod document;
mod notice;
mod permalink;
mod territory;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bulletin::{Bulletin, BulletinId, Site, SiteSlug, Territory, TerritorySlug};

pub(crate) use archives::archives;
pub(crate) use card::{Card, Sound};
pub(crate) use document::EntryItem;
pub(crate) use notice::Notice;
pub(crate) use permalink::bulletin;

use crate::app::App;
use crate::error::Error;
use crate::rendered::Rendered;
use crate::snapshot::Snapshot;

/// Every public page of one [`Snapshot`], ready to send; reading one asks nothing of the database.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    home: Option<Rendered>,
    territories: Option<Rendered>,
    places: Vec<Place>,
}

impl Pages {
    /// Renders the home page, the page and the JSON document of each territory, and one page per bulletin.
    pub fn render(snapshot: &Snapshot) -> Self {
        let places = snapshot.territories.iter();
        Self {
            home: Some(territory::home(snapshot)),
            territories: Some(document::territories(snapshot)),
            places: places.map(|place| Place::render(snapshot, place)).collect(),
        }
    }

    /// The number of the entry that the page of a territory shows of a bulletin, if it shows it.
    pub(crate) fn shown(&self, territory: &TerritorySlug, bulletin: &BulletinId) -> Option<u32> {
        let place = self
            .places
            .iter()
            .find(|it| it.territory.slug == *territory);
        place?.shown.get(bulletin).copied()
    }

    /// The list of territories, for programs.
    pub(crate) fn territories(&self) -> Result<&Rendered, Error> {
        self.territories.as_ref().ok_or(Error::Starting)
    }

    /// The territory of that name in an address.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Starting`] when nothing at all has been rendered yet.
    pub(crate) fn place(&self, slug: &str) -> Result<&Place, Error> {
        let place = self
            .places
            .iter()
            .find(|place| place.territory.slug.as_str() == slug);
        place.ok_or(if self.home.is_some() {
            Error::NotFound
        } else {
            Error::Starting
        })
    }
}

/// One territory: who it is, and its finished pages.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) territory: Territory,
    /// Members, and those that were.
    pub(crate) sites: Vec<Site>,
    page: Rendered,
    document: Rendered,
    bulletins: HashMap<BulletinId, Rendered>,
    /// The entry that stands for each of them.
    shown: HashMap<BulletinId, u32>,
}

impl Place {
    fn render(snapshot: &Snapshot, place: &(Territory, Vec<Site>, bulletin::Programme)) -> Self {
        let (territory, members, programme) = place;
        let sites = snapshot.names(members);
        let live = programme.ongoing.iter().chain(&programme.ended);
        let permalink = |bulletin: &Bulletin| {
            let speech = snapshot
                .speech
                .get(&bulletin.id)
                .cloned()
                .unwrap_or_default();
            permalink::render(territory, &sites, bulletin, &speech, snapshot.now)
        };
        Self {
            page: territory::page(snapshot, place),
            document: document::programme(snapshot, place),
            shown: live
                .clone()
                .map(|bulletin| (bulletin.id.clone(), bulletin.current().number))
                .collect(),
            bulletins: live
                .map(|bulletin| (bulletin.id.clone(), permalink(bulletin)))
                .collect(),
            territory: territory.clone(),
            sites,
        }
    }

    /// The programme, for programs.
    pub(crate) fn document(&self) -> &Rendered {
        &self.document
    }
}

/// GET `/`.
pub(crate) async fn home(State(app): State<App>, request: HeaderMap) -> Result<Response, Notice> {
    let pages = app.pages.load();
    let home = pages.home.as_ref().ok_or(Error::Starting)?;
    Ok(home.answer(&request))
}

/// GET `/{territory}` and `/{territory}.json`.
pub(crate) async fn territory(
    State(app): State<App>,
    Path(page): Path<String>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let pages = app.pages.load();
    let slug = page.strip_suffix(".json").unwrap_or(&page);
    let place = pages.place(slug)?;
    let rendered = if slug == page {
        &place.page
    } else {
        &place.document
    };
    Ok(rendered.answer(&request))
}

/// The site of that name; one that has left the service keeps its bulletins under its short name.
fn site_of(sites: &[Site], slug: &SiteSlug, territory: &TerritorySlug) -> Site {
    let known = sites.iter().find(|site| site.slug == *slug);
    known.cloned().unwrap_or_else(|| Site {
        slug: slug.clone(),
        territory: territory.clone(),
        name: slug.to_string(),
        spoken_name: slug.to_string(),
        commune: String::new(),
    })
}

/// Renders into memory; the templates write nothing that could fail.
fn html(template: &impl Template) -> Rendered {
    Rendered::page(
        template
            .render()
            .expect("a template of plain values, written to a String, cannot fail"),
    )
}
