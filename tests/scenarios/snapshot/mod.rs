use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bulletin::Language;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::demo::Credentials;
use speech::prompts;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::cluster::Cluster;
use crate::support::{Program, allo, copy_demonstration_to, eventually, listen, run};

#[test]
fn a_node_that_starts_without_its_database_tells_what_was_known_last_and_joins_it_when_it_is_back()
{
    let cluster = Cluster::start();
    let (node, address, data) = demonstration_in(&cluster);
    let brief = node.post("Fumée blanche, peu de temps.").id();
    expires_soon(&cluster, &brief);
    let id = node.post("Bruit de ventilation.").id();
    let octets = node.recording(&id);
    // Its sound is known, and so is the expiry that is written above.
    let owner = format!("\"bulletin/{id}/1\":{{\"body\"");
    for words in [brief.as_str(), "Bruit de ventilation.", owner.as_str()] {
        eventually(words, KEPT, || names(data.path(), words).then_some(()));
    }

    cluster.fail();
    node.program.kill();
    let node = Node::start(&address, data.path());

    assert!(node.hears(KEYS, &octets));
    let page = node.read(PAGE);
    assert!(page.contains("Bruit de ventilation.") && page.contains("État au "));
    let ready: Value = serde_json::from_str(&node.read("/readyz")).expect("JSON");
    let concerns = ready["concerns"].as_array().expect("concerns");
    let database = concerns.iter().find(|one| one["name"] == "database");
    let database = database.expect("the database is looked at");
    assert_eq!(database["ok"], false, "{database}");
    let begin = Instant::now();
    let refused = node.post("Vapeur sur le quai.");
    let passed = begin.elapsed();
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        refused.told["type"].as_str().map(code),
        Some("store-unavailable")
    );
    assert!(passed < Duration::from_secs(3), "{passed:?}");
    eventually("an expiry", Duration::from_secs(60), || {
        (!node.read(PAGE).contains("Fumée blanche, peu de temps.")).then_some(())
    });
    assert!(node.read(PAGE).contains("État au "), "the database is away");

    cluster.recover();
    let posted = eventually("a post that is kept", JOINED, || {
        let posted = node.post("Odeur de gaz.");
        (posted.status == StatusCode::CREATED).then_some(posted)
    });
    eventually("a page of this minute", JOINED, || {
        let page = node.read(PAGE);
        (page.contains("Odeur de gaz.") && !page.contains("État au ")).then_some(())
    });
    let octets = node.recording(&posted.id());
    eventually("its sound on the line", KEPT, || {
        node.hears(KEYS, &octets).then_some(())
    });
    assert!(!node.read(PAGE).contains("Vapeur sur le quai."), "refused");
}

#[test]
fn a_node_that_knows_nothing_and_finds_no_database_says_so_to_callers_and_joins_it_later() {
    let cluster = Cluster::start();
    cluster.fail();
    let data = tempfile::tempdir().expect("a temporary folder");
    let node = Node::start(&cluster.address("postgres"), data.path());

    let difficulty = prompts::find(Language::French, "difficulty").expect("a fixed sentence");
    assert!(node.hears("", difficulty.sound().pcma));
    assert_eq!(
        node.program.try_read("/readyz"),
        None,
        "nobody is sent here"
    );
    assert_eq!(node.program.try_read(PAGE), None);

    cluster.recover();
    eventually("the demonstration", Duration::from_secs(30), || {
        let page = node.program.try_read(PAGE)?;
        page.contains("Rouen Métropole").then_some(())
    });
    eventually("its readiness", JOINED, || node.program.try_read("/readyz"));
}

#[test]
fn a_node_that_starts_with_rows_it_cannot_read_tells_what_was_known_last_until_it_can() {
    let cluster = Cluster::start();
    let (node, address, data) = demonstration_in(&cluster);
    let id = node.post("Bruit de ventilation.").id();
    let octets = node.recording(&id);
    let owner = format!("\"bulletin/{id}/1\":{{\"body\"");
    eventually("what is kept", KEPT, || {
        names(data.path(), &owner).then_some(())
    });
    node.program.kill();
    let zone = |name: &str| {
        let statement = format!("UPDATE territories SET zone = '{name}'");
        cluster.sql("postgres", &statement);
    };

    zone("Mars/Olympus");
    let node = Node::start(&address, data.path());

    assert!(node.hears(KEYS, &octets));
    assert!(node.read(PAGE).contains("État au "));
    zone("Europe/Paris");
    eventually("a page of this minute", JOINED, || {
        (!node.read(PAGE).contains("État au ")).then_some(())
    });
}

#[test]
fn a_server_that_stands_still_keeps_nobody_from_seeing_what_is_over() {
    let cluster = Cluster::start();
    let (node, _, _data) = demonstration_in(&cluster);
    let brief = node.post("Fumée blanche, peu de temps.").id();
    expires_soon(&cluster, &brief);
    // Another post is a reason to read that.
    node.post("Bruit de ventilation.");
    assert!(node.read(PAGE).contains("Fumée blanche, peu de temps."));

    let still = StandsStill::begin(&cluster);
    eventually("an expiry", Duration::from_secs(60), || {
        (!node.read(PAGE).contains("Fumée blanche, peu de temps.")).then_some(())
    });
    drop(still);
    eventually("a post that is kept", Duration::from_secs(30), || {
        (node.post("Odeur de gaz.").status == StatusCode::CREATED).then_some(())
    });
    eventually("a page of this minute", JOINED, || {
        let page = node.read(PAGE);
        (page.contains("Odeur de gaz.") && !page.contains("État au ")).then_some(())
    });
}

