//! What only PostgreSQL needs: its address, its time-outs, its two pools, its way to begin, its copies.

mod copies;

use std::fmt;
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use sqlx::AnyConnection;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};

use crate::database::{Pool, Transaction};
use crate::error::Doing;
use crate::{Result, tables};

pub use copies::copy_server;

/// Where the database is, for whoever connects to it.
#[derive(Clone)]
pub(crate) struct Server {
    options: AnyConnectOptions,
    /// What this node's sessions are called: no other node's are.
    name: String,
}

impl Server {
    /// - `address`: `postgres://USER@HOST/DATABASE`; it may hold a password.
    /// - `password`: in place of that.
    pub(crate) fn find(address: &str, password: Option<&str>) -> Result<Self> {
        let options: sqlx::Result<AnyConnectOptions> = address.parse();
        let mut options = options.doing("read the address of the database")?;
        // An address without a host, of a socket, can hold no password but among what stands behind the `?`.
        let name = format!("allo-{:016x}", random());
        let mut behind = options.database_url.query_pairs_mut();
        behind.append_pair("application_name", &name);
        if let Some(password) = password {
            behind.append_pair("password", password);
        }
        drop(behind);
        Ok(Self { options, name })
    }

    /// For connections that need no settings of their own.
    fn own_options(&self) -> sqlx::Result<PgConnectOptions> {
        PgConnectOptions::try_from(&self.options)
    }

    fn port(&self) -> sqlx::Result<u16> {
        self.own_options().map(|options| options.get_port())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn random() -> u64 {
    let mut octets = [0; 8];
    SystemRandom::new()
        .fill(&mut octets)
        .expect("a seeded kernel always has randomness, and this call waits for the seed");
    u64::from_be_bytes(octets)
}

/// Hears what other nodes write.
#[derive(Debug)]
pub(crate) struct Listener {
    server: Server,
    open: Option<PgListener>,
}

impl Listener {
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            server: server.clone(),
            open: None,
        }
    }

    /// Waits until another node has written, or may have unheard: this one has begun to listen only now.
    ///
    /// A listener of sqlx that meets an outage longer than its patience says so by an error and listens again as if
    /// nothing had been missed; so it is given up at the first error, and each new one is a reason to read.
    pub(crate) async fn next(&mut self) -> Result<()> {
        let Some(listener) = &mut self.open else {
            let listener = listen(&self.server).await.doing("listen to other nodes")?;
            self.open = Some(listener);
            return Ok(());
        };
        loop {
            match listener.try_recv().await {
                Ok(Some(told)) if told.payload() == self.server.name => {}
                Ok(_) => return Ok(()),
                Err(error) => {
                    self.open = None;
                    return Err(error).doing("listen to other nodes");
                }
            }
        }
    }
}

async fn listen(server: &Server) -> sqlx::Result<PgListener> {
    let pool = single(server.own_options()?).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Brings the tables up to date; gives the pool of the connections that write, and that of those that read.
pub(crate) async fn open(server: &Server) -> Result<(Pool, Pool)> {
    let migrations = tables::beside_later_ones(sqlx::migrate!("../../migrations/postgres"));
    migrate(server, &migrations).await?;
    let options = &server.options;
    let port = server.port().doing("read the address of the database")?;
    let writing = pool(WRITERS, port)
        .after_connect(move |session, _| {
            net::end_dead_connections(port);
            Box::pin(async {
                match can_write(session).await {
                    Ok(false) => Err(sqlx::Error::Protocol(READ_ONLY.to_owned())),
                    told => told.map(drop),
                }
            })
        })
        // In place of sqlx's own question whether it is still there.
        .test_before_acquire(false)
        .before_acquire(|session, _| Box::pin(can_write(session)));
    let writer = writing.connect_with(with(options, &ALWAYS)).await;
    let writer = writer.doing("open the database for writing")?;
    let reading = [&ALWAYS[..], &[("default_transaction_read_only", "on")]].concat();
    let readers = pool(READERS, port)
        .connect_with(with(options, &reading))
        .await;
    let readers = readers.doing("open the database for reading")?;
    tables::check(&readers, &migrations).await?;
    Ok((writer, readers))
}

/// Begins a transaction whose turn it is: one writes after the other, as with SQLite.
///
/// What a transaction reads before it writes therefore stays as it was read, numbers of rows are in the order in which
/// they can be seen, and no two wait for each other. `BEGIN` goes alone, before anything that takes a lock: a
/// transaction that is dropped while it waits ends with the ROLLBACK that is then owed.
pub(crate) async fn begin(writer: &Pool) -> sqlx::Result<Transaction> {
    // At this level each statement sees what was committed before it: the first one after the turn has come, all.
    let mut transaction = writer
        .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
        .await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(TURN)
        .execute(&mut *transaction)
        .await?;
    Ok(transaction)
}

/// Begins a transaction that sees the rows of one instant: that of its first statement.
pub(crate) async fn begin_reading(readers: &Pool) -> sqlx::Result<Transaction> {
    readers
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
}

/// On a connection of its own: a change of tables may last longer than a statement of the service. Two nodes that start
/// together wait for each other, but not for long: a start goes on without the rows and tries again.
async fn migrate(server: &Server, migrations: &Migrator) -> Result<()> {
    let options = server.own_options();
    let options = options.doing("read the address of the database")?;
    let pool = single(options.options([("lock_timeout", "5000")]))
        .await
        .doing("open the database")?;
    let connection = pool.acquire().await;
    let mut connection = connection.doing("open the database")?;
    // Not `run`: with it the compiler does not see that a start may go from thread to thread.
    let done = migrations.run_direct(None, &mut *connection, false).await;
    drop(connection);
    pool.close().await;
    done.doing("bring the tables up to date")
}

/// Whether a session of the connections that write may: not at a standby, nor at a server that was told to take nothing
/// more before another takes its place. One that may not is given up, and the next one asks the name of the server anew.
async fn can_write(session: &mut AnyConnection) -> sqlx::Result<bool> {
    let is_read_only: String = sqlx::query_scalar("SHOW transaction_read_only")
        .fetch_one(session)
        .await?;
    Ok(is_read_only == "off")
}

/// One connection with the patience of all: a connection alone would wait for a server for ever.
async fn single(options: PgConnectOptions) -> sqlx::Result<PgPool> {
    let port = options.get_port();
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |_, _| {
            net::end_dead_connections(port);
            Box::pin(async { Ok(()) })
        })
        .connect_with(options)
        .await
}

