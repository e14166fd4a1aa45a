//! What is known of the rows: all that callers hear and readers see, as it was read at one instant.

use std::collections::HashMap;

use bulletin::{
    BackgroundPage, Bulletin, Coordinates, Imprint, LineSettings, OwnWords, Site, SiteSlug,
    Territory, TerritorySlug,
};
use jiff::{SignedDuration, Timestamp};
use store::{RegisteredSite, Store};

use super::on_air::SpeechOf;

/// All that callers hear and readers see, but for the sound itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) decided: Decided,
    /// The bulletins of the last weeks, withdrawn and expired ones included, newest first.
    pub(crate) recent: Vec<Bulletin>,
    pub(crate) speech: SpeechOf,
    /// When it was read.
    pub(crate) checked_at: Timestamp,
    /// It was kept by an earlier start of the program, and the rows have not been read since.
    pub(crate) is_recalled: bool,
}

impl Known {
    /// # Errors
    /// Of the store.
    pub(super) async fn read(store: &Store, now: Timestamp) -> Result<Self, store::Error> {
        let decided = Decided::read(store).await?;
        let mut recent = store.live_bulletins(now - RECENT).await?;
        let territories = &decided.territories;
        recent.retain(|one| territories.iter().any(|it| it.slug == one.territory));
        let speech = SpeechOf::read(store, &live(&recent, now), territories).await?;
        Ok(Self {
            decided,
            recent,
            speech,
            checked_at: now,
            is_recalled: false,
        })
    }

    /// The bulletins that are not past their lifetime.
    pub(crate) fn live(&self, now: Timestamp) -> Vec<Bulletin> {
        live(&self.recent, now)
    }
}

fn live(recent: &[Bulletin], now: Timestamp) -> Vec<Bulletin> {
    let live = recent.iter().filter(|one| one.expires_at > now);
    live.cloned().collect()
}

/// What managers have decided about the territories that are on the line; those to learn in are not among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decided {
    pub(crate) territories: Vec<Territory>,
    pub(crate) sites: Vec<Site>,
    pub(crate) settings: HashMap<TerritorySlug, LineSettings>,
    pub(crate) own_words: HashMap<TerritorySlug, Vec<OwnWords>>,
    /// Those that are closed: their bulletins still name them.
    pub(crate) former_sites: Vec<Site>,
    pub(crate) imprints: HashMap<TerritorySlug, Imprint>,
    pub(crate) background: HashMap<TerritorySlug, Vec<BackgroundPage>>,
    pub(crate) places: HashMap<SiteSlug, Coordinates>,
}

impl Decided {
    /// # Errors
    /// Of the store.
    pub(super) async fn read(store: &Store) -> Result<Self, store::Error> {
        let mut territories = store.territories().await?;
        // Afterwards: one that is added between the two readings is known to be for learning, or not known at all.
        let training = store.training_territories().await?;
        territories.retain(|one| !training.contains(&one.slug));
        let registered = store.registered_sites().await?;
        let (sites, former_sites): (Vec<_>, Vec<_>) =
            registered.into_iter().partition(|it| it.is_open());
        let named = |sites: Vec<RegisteredSite>| sites.into_iter().map(|it| it.site).collect();
        Ok(Self {
            territories,
            sites: named(sites),
            settings: store.line_settings().await?,
            own_words: store.own_words().await?,
            former_sites: named(former_sites),
            imprints: store.imprints().await?,
            background: store.background_pages().await?,
            places: store.site_places().await?,
        })
    }
}

/// How long feeds go on telling of a bulletin after its lifetime: whoever asks once a week misses no end.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);
