//! A store on a file of its own, an invented territory with its site, and bulletins of that site.

use std::path::PathBuf;

use bulletin::{
    Bulletin, BulletinId, DialledNumber, Draft, Event, Kind, Language, Lifetime, Nuisance, Site,
    SiteSlug, Territory, TerritorySlug,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use store::{Act, By, NewJob, Once, Store, WantedActs};
use tempfile::TempDir;

/// A store on a file that goes away with it.
pub(crate) struct Desk {
    pub(crate) store: Store,
    directory: TempDir,
}

impl Desk {
    /// An empty store.
    pub(crate) async fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("allo.db"))
            .await
            .unwrap();
        Self { store, directory }
    }

    /// A store that knows the territory and the site.
    pub(crate) async fn open() -> Self {
        let desk = Self::empty().await;
        desk.store
            .upsert_territory(&territory(), by())
            .await
            .unwrap();
        desk.store.upsert_site(&site(), by()).await.unwrap();
        desk
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("allo.db")
    }

    /// The same file opened once more, as another program would.
    pub(crate) async fn open_again(&self) -> Store {
        Store::open(&self.path()).await.unwrap()
    }

    /// Runs a statement that the store itself never would.
    pub(crate) async fn meddle(&self, statement: &'static str) {
        self.try_to_meddle(statement).await.unwrap();
    }

    /// Runs a statement that the database may refuse.
    pub(crate) async fn try_to_meddle(&self, statement: &'static str) -> sqlx::Result<()> {
        let pool = self.back_door().await;
        let done = sqlx::query(statement).execute(&pool).await;
        pool.close().await;
        done.map(|_| ())
    }

    /// The page of the file where a table begins, counted from 1.
    pub(crate) async fn first_page(&self, table: &str) -> usize {
        let pool = self.back_door().await;
        let page: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = $1")
            .bind(table)
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        usize::try_from(page).unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn rows_of(&self, table: &str) -> i64 {
        let pool = self.back_door().await;
        let count =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
        let count = count.fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }

    /// The text that a query finds by some octets.
    pub(crate) async fn text_of(&self, query: &'static str, octets: &[u8]) -> String {
        let pool = self.back_door().await;
        let text = sqlx::query_scalar(query)
            .bind(octets)
            .fetch_one(&pool)
            .await
            .unwrap();
        pool.close().await;
        text
    }

    async fn back_door(&self) -> sqlx::SqlitePool {
        let address = format!("sqlite://{}", self.path().display());
        sqlx::SqlitePool::connect(&address).await.unwrap()
    }
}

/// The acts of this kind, the latest first.
pub(crate) async fn acts(desk: &Desk, what: &str) -> Vec<Act> {
    let all = desk.store.acts(&WantedActs::default(), 1_000).await;
    let acts = all.unwrap().into_iter().map(|(_, act)| act);
    acts.filter(|act| act.what == what).collect()
}

/// Whoever sets a test up.
pub(crate) fn by() -> By<'static> {
    By {
        who: "test",
        at: hour(0),
    }
}

pub(crate) fn territory() -> Territory {
    Territory {
        slug: TerritorySlug::parse("boucles_de_seine").unwrap(),
        name: "Boucles de Seine".into(),
        spoken_name: "les Boucles de Seine".into(),
        zone: TimeZone::get("Europe/Paris").unwrap(),
        numbers: vec![number("+33805691282"), number("+33261910001")],
    }
}

pub(crate) fn site() -> Site {
    Site {
        slug: SiteSlug::parse("raffinerie-du-meandre").unwrap(),
        territory: territory().slug,
        name: "Raffinerie du Méandre".into(),
        spoken_name: "la raffinerie du Méandre".into(),
        commune: "Port-Mérieux".into(),
    }
}

pub(crate) fn number(text: &str) -> DialledNumber {
    DialledNumber::parse(text, "33").unwrap()
}

/// A bulletin of the site, posted `number` hours after the beginning of the story.
pub(crate) fn bulletin(number: u64) -> Bulletin {
    let draft = Draft {
        kind: Kind::Unplanned,
        events: vec![Event::Flaring, Event::Noise],
        nuisances: vec![Nuisance::Visual],
        text: format!("Fumée noire n° {number}."),
        language: Language::French,
        starts_at: Some(hour(-1)),
        ends_at: None,
        lifetime: Lifetime::default(),
    };
    let now = hour(i64::try_from(number).unwrap());
    let id = BulletinId::from_random(number.to_be_bytes());
    Bulletin::compose(id, &site(), &territory(), draft, "anne", now).unwrap()
}

pub(crate) fn hour(hours: i64) -> Timestamp {
    let begin: Timestamp = "2027-03-20T00:00:00.123456789Z".parse().unwrap();
    begin + SignedDuration::from_hours(hours)
}

/// A job due at hour 0.
pub(crate) fn job(kind: &str, payload: &str) -> NewJob {
    NewJob {
        kind: kind.into(),
        payload: payload.into(),
        run_at: hour(0),
        unique: None,
    }
}

pub(crate) fn once(token_id: &str, key: &str) -> Once {
    Once {
        token_id: token_id.into(),
        key: key.into(),
        request_hash: [7; 32],
        response: r#"{"id":"aaaaaaaaaaaa"}"#.into(),
    }
}
