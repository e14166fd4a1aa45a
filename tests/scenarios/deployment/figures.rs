use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::Settings;

use super::{deploy, said};
use crate::scenarios::tls::authority::{Authority, secure_house};
use crate::support::{House, run};

#[test]
fn every_figure_of_the_alerts_and_the_dashboard_is_exported_by_a_running_node() {
    let carrier = House::open();
    let authority = Authority::new();
    let house = secure_house(&authority, |settings| {
        let file: Settings = toml::from_str(&format!(
            "dns-servers = '127.0.0.1:9'\n\
             [[channel]]\nname = 'cap'\nterritory = 'rouen_metropole'\nkind = 'cap'\nurl = 'http://127.0.0.1:9/cap'\n\
             private-network = true\n\
             [[trunk]]\nname = 'carrier'\npeers = ['127.0.0.1']\nwatch-seconds = 1\n\
             [trunk.register]\nregistrars = ['sip:{}', 'sip:registrar.invalid']\nusername = 'compte-42'\n",
            carrier.sip()
        ))
        .expect("a configuration");
        *settings = settings.clone().or(file);
    });
    house.dial("0805691282", "", Duration::from_secs(1));
    house.post(
        "raffinerie-du-meandre",
        "Un bruit est audible depuis 14h30.",
    );
    let named: BTreeSet<String> = ["prometheus/alerts.yml", "grafana/allo.json"]
        .iter()
        .flat_map(|file| figures(&read(&deploy(file))))
        .collect();
    assert!(named.len() > 30, "{named:?}");

    let mut missing: Vec<String> = vec![];
    let deadline = Instant::now() + Duration::from_secs(40);
    while Instant::now() < deadline {
        let exported = exported(&house.fetch(&house.metrics_url()));
        missing = named.difference(&exported).cloned().collect();
        if missing.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("nobody exports {missing:?}");
}

#[test]
fn promtool_reads_the_alerts_and_every_expression_of_the_dashboard() {
    let alerts = run(Command::new("promtool")
        .args(["check", "rules"])
        .arg(deploy("prometheus/alerts.yml")));
    assert!(alerts.status.success(), "{}", said(&alerts));

    let dashboard: Value = serde_json::from_str(&read(&deploy("grafana/allo.json"))).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(
        ids.len(),
        panels.len(),
        "each panel has a number of its own"
    );
    let targets = panels
        .iter()
        .filter_map(|panel| panel["targets"].as_array())
        .flatten();
    let rules: Vec<_> = targets
        .enumerate()
        .map(|(number, target)| json!({ "record": format!("allo:panel:{number}"), "expr": target["expr"] }))
        .collect();
    assert!(rules.len() > 25, "{}", rules.len());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dashboard.yml");
    // What is JSON is YAML.
    let groups = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    std::fs::write(&file, groups.to_string()).expect("the rules");

    let read = run(Command::new("promtool").args(["check", "rules"]).arg(&file));

    assert!(read.status.success(), "{}", said(&read));
}

/// Every name that begins as ours do.
fn figures(text: &str) -> BTreeSet<String> {
    let is_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let words = text.split(|one: char| !is_name(one));
    words
        .filter(|word| word.starts_with("allo_"))
        .map(str::to_owned)
        .collect()
}

/// The names of what Prometheus reads.
fn exported(exposition: &str) -> BTreeSet<String> {
    let lines = exposition.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split(['{', ' ']).next())
        .map(str::to_owned)
        .collect()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a file of the tree")
}
