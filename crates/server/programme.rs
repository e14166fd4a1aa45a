//! Keeps what callers hear and what readers see in step with the store.
//!
//! [`Programmes::refresh`] reads the store once and swaps both whole. It runs after each post, after
//! each recording, when a bulletin's hour comes, and every few seconds whatever happens; when the
//! store cannot be read, the last known programme stays.

mod on_air;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bulletin::{
    BackgroundPage, Bulletin, BulletinId, Coordinates, Imprint, LineSettings, OwnWords, Site,
    SiteSlug, Territory, TerritorySlug, programme,
};
use jiff::{SignedDuration, Timestamp};
use line::{HousePrompts, OnAir};
use store::{Milestone, MilestonePlace, RegisteredSite, Store};
use tokio::sync::{Notify, watch};
use web::{Pages, Snapshot};

use crate::programme::on_air::{Decision, Shelf, SpeechOf};
use crate::service::until;

/// What callers hear and readers see.
pub struct Programmes {
    store: Store,
    prompts: Arc<HousePrompts>,
    pages: Arc<ArcSwap<Pages>>,
    shelf: tokio::sync::Mutex<Shelf>,
    publish: Box<dyn Fn(OnAir) + Send + Sync>,
    readers: Readers,
    known: Mutex<Knowledge>,
    replanned: Notify,
    refreshing: Arc<Notify>,
    /// Only what is posted from then on has milestones: of the rest it is not known when it was seen and heard first.
    since: Timestamp,
}

/// What readers are told of the service itself.
#[derive(Clone, Debug, Default)]
pub struct Readers {
    /// What comes before the path in addresses that others copy.
    pub public_url: String,
    /// For how many days the records of calls are kept.
    pub call_records_days: u16,
}

