use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{CommandFactory, Parser};
use serde_json::Value;
use server::Settings;
use server::arguments::{self, Arguments};

use super::{deploy, said};
use crate::support::run;

#[test]
fn compose_reads_the_file_that_starts_two_nodes() {
    let read = run(Command::new("docker-compose")
        .arg("--file")
        .arg(root().join("docker-compose.yml"))
        .args(["config", "--quiet"]));
    assert!(read.status.success(), "{}", said(&read));
}

#[test]
fn every_file_that_the_compose_file_names_is_in_the_tree_and_its_secrets_never_are() {
    let all = composed();
    let (mut files, mut volumes, mut secrets) = (vec![], BTreeSet::new(), BTreeSet::new());
    for (_, service) in entries(&all["services"]) {
        match &service["build"] {
            Value::Null => {}
            Value::String(context) => files.push(Path::new(context).join("Dockerfile")),
            build => {
                files.push(Path::new(text(&build["context"])).join(text(&build["dockerfile"])))
            }
        }
        for (source, _) in mounts(service) {
            if source.starts_with('.') {
                files.push(source.into());
            } else {
                volumes.insert(source);
            }
        }
        secrets.extend(words(&service["secrets"]));
    }
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        assert!(root().join(&file).is_file(), "{}", file.display());
    }
    let declared: BTreeSet<_> = entries(&all["volumes"]).map(|(name, _)| name).collect();
    assert_eq!(volumes, declared);

    let declared: BTreeSet<_> = entries(&all["secrets"]).map(|(name, _)| name).collect();
    assert_eq!(secrets, declared);
    for (_, secret) in entries(&all["secrets"]) {
        let file = text(&secret["file"]);
        assert!(file.starts_with("./secrets/"), "{file}");
    }
    // Neither committed nor sent to the builder of the image.
    for (ignoring, line) in [
        (root().join(".gitignore"), "/secrets"),
        (deploy("Dockerfile.dockerignore"), "secrets"),
    ] {
        assert!(read(&ignoring).lines().any(|one| one == line));
    }
}

#[test]
fn the_program_takes_each_command_of_the_compose_file_with_its_environment() {
    let all = composed();
    let services: Vec<_> = entries(&all["services"])
        .filter(|(_, service)| service["image"] == "allo" && service["entrypoint"].is_null())
        .map(|(name, service)| {
            parse(service).unwrap_or_else(|complaint| panic!("{name}: {complaint}"));
            name
        })
        .collect();
    assert_eq!(services, ["first", "migrate", "second"]);
}

#[test]
fn no_node_starts_before_the_tables_are_those_of_its_version_and_no_second_one_without_the_keys() {
    let all = composed();
    let waits = |service: &str, other: &str| {
        text(&all["services"][service]["depends_on"][other]["condition"]).to_owned()
    };
    assert_eq!(waits("migrate", "database"), "service_healthy");
    assert_eq!(waits("first", "migrate"), "service_completed_successfully");
    assert_eq!(waits("keys", "first"), "service_healthy");
    assert_eq!(waits("second", "keys"), "service_completed_successfully");
    let [copied, made] = [("keys", "/first"), ("first", "/var/lib/allo")].map(|(service, at)| {
        mounts(&all["services"][service])
            .find(|(_, target)| *target == at)
            .map(|(source, _)| source)
    });
    assert!(copied.is_some() && copied == made);
}

#[test]
fn kamailio_and_the_nodes_of_the_compose_file_agree_on_every_port() {
    let all = composed();
    let services = &all["services"];
    let nodes = [&services["first"], &services["second"]].map(Node::of);

    let kamailio = &services["kamailio"];
    let config = read(&behind(kamailio, "/etc/kamailio/kamailio.cfg"));
    let list = config
        .lines()
        .find_map(|line| line.strip_prefix("modparam(\"dispatcher\", \"list_file\", \""))
        .and_then(|rest| rest.strip_suffix("\")"))
        .expect("where the list of nodes is");
    let listed: BTreeSet<SocketAddr> = read(&behind(kamailio, list))
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let address = line
                .split("sip:")
                .nth(1)
                .and_then(|it| it.split(';').next());
            address.and_then(|it| it.parse().ok()).expect("an address")
        })
        .collect();
    let answered: BTreeSet<_> = nodes.iter().flat_map(|node| node.sip.clone()).collect();
    assert_eq!(listed, answered);
    let listens: SocketAddr = config
        .lines()
        .find_map(|line| line.strip_prefix("listen=tcp:"))
        .and_then(|address| address.parse().ok())
        .expect("where Kamailio listens");
    assert!(asks(kamailio, listens), "its health is asked elsewhere");

    for (node, service) in nodes.iter().zip(["first", "second"]) {
        let service = &services[service];
        assert_eq!(node.peers, [listens.ip().to_string()]);
        assert!(asks(service, node.http), "its health is asked elsewhere");
        let socket = mounts(&services["database"])
            .find(|(source, _)| *source == "socket")
            .map(|(_, target)| target)
            .expect("where PostgreSQL answers");
        assert!(node.database.ends_with(&format!("?host={socket}")));
        assert!(mounts(service).any(|it| it == ("socket", socket)));
        assert!(
            node.password
                .strip_prefix("/run/secrets/")
                .is_ok_and(|name| words(&service["secrets"]).contains(&name.to_str().unwrap()))
        );
    }
    let [first, second] = nodes;
    assert!(first.http != second.http && first.metrics != second.metrics);
    assert!(first.sound.1 < second.sound.0 || second.sound.1 < first.sound.0);
    assert_ne!(
        services["first"]["hostname"],
        services["second"]["hostname"]
    );
}

