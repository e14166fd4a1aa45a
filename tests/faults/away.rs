//! The database is away, or does not say that it was: two nodes share one, both are called and read, one is posted at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::node::{Answer, MOST_LINES, Node, call_meanwhile, calls_of, crowd, hears};
use crate::relay::Relay;
use crate::row::{Calls, Found, Row, Run};
use crate::support::cluster::Cluster;
use crate::support::eventually;

/// Stopped as by a power cut.
pub(crate) const DATABASE_AWAY: Row = Row {
    name: "database-away",
    is_quick: true,
    run: database_away,
};

/// The connection by which a node hears of others is ended by the server, again and again.
pub(crate) const LISTENER_KILLED: Row = Row {
    name: "listener-killed",
    is_quick: false,
    run: listener_killed,
};

/// One node and its database no longer reach each other; the other node does.
pub(crate) const CUT_OFF: Row = Row {
    name: "cut-off",
    is_quick: false,
    run: cut_off,
};

fn database_away(run: &Run) -> Found {
    let outage = run.seconds(600, 8);
    let mut found = Found::of(format!(
        "database stopped at once for {outage} s under {RATE} new calls a second"
    ));
    let cluster = Cluster::start();
    let pair = Pair::on(&cluster.address("postgres"), &cluster.address("postgres"));
    let Pair { one, other, .. } = &pair;
    let (first, octets) = pair.post_and_speak();

    let logged = pair.log_lines();
    let calling = call_meanwhile(crowd(&one.target(), RATE, outage + 8));
    std::thread::sleep(Duration::from_secs(2));
    cluster.fail();
    let outage = Duration::from_secs(u64::from(outage));
    let during = Meanwhile::see(&pair, outage, &[one.target(), other.target()], &octets);
    cluster.recover();
    let back = Instant::now();
    let text = "Odeur de gaz.";
    let second = other.poster.post_until_acknowledged(text);
    let posted = back.elapsed();
    one.tells(text);
    let recovery = back.elapsed();
    other.tells(text);
    let report = calling.join().expect("the storm ends");

    found.calls = calls_of(&report);
    during.judge(run, &mut found);
    let written = pair.log_lines() - logged;
    found.note(format!("{written} lines of log"));
    found.must(
        written < report.calls + during.refusals + during.heard.tried + MOST_LINES,
        "the log has a line for each call and each refusal and hardly more",
    );
    found.posts.acknowledged = [first, second].len();
    found.posts.found = pair.found_on_both(&[FIRST_TEXT, text]);
    found.must_be("posts found", found.posts.found, found.posts.acknowledged);
    found.must(
        !one.page().unwrap_or_default().contains(REFUSED_TEXT),
        "what was refused is not told",
    );
    found.recovery = Some(recovery);
    found.note(format!("posting {:.2} s after", posted.as_secs_f64()));
    found.must_take(
        "from the return to told by the other node",
        recovery,
        run.limit(Duration::from_secs(5)),
    );
    found.must_be("calls lost", found.calls.lost, 0);
    found
}

/// What was seen while the database was away.
#[derive(Default)]
struct Meanwhile {
    lasted: Duration,
    heard: Calls,
    pages: usize,
    pages_missing: usize,
    says_as_of: bool,
    refusals: usize,
    unclear: Vec<String>,
    slowest: Duration,
}

