use std::path::Path;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::demo::Credentials;

use crate::support::{House, Program, eventually};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn texts_that_cannot_be_said_are_refused_in_words() {
    let house = House::open();
    let too_long = "bruit ".repeat(1667);
    for text in [
        "",
        "   ",
        "🔥🔥🔥",
        "bruit\u{0}",
        "bruit \u{202e}enversé",
        &too_long,
        "!!! ??? ...",
    ] {
        let (status, problem) = post(&house, text);
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{text:.20?}: {problem}"
        );
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.len() > 20, "{detail}");
    }
}

#[test]
fn texts_that_mean_harm_are_spoken_safely_and_escaped() {
    let house = House::open();
    let trap = house.data().join("written-by-the-voice");
    let markup = format!(
        "Bruit <genfile file=\"{trap}\">bip</genfile> <play file=\"/etc/hostname\"/> <speed level=\"1\">",
        trap = trap.display()
    );
    let texts = [
        markup.as_str(),
        "- Bruit de tiret au début",
        "--version Bruit d'option",
        "Bruit [[a e i]] {x} \\pau=9999\\ `id` $(id) | cat",
        "Bruit 🔥 de torche 🏭 #torche @Sdis76 https://example.org/a?b=c",
        "<script>alert(1)</script> bruit &]]> \"guillemets\"",
        "Bruit\nsur\tdeux lignes 999999999999999999999999999999 fois 14h30",
    ];
    for text in texts {
        let (status, answer) = post(&house, text);
        assert_eq!(status, StatusCode::CREATED, "{text}: {answer}");
        let id = answer["id"].as_str().expect("an id");
        let octets = eventually("the recording", Duration::from_secs(15), || {
            house.recording(SITE, id)
        });
        assert!(
            (8_000..800_000).contains(&octets.len()),
            "{text}: {} octets",
            octets.len()
        );
    }
    assert!(!trap.exists(), "the voice wrote a file");
    let (_, page) = house.read("/rouen_metropole");
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("alert(1)"), "shown as it was written");
    let (status, _) = house.read("/readyz");
    assert_eq!(status, StatusCode::OK);
}

/// What is written, whether it is kept, and what a page must hold of it.
const TABLE: [(&str, Option<&str>); 12] = [
    (
        "Bruit zébré <script>alert(1)</script>",
        Some("&#60;script&#62;alert(1)&#60;/script&#62;"),
    ),
    (
        "Bruit zébré <img src=x onerror=alert(1)>",
        Some("&#60;img src=x onerror=alert(1)&#62;"),
    ),
    (
        "Bruit zébré &]]> &amp; ]]&gt;",
        Some("&#38;]]&#62; &#38;amp; ]]&#38;gt;"),
    ),
    (
        "Bruit zébré \" onmouseover=\"alert(1) '",
        Some("&#34; onmouseover=&#34;alert(1) &#39;"),
    ),
    (
        "Bruit zébré {{7*7}} ${7*7} %s %n \\u003c",
        Some("{{7*7}} ${7*7} %s %n \\u003c"),
    ),
    (
        "=cmd|'/C calc'!A0 bruit zébré",
        Some("=cmd|&#39;/C calc&#39;!A0"),
    ),
    (
        "Bruit zébré\n2026-01-01T00:00:00Z ERROR forged\n\tfin",
        Some("<p>2026-01-01T00:00:00Z ERROR forged</p>"),
    ),
    (
        "Bruit zébré '); DROP TABLE entries; --",
        Some("&#39;); DROP TABLE entries; --"),
    ),
    ("Bruit zébré\u{1b}[31m rouge", None),
    ("Bruit zébré \u{202e}erialc", None),
    ("Bruit zébré\u{0}", None),
    ("Bruit zébré\u{9b}31m", None),
];

#[test]
fn hostile_text_is_text_wherever_it_comes_out() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let log = data.path().join("log");
    let program = Program::start_logged(data.path(), &log, |it| {
        it.env("RUST_LOG", "trace");
    });
    let poster = Poster::of(data.path(), &program);
    let mut kept = vec![];
    for (text, shown) in TABLE {
        let (status, answer) = poster.post(text);
        if shown.is_some() {
            assert_eq!(status, StatusCode::CREATED, "{text:?}: {answer}");
            kept.push((
                answer["id"].as_str().expect("an id").to_owned(),
                text,
                shown,
            ));
        } else {
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{text:?}");
        }
    }

    let programme: Value = serde_json::from_str(&program.read("/rouen_metropole.json")).unwrap();
    for (id, text, shown) in &kept {
        let shown = shown.expect("it was kept");
        for page in [
            "/rouen_metropole".to_owned(),
            "/rouen_metropole/archives".to_owned(),
            format!("/rouen_metropole/{id}"),
        ] {
            let html = program.read(&page);
            assert!(html.contains(shown), "{page}: {shown}");
            assert!(
                !html.contains("<script") && !html.contains("<img"),
                "{page}"
            );
        }
        let all = programme["ongoing"].as_array().expect("a list");
        let item = all.iter().find(|item| item["id"] == **id).expect("it");
        assert_eq!(item["text"], *text);
        let own = poster.read(&format!("/api/v1/bulletins/{id}"));
        assert_eq!(own["thread"][0]["text"], *text);
    }
    let problem = poster.post_fields(&json!({ "<script>\u{1b}[31m\n": 1 }));
    assert!(
        problem["detail"]
            .as_str()
            .expect("words")
            .contains("<script>")
    );

    program.kill();
    let log = std::fs::read_to_string(&log).expect("the log");
    assert!(log.len() > 10_000, "everything is in it");
    assert!(!log.contains("zébré"), "what people write is in no log");
    assert!(!log.contains('\u{1b}') && !log.contains('\u{9b}') && !log.contains('\0'));
    let forged = log.lines().find(|line| line.starts_with("2026-01-01"));
    assert_eq!(forged, None);
}

/// Whoever posts for the site to a program of its own.
struct Poster {
    runtime: tokio::runtime::Runtime,
    url: String,
    token: String,
}

impl Poster {
    fn of(data: &Path, program: &Program) -> Self {
        let tokens = Credentials::read(data).expect("the file of secrets").tokens;
        let token = tokens.into_iter().find(|one| one.site == SITE);
        Self {
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
            url: format!("http://{}", program.http),
            token: token.expect("a token of the site").token,
        }
    }

    fn post(&self, text: &str) -> (StatusCode, Value) {
        self.send(&body(text))
    }

    fn post_fields(&self, body: &Value) -> Value {
        self.send(body).1
    }

    fn send(&self, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/api/v1/bulletins", self.url);
        let request = reqwest::Client::new().post(url).json(body);
        self.answer(request)
    }

    fn read(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.url);
        self.answer(reqwest::Client::new().get(url)).1
    }

    fn answer(&self, request: reqwest::RequestBuilder) -> (StatusCode, Value) {
        self.runtime.block_on(async {
            let answer = request.bearer_auth(&self.token).send().await;
            let answer = answer.expect("an answer");
            (answer.status(), answer.json().await.expect("JSON"))
        })
    }
}

fn body(text: &str) -> Value {
    json!({
        "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": ["noise"],
        "text": text, "language": "fr",
    })
}

fn post(house: &House, text: &str) -> (StatusCode, Value) {
    house.send(Method::POST, "/api/v1/bulletins", SITE, &body(text))
}
