//! Keeps what callers hear and what readers see in step with the store.
//!
//! [`Programmes::refresh`] reads the store once and swaps both whole. It runs after each post, after
//! each recording, when a bulletin's hour comes, and every few seconds whatever happens; when the
//! store cannot be read, the last known programme stays.

mod on_air;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bulletin::{
    BackgroundPage, Bulletin, BulletinId, Coordinates, Imprint, LineSettings, OwnWords, Site,
    SiteSlug, State, Territory, TerritorySlug, programme,
};
use jiff::{SignedDuration, Timestamp};
use line::{HousePrompts, OnAir};
use store::{Milestone, MilestonePlace, RegisteredSite, Store};
use tokio::sync::{Notify, watch};
use web::{Pages, Publisher, Snapshot};

use crate::programme::on_air::{Decision, Shelf, SpeechOf};
use crate::service::until;

/// What callers hear and readers see.
pub struct Programmes {
    store: Store,
    prompts: Arc<HousePrompts>,
    pages: Arc<ArcSwap<Pages>>,
    /// What readers were shown last while the store could be read.
    shown: watch::Sender<Option<Arc<Snapshot>>>,
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
#[derive(Clone, Debug)]
pub struct Readers {
    /// Who publishes.
    pub publisher: Arc<Publisher>,
    /// For how many days the records of calls are kept.
    pub call_records_days: u16,
    /// Whether residents are written to who ask for it.
    pub sends_mail: bool,
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
            shown: watch::Sender::new(None),
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
        let mut recent = self.store.live_bulletins(now - RECENT).await?;
        recent.retain(|one| territories.iter().any(|it| it.slug == one.territory));
        let live = recent.iter().filter(|one| one.expires_at > now);
        let bulletins: Vec<_> = live.cloned().collect();
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
        let standing = standing(territories, &bulletins, now);
        // Callers first: pages take longer, and one that cannot be rendered must not keep the line at what was.
        (self.publish)(on_air);
        let snapshot = Arc::new(self.snapshot(decided, recent, &speech, &shelf, now));
        self.show(Arc::clone(&snapshot)).await;
        self.shown.send_replace(Some(snapshot));
        self.know(|known| {
            known.checked_at = Some(now);
            known.next_change = next_change(&bulletins, now);
            known.unspoken = speech.failed();
            known.standing = standing;
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
        recent: Vec<Bulletin>,
        speech: &SpeechOf,
        shelf: &Shelf,
        now: Timestamp,
    ) -> Snapshot {
        let place = |territory: Territory| {
            let members = decided.sites.iter();
            let members = members.filter(|site| site.territory == territory.slug);
            let heard = programme(&recent, &territory.slug, now);
            let members = members.cloned().collect();
            (territory, members, heard)
        };
        Snapshot {
            territories: decided.territories.into_iter().map(place).collect(),
            former_sites: decided.former_sites,
            speech: recent
                .iter()
                .filter(|one| one.expires_at > now)
                .map(|one| (one.id.clone(), speech.for_page(one, shelf)))
                .collect(),
            recent,
            checked_at: now,
            now,
            publisher: Arc::clone(&self.readers.publisher),
            call_records_days: self.readers.call_records_days,
            sends_mail: self.readers.sends_mail,
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
            Err(error) => {
                if !failed_before {
                    tracing::error!(%error, "the store cannot be read; callers and readers keep the last known programme");
                }
                self.show_what_is_known(Timestamp::now()).await;
            }
            Ok(()) if failed_before => tracing::info!("the store answers again"),
            _ => {}
        }
    }

    /// Shows readers what was read last, as it is at `now`: what has begun, ended and expired meanwhile, and of when it is.
    async fn show_what_is_known(&self, now: Timestamp) {
        // In turn with the refreshes, so that nothing older replaces what one of them has just shown.
        let _turn = self.shelf.lock().await;
        let Some(known) = self.shown.borrow().clone() else {
            return;
        };
        let next = next_change(&known.recent, now);
        self.show(Arc::new(known.at(now))).await;
        self.know(|known| known.next_change = next);
    }

    /// Renders the pages, away from the threads that answer, and shows them.
    async fn show(&self, snapshot: Arc<Snapshot>) {
        match tokio::task::spawn_blocking(move || Pages::render(&snapshot)).await {
            Ok(pages) => self.pages.store(Arc::new(pages)),
            Err(fault) => {
                tracing::error!(%fault, "the pages could not be rendered; readers keep the last ones")
            }
        }
    }

    /// What readers are shown each time the store was read, for those who keep it.
    pub(crate) fn shown(&self) -> watch::Receiver<Option<Arc<Snapshot>>> {
        self.shown.subscribe()
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

    /// How many bulletins of each territory stand how, of those that have not expired; by the word of the state.
    pub fn bulletins(&self) -> BTreeMap<(TerritorySlug, &'static str), usize> {
        self.know(|known| known.standing.clone())
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
    standing: BTreeMap<(TerritorySlug, &'static str), usize>,
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
/// How long feeds go on telling of a bulletin after its lifetime: whoever asks once a week misses no end.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// At least this between two refreshes by the clock.
const SOON: Duration = Duration::from_millis(100);

/// How many bulletins of each territory are in each state; a 0 is there to compare with.
fn standing(
    territories: &[Territory],
    live: &[Bulletin],
    now: Timestamp,
) -> BTreeMap<(TerritorySlug, &'static str), usize> {
    let states = State::ALL.iter().filter(|one| **one != State::Expired);
    let place = |(territory, state): (&Territory, &State)| {
        let here = live.iter().filter(|one| one.territory == territory.slug);
        let count = here.filter(|one| one.state(now) == *state).count();
        ((territory.slug.clone(), state.as_str()), count)
    };
    let places = territories.iter().flat_map(|territory| {
        let states = states.clone();
        states.map(move |state| (territory, state))
    });
    places.map(place).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use bulletin::{Draft, Kind, Language, Lifetime, SiteSlug};
    use store::By;
    use web::{Kept, Publisher};

    #[tokio::test]
    async fn callers_hear_what_is_new_although_no_page_can_be_rendered() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        post(&store).await;
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        let publisher = Publisher {
            sign: Arc::new(|_| panic!("a fault of the pages")),
            ..publisher()
        };
        let (on_air, heard) = watch::channel(0);
        let programmes = Programmes::new(
            store,
            Arc::new(crate::house::prompts().unwrap()),
            Arc::clone(&pages),
            readers(publisher),
            move |next: OnAir| {
                on_air.send_replace(next.territories.len());
            },
        );

        programmes.refresh().await.unwrap();

        assert_eq!(*heard.borrow(), 1);
        assert!(!shows(&pages, "ongoing"));
    }

    fn publisher() -> Publisher {
        Publisher {
            public_url: "https://allo.example".to_owned(),
            embedders: HashMap::new(),
            sign: Arc::new(|_| [0; 64]),
            key_pem: String::new(),
        }
    }

    fn readers(publisher: Publisher) -> Readers {
        Readers {
            publisher: Arc::new(publisher),
            call_records_days: 180,
            sends_mail: false,
        }
    }

    #[tokio::test]
    async fn readers_go_on_without_rows_and_are_told_of_when_that_is_and_what_is_over() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&data.path().join("allo.db")).await.unwrap();
        let posted = post(&store).await;
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        let prompts = Arc::new(crate::house::prompts().unwrap());
        let readers = readers(publisher());
        let programmes =
            Programmes::new(store.clone(), prompts, Arc::clone(&pages), readers, |_| {});
        programmes.refresh_logged().await;
        assert!(!programmes.is_failing() && !shows(&pages, "État au "));

        store.close().await;
        programmes.refresh_logged().await;
        assert!(programmes.is_failing());
        assert!(
            !shows(&pages, "État au "),
            "a moment is no trouble for readers"
        );

        let later = posted.posted_at + SignedDuration::from_mins(2);
        programmes.show_what_is_known(later).await;
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[{"));

        programmes.show_what_is_known(posted.expires_at).await;
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[]"));
    }

    fn shows(pages: &ArcSwap<Pages>, words: &str) -> bool {
        let written = Kept::write(&pages.load());
        let words = words.as_bytes();
        written.windows(words.len()).any(|part| part == words)
    }

    async fn post(store: &Store) -> Bulletin {
        let now = Timestamp::now();
        let by = By {
            who: "test",
            at: now,
        };
        let territory = Territory {
            slug: TerritorySlug::parse("rouen_metropole").unwrap(),
            name: "Rouen Métropole".to_owned(),
            spoken_name: "Rouen Métropole".to_owned(),
            zone: jiff::tz::TimeZone::get("Europe/Paris").unwrap(),
            numbers: vec![],
        };
        store.upsert_territory(&territory, by).await.unwrap();
        let site = Site {
            slug: SiteSlug::parse("raffinerie").unwrap(),
            territory: territory.slug.clone(),
            name: "Raffinerie du Méandre".to_owned(),
            spoken_name: "Raffinerie du Méandre".to_owned(),
            commune: "Petit-Couronne".to_owned(),
        };
        store.upsert_site(&site, by).await.unwrap();
        let draft = Draft {
            kind: Kind::Unplanned,
            events: vec![],
            nuisances: vec![],
            text: "Une torche est visible.".to_owned(),
            language: Language::French,
            starts_at: None,
            ends_at: None,
            lifetime: Lifetime::default(),
        };
        let id = BulletinId::from_random([1; 8]);
        let bulletin = Bulletin::compose(id, &site, &territory, draft, "test", now).unwrap();
        store.insert_bulletin(&bulletin, &[], None).await.unwrap();
        bulletin
    }
}
