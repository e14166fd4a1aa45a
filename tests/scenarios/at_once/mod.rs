use std::collections::BTreeSet;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use server::demo::Credentials;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::support::Program;

#[test]
fn twenty_operators_who_post_at_once_are_all_kept_once_and_in_one_order() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let posts = (0..OPERATORS).map(|number| {
        let (site, token) = site(data.path(), number);
        let text = format!("Bruit de compresseur numéro {number}.");
        Post::new(&program, "/api/v1/bulletins", &token, &noise(&site, &text))
            .with_key(&format!("click-{number}"))
    });

    let answers = all_at_once(posts);

    let mut ids = BTreeSet::new();
    for (status, answer) in &answers {
        assert_eq!(*status, StatusCode::CREATED, "{answer}");
        ids.insert(answer["id"].as_str().expect("an id").to_owned());
    }
    assert_eq!(ids.len(), OPERATORS, "each has a bulletin of its own");
    let order = order(&program, &ids);
    assert_eq!(order.len(), OPERATORS, "each is there once");
    for page in ["/rouen_metropole", "/rouen_metropole/archives"] {
        let page = program.read(page);
        let place = |id: &String| page.find(&format!("b-{id}"));
        let places: Vec<_> = order
            .iter()
            .map(|id| place(id).unwrap_or_else(|| panic!("{id} is not on {page:.300}")))
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    program.kill();
    let program = Program::start(data.path(), |_| {});
    assert_eq!(self::order(&program, &ids), order);
}

#[test]
fn fifty_clicks_at_once_with_one_key_publish_once_and_are_answered_alike() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let (site, token) = site(data.path(), 0);
    let body = noise(&site, "Bruit de soupape, entendu de loin.");
    let click =
        |_| Post::new(&program, "/api/v1/bulletins", &token, &body).with_key("one-and-the-same");

    let answers = all_at_once((0..50).map(click));

    let (first, id) = (&answers[0].1, &answers[0].1["id"]);
    for (status, answer) in &answers {
        assert_eq!((*status, answer), (StatusCode::CREATED, first));
    }
    let programme = programme(&program);
    let kept = programme.iter().filter(|it| it["text"] == body["text"]);
    assert_eq!(kept.map(|it| &it["id"]).collect::<Vec<_>>(), [id]);
}

#[test]
fn of_twenty_entries_at_once_for_one_thread_each_is_kept_once_or_refused_in_words() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    let (site, token) = site(data.path(), 0);
    let first = Post::new(
        &program,
        "/api/v1/bulletins",
        &token,
        &noise(&site, "Bruit de torche."),
    );
    let id = all_at_once([first]).remove(0).1["id"].clone();
    let path = format!("/api/v1/bulletins/{}/updates", id.as_str().expect("an id"));
    let texts: Vec<_> = (0..20)
        .map(|number| format!("Bruit, suite {number}."))
        .collect();
    let posts = texts
        .iter()
        .map(|text| Post::new(&program, &path, &token, &json!({ "text": text })));

    let answers = all_at_once(posts);

    let programme = programme(&program);
    let bulletin = programme.iter().find(|it| it["id"] == id).expect("it");
    let thread = bulletin["thread"].as_array().expect("a thread");
    for ((status, answer), text) in answers.iter().zip(&texts) {
        let kept = thread.iter().filter(|entry| entry["text"] == **text);
        match *status {
            StatusCode::CREATED => assert_eq!(kept.count(), 1, "{text}"),
            StatusCode::CONFLICT => {
                assert_eq!(kept.count(), 0, "{text}");
                assert_eq!(answer["type"], "urn:problem-type:allo:changed-meanwhile");
            }
            other => panic!("{other}: {answer}"),
        }
    }
    let numbers: Vec<_> = thread.iter().map(|entry| entry["number"].clone()).collect();
    let expected: Vec<_> = (1..=thread.len()).map(Value::from).collect();
    assert_eq!(numbers, expected, "without a gap");
    assert!(thread.len() > 1, "the first of them comes through");
}

/// A site of Rouen and its token.
fn site(data: &Path, number: usize) -> (String, String) {
    let tokens = Credentials::read(data).expect("the file of secrets").tokens;
    let sites: Vec<_> = tokens
        .into_iter()
        .filter(|one| one.territory == "rouen_metropole")
        .collect();
    let one = &sites[number % sites.len()];
    (one.site.clone(), one.token.clone())
}

fn noise(site: &str, text: &str) -> Value {
    json!({ "site": site, "kind": "unplanned", "events": ["noise"], "text": text })
}

/// What callers of Rouen hear.
fn programme(program: &Program) -> Vec<Value> {
    let page = program.read("/rouen_metropole.json");
    let page: Value = serde_json::from_str(&page).expect("JSON");
    page["ongoing"].as_array().expect("a list").clone()
}

/// These bulletins in the order in which callers hear them.
fn order(program: &Program, ids: &BTreeSet<String>) -> Vec<String> {
    let programme = programme(program);
    let all = programme.iter().filter_map(|it| it["id"].as_str());
    all.filter(|id| ids.contains(*id))
        .map(str::to_owned)
        .collect()
}

/// A post that has still to be sent.
struct Post(reqwest::RequestBuilder);

impl Post {
    fn new(program: &Program, path: &str, token: &str, body: &Value) -> Self {
        let url = format!("http://{}{path}", program.http);
        // A client each: a connection each.
        let client = reqwest::Client::new();
        Self(client.post(url).bearer_auth(token).json(body))
    }

    fn with_key(self, key: &str) -> Self {
        Self(self.0.header("Idempotency-Key", key))
    }
}

/// Sends all of them in one moment; the answers in the order of the posts.
fn all_at_once(posts: impl IntoIterator<Item = Post>) -> Vec<(StatusCode, Value)> {
    let posts: Vec<_> = posts.into_iter().collect();
    Runtime::new().expect("a runtime").block_on(async {
        let gate = std::sync::Arc::new(tokio::sync::Barrier::new(posts.len()));
        let mut sent = JoinSet::new();
        for (place, Post(request)) in posts.into_iter().enumerate() {
            let gate = gate.clone();
            sent.spawn(async move {
                gate.wait().await;
                let answer = request.send().await.expect("an answer");
                (place, answer.status(), answer.json().await.expect("JSON"))
            });
        }
        let mut answers = sent.join_all().await;
        answers.sort_by_key(|(place, ..)| *place);
        let answers = answers.into_iter();
        answers
            .map(|(_, status, answer)| (status, answer))
            .collect()
    })
}

const OPERATORS: usize = 20;