impl Meanwhile {
    /// For the length of an outage reads both pages each second and tries to post, and listens to the programme.
    ///
    /// - `targets`: whom to listen to in turn, once at least; they tell `octets` first.
    fn see(pair: &Pair, outage: Duration, targets: &[String], octets: &[u8]) -> Self {
        let Pair { one, other, .. } = pair;
        let mut seen = Self::default();
        let (begun, over) = (Instant::now(), AtomicBool::new(false));
        std::thread::scope(|threads| {
            let listening = threads.spawn(|| {
                let mut heard = Calls::default();
                for target in targets.iter().cycle() {
                    heard.tried += 1;
                    heard.good += usize::from(hears(target, octets));
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
                heard
            });
            while begun.elapsed() < outage {
                let next = Instant::now() + Duration::from_secs(1);
                for node in [one, other] {
                    let page = node.page();
                    seen.pages += 1;
                    seen.pages_missing += usize::from(page.is_none());
                    seen.says_as_of |= page.is_some_and(|page| page.contains("État au "));
                }
                seen.note_refusal(other.poster.post(REFUSED_TEXT));
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            over.store(true, Ordering::Relaxed);
            seen.heard = listening.join().expect("the listener does not panic");
        });
        seen.heard.lost = seen.heard.tried - seen.heard.good;
        seen.lasted = begun.elapsed();
        seen
    }

    fn note_refusal(&mut self, refused: Answer) {
        self.refusals += 1;
        self.slowest = self.slowest.max(refused.took);
        if !refused.is_refused_in_words() {
            let Answer { status, body, .. } = refused;
            self.unclear.push(format!("{status:?} {body}"));
        }
    }

    fn judge(&self, run: &Run, found: &mut Found) {
        let Calls { tried, good, lost } = self.heard;
        found.calls.tried += tried;
        found.calls.good += good;
        found.calls.lost += lost;
        found.note(format!(
            "{good} of {tried} listeners heard the last programme to the octet; {} pages read; {} posts refused, after {:.2} s at most",
            self.pages,
            self.refusals,
            self.slowest.as_secs_f64()
        ));
        found.must_be("pages not answered with 200", self.pages_missing, 0);
        found.must(
            self.unclear.is_empty(),
            &format!("posts are refused in words: {:?}", self.unclear.first()),
        );
        found.must_take("a refusal", self.slowest, run.limit(Duration::from_secs(3)));
        // It says so once the rows have not been read for a minute.
        if self.lasted > Duration::from_secs(90) {
            found.must(self.says_as_of, "the page says of when it is");
        }
    }
}

fn listener_killed(run: &Run) -> Found {
    let times = run.number(20, 3);
    let mut found = Found::of(format!(
        "the connection that hears other nodes is ended by the server, {times} times, each with a post at the other node right after"
    ));
    let cluster = Cluster::start();
    let pair = Pair::on(&cluster.address("postgres"), &cluster.address("postgres"));
    let mut slowest = Duration::ZERO;
    let mut texts = vec![];
    for number in 0..times {
        let ended = cluster.sql(
            "postgres",
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
        );
        found.must_be("listeners ended", ended.trim(), "2");
        let text = format!("Bruit sourd, {number}.");
        pair.other.poster.post_until_acknowledged(&text);
        slowest = slowest.max(pair.one.tells(&text));
        texts.push(text);
        // Both listen again before the next is ended.
        eventually("listeners", Duration::from_secs(30), || {
            let listening = cluster.sql(
                "postgres",
                "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
            );
            (listening.trim() == "2").then_some(())
        });
    }
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    found.posts.acknowledged = texts.len();
    found.posts.found = pair.found_on_both(&texts);
    found.must_be("posts found", found.posts.found, found.posts.acknowledged);
    found.recovery = Some(slowest);
    found.must_take(
        "until the other node tells it",
        slowest,
        run.limit(Duration::from_secs(5)),
    );
    found
}

fn cut_off(run: &Run) -> Found {
    let outage = run.seconds(120, 8);
    let mut found = Found::of(format!(
        "one of two nodes cut off from the database for {outage} s, no connection ended, {RATE} new calls a second"
    ));
    let cluster = Cluster::start();
    let network = Relay::to(&cluster);
    let pair = Pair::on(&cluster.address("postgres"), &network.address("postgres"));
    let Pair { one, other, .. } = &pair;
    let (_, octets) = pair.post_and_speak();

    // `one` reaches the database all the time; `other` does not.
    let logged = pair.log_lines();
    let calling = call_meanwhile(crowd(&other.target(), RATE, outage + 8));
    std::thread::sleep(Duration::from_secs(2));
    network.cut();
    let text = "Odeur de gaz.";
    one.poster.post_until_acknowledged(text);
    let outage = Duration::from_secs(u64::from(outage));
    let during = Meanwhile::see(&pair, outage, &[other.target()], &octets);
    let is_told = other.page().unwrap_or_default().contains(text);
    network.heal();
    let back = Instant::now();
    other.tells(text);
    let recovery = back.elapsed();
    let last = "Fumée noire.";
    other.poster.post_until_acknowledged(last);
    one.tells(last);
    let report = calling.join().expect("the storm ends");

    found.must(!is_told, "the node that is cut off cannot know the post");
    found.calls = calls_of(&report);
    during.judge(run, &mut found);
    let written = pair.log_lines() - logged;
    found.note(format!("{written} lines of log"));
    found.must(
        written < report.calls + during.refusals + during.heard.tried + MOST_LINES,
        "the log has a line for each call and each refusal and hardly more",
    );
    found.posts.acknowledged = 3;
    found.posts.found = pair.found_on_both(&[FIRST_TEXT, text, last]);
    found.must_be("posts found", found.posts.found, 3);
    found.recovery = Some(recovery);
    found.must_take(
        "from the end of the cut to told by the node that was cut off",
        recovery,
        run.limit(Duration::from_secs(5)),
    );
    found.must_be("calls lost", found.calls.lost, 0);
    found
}

/// Two nodes on one database.
struct Pair {
    one: Node,
    other: Node,
    _folders: [TempDir; 2],
}

impl Pair {
    /// - `addresses`: the way of each to the same database.
    fn on(one: &str, other: &str) -> Self {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a temporary folder"));
        let start = |folder: &TempDir, address: &str| {
            Node::start(folder.path(), |command| {
                command.args(["--database", address]);
            })
        };
        let first = start(&folders[0], one);
        // Who seeded the demonstration has its secrets.
        let secrets = "demo-credentials.json";
        std::fs::copy(
            folders[0].path().join(secrets),
            folders[1].path().join(secrets),
        )
        .expect("a copy");
        let second = start(&folders[1], other);
        first.program.waits_for_its_voices();
        second.program.waits_for_its_voices();
        Self {
            one: first,
            other: second,
            _folders: folders,
        }
    }

    /// Posts at the first node; gives the id, and the octets that callers of both hear.
    fn post_and_speak(&self) -> (String, Vec<u8>) {
        let id = self.one.poster.post_until_acknowledged(FIRST_TEXT);
        let octets = self.one.recording(&id);
        self.other.tells(FIRST_TEXT);
        // The other node's callers hear it as soon as it has the sound.
        self.one.program.waits_for_its_voices();
        self.other.program.waits_for_its_voices();
        (id, octets)
    }

    /// Lines of both logs.
    fn log_lines(&self) -> usize {
        self.one.log_lines() + self.other.log_lines()
    }

    /// How many of these texts both pages tell.
    fn found_on_both(&self, texts: &[&str]) -> usize {
        let pages = [&self.one, &self.other].map(|node| node.page().unwrap_or_default());
        let both = |text: &&&str| pages.iter().all(|page| page.contains(**text));
        texts.iter().filter(both).count()
    }
}

const RATE: u32 = 20;
const FIRST_TEXT: &str = "Bruit de ventilation.";
const REFUSED_TEXT: &str = "Fumée blanche.";
