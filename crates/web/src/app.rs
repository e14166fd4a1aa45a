//! What the routes need from the rest of the program.

use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use bulletin::TerritorySlug;
use bulletin::{BulletinId, EmailAddress};
use jiff::Timestamp;
use store::{AddressKey, Store};
use tokio::sync::{Notify, Semaphore};

use crate::admin::Door;
use crate::pages::Pages;
use crate::proof::Proofreader;
use crate::publisher::Publisher;
use crate::reader::Reader;
use crate::recorder::Recorder;
use crate::shelf::Shelf;
use crate::subscriptions::Askers;
use crate::telephone::KeyMaker;

/// The rest of the program as the routes see it; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The rows: posts go there, archives and recordings come from there.
    pub store: Store,
    /// The finished public pages, swapped whole when the programme changes.
    pub pages: Arc<ArcSwap<Pages>>,
    /// Told after each post: those who wait for work wake, and one permit is left for one who was busy.
    pub changed: Arc<Notify>,
    /// Rebuilds the programme and swaps [`App::pages`]; awaited for at most two seconds after a post.
    pub refresh: Refresh,
    /// The callers of each territory at this moment, as the line counts them.
    pub crowds: Crowds,
    /// The hour.
    pub clock: Clock,
    /// Whether callers can be answered, concern by concern.
    pub readiness: Readiness,
    /// Which nodes of the line hold a bulletin's sound.
    pub nodes: Nodes,
    /// Eight random octets for the name of a bulletin.
    pub random: Random,
    /// Makes a recording of a file with a person's voice.
    pub recorder: Recorder,
    /// Reads words aloud before they are published.
    pub reader: Reader,
    /// Reads names and sentences for what is wrong with them before they are kept.
    pub proofreader: Proofreader,
    /// Gives a site a code and a PIN for the telephone.
    pub key_maker: KeyMaker,
    /// Who publishes: what stands in feeds and messages besides the bulletins.
    pub publisher: Arc<Publisher>,
    /// People without an account who are written to; none where nobody ever was.
    pub mailbox: Option<Mailbox>,
    /// How many proxies stand in front and are believed about whom they saw (`X-Forwarded-For`).
    pub trusted_hops: usize,
}

/// See [`App::refresh`]. It logs its own failures: the post it follows is on disk already.
pub type Refresh = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
/// See [`App::crowds`].
pub type Crowds = Arc<dyn Fn() -> Vec<(TerritorySlug, u64)> + Send + Sync>;
/// See [`App::clock`].
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// See [`App::readiness`].
pub type Readiness = Arc<dyn Fn() -> Vec<Concern> + Send + Sync>;
/// See [`App::nodes`]. Every node is in the answer, whether it holds the bulletin or not.
pub type Nodes = Arc<dyn Fn(&BulletinId) -> Vec<Node> + Send + Sync>;
/// See [`App::random`].
pub type Random = Arc<dyn Fn() -> [u8; 8] + Send + Sync>;

/// What writing to people without an account needs.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Seals their addresses and makes their links.
    pub key: Arc<AddressKey>,
    /// Where the mails come from; none where no mail leaves any more: then people can leave, and not come.
    pub sender: Option<EmailAddress>,
    /// Told when a mail waits.
    pub queued: Arc<Notify>,
}

/// A machine that answers calls, with what it holds of one bulletin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// How its people call the machine.
    pub name: String,
    /// The entry whose sound callers hear there, and since when.
    pub holds: Option<(u32, Timestamp)>,
}

/// One thing that should work, as `/readyz` shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Concern {
    /// A short stable name: `line`, `database`, `voice`.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// Whether callers cannot be answered without it. A database is not vital: the line goes on.
    pub vital: bool,
    /// A sentence for whoever looks.
    pub detail: String,
}

impl App {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The application and what this room keeps at hand beside it: the state of every route.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) app: App,
    pub(crate) shelf: Arc<Shelf>,
    /// The sounds of previews, away from those that everybody may hear.
    pub(crate) previews: Arc<Shelf>,
    /// Uploads that may be in memory at once.
    pub(crate) uploads: Arc<Semaphore>,
    /// What signing in keeps at hand.
    pub(crate) door: Arc<Door>,
    /// Who asked to be written to, and how often.
    pub(crate) askers: Arc<Askers>,
}

impl Desk {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            shelf: Arc::new(Shelf::new(SHELF_OCTETS)),
            previews: Arc::new(Shelf::new(PREVIEW_OCTETS)),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            door: Arc::new(Door::new()),
            askers: Arc::new(Askers::new()),
        }
    }
}

impl FromRef<Desk> for App {
    fn from_ref(desk: &Desk) -> Self {
        desk.app.clone()
    }
}

/// About ten minutes of sound at 16 kHz: more than the live bulletins of a busy week.
const SHELF_OCTETS: usize = 32 * 1024 * 1024;
/// About ten minutes at 8 kHz: previews of half an hour with everybody at the desk.
const PREVIEW_OCTETS: usize = 10 * 1024 * 1024;
/// Each may hold twenty megabytes until it is decoded; they are decoded one after the other.
const UPLOADS: usize = 4;
