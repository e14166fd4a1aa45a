use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, header};
use serde_json::Value;
use server::demo::Credentials;
use store::Role;
use tokio::runtime::Runtime;

use crate::support::{Program, address_of, allo, eventually, hire, open_login, run};

#[test]
fn whoever_reads_whatever_changes_no_row() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    waits_for_its_work(&program, data.path());
    let client = Client::new(&program);
    let tokens = tokens(data.path());
    let addresses = addresses(&program);

    let before = rows(data.path());
    let mut answers = BTreeMap::<u16, usize>::new();
    for token in &tokens {
        for path in &addresses {
            for method in [Method::GET, Method::HEAD] {
                let (status, _) = client.ask(&method, path, Some(token), None);
                *answers.entry(status).or_default() += 1;
            }
        }
    }

    assert_unchanged(data.path(), &before);
    assert!(answers[&200] > 100, "{answers:?}");
}

#[test]
fn whoever_follows_every_link_of_the_desk_changes_no_row() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let program = Program::start(data.path(), |_| {});
    waits_for_its_work(&program, data.path());
    let client = Client::new(&program);
    let people = people(data.path());

    let before = rows(data.path());
    for (who, login) in &people {
        let (mut seen, mut of_one_page) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
        let mut to_read = vec!["/admin".to_owned()];
        while let Some(path) = to_read.pop() {
            let page = path.split('?').next().unwrap_or_default();
            let of_this_page = of_one_page.entry(page.to_owned()).or_default();
            // A year of days, and every way to sort a list, are the same page.
            if *of_this_page == MOST_OF_ONE_PAGE || !seen.insert(path.clone()) {
                continue;
            }
            *of_this_page += 1;
            let (status, text) = client.ask(&Method::GET, &path, None, Some(login));
            assert!(status < 500, "{who} {path}: {status}");
            to_read.extend(links(&text));
        }
        let enough = if login.is_empty() { 1 } else { 3 };
        assert!(seen.len() >= enough, "{who}: {seen:?}");
    }

    assert_unchanged(data.path(), &before);
}

const MOST_OF_ONE_PAGE: usize = 4;

/// A token of each site, one that reads, one of nobody and none.
fn tokens(data: &Path) -> Vec<String> {
    let demo = Credentials::read(data).expect("the file of secrets").tokens;
    let mut tokens: Vec<_> = demo.into_iter().map(|one| one.token).collect();
    let made = run(allo()
        .args(["token", "add", "--site", SITE, "--scope", "read", "--data"])
        .arg(data));
    let reader = String::from_utf8(made.stdout).expect("a token");
    tokens.extend([reader.trim().to_owned(), "nobody".to_owned(), String::new()]);
    tokens
}

/// One of each role with an open login, and nobody.
fn people(data: &Path) -> Vec<(String, String)> {
    let runtime = Runtime::new().expect("a runtime");
    let mut who = vec![address_of(data, None), address_of(data, Some(SITE))];
    runtime.block_on(async {
        for role in [Role::Manager, Role::Auditor] {
            let email = format!("{}@allo.example", role.as_str());
            hire(data, &email, role).await;
            who.push(email);
        }
        let mut people = vec![("nobody".to_owned(), String::new())];
        for email in who {
            let login = open_login(data, &email).await;
            people.push((email, login));
        }
        people
    })
}

/// Every address that the description and the pages know, of things that are there and of things that are not.
fn addresses(program: &Program) -> BTreeSet<String> {
    let json = |path: &str| -> Value { serde_json::from_str(&program.read(path)).expect("JSON") };
    let programme = json("/rouen_metropole.json");
    let bulletin = &programme["ongoing"][0];
    let id = bulletin["id"].as_str().expect("an id");
    let audio = bulletin["audio"].as_str().expect("its sound");
    let permalink = format!("/rouen_metropole/{id}");
    let mut addresses: BTreeSet<String> = [
        "/",
        "/rouen_metropole",
        "/rouen_metropole/archives",
        "/rouen_metropole/archives?avant=0",
        "/nowhere",
        "/admin",
        &permalink,
        audio,
    ]
    .map(str::to_owned)
    .into();
    let description = json("/api/openapi.json");
    for path in description["paths"].as_object().expect("paths").keys() {
        let path = path
            .replace("{territory}", "rouen_metropole")
            .replace("{slug}", "rouen_metropole");
        addresses.extend([id, "zzzzzzzzzzzz"].map(|name| path.replace("{id}", name)));
    }
    addresses
}

/// Where the links of a page lead within this service.
fn links(html: &str) -> Vec<String> {
    let links = html.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split_once('"').map(|(link, _)| link));
    links
        .filter(|link| link.starts_with('/'))
        .map(|link| link.split('#').next().unwrap_or_default())
        .map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

/// Somebody who reads.
struct Client {
    runtime: Runtime,
    client: reqwest::Client,
    url: String,
}

impl Client {
    fn new(program: &Program) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: client.build().expect("a client"),
            url: format!("http://{}", program.http),
        }
    }

    fn ask(
        &self,
        method: &Method,
        path: &str,
        token: Option<&str>,
        login: Option<&str>,
    ) -> (u16, String) {
        let url = format!("{}{path}", self.url);
        let mut request = self.client.request(method.clone(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(login) = login {
            request = request.header(header::COOKIE, format!("__Host-login={login}"));
        }
        self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            let status = answer.status().as_u16();
            let octets = answer.bytes().await.expect("octets");
            (status, String::from_utf8_lossy(&octets).into_owned())
        })
    }
}

/// Until the demonstration is spoken and no job is due.
fn waits_for_its_work(program: &Program, data: &Path) {
    program.waits_for_its_voices();
    let due = "SELECT COUNT(*) FROM jobs WHERE run_at < strftime('%Y-%m-%dT%H:%M:%f', 'now', '+60 seconds')";
    eventually("the end of all work", Duration::from_secs(60), || {
        (sqlite3(data, due).trim() == "0").then_some(())
    });
}

/// Every row of the database as SQL, without the queue, without when tokens and logins were last of use, and without
/// what the program says of itself every few seconds.
fn rows(data: &Path) -> BTreeSet<String> {
    let moving = ["jobs", "tokens", "logins", "nodes", "sqlite_sequence"]
        .map(|it| format!("INSERT INTO {it} "));
    let dump = sqlite3(data, ".dump");
    let counted = dump
        .lines()
        .filter(|line| !moving.iter().any(|start| line.starts_with(start)));
    let rows: BTreeSet<_> = counted.map(str::to_owned).collect();
    assert!(rows.len() > 100, "{} lines", rows.len());
    rows
}

fn assert_unchanged(data: &Path, before: &BTreeSet<String>) {
    let after = rows(data);
    let changed: Vec<_> = before
        .symmetric_difference(&after)
        .map(|row| row.chars().take(120).collect::<String>())
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

fn sqlite3(data: &Path, command: &str) -> String {
    let output = run(Command::new("sqlite3")
        .arg(data.join("allo.db"))
        .arg(command));
    assert!(output.status.success(), "sqlite3 reads the rows");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SITE: &str = "raffinerie-du-meandre";
