//! Finds what a request is about: a site with its territory, a bulletin.

use bulletin::{
    Bulletin, BulletinId, RecordingKey, Refusal, Site, SiteSlug, Territory, TerritorySlug,
};
use store::Store;

use crate::error::Error;

/// A site and its territory.
///
/// # Errors
/// [`Error::OtherSite`] when there is no such site; [`Error::Fault`] for a site without its territory.
pub(crate) async fn site(store: &Store, slug: &SiteSlug) -> Result<(Site, Territory), Error> {
    let sites = store.sites().await?;
    let site = sites
        .into_iter()
        .find(|site| site.slug == *slug)
        .ok_or(Error::OtherSite)?;
    let territory = territory(store, &site.territory).await?;
    Ok((site, territory))
}

/// As [`site`], for what it has posted: a site that is closed too.
///
/// # Errors
/// [`Error::Fault`] when there is none: a row has named it.
pub(crate) async fn any_site(store: &Store, slug: &SiteSlug) -> Result<(Site, Territory), Error> {
    let known = store.registered_sites().await?;
    let known = known.into_iter().find(|known| known.site.slug == *slug);
    let site = known.map(|known| known.site);
    let site = site.ok_or_else(|| Error::Fault(format!("the site {slug} has no row")))?;
    let territory = territory(store, &site.territory).await?;
    Ok((site, territory))
}

/// A territory.
///
/// # Errors
/// [`Error::Fault`] when it does not exist: a row has named it.
pub(crate) async fn territory(store: &Store, slug: &TerritorySlug) -> Result<Territory, Error> {
    let known = store.territories().await?;
    let territory = known.into_iter().find(|territory| territory.slug == *slug);
    territory.ok_or_else(|| Error::Fault(format!("the territory {slug} has no row")))
}

/// A bulletin by its name in the address.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn bulletin(store: &Store, id: &str) -> Result<Bulletin, Error> {
    let id = BulletinId::parse(id).map_err(|_| Error::NotFound)?;
    store.find_bulletin(&id).await?.ok_or(Error::NotFound)
}

/// Whether a site may be heard with this recording: it has made it, and it is still kept.
///
/// # Errors
/// [`Refusal::UnknownRecording`], for another site's recording too.
pub(crate) async fn check_take(
    store: &Store,
    site: &SiteSlug,
    recording: &RecordingKey,
) -> Result<(), Error> {
    if store.has_take(site, recording).await? {
        Ok(())
    } else {
        Err(Refusal::UnknownRecording.into())
    }
}
