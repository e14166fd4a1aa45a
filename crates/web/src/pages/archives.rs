//! The past of a territory, newest first, page by page.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;

use super::{Card, Notice, Place, html, site_of};
use crate::app::App;
use crate::error::Error;
use crate::snapshot::Speech;
use crate::style;

/// GET `/{territory}/archives`, and `?avant=` an instant for what is older.
pub(crate) async fn archives(
    State(app): State<App>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    let before = before(query.as_deref())?;
    let page = ArchivesPage::read(&app, place, before).await?;
    Ok(html(&page).answer(&request))
}

#[derive(Template)]
#[template(path = "archives.html")]
struct ArchivesPage<'a> {
    style: &'static str,
    slug: &'a str,
    name: &'a str,
    is_first: bool,
    cards: Vec<Card>,
    /// Milliseconds since 1970 of the last bulletin shown, when there may be older ones.
    older: Option<i64>,
}

impl<'a> ArchivesPage<'a> {
    async fn read(app: &App, place: &'a Place, before: Option<Timestamp>) -> Result<Self, Error> {
        let territory = &place.territory;
        let bulletins = app
            .store
            .archived_bulletins(&territory.slug, PAGE, before)
            .await?;
        let now = app.now();
        let is_full = usize::try_from(PAGE).is_ok_and(|page| bulletins.len() >= page);
        let cards = bulletins.iter().map(|bulletin| {
            let site = site_of(&place.sites, &bulletin.site, &territory.slug);
            Card::new(bulletin, &site, territory, &Speech::Queued, now)
        });
        Ok(Self {
            style: style::address(),
            slug: territory.slug.as_str(),
            name: &territory.name,
            is_first: before.is_none(),
            cards: cards.collect(),
            older: bulletins
                .last()
                .filter(|_| is_full)
                .map(|last| last.posted_at.as_millisecond()),
        })
    }
}

/// Reads `avant=` milliseconds since 1970, as the link to older bulletins writes it.
fn before(query: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let Some(value) = query.and_then(|query| query.strip_prefix("avant=")) else {
        return Ok(None);
    };
    let at = value
        .parse()
        .ok()
        .and_then(|at| Timestamp::from_millisecond(at).ok());
    at.map(Some).ok_or(Error::NotFound)
}

/// Bulletins on one page.
const PAGE: u32 = 20;
