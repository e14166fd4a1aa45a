use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::service::{Request, Service, reply};
use crate::support::{House, allo, run};

#[test]
fn each_channel_is_checked_in_one_sentence_and_nobody_is_told_anything() {
    let house = House::open();
    let well = Service::start(|_, stream| reply(stream, "200 OK", "text/plain", b""));
    let stranger = Service::start(|_, stream| reply(stream, "401 Unauthorized", "text/plain", b""));
    let elsewhere = Service::start(|_, stream| reply(stream, "404 Not Found", "text/plain", b""));
    let gone = Service::start(|_, _| {});
    gone.close();
    let folder = tempfile::tempdir().expect("a folder");
    let secret = secret(&folder, "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let weak = self::secret(&folder, "weak", "hunter2");
    let token = self::secret(&folder, "token", &house.token("engrais-de-la-boucle"));
    let wrong = self::secret(&folder, "wrong", "hunter2");
    let webhook = |name: &str, service: &Service, secret: &str| {
        let url = format!("http://{}/allo", service.address);
        table(
            name,
            "rouen_metropole",
            &format!("kind = 'webhook'\nurl = '{url}'\nsecret = {secret}\nprivate-network = true"),
        )
    };
    let relay = |name: &str, token: &str| {
        let url = house.url("");
        table(
            name,
            "rouen_metropole",
            &format!(
                "kind = 'relay'\nurl = '{url}'\nsite = 'engrais-de-la-boucle'\ntoken = {token}"
            ),
        )
    };
    let nowhere = table(
        "nowhere",
        "rouen",
        &format!("kind = 'webhook'\nurl = 'https://codis.example/allo'\nsecret = {secret}"),
    );
    let inside = table(
        "inside",
        "rouen_metropole",
        &format!("kind = 'webhook'\nurl = 'https://localhost:1/allo'\nsecret = {secret}"),
    );
    let tables = [
        webhook("well", &well, &secret),
        webhook("stranger", &stranger, &secret),
        webhook("elsewhere", &elsewhere, &secret),
        webhook("gone", &gone, &secret),
        webhook("weak", &well, &weak),
        webhook("secretless", &well, "{ file = '/nowhere/secret' }"),
        relay("voisin", &token),
        relay("unknown", &wrong),
        nowhere,
        inside,
    ];

    let output = check(house.data(), &folder, &tables.concat());

    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{told}");
    for line in [
        "ok    well: webhook for Rouen Métropole",
        "FAIL  stranger: 127.0.0.1 refuses the signature (401): give both sides the same secret",
        "FAIL  elsewhere: there is nothing at url (404)",
        "FAIL  gone: 127.0.0.1 cannot be reached",
        "FAIL  weak: the secret is not whsec_ and 24 to 64 octets in base64",
        "FAIL  secretless: cannot read the secret /nowhere/secret",
        "ok    voisin: relay for Rouen Métropole",
        "FAIL  unknown: 127.0.0.1 does not know the token (401)",
        "FAIL  nowhere: there is no territory rouen; write one that `allo territory list` shows",
        "FAIL  inside: localhost has an address of a private network",
    ] {
        assert!(told.contains(line), "{line} in {told}");
    }
    assert_eq!(
        told.lines().count(),
        tables.len(),
        "one sentence each: {told}"
    );
    assert!(!told.contains("hunter2"), "{told}");
    let asked = well.requests();
    let kinds: Vec<_> = asked.iter().map(kind).collect();
    assert_eq!(kinds, ["channel.checked"]);
    let signed = &asked[0];
    assert!(signed.header("webhook-signature").starts_with("v1,"));
}

#[test]
fn a_configuration_without_channels_says_so_and_a_wrong_one_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = check(folder.path(), &folder, "");
    assert!(none.status.success());
    assert!(String::from_utf8_lossy(&none.stdout).contains("no channel is named"));

    let colour = table(
        "codis",
        "rouen_metropole",
        "kind = 'webhook'\nurl = 'http://codis.example'\nsecret = { file = 'x' }",
    );
    let refused = check(folder.path(), &folder, &colour);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        told.contains("[[channel]] codis (webhook): url: "),
        "{told}"
    );
    assert!(told.contains("write https://"), "{told}");
}

fn table(name: &str, territory: &str, own: &str) -> String {
    format!("[[channel]]\nname = '{name}'\nterritory = '{territory}'\n{own}\n")
}

/// The place of a secret, as a configuration names it.
fn secret(folder: &TempDir, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;

    let path = folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    let owner = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, owner).expect("its mode");
    format!("{{ file = '{}' }}", path.display())
}

fn check(data: &Path, folder: &TempDir, tables: &str) -> Output {
    let config = folder.path().join("allo.toml");
    std::fs::write(&config, tables).expect("a file");
    run(allo()
        .args(["check", "--channels", "--config"])
        .arg(config)
        .arg("--data")
        .arg(data))
}

fn kind(request: &Request) -> String {
    let body: serde_json::Value = serde_json::from_str(&request.body).expect("JSON");
    body["type"].as_str().unwrap_or_default().to_owned()
}
