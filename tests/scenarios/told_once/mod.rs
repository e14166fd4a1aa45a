use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use server::demo::Credentials;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::cluster::Cluster;
use crate::support::service::{Service, reply};
use crate::support::{Program, allo, copy_demonstration_to, eventually, run};

#[test]
fn two_nodes_tell_each_post_once_and_one_tells_what_the_other_died_with_when_its_lease_is_over() {
    let cluster = Cluster::start();
    let is_slow = Arc::new(AtomicBool::new(false));
    let slow = Arc::clone(&is_slow);
    let webhook = Service::start(move |_, stream| {
        while slow.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        reply(stream, "200 OK", "application/json", b"{}");
    });
    let mut nodes = Nodes::start(&cluster, &webhook);

    let ids = nodes.post_at_all(5);
    for id in &ids {
        nodes.wait_until_sent(id);
    }
    let mut told = told(&webhook);
    for id in &ids {
        assert_eq!(told.remove(&format!("{id}-1")), Some(1), "{id}");
    }
    assert!(told.is_empty(), "{told:?}");

    is_slow.store(true, Ordering::Relaxed);
    let in_hand = nodes.post(0, "Fumée blanche.");
    wait_for(&webhook, &in_hand, 1);
    nodes.kill_who_holds_a_delivery(&cluster);
    is_slow.store(false, Ordering::Relaxed);
    let next = nodes.post(0, "Odeur de gaz.");
    wait_for(&webhook, &next, 1);
    assert_eq!(times(&webhook, &in_hand), 1, "its lease lasts");

    let put_back = "UPDATE deliveries SET run_at = '2000-01-01T00:00:00.000000000Z'
                    WHERE holder IS NOT NULL AND state = 'queued'";
    cluster.sql("postgres", put_back);
    let last = nodes.post(0, "Bruit de ventilation.");
    wait_for(&webhook, &in_hand, 2);
    for id in [&in_hand, &next, &last] {
        nodes.wait_until_sent(id);
    }
    assert_eq!(
        (times(&webhook, &next), times(&webhook, &last)),
        (1, 1),
        "the others are told once"
    );
}

/// Two nodes of one service, and whoever posts.
struct Nodes {
    runtime: Runtime,
    token: String,
    nodes: Vec<(TempDir, Program)>,
    client: reqwest::Client,
    _secret: TempDir,
}

impl Nodes {
    fn start(cluster: &Cluster, webhook: &Service) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let config = folder.path().join("allo.toml");
        let text = format!(
            "database = '{}'\nvoices = 'pico'\n\
             [[channel]]\nname = 'codis'\nterritory = 'rouen_metropole'\nkind = 'webhook'\n\
             url = 'http://{}/allo'\nsecret = {{ file = '{}' }}\nprivate-network = true\n",
            cluster.address("postgres"),
            webhook.address,
            secret.display(),
        );
        std::fs::write(&config, text).expect("a configuration");
        let first = tempfile::tempdir().expect("a folder");
        copy_demonstration_to(first.path());
        let moved = run(allo()
            .args(["migrate", "--database", &cluster.address("postgres")])
            .arg("--from")
            .arg(first.path().join("allo.db"))
            .arg("--data")
            .arg(first.path()));
        assert!(moved.status.success(), "{moved:?}");
        let credentials = Credentials::read(first.path()).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        let token = tokens.find(|one| one.site == SITE).expect("a token").token;
        let start = |data: TempDir| {
            let program = Program::start_without_demo(data.path(), |command| {
                command.arg("--config").arg(&config);
            });
            (data, program)
        };
        let nodes = vec![start(first), start(tempfile::tempdir().expect("a folder"))];
        Self {
            runtime: Runtime::new().expect("a runtime"),
            token,
            nodes,
            client: reqwest::Client::new(),
            _secret: folder,
        }
    }

    fn post(&self, node: usize, text: &str) -> String {
        self.runtime.block_on(self.post_to(node, text.to_owned()))
    }

    /// Posts so many times at each node, at all at the same time.
    fn post_at_all(&self, times: usize) -> Vec<String> {
        self.runtime.block_on(async {
            let mut ids = vec![];
            for number in 0..times {
                let text = |node| format!("Bruit de vapeur, numéro {number} {node}.");
                let (one, other) =
                    tokio::join!(self.post_to(0, text("a")), self.post_to(1, text("b")));
                ids.extend([one, other]);
            }
            ids
        })
    }

    async fn post_to(&self, node: usize, text: String) -> String {
        let body = json!({
            "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": text, "language": "fr",
        });
        let url = format!("http://{}/api/v1/bulletins", self.nodes[node].1.http);
        let request = self.client.post(url).bearer_auth(&self.token).json(&body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let told: Value = answer.json().await.expect("JSON");
        assert_eq!(status, reqwest::StatusCode::CREATED, "{told}");
        told["id"].as_str().expect("an id").to_owned()
    }

    fn wait_until_sent(&self, id: &str) {
        let url = format!("http://{}/api/v1/bulletins/{id}", self.nodes[0].1.http);
        eventually("a row that says so", PATIENCE, || {
            let request = self.client.get(&url).bearer_auth(&self.token);
            let read: Value = self.runtime.block_on(async {
                let answer = request.send().await.ok()?;
                answer.json().await.ok()
            })?;
            (read["deliveries"][0]["state"] == "sent").then_some(())
        });
    }

    /// Ends the node that is telling something, as `kill -9` does.
    fn kill_who_holds_a_delivery(&mut self, cluster: &Cluster) {
        let holder = cluster.sql(
            "postgres",
            "SELECT holder FROM deliveries WHERE holder IS NOT NULL",
        );
        let holds = |(data, _): &(TempDir, Program)| {
            let name = std::fs::read_to_string(data.path().join("node"));
            name.expect("its name in rows").starts_with(holder.trim())
        };
        assert_eq!(holder.trim().len(), 16, "one of them: {holder}");
        let place = self.nodes.iter().position(holds);
        let (_data, program) = self.nodes.remove(place.expect("it is one of them"));
        program.kill();
    }
}

/// How often the webhook got what.
fn told(webhook: &Service) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for request in webhook.requests() {
        *told
            .entry(request.header("webhook-id").to_owned())
            .or_default() += 1;
    }
    told
}

fn times(webhook: &Service, id: &str) -> usize {
    let told = told(webhook);
    told.get(&format!("{id}-1")).copied().unwrap_or_default()
}

fn wait_for(webhook: &Service, id: &str, count: usize) {
    eventually("what the webhook gets", PATIENCE, || {
        (times(webhook, id) == count).then_some(())
    });
}

const SITE: &str = "engrais-de-la-boucle";
/// Much longer than any of it takes, and shorter than a lease.
const PATIENCE: Duration = Duration::from_secs(40);