/// All processes of a server, which take what is sent to them and answer nothing.
struct StandsStill(String);

impl StandsStill {
    fn begin(cluster: &Cluster) -> Self {
        let told = std::fs::read_to_string(cluster.data().join("postmaster.pid"));
        let told = told.expect("the server's process");
        let still = Self(told.lines().next().expect("its number").to_owned());
        still.signal("-STOP");
        still
    }

    fn signal(&self, which: &str) {
        for (program, behind) in [("pkill", "-P"), ("kill", "--")] {
            let done = run(Command::new(program).args([which, behind, &self.0]));
            assert!(done.status.success(), "{program} {which}");
        }
    }
}

impl Drop for StandsStill {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

/// Fifteen seconds from now.
fn expires_soon(cluster: &Cluster, id: &str) {
    let expires = "to_char(now() AT TIME ZONE 'UTC' + INTERVAL '15 seconds', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"000Z\"')";
    let shortened = format!("UPDATE bulletins SET expires_at = {expires} WHERE id = '{id}'");
    cluster.sql("postgres", &shortened);
}

/// A demonstration that is spoken already, in a server, and a node at work on it: that, where the rows are, and its folder.
fn demonstration_in(cluster: &Cluster) -> (Node, String, TempDir) {
    let address = cluster.address("postgres");
    let data = tempfile::tempdir().expect("a temporary folder");
    move_demonstration_to(&address, data.path());
    (Node::start(&address, data.path()), address, data)
}

fn move_demonstration_to(address: &str, data: &Path) {
    copy_demonstration_to(data);
    let file = data.join("allo.db");
    let mut command = allo();
    command.args(["migrate", "--database", address, "--data"]);
    command.arg(data).arg("--from").arg(&file);
    let done = run(&mut command);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    std::fs::remove_file(file).expect("the file is not needed any more");
}

/// Whether what the manifest names has these words in it.
fn names(data: &Path, words: &str) -> bool {
    let folder = data.join("last-known");
    let manifest = std::fs::read_to_string(folder.join("manifest")).unwrap_or_default();
    let mut files = manifest
        .lines()
        .filter_map(|line| line.split(' ').next_back());
    files.any(|name| {
        let file = std::fs::read(folder.join(name)).unwrap_or_default();
        let words = words.as_bytes();
        file.windows(words.len()).any(|part| part == words)
    })
}

/// The program, and a site that posts.
struct Node {
    program: Program,
    token: Option<String>,
    runtime: Runtime,
}

impl Node {
    fn start(address: &str, data: &Path) -> Self {
        let program = Program::start(data, |command| {
            command.args(["--database", address]);
        });
        let credentials = Credentials::read(data).ok();
        let mut tokens = credentials.into_iter().flat_map(|it| it.tokens);
        let token = tokens.find(|one| one.site == SITE);
        Self {
            program,
            token: token.map(|one| one.token),
            runtime: Runtime::new().expect("a runtime"),
        }
    }

    fn token(&self) -> &str {
        self.token.as_deref().expect("a token of the site")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.program.http)
    }

    fn read(&self, path: &str) -> String {
        self.program.read(path)
    }

    /// Whether a caller hears these octets among the first that are said.
    fn hears(&self, keys: &str, octets: &[u8]) -> bool {
        let target = format!("sip:{NUMBER}@{}", self.program.sip);
        let limit = Duration::from_secs(octets.len() as u64 / 8_000) + BEFORE;
        listen(&target, keys, limit).has(octets)
    }

    fn post(&self, text: &str) -> Posted {
        let body = json!({
            "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": text, "language": "fr",
        });
        let request = reqwest::Client::new()
            .post(self.url("/api/v1/bulletins"))
            .bearer_auth(self.token())
            .json(&body);
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            Posted {
                status: answer.status(),
                told: answer.json().await.expect("JSON"),
            }
        })
    }

    /// What the line says of a bulletin, once it is spoken.
    fn recording(&self, id: &str) -> Vec<u8> {
        let path = format!("/api/v1/bulletins/{id}/recording?codec=pcma");
        eventually("the recording", Duration::from_secs(60), || {
            let request = reqwest::Client::new().get(self.url(&path));
            let request = request.bearer_auth(self.token()).send();
            self.runtime.block_on(async {
                let answer = request.await.ok()?;
                let is_there = answer.status() == StatusCode::OK;
                let octets = answer.bytes().await.ok()?;
                is_there.then(|| octets.to_vec())
            })
        })
    }
}

/// What came of a post.
struct Posted {
    status: StatusCode,
    told: Value,
}

impl Posted {
    fn id(&self) -> String {
        let id = self.told["id"].as_str();
        id.unwrap_or_else(|| panic!("{}", self.told)).to_owned()
    }
}

/// The last part of the address that stands for a problem.
fn code(kind: &str) -> &str {
    kind.rsplit(['/', ':', '#']).next().unwrap_or(kind)
}

const SITE: &str = "engrais-de-la-boucle";
const PAGE: &str = "/rouen_metropole";
const NUMBER: &str = "0805691282";
/// Past the greeting, to the first bulletin.
const KEYS: &str = "@0.2:#";
/// What may be said before it, and then some.
const BEFORE: Duration = Duration::from_secs(7);
/// What is known is on disk soon after it is known.
const KEPT: Duration = Duration::from_secs(30);
/// How soon a node is at work again once its database is.
const JOINED: Duration = Duration::from_secs(5);
