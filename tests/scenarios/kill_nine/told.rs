//! What is owed to channels survives as well: the other sides' logs say what they got.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use bulletin::TerritorySlug;
use store::Store;

use super::{SITE, post, random_instant, text, token};
use crate::support::service::{Request, Service, reply};
use crate::support::{House, Program, copy_demonstration_to, eventually, take_turn};

/// Of a run of all tests; `ALLO_KILLS=100` for more.
const KILLS: usize = 10;

#[test]
fn killed_at_random_instants_between_post_and_delivery_each_channel_gets_each_bulletin() {
    let _turn = take_turn();
    let kills = std::env::var("ALLO_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    let program = Service::start(|_: &Request, stream: &mut TcpStream| {
        // So long that many a kill comes while it is being told.
        std::thread::sleep(Duration::from_millis(100));
        reply(stream, "200 OK", "application/json", b"{}");
    });
    let neighbour = House::open();
    let data = tempfile::tempdir().expect("a temporary folder");
    copy_demonstration_to(data.path());
    let config = configuration(data.path(), &program, &neighbour);
    let start = || {
        Program::start_without_demo(data.path(), |command| {
            command.arg("--config").arg(&config);
        })
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut posted = vec![];
    for number in 0..2 * kills {
        if posted.len() == kills {
            break;
        }
        let sender = start();
        let url = format!("http://{}", sender.http);
        // On a busy machine a post may be turned away; what was not acknowledged is owed to nobody.
        if let Some(id) = runtime.block_on(post(&url, &token(&data), number)) {
            posted.push((id, text(number)));
            std::thread::sleep(random_instant(Duration::from_millis(510)));
        }
        sender.kill();
    }
    assert_eq!(posted.len(), kills, "posts are turned away");

    let _sender = start();

    eventually("all that was posted", Duration::from_secs(120), || {
        let (told, shown) = (heard(&program), runtime.block_on(shown(&neighbour)));
        let has_all = posted
            .iter()
            .all(|(id, text)| told.contains_key(&format!("{id}-1")) && shown.contains_key(text));
        has_all.then_some(())
    });
    // Long enough for a second telling of what was told already, if there were one.
    std::thread::sleep(Duration::from_secs(1));
    let (told, shown) = (heard(&program), runtime.block_on(shown(&neighbour)));
    let more_than_once = told.values().filter(|times| **times > 1).count();
    println!(
        "{kills} kills: of {kills} bulletins {more_than_once} came to the program more than once, each under one id"
    );
    assert!(told.len() >= kills, "one id for each bulletin: {told:?}");
    // The neighbour drops what it has had: it has an Idempotency-Key.
    for (_, text) in &posted {
        assert_eq!(shown[text], 1, "{text}");
    }
}

/// The ids that a program was told, and how often.
fn heard(program: &Service) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for request in program.requests() {
        *told
            .entry(request.header("webhook-id").to_owned())
            .or_default() += 1;
    }
    told
}

/// The texts that stand on the page of a neighbour, and how often.
async fn shown(neighbour: &House) -> BTreeMap<String, usize> {
    let store = Store::open(&neighbour.data().join("allo.db")).await;
    let store = store.expect("the rows of the neighbour");
    let rouen = TerritorySlug::parse("rouen_metropole").expect("a slug");
    let archived = store.archived_bulletins(&rouen, 1_000, None).await;
    let mut texts = BTreeMap::new();
    for bulletin in archived.expect("its archive") {
        *texts.entry(bulletin.current().text.clone()).or_default() += 1;
    }
    store.close().await;
    texts
}

fn configuration(folder: &Path, program: &Service, neighbour: &House) -> std::path::PathBuf {
    let secrets = [
        (
            "program",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
        ),
        ("neighbour", neighbour.token(SITE)),
    ];
    let mut tables = String::new();
    for (name, secret) in secrets {
        let path = folder.join(format!("{name}.secret"));
        std::fs::write(&path, secret).expect("a secret");
        let place = format!("{{ file = '{}' }}", path.display());
        let own = match name {
            "program" => format!(
                "kind = 'webhook'\nurl = 'http://{}/'\nsecret = {place}\nprivate-network = true",
                program.address
            ),
            _ => format!(
                "kind = 'relay'\nurl = '{}'\nsite = '{SITE}'\ntoken = {place}",
                neighbour.url("")
            ),
        };
        let _ = write!(
            tables,
            "[[channel]]\nname = '{name}'\nterritory = 'rouen_metropole'\n{own}\n"
        );
    }
    let config = folder.join("allo.toml");
    std::fs::write(&config, tables).expect("a configuration");
    config
}
