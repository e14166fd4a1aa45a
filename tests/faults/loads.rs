//! Nothing breaks but the quiet: the calls of a city, a burst, more than the line takes, readers, and two hours of everything at once.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bulletin::{Bulletin, BulletinId, Draft, Event, Kind, Language, Lifetime, Nuisance, Update};
use caller::{StormPlan, StormReport};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{NewJob, Store};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::node::{Node, SITE, call_meanwhile, calls_of, crowd, hears};
use crate::row::{Found, Row, Run};
use crate::support::{copy_demonstration_to, eventually};

/// Fourteen calls a second of ninety seconds: one in ten of 500,000 within the hour. A bulletin every half minute.
pub(crate) const CITY: Row = Row {
    name: "load-city",
    is_quick: false,
    run: city,
};

/// A hundred calls a second out of nothing.
pub(crate) const BURST: Row = Row {
    name: "load-burst",
    is_quick: false,
    run: burst,
};

/// Twice as many calls as the line is to take, for ten minutes.
pub(crate) const TWICE: Row = Row {
    name: "load-twice-the-limit",
    is_quick: false,
    run: twice,
};

/// Far more calls than one core carries, and no limit but what the media thread measures itself.
pub(crate) const UNLIMITED: Row = Row {
    name: "load-without-limit",
    is_quick: false,
    run: unlimited,
};

/// Readers of page and feed beside the calls of a city.
pub(crate) const READERS: Row = Row {
    name: "load-readers",
    is_quick: false,
    run: readers,
};

/// A fifth of the calls that the line takes, for hours, with posts and readers.
pub(crate) const SOAK: Row = Row {
    name: "load-for-hours",
    is_quick: false,
    run: soak,
};

fn city(run: &Run) -> Found {
    let seconds = run.seconds(3_600, 60);
    let mut found = Found::of(format!(
        "14 new calls a second of 90 s for {seconds} s, a bulletin posted, updated and ended every 30 s"
    ));
    let line = Line::start(|_| {});
    let hold = Duration::from_secs(90);
    let calling = line.call(14, seconds, hold);
    let posted = line.post_meanwhile(&calling, Duration::from_secs(30), true);
    let report = calling.join().expect("the storm ends");
    judge(&report, Duration::from_millis(200), &mut found);
    posted.judge(&line, &mut found);
    found.must_be("listeners that missed a bulletin", posted.missed, 0);
    found
}

fn burst(run: &Run) -> Found {
    let seconds = run.seconds(60, 10);
    let mut found = Found::of(format!(
        "100 new calls a second of 10 s at once, for {seconds} s"
    ));
    let line = Line::start(|command| {
        command.args(["--max-call-rate", "200"]);
    });
    let calling = line.call(100, seconds, Duration::from_secs(10));
    let report = calling.join().expect("the storm ends");
    judge(&report, Duration::from_millis(500), &mut found);
    found
}

fn twice(run: &Run) -> Found {
    let seconds = run.seconds(600, 60);
    let hold = Duration::from_secs(20);
    let mut found = Found::of(format!(
        "20 new calls a second of {} s for {seconds} s on a line that takes 200 at once",
        hold.as_secs()
    ));
    let line = Line::start(|command| {
        command.args(["--max-calls", "200"]);
    });
    let report = line.call(20, seconds, hold).join();
    judge_refusals(&report.expect("the storm ends"), LATENESS, &mut found);
    found
}

fn unlimited(run: &Run) -> Found {
    let seconds = run.seconds(70, 70);
    let hold = Duration::from_secs(60);
    let mut found = Found::of(format!(
        "100 new calls a second of {} s for {seconds} s on a line of one media thread without a limit of calls",
        hold.as_secs()
    ));
    let line = Line::start(|command| {
        command.args(["--max-calls", "20000", "--max-call-rate", "200"]);
    });
    let report = line.call(100, seconds, hold).join();
    let report = report.expect("the storm ends");
    judge_refusals(&report, 2 * LATENESS, &mut found);
    found.must_be("gaps in what was sent", report.timestamp_steps, 0);
    found
}

/// - `late`: the most of one packet in a thousand of those admitted.
fn judge_refusals(report: &StormReport, late: Duration, found: &mut Found) {
    found.calls = calls_of(report);
    let (refusal, late_ms) = (report.refusal_ms, report.late_ms);
    found.note(format!(
        "refused by status {:?}, after p99 {:.1} ms, at most {:.1} ms; {} at once; of those admitted lateness p99.9 {:.1} ms, at most {:.1} ms",
        report.refused_by_status, refusal.p99, refusal.max, report.most_at_once, late_ms.p999, late_ms.max
    ));
    found.must(
        report.refused * 3 > report.calls,
        "many more come than the line takes",
    );
    found.must(
        report.refused_by_status.keys().eq([&503]),
        "the refusal is 503 (Service Unavailable)",
    );
    found.must_be("calls with neither answer nor refusal", report.failed, 0);
    found.must_be(
        "lost besides those refused",
        found.calls.lost - report.refused,
        0,
    );
    found.must_be("packets lost", report.lost, 0);
    found.must_take(
        "a refusal",
        milliseconds(refusal.max),
        Duration::from_millis(200),
    );
    found.must_take("lateness p99.9", milliseconds(late_ms.p999), late);
}

