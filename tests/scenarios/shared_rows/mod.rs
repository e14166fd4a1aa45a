use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;
use server::Settings;

use crate::support::cluster::Cluster;
use crate::support::{House, allo, copy_demonstration_to, eventually, run};

#[test]
fn two_nodes_on_one_database_tell_the_same_and_go_on_telling_without_it() {
    let cluster = Cluster::start();
    let program = Path::new(env!("CARGO_BIN_EXE_allo"));
    let settings = || Settings {
        database: Some(cluster.address("postgres")),
        ..Settings::default()
    };
    let one = House::open_helped_by(program, settings(), |_| {});
    let other = House::open_helped_by(program, settings(), |data| {
        // Who seeded the demonstration has its secrets.
        let secrets = one.data().join("demo-credentials.json");
        std::fs::copy(secrets, data.join("demo-credentials.json")).unwrap();
    });

    let answer = one.post(SITE, "Bruit de ventilation.");
    tells(&other, "Bruit de ventilation.");
    let id = answer["id"].as_str().expect("an id");
    let octets = eventually("the recording", SOON, || one.recording(SITE, id));
    eventually("the sound at the other node", SOON, || {
        let told = other.read_json("/rouen_metropole.json");
        let mut bulletins = told["ongoing"].as_array()?.iter();
        let posted = bulletins.find(|one| one["id"] == id)?;
        (posted["speech"] == "ready").then_some(())
    });
    assert!(other.dial(NUMBER, KEYS, LISTEN).has(&octets));
    assert!(!one.data().join("allo.db").exists(), "no file has the rows");

    cluster.fail();
    for node in [&one, &other] {
        assert!(node.dial(NUMBER, KEYS, LISTEN).has(&octets));
        let (status, page) = node.read(PAGE);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Bruit de ventilation."));
    }
    let begin = Instant::now();
    let (status, told) = post(&other, "Fumée blanche.");
    let passed = begin.elapsed();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
    assert!(passed < Duration::from_secs(3), "{passed:?}");
    shows(&one, "allo_database_up 0");

    cluster.recover();
    shows(&one, "allo_database_up 1");
    eventually("a post that is kept", SOON, || {
        (post(&one, "Odeur de gaz.").0 == StatusCode::CREATED).then_some(())
    });
    tells(&one, "Odeur de gaz.");
    tells(&other, "Odeur de gaz.");
    assert!(!other.read(PAGE).1.contains("Fumée blanche."), "refused");
}

#[test]
fn a_service_moves_from_its_file_to_a_server_by_one_command_that_counts_every_row() {
    let cluster = Cluster::start();
    let folder = tempfile::tempdir().unwrap();
    copy_demonstration_to(folder.path());
    let address = cluster.address("postgres");
    let command = |words: &[&str]| {
        let mut command = allo();
        command.args(words).arg("--data").arg(folder.path());
        let done = run(&mut command);
        let told = [done.stdout, done.stderr].map(|told| String::from_utf8(told).unwrap());
        (done.status.success(), told.concat())
    };
    let file = folder.path().join("allo.db");
    let move_rows = [
        "migrate",
        "--database",
        &address,
        "--from",
        file.to_str().unwrap(),
    ];

    let (moved, told) = command(&move_rows);

    assert!(moved, "{told}");
    assert!(told.contains("\n        2 territories\n"), "{told}");
    let here = command(&["territory", "list", "--database", &address]);
    assert_eq!(here, command(&["territory", "list"]));
    let (moved, told) = command(&move_rows);
    assert!(!moved && told.contains("has rows already"), "{told}");
    let (done, told) = command(&["migrate", "--database", &address]);
    assert!(
        done && told.contains(" has the tables of version "),
        "{told}"
    );
}

/// Waits until a node's page tells a text.
fn tells(node: &House, text: &str) {
    eventually(text, SOON, || {
        node.read(PAGE).1.contains(text).then_some(())
    });
}

/// Waits until a node's figures have a line.
fn shows(node: &House, line: &str) {
    eventually(line, Duration::from_secs(60), || {
        let figures = node.fetch(&node.metrics_url());
        figures.lines().any(|one| one == line).then_some(())
    });
}

fn post(node: &House, text: &str) -> (StatusCode, serde_json::Value) {
    let body = json!({
        "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
        "text": text, "language": "fr",
    });
    node.send(Method::POST, "/api/v1/bulletins", SITE, &body)
}

const SITE: &str = "engrais-de-la-boucle";
const PAGE: &str = "/rouen_metropole";
const NUMBER: &str = "0805691282";
/// Past the greeting, to the first bulletin.
const KEYS: &str = "@0.2:#";
const LISTEN: Duration = Duration::from_secs(20);
/// What one node writes is told by all within it, and so is the end of an outage.
const SOON: Duration = Duration::from_secs(5);
