use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{House, run, take_turn};

#[test]
fn the_examples_of_the_description_can_be_sent_as_they_stand() {
    let _turn = take_turn();
    let house = House::open();
    let mut sent = 0;
    for (path, operation) in posts(&description(&house)) {
        let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
        for (name, example) in examples.as_object().into_iter().flatten() {
            let id = house.post(SITE, "Bruit de pompe.")["id"].clone();
            let path = path.replace("{id}", id.as_str().expect("an id"));
            let (status, answer) = house.send(Method::POST, &path, SITE, &example["value"]);
            assert_eq!(status, StatusCode::CREATED, "{path} {name}: {answer}");
            sent += 1;
        }
    }
    assert!(sent >= 9, "{sent} examples");
}

#[test]
fn with_a_token_nothing_comes_that_is_not_described() {
    let _turn = take_turn();
    let house = House::open();
    let token = house.token(SITE);
    assert_well(&schemathesis(&house.url(DESCRIPTION), |it| {
        it.args(["--header", &format!("Authorization: Bearer {token}")]);
    }));
}

#[test]
fn without_a_token_nothing_comes_that_is_not_described() {
    let _turn = take_turn();
    let house = House::open();
    assert_well(&schemathesis(&house.url(DESCRIPTION), |_| {}));
}

#[test]
fn a_status_that_is_missing_in_the_description_is_found() {
    let _turn = take_turn();
    let house = House::open();
    let mut lacking = description(&house);
    let responses = &mut lacking["paths"]["/api/v1/bulletins/{id}"]["get"]["responses"];
    let removed = responses.as_object_mut().expect("responses").remove("404");
    assert!(removed.is_some());
    let file = house.data().join("lacking.json");
    std::fs::write(&file, lacking.to_string()).expect("a file");
    let token = house.token(SITE);

    let output = schemathesis(&file.display().to_string(), |it| {
        it.args([
            "--url",
            &house.url("/"),
            "--include-operation-id",
            "readBulletin",
        ])
        .args(["--phases", "examples"])
        .args(["--header", &format!("Authorization: Bearer {token}")]);
    });

    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    assert!(
        said.contains("Undocumented status code") && said.contains("404"),
        "{said}"
    );
}

fn description(house: &House) -> Value {
    house.read_json(DESCRIPTION)
}

/// Path and operation of every POST.
fn posts(description: &Value) -> Vec<(String, Value)> {
    let paths = description["paths"].as_object().expect("paths");
    let posts = paths
        .iter()
        .map(|(path, methods)| (path.clone(), methods["post"].clone()));
    posts
        .filter(|(_, operation)| !operation.is_null())
        .collect()
}

/// Runs every phase over a description.
fn schemathesis(description: &str, change: impl FnOnce(&mut Command)) -> Output {
    let tools = root().join("target/tools/schemathesis");
    assert!(
        tools.is_dir(),
        "scripts/set-up.sh test installs Schemathesis"
    );
    // It leaves a cache where it stands.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("python3");
    command
        .args([
            "-c",
            "from schemathesis.cli import schemathesis; schemathesis()",
        ])
        .arg("--config-file")
        .arg(root().join("tests/scenarios/contract/schemathesis.toml"))
        .args(["run", description])
        .env("PYTHONPATH", &tools)
        .current_dir(folder.path());
    change(&mut command);
    run(&mut command)
}

fn assert_well(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

fn said(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&said).into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

const DESCRIPTION: &str = "/api/openapi.json";
const SITE: &str = "raffinerie-du-meandre";
