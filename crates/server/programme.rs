//! Keeps what callers hear and what readers see in step with the store.
//!
//! [`Programmes::refresh`] reads the store once and swaps both whole. It runs after each post, after
//! each recording, when a bulletin's hour comes, and every few seconds whatever happens; when the
//! store cannot be read, the last known programme stays.

mod known;
mod on_air;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bulletin::{Bulletin, BulletinId, LineSettings, State, Territory, TerritorySlug, programme};
use jiff::{SignedDuration, Timestamp};
use line::{HousePrompts, OnAir};
use store::{Milestone, MilestonePlace, Store};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use web::{Pages, Publisher, Snapshot};

use crate::config::NodeRole;
pub(crate) use crate::programme::known::{Decided, Known};
use crate::programme::on_air::{Decision, Shelf};
pub(crate) use crate::programme::on_air::{Sound, SpeechOf};
use crate::service::until;
use crate::spans::{self, Done, Value};

/// What callers hear and readers see.
pub struct Programmes {
    store: Store,
    prompts: Arc<HousePrompts>,
    pages: Arc<ArcSwap<Pages>>,
    /// What was read last, now or by an earlier start of the program.
    last: watch::Sender<Option<Arc<Known>>>,
    shelf: tokio::sync::Mutex<Shelf>,
    publish: Box<dyn Fn(OnAir) + Send + Sync>,
    readers: Readers,
    known: Mutex<Knowledge>,
    replanned: Notify,
    refreshing: Arc<Notify>,
    role: NodeRole,
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
            last: watch::Sender::new(None),
            shelf: tokio::sync::Mutex::default(),
            publish: Box::new(publish),
            readers,
            known: Mutex::default(),
            replanned: Notify::new(),
            refreshing: Arc::default(),
            role: NodeRole::All,
            since: Timestamp::now(),
        }
    }

    /// The same for a node of this role: where nobody calls or nobody reads, nothing is heard or seen first.
    #[must_use]
    pub fn of_role(self, role: NodeRole) -> Self {
        Self { role, ..self }
    }

    /// Reads the store and swaps programme and pages. Callers take it at their next step.
    ///
    /// # Errors
    /// Of the store; nothing is swapped then.
    pub async fn refresh(&self) -> Result<(), store::Error> {
        // One at a time, so that an older reading never replaces a newer one.
        let mut shelf = self.shelf.lock().await;
        let now = Timestamp::now();
        let read = async {
            let known = Known::read(&self.store, now).await?;
            let bulletins = known.live(now);
            let territories = &known.decided.territories;
            shelf
                .fill(&self.store, &known.speech, &bulletins, territories)
                .await?;
            Ok(known)
        };
        // A server that stands still would keep from the others what is known, and what is over on the page.
        let known = timeout(PATIENCE, read).await.unwrap_or_else(|_| {
            Err(store::Error::Database {
                doing: "read the programme",
                source: format!("no answer within {PATIENCE:?}").into(),
            })
        })?;
        let bulletins = known.live(now);
        self.tell(&known, &shelf, now).await;
        let known = Arc::new(known);
        self.last.send_replace(Some(Arc::clone(&known)));
        self.know(|it| it.checked_at = Some(now));
        self.replanned.notify_one();
        if let Err(error) = self.note_milestones(&bulletins, &known.speech).await {
            tracing::warn!(%error, "when bulletins came on the page and on the line is not written yet");
        }
        Ok(())
    }

    /// Takes what an earlier start of the program had read, for as long as the store cannot be; with nothing at all,
    /// callers hear that the service is in difficulty.
    pub(crate) async fn recall(&self, recalled: Option<(Known, Vec<Sound>)>) {
        self.know(|it| it.failing = true);
        let Some((known, sounds)) = recalled else {
            return;
        };
        self.know(|it| it.checked_at = Some(known.checked_at));
        self.shelf.lock().await.put(sounds);
        self.last.send_replace(Some(Arc::new(known)));
        self.tell_what_is_known(Timestamp::now()).await;
    }

    /// Tells callers and readers what is known as it is at `now`.
    async fn tell(&self, known: &Known, shelf: &Shelf, now: Timestamp) {
        let bulletins = known.live(now);
        // Callers first: pages take longer, and one that cannot be rendered must not keep the line at what was.
        (self.publish)(self.on_air(known, &bulletins, shelf, now));
        if self.role.serves_pages() {
            self.show(self.snapshot(known, shelf, now)).await;
        }
        self.know(|it| {
            it.next_change = next_change(&bulletins, now);
            it.unspoken = known.speech.failed();
            it.standing = standing(&known.decided.territories, &bulletins, now);
            it.hold(shelf.held(&bulletins, &known.speech, now), now);
        });
    }

    /// What callers hear of it.
    fn on_air(
        &self,
        known: &Known,
        bulletins: &[Bulletin],
        shelf: &Shelf,
        now: Timestamp,
    ) -> OnAir {
        let (decided, none) = (&known.decided, LineSettings::default());
        let territory = |one: &Territory| {
            let settings = decided.settings.get(&one.slug).unwrap_or(&none);
            let own_words = decided.own_words.get(&one.slug);
            let members = decided.sites.iter().filter(|it| it.territory == one.slug);
            let decision = Decision {
                territory: one,
                settings,
                own_words: own_words.map_or(&[][..], Vec::as_slice),
                sites: members.count(),
                checked_at: known.checked_at,
            };
            shelf.territory(decision, bulletins, &known.speech, now)
        };
        OnAir {
            territories: decided.territories.iter().map(territory).collect(),
            prompts: Arc::clone(&self.prompts),
        }
    }

    /// What readers may read of it.
    fn snapshot(&self, known: &Known, shelf: &Shelf, now: Timestamp) -> Snapshot {
        let decided = &known.decided;
        let place = |territory: &Territory| {
            let members = decided.sites.iter();
            let members = members.filter(|site| site.territory == territory.slug);
            let heard = programme(&known.recent, &territory.slug, now);
            (territory.clone(), members.cloned().collect(), heard)
        };
        let live = known.recent.iter().filter(|one| one.expires_at > now);
        Snapshot {
            territories: decided.territories.iter().map(place).collect(),
            former_sites: decided.former_sites.clone(),
            speech: live
                .map(|one| (one.id.clone(), known.speech.for_page(one, shelf)))
                .collect(),
            recent: known.recent.clone(),
            checked_at: known.checked_at,
            now,
            is_recalled: known.is_recalled,
            publisher: Arc::clone(&self.readers.publisher),
            call_records_days: self.readers.call_records_days,
            sends_mail: self.readers.sends_mail,
            settings: decided.settings.clone(),
            imprints: decided.imprints.clone(),
            background: decided.background.clone(),
            places: decided.places.clone(),
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
                self.role.serves_pages().then_some(MilestonePlace::Page),
                (self.role.answers_calls() && speech.is_heard(one)).then_some(MilestonePlace::Line),
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
        let (began, before) = (Timestamp::now(), self.outlined());
        let outcome = self.refresh().await;
        self.tell_change(began, before, outcome.is_err());
        let failed_before =
            self.know(|known| std::mem::replace(&mut known.failing, outcome.is_err()));
        match outcome {
            Err(error) => {
                if !failed_before {
                    tracing::error!(%error, "the store cannot be read; callers and readers keep the last known programme");
                }
                self.tell_what_is_known(Timestamp::now()).await;
            }
            Ok(()) if failed_before => tracing::info!("the store answers again"),
            _ => {}
        }
    }

    /// What callers hear and how bulletins stand, if anybody collects what changes in it.
    fn outlined(&self) -> Option<Outline> {
        let outline = || self.know(|known| (known.held.clone(), known.standing.clone()));
        spans::is_wanted().then(outline)
    }

    /// Tells a refresh that changed something or failed; the others, one every few seconds, are nothing to look at.
    fn tell_change(&self, began: Timestamp, before: Option<Outline>, has_failed: bool) {
        let Some(((held, standing), (is_held, stands))) = before.zip(self.outlined()) else {
            return;
        };
        let mut changed: Vec<_> = is_held
            .iter()
            .filter(|(id, entry)| held.get(*id) != Some(*entry))
            .map(|(id, _)| id)
            .chain(held.keys().filter(|id| !is_held.contains_key(*id)))
            .cloned()
            .collect();
        if changed.is_empty() && standing == stands && !has_failed {
            return;
        }
        changed.sort();
        spans::tell(|| Done {
            name: "refresh",
            began,
            ended: Timestamp::now(),
            has_failed,
            attributes: vec![("bulletin.ids", Value::Bulletins(changed))],
        });
    }

    /// Tells what was read last, as it is at `now`: what has begun, ended and expired meanwhile, and of when it is.
    async fn tell_what_is_known(&self, now: Timestamp) {
        // In turn with the refreshes, so that nothing older replaces what one of them has just told.
        let shelf = self.shelf.lock().await;
        let known = self.last.borrow().clone();
        if let Some(known) = known {
            self.tell(&known, &shelf, now).await;
        }
    }

    /// Renders the pages, away from the threads that answer, and shows them.
    async fn show(&self, snapshot: Snapshot) {
        let before = self.pages.load_full();
        let rendering = tokio::task::spawn_blocking(move || Pages::render(&snapshot, &before));
        match rendering.await {
            Ok(pages) => self.pages.store(Arc::new(pages)),
            Err(fault) => {
                tracing::error!(%fault, "the pages could not be rendered; readers keep the last ones")
            }
        }
    }

    /// What is known each time the store was read, for those who keep it.
    pub(crate) fn last_known(&self) -> watch::Receiver<Option<Arc<Known>>> {
        self.last.subscribe()
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

    /// The entry of each bulletin whose sound callers hear, and since when.
    pub(crate) fn heard(&self) -> BTreeMap<BulletinId, (u32, Timestamp)> {
        self.know(|known| {
            let held = known.held.iter();
            held.map(|(id, entry)| (id.clone(), *entry)).collect()
        })
    }

    fn know<T>(&self, look: impl FnOnce(&mut Knowledge) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The entry of each bulletin that callers hear, and how many bulletins stand how.
type Outline = (
    HashMap<BulletinId, (u32, Timestamp)>,
    BTreeMap<(TerritorySlug, &'static str), usize>,
);

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
/// At least this between two refreshes by the clock.
const SOON: Duration = Duration::from_millis(100);
/// How long a server may think about what is read at once: twice as long as about a statement.
const PATIENCE: Duration = Duration::from_secs(10);

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
pub(crate) mod tests {
    use super::*;
    use bulletin::{Draft, Kind, Language, Lifetime, Site, SiteSlug, TerritorySlug};
    use store::By;
    use web::Publisher;

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
        programmes.tell_what_is_known(later).await;
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[{"));

        programmes.tell_what_is_known(posted.expires_at).await;
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[]"));
    }

    #[tokio::test]
    async fn a_start_without_rows_tells_what_an_earlier_one_had_read_and_expires_it_by_its_own_clock()
     {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("allo.db");
        let store = Store::open(&path).await.unwrap();
        let posted = post(&store).await;
        let (earlier, ..) = programmes_of(store.clone());
        earlier.refresh().await.unwrap();
        let known = earlier.last_known().borrow().clone().unwrap();
        store.close().await;

        let unopened = Store::unopened(&path).await.unwrap();
        let (programmes, pages, heard) = programmes_of(unopened.clone());
        let known = Known {
            is_recalled: true,
            ..Known::clone(&known)
        };
        programmes.recall(Some((known.clone(), vec![]))).await;

        assert!(programmes.is_failing());
        assert_eq!(programmes.checked_at(), Some(known.checked_at));
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[{"));
        let on_air = heard.borrow().clone().unwrap();
        assert_eq!(on_air.territories[0].ongoing.len(), 1);
        assert_eq!(on_air.territories[0].checked_at, known.checked_at);

        programmes.tell_what_is_known(posted.expires_at).await;
        assert!(shows(&pages, "État au ") && shows(&pages, "\"ongoing\":[]"));
        let on_air = heard.borrow().clone().unwrap();
        assert!(on_air.territories[0].ongoing.is_empty());

        unopened.join().await.unwrap();
        programmes.refresh_logged().await;
        assert!(!programmes.is_failing() && !shows(&pages, "État au "));
    }

    #[tokio::test]
    async fn a_start_without_rows_that_knows_nothing_tells_nothing_and_is_in_difficulty() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::unopened(&data.path().join("allo.db")).await.unwrap();
        let (programmes, pages, heard) = programmes_of(store);

        programmes.recall(None).await;
        programmes.refresh_logged().await;

        assert!(programmes.is_failing());
        assert_eq!(programmes.checked_at(), None);
        assert!(heard.borrow().is_none() && !shows(&pages, "ongoing"));
    }

    /// With the pages that readers are shown, and what callers hear.
    pub(crate) fn programmes_of(
        store: Store,
    ) -> (
        Programmes,
        Arc<ArcSwap<Pages>>,
        watch::Receiver<Option<OnAir>>,
    ) {
        let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
        let prompts = Arc::new(crate::house::prompts().unwrap());
        let (on_air, heard) = watch::channel(None);
        let programmes = Programmes::new(
            store,
            prompts,
            Arc::clone(&pages),
            readers(publisher()),
            move |next: OnAir| {
                on_air.send_replace(Some(next));
            },
        );
        (programmes, pages, heard)
    }

    fn shows(pages: &ArcSwap<Pages>, words: &str) -> bool {
        let pages = pages.load();
        let told = |address| {
            let octets = pages.octets(address).unwrap_or_default();
            String::from_utf8_lossy(octets).contains(words)
        };
        told("/rouen_metropole") || told("/rouen_metropole.json")
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
