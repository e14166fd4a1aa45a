use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use serde_json::{Value, json};
use server::demo::Credentials;
use tokio::runtime::Runtime;

use crate::support::{Program, allo, copy_demonstration_to, eventually, listen, run};

#[test]
fn calls_pages_and_jobs_are_done_by_one_process_each_and_none_does_the_work_of_another() {
    let data = tempfile::tempdir().expect("a folder");
    copy_demonstration_to(data.path());
    let start = |role: &str| {
        Program::start_without_demo(data.path(), |command| {
            command.args(["--role", role]);
        })
    };
    let (line, web, jobs) = (start("line"), start("web"), start("jobs"));

    let house = Outside::new(data.path(), web.http);
    let id = house.post("Bruit de ventilation.");
    let sound = eventually("its sound", SOON, || house.recording(&id));
    let target = format!("sip:{NUMBER}@{}", line.sip);
    eventually("a caller who hears it", SOON, || {
        listen(&target, KEYS, LISTEN).has(&sound).then_some(())
    });

    assert!(web.read(PAGE).contains("Bruit de ventilation."));
    for (role, node) in [("line", &line), ("jobs", &jobs)] {
        assert_eq!(node.try_read(PAGE), None, "{role}");
        assert_eq!(node.try_read("/admin/sign-in"), None, "{role}");
        let told = node.read("/readyz");
        assert!(told.contains("\"ready\":true"), "{told}");
    }
    for node in [&web, &jobs] {
        UdpSocket::bind(node.sip).expect("nobody answers calls there");
        assert!(!node.figures().contains("allo_calls"), "no line");
    }
    assert!(line.figures().contains("allo_calls 0"));
    // Each keeps what it needs at a start without the database, and none sweeps away what another keeps.
    let keeps = |folder: &str| data.path().join(folder).join("manifest").exists();
    assert!(keeps("last-known-line") && keeps("last-known-web"));
    assert!(!keeps("last-known-jobs") && !keeps("last-known"));
}

#[test]
fn a_part_of_a_service_that_does_not_exist_is_refused_in_words() {
    let data = tempfile::tempdir().expect("a folder");
    for role in ["line", "web", "jobs"] {
        let mut command = allo();
        command
            .args(["serve", "--role", role, "--data"])
            .arg(data.path());
        let done = run(&mut command);
        let told = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success());
        assert!(told.contains("--database") && told.contains(role), "{told}");
    }
}

/// Whoever posts, at the node that serves pages.
struct Outside {
    runtime: Runtime,
    client: reqwest::Client,
    token: String,
    http: SocketAddr,
}

impl Outside {
    fn new(data: &std::path::Path, http: SocketAddr) -> Self {
        let credentials = Credentials::read(data).expect("the file of secrets");
        let mut tokens = credentials.tokens.into_iter();
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: reqwest::Client::new(),
            token: tokens.find(|one| one.site == SITE).expect("a token").token,
            http,
        }
    }

    fn post(&self, text: &str) -> String {
        let body = json!({
            "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
            "text": text, "language": "fr",
        });
        let url = format!("http://{}/api/v1/bulletins", self.http);
        let request = self.client.post(url).bearer_auth(&self.token).json(&body);
        let told: Value = self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            answer.json().await.expect("JSON")
        });
        told["id"].as_str().expect("an id").to_owned()
    }

    fn recording(&self, id: &str) -> Option<Vec<u8>> {
        let path = format!("/api/v1/bulletins/{id}/recording?codec=pcma");
        let url = format!("http://{}{path}", self.http);
        let request = self.client.get(url).bearer_auth(&self.token);
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            let octets = answer.status().is_success().then(|| answer.bytes());
            Some(octets?.await.expect("octets").to_vec())
        })
    }
}

const SITE: &str = "engrais-de-la-boucle";
const PAGE: &str = "/rouen_metropole";
const NUMBER: &str = "0805691282";
/// Past the greeting, to the first bulletin.
const KEYS: &str = "@0.2:#";
const LISTEN: Duration = Duration::from_secs(20);
/// A second or two as a rule; the machine may have other work.
const SOON: Duration = Duration::from_secs(60);