impl Programmes {
    /// Reads the store for the first time; `publish` is given every new programme.
    pub fn new(
        store: Store,
        prompts: Arc<HousePrompts>,
        pages: Arc<ArcSwap<Pages>>,
        readers: Readers,
        publish: impl Fn(OnAir) + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            prompts,
            pages,
            shelf: tokio::sync::Mutex::default(),
            publish: Box::new(publish),
            readers,
            known: Mutex::default(),
            replanned: Notify::new(),
            refreshing: Arc::default(),
            since: Timestamp::now(),
        }
    }

    /// Reads the store and swaps programme and pages. Callers take it at their next step.
    ///
    /// # Errors
    /// Of the store; nothing is swapped then.
    pub async fn refresh(&self) -> Result<(), store::Error> {
        // One at a time, so that an older reading never replaces a newer one.
        let mut shelf = self.shelf.lock().await;
        let now = Timestamp::now();
        let decided = Decided::read(&self.store).await?;
        let Decided {
            territories,
            sites,
            settings,
            own_words,
            ..
        } = &decided;
        let mut bulletins = self.store.live_bulletins(now).await?;
        bulletins.retain(|one| territories.iter().any(|it| it.slug == one.territory));
        let speech = SpeechOf::read(&self.store, &bulletins, territories).await?;
        shelf
            .fill(&self.store, &speech, &bulletins, territories)
            .await?;

        let none = LineSettings::default();
        let territory = |one: &Territory| {
            let settings = settings.get(&one.slug).unwrap_or(&none);
            let own_words = own_words.get(&one.slug).map_or(&[][..], Vec::as_slice);
            let members = sites.iter().filter(|site| site.territory == one.slug);
            let decision = Decision {
                territory: one,
                settings,
                own_words,
                sites: members.count(),
            };
            shelf.territory(decision, &bulletins, &speech, now)
        };
        let on_air = OnAir {
            territories: territories.iter().map(territory).collect(),
            prompts: Arc::clone(&self.prompts),
        };
        let snapshot = self.snapshot(decided, &bulletins, &speech, &shelf, now);
        self.pages.store(Arc::new(Pages::render(&snapshot)));
        (self.publish)(on_air);
        self.know(|known| {
            known.checked_at = Some(now);
            known.next_change = next_change(&bulletins, now);
            known.unspoken = speech.failed();
            known.hold(shelf.held(&bulletins, &speech, now), now);
        });
        self.replanned.notify_one();
        if let Err(error) = self.note_milestones(&bulletins, &speech).await {
            tracing::warn!(%error, "when bulletins came on the page and on the line is not written yet");
        }
        Ok(())
    }

    /// What readers may read of it.
    fn snapshot(
        &self,
        decided: Decided,
        bulletins: &[Bulletin],
        speech: &SpeechOf,
        shelf: &Shelf,
        now: Timestamp,
    ) -> Snapshot {
        let place = |territory: Territory| {
            let members = decided.sites.iter();
            let members = members.filter(|site| site.territory == territory.slug);
            let heard = programme(bulletins, &territory.slug, now);
            let members = members.cloned().collect();
            (territory, members, heard)
        };
        Snapshot {
            territories: decided.territories.into_iter().map(place).collect(),
            former_sites: decided.former_sites,
            speech: bulletins
                .iter()
                .map(|one| (one.id.clone(), speech.for_page(one, shelf)))
                .collect(),
            checked_at: now,
            now,
            public_url: self.readers.public_url.clone(),
            call_records_days: self.readers.call_records_days,
            settings: decided.settings,
            imprints: decided.imprints,
            background: decided.background,
            places: decided.places,
        }
    }

    /// Keeps when entries came on the page and on the line; what cannot be written is tried again at the next refresh.
    async fn note_milestones(
        &self,
        bulletins: &[Bulletin],
        speech: &SpeechOf,
    ) -> Result<(), store::Error> {
        let at = Timestamp::now();
        let mut reached = vec![];
        for one in bulletins {
            let entry = one.current();
            if entry.at < self.since {
                continue;
            }
            let places = [
                Some(MilestonePlace::Page),
                speech.is_heard(one).then_some(MilestonePlace::Line),
            ];
            for place in places.into_iter().flatten() {
                let milestone = Milestone {
                    entry: entry.number,
                    place,
                    at,
                };
                reached.push((one.id.clone(), milestone));
            }
        }
        let name = |(id, it): &(BulletinId, Milestone)| (id.clone(), it.entry, it.place);
        self.know(|known| reached.retain(|it| !known.reached.contains(&name(it))));
        if !reached.is_empty() {
            self.store.insert_milestones(&reached).await?;
            self.know(|known| known.reached.extend(reached.iter().map(name)));
        }
        self.know(|known| {
            known
                .reached
                .retain(|(id, ..)| bulletins.iter().any(|one| one.id == *id));
        });
        Ok(())
    }

    /// As [`Programmes::refresh`]; says in the log when the store stops or begins to answer.
    pub async fn refresh_logged(&self) {
        self.refreshing.notify_waiters();
        let outcome = self.refresh().await;
        let failed_before =
            self.know(|known| std::mem::replace(&mut known.failing, outcome.is_err()));
        match outcome {
            Err(error) if !failed_before => {
                tracing::error!(%error, "the store cannot be read; callers and readers keep the last known programme");
            }
            Ok(()) if failed_before => tracing::info!("the store answers again"),
            _ => {}
        }
    }

    /// Refreshes until `stop` turns true: at the hours of the bulletins, and regularly besides.
    pub async fn keep(&self, stop: watch::Receiver<bool>) {
        loop {
            let pause = self.know(|known| known.pause(Timestamp::now()));
            tokio::select! {
                () = tokio::time::sleep(pause) => self.refresh_logged().await,
                () = self.replanned.notified() => {}
                () = until(stop.clone()) => return,
            }
        }
    }

    /// Refreshes within a second whenever a manager has decided something about a line or a territory, and wakes the
    /// speaker.
    pub async fn follow_managers(&self, speaker: &Notify, stop: watch::Receiver<bool>) {
        let mut known = None;
        loop {
            // A store that does not answer is told of by the refreshes.
            if let Ok(decided) = Decided::read(&self.store).await
                && known.as_ref() != Some(&decided)
            {
                self.refresh_logged().await;
                speaker.notify_waiters();
                // A refresh that failed is tried again at the next look.
                known = (!self.is_failing()).then_some(decided);
            }
            tokio::select! {
                () = tokio::time::sleep(AT_ONCE) => {}
                () = until(stop.clone()) => return,
            }
        }
    }

    /// Tells all who wait for it when a refresh begins, as one does after each post, however it came.
    pub fn refreshing(&self) -> Arc<Notify> {
        Arc::clone(&self.refreshing)
    }

    /// When the store was last read in full.
    pub fn checked_at(&self) -> Option<Timestamp> {
        self.know(|known| known.checked_at)
    }

    /// Whether the last reading of the store failed.
    pub fn is_failing(&self) -> bool {
        self.know(|known| known.failing)
    }

    /// How many bulletins on the air have no voice because it failed.
    pub fn unspoken(&self) -> usize {
        self.know(|known| known.unspoken)
    }

    /// The entry of a bulletin whose sound callers hear, and since when.
    pub fn holds(&self, bulletin: &BulletinId) -> Option<(u32, Timestamp)> {
        self.know(|known| known.held.get(bulletin).copied())
    }

    fn know<T>(&self, look: impl FnOnce(&mut Knowledge) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What managers have decided about the territories that are on the line; those to learn in are not among them.
#[derive(PartialEq)]
struct Decided {
    territories: Vec<Territory>,
    sites: Vec<Site>,
    settings: HashMap<TerritorySlug, LineSettings>,
    own_words: HashMap<TerritorySlug, Vec<OwnWords>>,
    /// Those that are closed: their bulletins still name them.
    former_sites: Vec<Site>,
    imprints: HashMap<TerritorySlug, Imprint>,
    background: HashMap<TerritorySlug, Vec<BackgroundPage>>,
    places: HashMap<SiteSlug, Coordinates>,
}

impl Decided {
    async fn read(store: &Store) -> Result<Self, store::Error> {
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

/// What is remembered of the last refresh.
#[derive(Default)]
struct Knowledge {
    checked_at: Option<Timestamp>,
    next_change: Option<Timestamp>,
    failing: bool,
    unspoken: usize,
    held: HashMap<BulletinId, (u32, Timestamp)>,
    /// The milestones that are written.
    reached: HashSet<(BulletinId, u32, MilestonePlace)>,
}

impl Knowledge {
    /// Takes over what callers hear; what they heard before keeps its instant.
    fn hold(&mut self, heard: Vec<(BulletinId, u32)>, now: Timestamp) {
        let before = std::mem::take(&mut self.held);
        let since = |id: &BulletinId, entry| {
            let known = before.get(id).filter(|(one, _)| *one == entry);
            known.map_or(now, |(_, since)| *since)
        };
        let held = heard.into_iter().map(|(id, entry)| {
            let since = since(&id, entry);
            (id, (entry, since))
        });
        self.held = held.collect();
    }

    fn pause(&self, now: Timestamp) -> Duration {
        let until = |at: Timestamp| Duration::try_from(now.duration_until(at)).unwrap_or(SOON);
        self.next_change
            .map_or(REGULARLY, |at| until(at).clamp(SOON, REGULARLY))
    }
}

/// The hour of the last check is spoken: it may be this old.
const REGULARLY: Duration = Duration::from_secs(20);
/// What a manager decides is heard this soon.
const AT_ONCE: Duration = Duration::from_secs(1);
/// At least this between two refreshes by the clock.
const SOON: Duration = Duration::from_millis(100);

/// The next instant at which a bulletin begins, ends or expires without anybody posting.
fn next_change(bulletins: &[Bulletin], now: Timestamp) -> Option<Timestamp> {
    bulletins
        .iter()
        .flat_map(|one| [one.starts_at, one.ends_at, Some(one.expires_at)])
        .flatten()
        .filter(|at| *at > now)
        .min()
        .map(|at| at + SignedDuration::from_millis(1))
}
