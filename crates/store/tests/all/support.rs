//! A store on a database of its own, an invented territory with its site, and bulletins of that site.

use std::mem;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use bulletin::{
    Bulletin, BulletinId, DialledNumber, Draft, Event, Kind, Language, Lifetime, Nuisance, Site,
    SiteSlug, Territory, TerritorySlug,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, PgConnection};
use store::{Act, By, NewJob, Once, Store, WantedActs};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::cluster::CLUSTER;
use crate::DATABASE;

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A store on a database that goes away with it.
pub(crate) struct Desk {
    pub(crate) store: Store,
    directory: TempDir,
    /// The name of its database in [`CLUSTER`].
    name: String,
}

impl Desk {
    /// An empty store.
    pub(crate) async fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let name = match DATABASE {
            Database::Sqlite => String::new(),
            Database::Postgres => new_database().await,
        };
        let store = open(&directory, &name).await.unwrap();
        Self {
            store,
            directory,
            name,
        }
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

    /// The file of SQLite, or where it would be.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("allo.db")
    }

    /// The address of the database, for whatever speaks to it besides the store.
    pub(crate) fn address(&self) -> String {
        match DATABASE {
            Database::Sqlite => format!("sqlite://{}", self.path().display()),
            Database::Postgres => CLUSTER.address(&self.name),
        }
    }

    /// The same database opened once more, as another program would.
    pub(crate) async fn open_again(&self) -> Store {
        self.try_to_open_again().await.unwrap()
    }

    pub(crate) async fn try_to_open_again(&self) -> store::Result<Store> {
        open(&self.directory, &self.name).await
    }

    /// The way to the same database, which is not open yet.
    pub(crate) async fn unopened(&self) -> Store {
        let unopened = match DATABASE {
            Database::Sqlite => Store::unopened(&self.path()).await,
            Database::Postgres => Store::unopened_postgres(&self.address(), None).await,
        };
        unopened.unwrap()
    }

    /// Runs a statement that the store itself never would.
    pub(crate) async fn meddle(&self, statement: &str) {
        self.try_to_meddle(statement).await.unwrap();
    }

    /// Runs a statement that the database may refuse.
    pub(crate) async fn try_to_meddle(&self, statement: &str) -> sqlx::Result<()> {
        let mut door = self.back_door().await;
        let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        let done = statement.execute(&mut door).await;
        door.close().await.unwrap();
        done.map(|_| ())
    }

    /// Makes the database refuse new rows of a table, as it does when the disk is full.
    pub(crate) async fn fill_the_disk_of(&self, table: &str) {
        let trigger = match DATABASE {
            Database::Sqlite => format!(
                "CREATE TRIGGER full_disk BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END"
            ),
            Database::Postgres => format!(
                "CREATE FUNCTION fill() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$;
                 CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fill()"
            ),
        };
        self.meddle(&trigger).await;
    }

    /// How many rows a table has.
    pub(crate) async fn rows_of(&self, table: &str) -> i64 {
        let mut door = self.back_door().await;
        let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
        let count = count.fetch_one(&mut door).await.unwrap();
        door.close().await.unwrap();
        count
    }

    /// The text that a query finds by some octets.
    pub(crate) async fn text_of(&self, query: &'static str, octets: &[u8]) -> String {
        let mut door = self.back_door().await;
        let text = sqlx::query_scalar(query).bind(octets);
        let text = text.fetch_one(&mut door).await.unwrap();
        door.close().await.unwrap();
        text
    }

    /// Every octet on disk once the store is closed.
    pub(crate) async fn octets(&self) -> Vec<u8> {
        if DATABASE == Database::Sqlite {
            return std::fs::read(self.path()).unwrap();
        }
        let mut door = self.back_door().await;
        sqlx::raw_sql("CHECKPOINT")
            .execute(&mut door)
            .await
            .unwrap();
        let files: Vec<String> = sqlx::query_scalar(
            "SELECT pg_relation_filepath(oid) FROM pg_class
             WHERE relkind IN ('r', 'i', 't') AND relnamespace <> 'pg_catalog'::regnamespace",
        )
        .fetch_all(&mut door)
        .await
        .unwrap();
        door.close().await.unwrap();
        let files = files.iter().map(|file| CLUSTER.data().join(file));
        files
            .flat_map(|file| std::fs::read(file).unwrap())
            .collect()
    }

    async fn back_door(&self) -> AnyConnection {
        AnyConnection::connect(&self.address()).await.unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if DATABASE == Database::Postgres {
            LEFT_OVER.lock().unwrap().push(mem::take(&mut self.name));
        }
    }
}

async fn open(directory: &TempDir, name: &str) -> store::Result<Store> {
    match DATABASE {
        Database::Sqlite => Store::open(&directory.path().join("allo.db")).await,
        Database::Postgres => Store::open_postgres(&CLUSTER.address(name), None).await,
    }
}

/// A database with all tables and no row, copied from one that was made so; those of desks that are gone are dropped on
/// the way.
async fn new_database() -> String {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut server = PgConnection::connect(&CLUSTER.address("postgres"))
        .await
        .unwrap();
    let make_template = async || {
        let create = sqlx::raw_sql("CREATE DATABASE template");
        create.execute(&mut server).await.unwrap();
        let store = Store::open_postgres(&CLUSTER.address("template"), None).await;
        store.unwrap().close().await;
    };
    TEMPLATE.get_or_init(make_template).await;
    let name = format!("desk_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
        .fetch_one(&mut server)
        .await
        .unwrap();
    // Version 15 writes the copy to its log besides, unless it is told to do as those before it.
    let strategy = if version >= 150_000 {
        "STRATEGY FILE_COPY"
    } else {
        ""
    };
    let left_over = mem::take(&mut *LEFT_OVER.lock().unwrap());
    let drops = left_over
        .iter()
        .map(|gone| format!("DROP DATABASE {gone} WITH (FORCE)"));
    let create = format!("CREATE DATABASE {name} TEMPLATE template {strategy}");
    for statement in drops.chain([create]) {
        let statement = sqlx::raw_sql(AssertSqlSafe(statement));
        statement.execute(&mut server).await.unwrap();
    }
    server.close().await.unwrap();
    name
}

/// Databases of desks that are gone.
static LEFT_OVER: Mutex<Vec<String>> = Mutex::new(Vec::new());

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
