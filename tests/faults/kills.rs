//! `kill -9` while a site posts, and while the first start makes the tables.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bulletin::TerritorySlug;
use jiff::Timestamp;
use store::{Store, WantedActs};
use tokio::runtime::Runtime;

use crate::node::{Node, Poster, is_answered_with_sound};
use crate::row::{Found, Row, Run};
use crate::support::cluster::Cluster;
use crate::support::{Program, allo, copy_demonstration_to, eventually, free_port};

pub(crate) const ON_SQLITE: Row = Row {
    name: "kill-9-sqlite",
    is_quick: false,
    run: |run| while_posting(run, None),
};

pub(crate) const ON_POSTGRESQL: Row = Row {
    name: "kill-9-postgresql",
    is_quick: true,
    run: |run| while_posting(run, Some(&Cluster::start())),
};

/// A kill in the middle of the migrations, or of the first rows.
pub(crate) const AT_THE_FIRST_START: Row = Row {
    name: "kill-9-first-start",
    is_quick: false,
    run: at_the_first_start,
};

fn while_posting(run: &Run, cluster: Option<&Cluster>) -> Found {
    let kills = run.number(100, 3);
    let data = tempfile::tempdir().expect("a temporary folder");
    let address = cluster.map(|cluster| cluster.address("postgres"));
    if address.is_none() {
        copy_demonstration_to(data.path());
    }
    let start = || {
        let begun = Instant::now();
        let node = Node::start(data.path(), |command| on(address.as_deref(), command));
        eventually("an answer", Duration::from_secs(20), || {
            node.answers().then_some(())
        });
        (node, begun.elapsed())
    };
    let database = address.as_ref().map_or("SQLite", |_| "PostgreSQL");
    let mut found = Found::of(format!(
        "`kill -9` at {kills} random instants while a site posts, {database}"
    ));
    let acknowledged = Arc::new(Mutex::new(Vec::<String>::new()));
    let mut starts = vec![];
    let (mut node, _) = start();
    let since = Timestamp::now();
    for number in 0..kills {
        let posting = Posting::begin(&node.poster, &acknowledged);
        let span = posting.wait_for_the_first();
        std::thread::sleep(random_instant(span * 2));
        node.program.kill();
        posting.join();
        let (next, took) = start();
        starts.push(took);
        node = next;
        found.calls.tried += 1;
        found.calls.good += usize::from(is_answered_with_sound(&node.target()));
        if number % 10 == 9 {
            eprintln!("  {} of {kills} kills", number + 1);
        }
    }
    node.program.kill();
    found.calls.lost = found.calls.tried - found.calls.good;

    let acknowledged = acknowledged.lock().unwrap().clone();
    let state = Runtime::new().expect("a runtime").block_on(async {
        let store = match &address {
            Some(address) => Store::open_postgres(address, None).await,
            None => Store::open(&data.path().join("allo.db")).await,
        };
        State::read(&store.expect("the rows"), &acknowledged, since).await
    });
    found.posts.acknowledged = acknowledged.len();
    found.posts.found = state.found;
    found.note(format!("{} posts there in all", state.whole));
    found.must_be("calls lost", found.calls.lost, 0);
    found.must_be(
        "acknowledged and not there",
        acknowledged.len() - state.found,
        0,
    );
    found.must(
        state.halves.is_empty(),
        &format!("half written: {:?}", state.halves),
    );
    starts.sort_unstable();
    let slowest = starts.last().copied().unwrap_or_default();
    let median = starts[starts.len() / 2];
    found.recovery = Some(slowest);
    found.note(format!(
        "start to answer: median {:.2} s",
        median.as_secs_f64()
    ));
    found.must_take(
        "restart to answering",
        slowest,
        run.limit(Duration::from_secs(2)),
    );
    found
}

/// Rows in PostgreSQL in place of the file.
fn on(address: Option<&str>, command: &mut Command) {
    if let Some(address) = address {
        command.args(["--database", address]);
    }
}

/// Somebody who posts as fast as it can until nobody answers.
struct Posting {
    begun: Instant,
    thread: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    before: usize,
    acknowledged: Arc<Mutex<Vec<String>>>,
}

impl Posting {
    fn begin(poster: &Poster, acknowledged: &Arc<Mutex<Vec<String>>>) -> Self {
        let (poster, stop) = (poster.clone(), Arc::new(AtomicBool::new(false)));
        let (stopped, kept) = (Arc::clone(&stop), Arc::clone(acknowledged));
        let before = acknowledged.lock().unwrap().len();
        let thread = std::thread::spawn(move || {
            for number in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                match poster.post(&format!("Bruit numéro {number}.")).id() {
                    Some(id) => kept.lock().unwrap().push(id),
                    None => return,
                }
            }
        });
        Self {
            begun: Instant::now(),
            thread,
            stop,
            before,
            acknowledged: Arc::clone(acknowledged),
        }
    }

    /// Until one is acknowledged; says how long that took.
    fn wait_for_the_first(&self) -> Duration {
        eventually("a post", Duration::from_secs(30), || {
            (self.acknowledged.lock().unwrap().len() > self.before).then_some(())
        });
        self.begun.elapsed()
    }

    fn join(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the poster does not panic");
    }
}

