use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use bulletin::BulletinId;
use serde_json::{Value, json};
use store::{Alert, MilestonePlace, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{Program, allo, eventually, listen, run};

#[test]
fn callers_without_a_bulletin_raise_one_alert_within_seconds_and_a_bulletin_ends_it() {
    let town = Town::open();
    town.call(11, "0800101093", "", BRIEF);
    town.call(11, "0800101094", "", BRIEF);

    let open = town.wait_for_alerts("an alert", |open| !open.is_empty());
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].what.territory.as_str(), "silence");
    assert!(open[0].what.told["calls"].as_u64() >= Some(10), "{open:?}");
    let figures = town.program.figures();
    for line in [
        "allo_surge{territory=\"silence\"} 1",
        "allo_alerts_total{kind=\"surge\"} 1",
    ] {
        assert!(figures.lines().any(|one| one == line), "{line}\n{figures}");
    }
    town.call(3, "0800101093", "", BRIEF);

    let posted = town.post("silence", "Un bruit de vapeur s'entend.");
    town.wait_for_alerts("the end of the alert", <[Alert]>::is_empty);
    let all = town.block_on(town.store.alerts(None, 9));
    assert_eq!(all.len(), 1, "one for the episode: {all:?}");

    // Key 6 asks what is noticed, key 2 says a smell: the bulletin tells of a noise.
    town.wait_for_voice(&posted);
    town.call(3, "0800101093", "6,2", LONG);
    let open = town.wait_for_alerts("what callers notice", |open| !open.is_empty());
    assert_eq!(open[0].what.told["noticed"], json!({ "smell": 3 }));
    assert_eq!(open[0].what.told["calls"], 0);

    town.call(1, "0800101093", "#,#", LONG);
    let found = eventually("the first caller", Duration::from_secs(5), || {
        let found = town.block_on(town.store.milestones(&posted));
        let heard = found.iter().any(|one| one.place == MilestonePlace::Heard);
        heard.then_some(found)
    });
    let places: Vec<_> = found.iter().map(|one| (one.entry, one.place)).collect();
    assert_eq!(
        places,
        [
            (1, MilestonePlace::Page),
            (1, MilestonePlace::Line),
            (0, MilestonePlace::Heard)
        ]
    );
}

/// Two territories: of one nothing is posted, the other has a bulletin.
struct Town {
    program: Program,
    tokens: HashMap<&'static str, String>,
    store: Store,
    runtime: Runtime,
    _data: TempDir,
}

impl Town {
    fn open() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut tokens = HashMap::new();
        for (slug, number) in [("silence", "0800101093"), ("bruit", "0800101094")] {
            let administer = |arguments: &[&str]| administer(data.path(), arguments);
            administer(&["territory", "add", slug, "--name", slug, "--number", number]);
            let place = ["--territory", slug, "--name", slug, "--commune", "Rives"];
            administer(&[&["site", "add", slug], &place[..]].concat());
            administer(&["territory", "set", slug, "--ask-noticed", "on"]);
            tokens.insert(slug, administer(&["token", "add", "--site", slug]));
        }
        let program = Program::start_without_demo(data.path(), |_| {});
        let runtime = Runtime::new().expect("a runtime");
        let store = runtime.block_on(Store::open(&data.path().join("allo.db")));
        let town = Self {
            program,
            tokens,
            store: store.expect("the database"),
            runtime,
            _data: data,
        };
        town.post("bruit", "Un bruit de vapeur s'entend.");
        town
    }

    /// So many people at once.
    fn call(&self, people: usize, number: &str, keys: &str, limit: Duration) {
        let target = format!("sip:{number}@{}", self.program.sip);
        std::thread::scope(|threads| {
            for _ in 0..people {
                threads.spawn(|| listen(&target, keys, limit));
            }
        });
    }

    fn post(&self, site: &str, text: &str) -> BulletinId {
        let asked = reqwest::Client::new()
            .post(format!("http://{}/api/v1/bulletins", self.program.http))
            .bearer_auth(&self.tokens[site])
            .json(&json!({
                "site": site, "kind": "unplanned", "events": ["noise"], "nuisances": [],
                "text": text, "language": "fr",
            }))
            .send();
        let answer: Value = self.runtime.block_on(async {
            let answer = asked.await.expect("an answer");
            answer.json().await.expect("JSON")
        });
        let id = answer["id"].as_str();
        BulletinId::parse(id.unwrap_or_else(|| panic!("{answer}"))).expect("an id")
    }

    /// Until callers hear it.
    fn wait_for_voice(&self, posted: &BulletinId) {
        eventually("the voice", Duration::from_secs(30), || {
            let found = self.block_on(self.store.milestones(posted));
            let is_heard = found.iter().any(|one| one.place == MilestonePlace::Line);
            is_heard.then_some(())
        });
    }

    /// Ten seconds: the promise is some seconds after the call that makes it an alert.
    fn wait_for_alerts(&self, what: &str, fits: impl Fn(&[Alert]) -> bool) -> Vec<Alert> {
        eventually(what, Duration::from_secs(10), || {
            let open = self.block_on(self.store.open_alerts());
            fits(&open).then_some(open)
        })
    }

    fn block_on<T>(&self, asked: impl Future<Output = store::Result<T>>) -> T {
        self.runtime.block_on(asked).expect("the database answers")
    }
}

fn administer(data: &Path, arguments: &[&str]) -> String {
    let done = run(allo().args(arguments).arg("--data").arg(data));
    let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// Long enough to be answered.
const BRIEF: Duration = Duration::from_millis(300);
/// Long enough for the question and its answer.
const LONG: Duration = Duration::from_millis(7_500);