/// So many connections to a server at this port, none of which outlives the server's machine.
fn pool(connections: u32, port: u16) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |_, _| {
            net::end_dead_connections(port);
            Box::pin(async { Ok(()) })
        })
}

/// For sessions that begin with these settings.
fn with(options: &AnyConnectOptions, settings: &[(&str, &str)]) -> AnyConnectOptions {
    let mut options = options.clone();
    for (name, value) in settings {
        let name = format!("options[{name}]");
        options
            .database_url
            .query_pairs_mut()
            .append_pair(&name, value);
    }
    options
}

/// Of every session: a commit is on disk before it is answered, whatever the server is set to; a statement that takes
/// longer is given up, and so is a transaction whose node has stopped in the middle, which others wait for. Whoever
/// posts waits two seconds for a connection and one for the turn at most.
const ALWAYS: [(&str, &str); 4] = [
    ("synchronous_commit", "on"),
    ("statement_timeout", "5000"),
    ("lock_timeout", "1000"),
    ("idle_in_transaction_session_timeout", "5000"),
];
/// Why a new connection is not taken.
const READ_ONLY: &str = "the server takes no rows: it is a standby, or was told so";
/// The advisory lock of whoever writes: "allo" in ASCII.
const TURN: i64 = 0x616c_6c6f;
/// Where nodes tell each other that there is something to read; `migrations/postgres` tells it for them.
const CHANNEL: &str = "allo";
/// Most of them wait for their turn.
const WRITERS: u32 = 4;
/// Connections that read at the same time; a page or an API answer holds one for a few milliseconds.
const READERS: u32 = 8;
/// How long a request waits for a connection before it says so: a database that is away is noticed as early.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Cluster;

    #[tokio::test]
    async fn a_writer_survives_a_power_cut_and_waits_for_its_turn_alone_and_readers_cannot_write() {
        sqlx::any::install_default_drivers();
        let cluster = Cluster::start();
        let address = cluster.address("postgres");
        let (writer, readers) = open(&Server::find(&address, None).unwrap()).await.unwrap();

        for pool in [&writer, &readers] {
            assert_eq!(setting(pool, "SHOW synchronous_commit").await, "on");
            assert_eq!(setting(pool, "SHOW statement_timeout").await, "5s");
        }
        let refused = sqlx::query("CREATE TABLE notes (note TEXT)")
            .execute(&readers)
            .await;
        assert!(refused.is_err());

        let turn = begin(&writer).await.unwrap();
        let next = begin(&writer);
        let waited = tokio::time::timeout(Duration::from_millis(100), next).await;
        assert!(waited.is_err(), "somebody else's turn");
        drop(turn);
        // Whoever gave up waiting holds nobody up.
        begin(&writer).await.unwrap();
        begin(&writer).await.unwrap();
    }

    async fn setting(pool: &Pool, statement: &'static str) -> String {
        sqlx::query_scalar(statement).fetch_one(pool).await.unwrap()
    }
}