/// What is there of the posts.
struct State {
    /// Of those acknowledged.
    found: usize,
    /// Of all, acknowledged or not.
    whole: usize,
    /// Those of which something is missing.
    halves: Vec<String>,
}

impl State {
    /// A post is whole when it has its text, its act in the audit log, and its sound or the job that makes it.
    async fn read(store: &Store, acknowledged: &[String], since: Timestamp) -> Self {
        let rouen = TerritorySlug::parse("rouen_metropole").expect("a slug");
        let there = store.archived_bulletins(&rouen, u32::MAX, None).await;
        let mut there = there.expect("the bulletins");
        there.retain(|one| one.posted_at >= since);
        let jobs = store.pending_jobs().await.expect("the jobs");
        let jobs: String = jobs.iter().map(|job| &job.payload[..]).collect();
        let acts = store.acts(&WantedActs::default(), u32::MAX).await;
        let acts = acts.expect("the acts");
        let posted: BTreeSet<_> = acts
            .iter()
            .filter(|(_, act)| act.what == "bulletin.posted" && act.at >= since)
            .filter_map(|(_, act)| act.object.strip_prefix("bulletin/"))
            .collect();
        let owner = |id: &str| format!("bulletin/{id}/1");
        let owners: Vec<_> = there.iter().map(|one| owner(one.id.as_str())).collect();
        let states = store.speech_states(&owners).await.expect("the states");
        let spoken: BTreeSet<_> = states
            .into_iter()
            .filter(|(_, state, _)| state == "ready")
            .map(|(owner, ..)| owner)
            .collect();
        let links = store.speech_of_all(&owners).await.expect("the recordings");
        let sounding: BTreeSet<_> = links.into_iter().map(|(owner, ..)| owner).collect();

        let mut halves = vec![];
        for one in &there {
            let id = one.id.as_str();
            let owner = owner(id);
            let has_text = one.current().text.starts_with("Bruit numéro ");
            let has_act = posted.contains(id);
            let has_sound = spoken.contains(&owner) && sounding.contains(&owner);
            let has_job = jobs.contains(id);
            if !(has_text && has_act && (has_sound || has_job)) {
                halves.push(format!(
                    "{id}: text {has_text}, act {has_act}, sound {has_sound}, job {has_job}"
                ));
            }
        }
        let ids: BTreeSet<_> = there.iter().map(|one| one.id.as_str()).collect();
        let without = posted.difference(&ids);
        halves.extend(without.map(|id| format!("{id}: an act without its bulletin")));
        Self {
            found: acknowledged
                .iter()
                .filter(|id| ids.contains(&id[..]))
                .count(),
            whole: there.len(),
            halves,
        }
    }
}

fn at_the_first_start(run: &Run) -> Found {
    let kills = run.number(40, 4);
    let cluster = Cluster::start();
    let mut found = Found::of(format!(
        "`kill -9` at {kills} random instants of the first start on an empty folder, SQLite and PostgreSQL in turn"
    ));
    let (mut span, mut slowest) = (Duration::from_millis(500), Duration::ZERO);
    for number in 0..kills {
        let data = tempfile::tempdir().expect("a temporary folder");
        let address = (number % 2 == 1).then(|| {
            let name = format!("first{number}");
            cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
            cluster.address(&name)
        });
        kill_after(random_instant(span), data.path(), address.as_deref());
        let begun = Instant::now();
        let program = Program::start(data.path(), |command| on(address.as_deref(), command));
        let took = begun.elapsed();
        // As long as a whole start takes, so that every part of it is hit.
        (span, slowest) = (took, slowest.max(took));
        program.waits_for_its_voices();
        let node = Node::of(program, data.path(), data.path().join("log"));
        found.calls.tried += 1;
        found.calls.good += usize::from(is_answered_with_sound(&node.target()));
        let id = node.poster.post("Bruit de ventilation.").id();
        found.posts.acknowledged += usize::from(id.is_some());
        found.posts.found += usize::from(
            node.page()
                .is_some_and(|page| page.contains("Bruit de ventilation.")),
        );
    }
    found.calls.lost = found.calls.tried - found.calls.good;
    found.recovery = Some(slowest);
    found.must_be("starts that did not answer a call", found.calls.lost, 0);
    let rounds = usize::try_from(kills).expect("a number");
    found.must_be("posts acknowledged", found.posts.acknowledged, rounds);
    found.must_be("posts found", found.posts.found, rounds);
    found
}

/// Starts the program on an empty folder and kills it.
fn kill_after(time: Duration, data: &Path, address: Option<&str>) {
    let mut command = allo();
    command.args(["serve", "--demo", "--voices", "pico", "--data"]);
    command.arg(data);
    for option in ["--sip", "--http", "--metrics"] {
        command.args([option, &format!("127.0.0.1:{}", free_port())]);
    }
    on(address, &mut command);
    let quiet = command.env("RUST_LOG", "off").stdin(Stdio::null());
    let quiet = quiet.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().expect("the program starts");
    std::thread::sleep(time);
    // One that has ended already is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// Between now and the end of `span`.
fn random_instant(span: Duration) -> Duration {
    let mut octet = [0];
    getrandom::fill(&mut octet).expect("randomness");
    span * u32::from(octet[0]) / 255
}
