mod told;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use server::demo::Credentials;
use store::Store;
use tempfile::TempDir;

use crate::support::{Program, eventually, take_turn};

const KILLS: usize = 20;
/// Of them, those that must have hit a poster at work.
const KILLS_WITH_POSTS: usize = 8;
const MOST_KILLS: usize = 100;
const SITE: &str = "huiles-du-fleuve";

#[test]
fn kills_at_random_instants_lose_no_acknowledged_bulletin_and_no_job() {
    let _turn = take_turn();
    let data = tempfile::tempdir().expect("a temporary folder");
    let acknowledged = Arc::new(Mutex::new(Vec::<String>::new()));
    let (mut kills, mut kills_with_posts) = (0, 0);
    let of_a_post = time_of_a_post(&data);
    let mut span = 2 * of_a_post;
    // On a busy machine many programs are killed before they could serve anybody: each of these lets the next live longer.
    while kills < KILLS || kills_with_posts < KILLS_WITH_POSTS {
        assert!(
            kills < MOST_KILLS,
            "only {kills_with_posts} of {kills} kills hit a poster at work"
        );
        kills += 1;
        let program = Program::start(data.path(), |_| {});
        let before = acknowledged.lock().unwrap().len();
        let poster = Poster::start(&program, token(&data), Arc::clone(&acknowledged));
        std::thread::sleep(random_instant(span));
        program.kill();
        poster.join();
        let has_posted = acknowledged.lock().unwrap().len() > before;
        kills_with_posts += usize::from(has_posted);
        if !has_posted {
            span += of_a_post / 4;
        }
    }
    let acknowledged = acknowledged.lock().unwrap().clone();

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let missing = runtime.block_on(missing(&data, &acknowledged));
    assert!(
        missing.is_empty(),
        "of {} acknowledged: {missing:?}",
        acknowledged.len()
    );
    println!(
        "{} bulletins acknowledged around {kills} kills, none lost",
        acknowledged.len()
    );
}

#[test]
fn what_a_killed_program_had_in_hand_is_said_at_once_after_the_restart() {
    let _turn = take_turn();
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let (url, token) = (format!("http://{}", program.http), token(&data));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let id = runtime
        .block_on(post(&url, &token, 0))
        .expect("acknowledged");
    program.kill();
    let in_hand = runtime.block_on(claim_everything(&data));
    assert!(in_hand.contains(&id), "it is said already");

    let program = Program::start(data.path(), |_| {});

    let url = format!(
        "http://{}/api/v1/bulletins/{id}/recording?codec=pcma",
        program.http
    );
    // The lease of a text is 90 s.
    eventually("its sound", Duration::from_secs(60), || {
        let asked = reqwest::Client::new().get(&url).bearer_auth(&token).send();
        runtime
            .block_on(asked)
            .ok()
            .filter(|answer| answer.status().is_success())
    });
}

/// Leaves every text in the hand of the node that was killed; says what there is to do.
async fn claim_everything(data: &TempDir) -> String {
    let store = Store::open(&data.path().join("allo.db")).await;
    let store = store.expect("the database opens");
    let node = std::fs::read_to_string(data.path().join("node")).expect("its name");
    let (node, _) = node.split_once(' ').expect("its name and its machine");
    let lease = Duration::from_secs(90);
    let claim = || store.claim_job(&["speak"], node, Timestamp::now(), lease);
    while claim().await.expect("the jobs").is_some() {}
    let jobs = store.pending_jobs().await.expect("the jobs");
    jobs.into_iter().map(|job| job.payload).collect()
}

/// The acknowledged bulletins that are not there, or have neither a job nor a sound.
async fn missing(data: &TempDir, acknowledged: &[String]) -> Vec<String> {
    let store = Store::open(&data.path().join("allo.db"))
        .await
        .expect("the database opens");
    let jobs = store.pending_jobs().await.expect("the jobs");
    let owners = acknowledged.iter().map(|id| format!("bulletin/{id}/1"));
    let owners: Vec<_> = owners.collect();
    let states = store.speech_states(&owners).await.expect("the states");
    let mut missing = vec![];
    for id in acknowledged {
        let there = store
            .find_bulletin(&bulletin::BulletinId::parse(id).unwrap())
            .await
            .unwrap();
        let has_job = jobs.iter().any(|job| job.payload.contains(id));
        let spoken = states
            .iter()
            .any(|(owner, state, _)| owner.contains(id.as_str()) && state == "ready");
        if there.is_none() || !(has_job || spoken) {
            missing.push(format!(
                "{id}: there {}, job {has_job}, spoken {spoken}",
                there.is_some()
            ));
        }
    }
    missing
}

struct Poster {
    thread: std::thread::JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

impl Poster {
    fn start(program: &Program, token: String, acknowledged: Arc<Mutex<Vec<String>>>) -> Self {
        let url = format!("http://{}", program.http);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let mut number = 0;
            while !stopped.load(Ordering::Relaxed) {
                match runtime.block_on(post(&url, &token, number)) {
                    Some(id) => acknowledged.lock().unwrap().push(id),
                    None => return,
                }
                number += 1;
            }
        });
        Self { thread, stop }
    }

    fn join(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the poster does not panic");
    }
}

/// The id of an acknowledged bulletin; none when the program is gone.
pub(super) async fn post(url: &str, token: &str, number: usize) -> Option<String> {
    let body = json!({
        "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
        "text": text(number), "language": "fr",
    });
    let request = reqwest::Client::new()
        .post(format!("{url}/api/v1/bulletins"))
        .bearer_auth(token)
        .json(&body);
    let answer = request.send().await.ok()?;
    if answer.status() != reqwest::StatusCode::CREATED {
        return None;
    }
    let answer: Value = answer.json().await.ok()?;
    answer["id"].as_str().map(str::to_owned)
}

fn text(number: usize) -> String {
    format!("Bruit numéro {number}.")
}

pub(super) fn token(data: &TempDir) -> String {
    let credentials = Credentials::read(data.path()).expect("the file of secrets");
    let mut tokens = credentials.tokens.into_iter();
    tokens.find(|one| one.site == SITE).expect("a token").token
}

/// Between now and the end of `span`.
fn random_instant(span: Duration) -> Duration {
    let mut octet = [0];
    getrandom::fill(&mut octet).expect("randomness");
    span * u32::from(octet[0]) / 255
}

/// What a first post takes until it is acknowledged, on this machine as busy as it is.
fn time_of_a_post(data: &TempDir) -> Duration {
    let program = Program::start(data.path(), |_| {});
    let (url, token) = (format!("http://{}", program.http), token(data));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let begun = std::time::Instant::now();
    let posted = runtime.block_on(post(&url, &token, 0));
    posted.expect("acknowledged");
    let taken = begun.elapsed();
    program.kill();
    taken
}