/// What a node is started with.
struct Node {
    sip: Vec<SocketAddr>,
    http: SocketAddr,
    metrics: SocketAddr,
    /// First and last port.
    sound: (u16, u16),
    peers: Vec<String>,
    database: String,
    password: PathBuf,
}

impl Node {
    fn of(service: &Value) -> Self {
        let arguments = parse(service).expect("a command of the program");
        let arguments::Command::Serve(serve) = arguments.command else {
            panic!("no node: {:?}", arguments.command);
        };
        let file = serve.config.expect("a configuration");
        let file = Settings::read(&behind(service, file.to_str().unwrap()));
        let settings = serve.settings.or(file.expect("a configuration"));
        let [trunk] = &settings.trunks[..] else {
            panic!("one trunk, Kamailio: {:?}", settings.trunks);
        };
        let ports = settings.rtp_ports.expect("ports for sound");
        let (from, to) = ports.split_once('-').expect("a first and a last port");
        Self {
            sip: settings.sip.expect("an address"),
            http: settings.http.expect("an address"),
            metrics: settings.metrics.expect("an address"),
            sound: (from.parse().unwrap(), to.parse().unwrap()),
            peers: trunk.peers.clone().expect("where Kamailio is"),
            database: settings.database.expect("a database"),
            password: settings.database_password_file.expect("a password"),
        }
    }
}

/// The command of a service as the program reads it, with what its environment says as options.
fn parse(service: &Value) -> Result<Arguments, String> {
    let mut line = vec!["allo".to_owned()];
    line.extend(words(&service["command"]).into_iter().map(str::to_owned));
    let program = Arguments::command();
    let command = program
        .find_subcommand(&line[1])
        .ok_or_else(|| format!("there is no allo {}", line[1]))?;
    for (name, value) in entries(&service["environment"]) {
        let option = command
            .get_arguments()
            .find(|one| one.get_env().is_some_and(|env| env == name))
            .and_then(clap::Arg::get_long)
            .ok_or_else(|| format!("allo {} does not read {name}", line[1]))?;
        line.push(format!("--{option}={}", text(value)));
    }
    Arguments::try_parse_from(line).map_err(|error| error.to_string())
}

/// The file of the tree that a service sees at a path.
fn behind(service: &Value, path: &str) -> PathBuf {
    let mount = mounts(service).find(|(_, target)| *target == path);
    let (source, _) = mount.unwrap_or_else(|| panic!("nothing is mounted at {path}"));
    root().join(source)
}

/// Sources and targets.
fn mounts(service: &Value) -> impl Iterator<Item = (&str, &str)> {
    words(&service["volumes"]).into_iter().map(|mount| {
        let mut parts = mount.split(':');
        let mut next = || parts.next().expect("a source and a target");
        (next(), next())
    })
}

/// Whether the health of a service is asked at an address.
fn asks(service: &Value, address: SocketAddr) -> bool {
    let (host, port) = (address.ip(), address.port());
    words(&service["healthcheck"]["test"])
        .iter()
        .any(|word| word.contains(&format!("/dev/tcp/{host}/{port} ")))
}

/// `docker-compose.yml` with its merges done.
fn composed() -> Value {
    let json = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let read = run(Command::new("/usr/bin/python3")
        .args(["-c", json])
        .arg(root().join("docker-compose.yml")));
    assert!(read.status.success(), "{}", said(&read));
    serde_json::from_slice(&read.stdout).expect("JSON")
}

/// In the order of their names.
fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.as_str(), value))
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|_| panic!("{} is not there", file.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
