//! The page of one bulletin: the same address from its first minute to the archive.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bulletin::{Bulletin, BulletinId, Site, State as BulletinState, Territory};
use jiff::Timestamp;

use super::card::Sound;
use super::{Card, Notice, Place, html, site_of};
use crate::app::App;
use crate::audio::Parts;
use crate::error::Error;
use crate::rendered::Rendered;
use crate::snapshot::Speech;
use crate::style;

/// GET `/{territory}/{id}`: from memory while it is live, from the store afterwards.
pub(crate) async fn bulletin(
    State(app): State<App>,
    Path((slug, id)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let id = BulletinId::parse(&id).map_err(|_| Error::NotFound)?;
    let pages = app.pages.load_full();
    let place = pages.place(&slug)?;
    if let Some(page) = place.bulletins.get(&id) {
        return Ok(page.answer(&request));
    }
    let page = from_store(&app, place, &id).await?;
    Ok(page.answer(&request))
}

async fn from_store(app: &App, place: &Place, id: &BulletinId) -> Result<Rendered, Error> {
    let bulletin = app.store.find_bulletin(id).await?.ok_or(Error::NotFound)?;
    if bulletin.territory != place.territory.slug {
        return Err(Error::NotFound);
    }
    let parts = Parts::find(&app.store, id, bulletin.current().number).await?;
    let speech = parts.speech(&app.store).await?;
    Ok(render(
        &place.territory,
        &place.sites,
        &bulletin,
        &speech,
        app.now(),
    ))
}

/// The page of one bulletin, with its whole thread.
pub(super) fn render(
    territory: &Territory,
    sites: &[Site],
    bulletin: &Bulletin,
    speech: &Speech,
    now: Timestamp,
) -> Rendered {
    let site = site_of(sites, &bulletin.site, &territory.slug);
    let standing = match bulletin.state(now) {
        BulletinState::Expired => {
            "Ce bulletin est archivé\u{a0}: il n’est plus sur la ligne téléphonique ni parmi les événements en cours."
        }
        BulletinState::Cancelled => "Ce bulletin est annulé\u{a0}: son site l’a retiré.",
        _ => "",
    };
    html(&PermalinkPage {
        style: style::address(),
        slug: territory.slug.as_str(),
        name: &territory.name,
        standing,
        card: Card::new(bulletin, &site, territory, speech, now),
    })
}

#[derive(Template)]
#[template(path = "permalink.html")]
struct PermalinkPage<'a> {
    style: &'static str,
    slug: &'a str,
    name: &'a str,
    standing: &'static str,
    card: Card,
}