fn readers(run: &Run) -> Found {
    let seconds = run.seconds(600, 60);
    let mut found = Found::of(format!(
        "14 new calls a second of 90 s for {seconds} s, the page read {PAGE_PER_SECOND} times a second and its feed {FEED_PER_SECOND} times"
    ));
    let line = Line::start(|_| {});
    let calling = line.call(14, seconds, Duration::from_secs(90));
    let page = format!("http://{}/rouen_metropole", line.node.program.http);
    let feed = format!("{page}.atom");
    let (of_page, of_feed) = std::thread::scope(|threads| {
        let [page, feed] = [(&page, PAGE_PER_SECOND), (&feed, FEED_PER_SECOND)]
            .map(|(url, per_second)| threads.spawn(move || read_often(url, per_second, seconds)));
        (
            page.join().expect("no panic"),
            feed.join().expect("no panic"),
        )
    });
    let report = calling.join().expect("the storm ends");

    judge(&report, Duration::from_millis(200), &mut found);
    for (what, wanted, (mut took, failed)) in [
        ("page", PAGE_PER_SECOND * seconds, of_page),
        ("feed", FEED_PER_SECOND * seconds, of_feed),
    ] {
        took.sort_unstable();
        let p99 = took.get(took.len() * 99 / 100).copied();
        let p99 = p99.unwrap_or(Duration::MAX);
        found.note(format!("{what} read {} times, p99 {p99:.1?}", took.len()));
        found.must_be("reads that failed", failed, 0);
        found.must(
            took.len() * 10 >= wanted as usize * 9,
            &format!("the {what} is read as often as it says"),
        );
        found.must_take(what, p99, Duration::from_millis(50));
    }
    found
}

/// Reads an address at a rate, by readers of whom each asks ten times a second on a connection that stays open; says how
/// long each answer took, and how many failed.
fn read_often(url: &str, per_second: u32, seconds: u32) -> (Vec<Duration>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let client = reqwest::Client::new();
    runtime.block_on(async {
        let mut readers = JoinSet::new();
        for _ in 0..per_second / 10 {
            readers.spawn(read_on(client.clone(), url.to_owned(), seconds));
        }
        let answers = readers.join_all().await.concat();
        let failed = answers.iter().filter(|one| one.is_none()).count();
        (answers.into_iter().flatten().collect(), failed)
    })
}

/// One of those readers; what failed has no length.
async fn read_on(client: reqwest::Client, url: String, seconds: u32) -> Vec<Option<Duration>> {
    let read = async || {
        let begun = Instant::now();
        let answer = client.get(&url).send().await.ok()?;
        answer.error_for_status().ok()?.bytes().await.ok()?;
        Some(begun.elapsed())
    };
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let over = Instant::now() + Duration::from_secs(seconds.into());
    let mut answers = vec![];
    while Instant::now() < over {
        ticks.tick().await;
        answers.push(read().await);
    }
    answers
}

fn soak(run: &Run) -> Found {
    let minutes = run.number(120, 3);
    let mut found = Found::of(format!(
        "{minutes} min at a fifth of the limit (500 calls at once), a bulletin posted, updated and ended every minute, while one leaves the line and one the feeds, 20 pages read a second"
    ));
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(folder.path());
    fill_the_archive(folder.path(), minutes);
    let line = Line::start_in(folder, |_| {});
    let node = &line.node;
    node.program.waits_for_its_voices();
    let idle = node.descriptors();
    let over = AtomicBool::new(false);
    let (report, posted, pages, memory) = std::thread::scope(|threads| {
        let calling = line.call(5, minutes * 60, Duration::from_secs(100));
        let reading = threads.spawn(|| read(node, &over));
        let watching = threads.spawn(|| watch(node, &over));
        let posted = line.post_meanwhile(&calling, Duration::from_secs(60), false);
        let report = calling.join().expect("the storm ends");
        over.store(true, Ordering::Relaxed);
        let pages = reading.join().expect("the reader does not panic");
        let memory = watching.join().expect("the watcher does not panic");
        (report, posted, pages, memory)
    });

    judge(&report, Duration::from_millis(200), &mut found);
    posted.judge(&line, &mut found);
    let (read, failed) = pages;
    found.must_be("pages not answered with 200", failed, 0);
    // In twelve parts; of two hours each is ten minutes.
    let part = (memory.len() / 12).max(1);
    let mean = |samples: &[u64]| samples.iter().sum::<u64>() / samples.len().max(1) as u64;
    let after_first = mean(&memory[part..2 * part]);
    let last = mean(&memory[memory.len() - part..]);
    found.note(format!(
        "{read} pages read; memory {after_first} kB after the first twelfth, {last} kB in the last one"
    ));
    // Calls, their pages and the allocator take their share in the first minutes: a shorter run says nothing of hours.
    if minutes >= SHORTEST_MINUTES {
        found.must(
            last * 100 < after_first * 101,
            &format!("memory grows by less than 1 %: {after_first} kB, {last} kB"),
        );
    } else {
        found.note("too short to judge its memory");
    }
    let left = eventually("the last calls to be over", Duration::from_secs(90), || {
        (node.calls() == 0).then(|| node.descriptors())
    });
    found.note(format!("{idle} descriptors before, {left} after"));
    // Connections to the database and to readers come and go.
    found.must(left <= idle + 8, "descriptors and ports are given back");
    found
}

/// The bulletins that a house has which has posted one a minute for ever, as far as they leave the line or the feeds within these
/// minutes: what is posted then takes the place of what goes, and memory that grows all the same is lost.
fn fill_the_archive(data: &Path, minutes: u32) {
    let begun = Timestamp::now();
    let (on_the_line, in_feeds) = (9 * 24, 30 * 24);
    let fill = async {
        let store = Store::open(&data.join("allo.db")).await?;
        let (sites, territories) = (store.sites().await?, store.territories().await?);
        let site = sites.into_iter().find(|one| one.slug.as_str() == SITE);
        let site = site.expect("that of the demonstration");
        let territory = territories
            .into_iter()
            .find(|one| one.slug == site.territory);
        let territory = territory.expect("that of the site");
        for minute in 1..=minutes {
            for hours in [on_the_line, on_the_line + in_feeds] {
                let leaves_at = begun + SignedDuration::from_mins(minute.into());
                let posted_at = leaves_at - SignedDuration::from_hours(hours.into());
                let draft = Draft {
                    kind: Kind::Unplanned,
                    events: vec![Event::Noise],
                    nuisances: vec![Nuisance::Noise],
                    text: format!("Bruit sourd, ancien numéro {minute}."),
                    language: Language::French,
                    starts_at: None,
                    ends_at: None,
                    lifetime: Lifetime::Hours(on_the_line),
                };
                let mut random = [0; 8];
                getrandom::fill(&mut random).expect("randomness");
                let id = BulletinId::from_random(random);
                let bulletin = Bulletin::compose(id, &site, &territory, draft, SITE, posted_at);
                let mut bulletin = bulletin.expect("a bulletin within the rules");
                store.insert_bulletin(&bulletin, &[], None).await?;
                let update = Update {
                    text: UPDATE.to_owned(),
                    under_control: false,
                    lifetime: None,
                };
                let at = posted_at + SignedDuration::from_mins(1);
                let entry = bulletin.update(update, &territory, SITE, at).expect("open");
                store.append_entry(&bulletin, &entry, &[], None).await?;
                let at = posted_at + SignedDuration::from_mins(2);
                let entry = bulletin.end(Some(END), SITE, at).expect("open");
                let jobs: Vec<_> = (hours == on_the_line)
                    .then(|| speak(&bulletin, begun))
                    .into_iter()
                    .collect();
                store.append_entry(&bulletin, &entry, &jobs, None).await?;
            }
        }
        store.close().await;
        Ok::<_, store::Error>(())
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(fill).expect("the rows are written");
}

/// The job that has the latest entry of a bulletin spoken.
fn speak(bulletin: &Bulletin, now: Timestamp) -> NewJob {
    NewJob {
        kind: "speak".to_owned(),
        payload: json!({"bulletin": bulletin.id.as_str(), "entry": bulletin.current().number})
            .to_string(),
        run_at: now,
        unique: None,
    }
}

/// Reads the page twenty times a second; says how often, and how often there was none.
fn read(node: &Node, over: &AtomicBool) -> (usize, usize) {
    let (mut read, mut failed) = (0, 0);
    while !over.load(Ordering::Relaxed) {
        let next = Instant::now() + Duration::from_millis(50);
        read += 1;
        failed += usize::from(node.page().is_none());
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    (read, failed)
}

/// Looks at the memory every two seconds.
fn watch(node: &Node, over: &AtomicBool) -> Vec<u64> {
    let mut memory = vec![];
    while !over.load(Ordering::Relaxed) {
        memory.push(node.memory_kb());
        std::thread::sleep(Duration::from_secs(2));
    }
    memory
}

/// - `set_up`: the longest that one call of a hundred may wait.
fn judge(report: &StormReport, set_up: Duration, found: &mut Found) {
    found.calls = calls_of(report);
    found.note(format!(
        "refused {:?}, {} at once; set-up p99 {:.1} ms; lateness p99.9 {:.1} ms, at most {:.1} ms; {} of {} calls with over 0.1 % of their packets lost or over 20 ms late{}",
        report.refused_by_status,
        report.most_at_once,
        report.setup_ms.p99,
        report.late_ms.p999,
        report.late_ms.max,
        report.bad_calls,
        report.answered,
        if report.valid { "" } else { "; the callers were late themselves" }
    ));
    found.must_be("calls lost", found.calls.lost, 0);
    found.must_be("packets lost", report.lost, 0);
    found.must_take("set-up p99", milliseconds(report.setup_ms.p99), set_up);
    found.must_take(
        "lateness p99.9",
        milliseconds(report.late_ms.p999),
        LATENESS,
    );
}

fn milliseconds(figure: f64) -> Duration {
    Duration::from_secs_f64(figure / 1_000.0)
}

/// A line whose callers listen as long as they want.
struct Line {
    node: Node,
    _folder: TempDir,
}

impl Line {
    fn start(change: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_demonstration_to(folder.path());
        Self::start_in(folder, change)
    }

    /// The same on what the folder holds.
    fn start_in(folder: TempDir, change: impl FnOnce(&mut Command)) -> Self {
        let node = Node::start(folder.path(), |command| {
            command.args(["--short-programme", "off"]);
            change(command);
        });
        Self {
            node,
            _folder: folder,
        }
    }

    fn call(&self, rate: u32, seconds: u32, hold: Duration) -> JoinHandle<StormReport> {
        call_meanwhile(StormPlan {
            hold,
            ..crowd(&self.node.target(), rate, seconds)
        })
    }

    /// Posts, updates the one before and ends the one before that, until the calls are over.
    fn post_meanwhile(
        &self,
        calling: &JoinHandle<StormReport>,
        every: Duration,
        listens: bool,
    ) -> Posted {
        let mut posted = Posted::default();
        let mut ids: Vec<String> = vec![];
        while !calling.is_finished() {
            let next = Instant::now() + every;
            let text = format!("Bruit sourd, numéro {}.", posted.texts.len());
            let begun = Instant::now();
            let poster = &self.node.poster;
            let id = poster.post_until_acknowledged(&text);
            let octets = self.node.recording(&id);
            posted.slowest = posted.slowest.max(begun.elapsed());
            posted.texts.push(text);
            if listens {
                // From ten seconds after the post on, everybody hears it.
                let heard_from = begun + Duration::from_secs(10);
                std::thread::sleep(heard_from.saturating_duration_since(Instant::now()));
                posted.missed += usize::from(!hears(&self.node.target(), &octets));
            }
            if let Some(before) = ids.last() {
                let update = json!({"text": UPDATE});
                let updated = poster.act(before, "updates", &update);
                posted.refused += usize::from(!updated.is_taken());
            }
            if let [.., before, _] = &ids[..] {
                let ended = poster.act(before, "end", &json!({"text": END}));
                posted.refused += usize::from(!ended.is_taken());
            }
            ids.push(id);
            while Instant::now() < next && !calling.is_finished() {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        posted
    }
}

/// What became of the posts beside the calls.
#[derive(Default)]
struct Posted {
    texts: Vec<String>,
    /// Updates and ends that were not acknowledged.
    refused: usize,
    /// From the post to its sound on the line.
    slowest: Duration,
    /// Listeners who called right after the sound was there and did not hear it.
    missed: usize,
}

impl Posted {
    fn judge(&self, line: &Line, found: &mut Found) {
        found.posts.acknowledged = self.texts.len();
        let mut told = line.node.page().unwrap_or_default();
        told += &line.node.program.read("/rouen_metropole/archives");
        // A page of the archive has the latest; those before are counted by their numbers.
        let latest = self.texts.iter().rev().take(OF_A_PAGE);
        let missing = latest.filter(|text| !told.contains(&text[..])).count();
        found.posts.found = self.texts.len() - missing;
        found.must_be("posts missing", missing, 0);
        found.must_be("updates and ends refused", self.refused, 0);
        found.note(format!(
            "a post is on the line after {:.1} s at most",
            self.slowest.as_secs_f64()
        ));
        found.must_take("from post to line", self.slowest, Duration::from_secs(10));
    }
}

const UPDATE: &str = "Le bruit continue.";
const END: &str = "Le bruit est fini.";
/// Of one packet in a thousand.
const LATENESS: Duration = Duration::from_millis(40);
const PAGE_PER_SECOND: u32 = 500;
const FEED_PER_SECOND: u32 = 50;
/// As many as the first page of the archive has for sure.
const OF_A_PAGE: usize = 10;
/// From this length on the first twelfth is long enough for memory to be what it stays.
const SHORTEST_MINUTES: u32 = 60;
