use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::Settings;

use crate::support::service::{Request, Service, reply};
use crate::support::{House, eventually};

const SITE: &str = "engrais-de-la-boucle";
const WELL: [&str; 5] = ["codis", "mairie", "voisin", "cap", "mastodon"];

#[test]
fn of_eight_channels_one_hangs_one_refuses_one_is_slow_and_the_others_and_the_line_do_not_wait() {
    let others = Others::start();
    let house = others.house();

    // Three posts: what the machine is busy with besides may slow one of them, but not the fastest.
    let posts: Vec<_> = (1..=3).map(|number| others.post(&house, number)).collect();

    let fastest = |of: fn(&Posted) -> Duration| posts.iter().map(of).min().expect("three");
    let (told, spoken) = (fastest(|it| it.told), fastest(|it| it.spoken));
    println!("told on five channels after {told:?}, spoken after {spoken:?}");
    assert!(told < Duration::from_secs(2), "told after {told:?}");
    // `make bench` says that it is a second on a machine with nothing else to do; who waits for the hanging one waits 20.
    assert!(spoken < Duration::from_secs(3), "spoken after {spoken:?}");
    for one in &posts {
        others.stands_as_it_is(&house, &one.id);
    }

    // The first ends, and what refused is repaired.
    let id = &posts[0].id;
    house.act(SITE, id, "end", &json!({}));
    eventually("the end", Duration::from_secs(5), || {
        WELL.iter()
            .all(|name| others.has(name, id, 2))
            .then_some(())
    });
    assert!(
        !others.has("refusing", id, 2),
        "its start was not told there"
    );
    others.repaired.store(true, Ordering::Relaxed);
    eventually("what was refused", Duration::from_secs(40), || {
        (state(&house, id, "refusing", 2) == "sent").then_some(())
    });
    assert_eq!(others.order("refusing", id), ["1", "2"]);
    assert_eq!(state(&house, id, "hanging", 1), "queued");
    let figures = house.fetch(&house.metrics_url());
    assert!(
        figure(&figures, "allo_channel_oldest_seconds", "hanging") > 0,
        "{figures}"
    );
}

#[test]
fn a_channel_is_told_of_its_own_territory_only() {
    let others = Others::start();
    let house = others.house();
    let before = others.service("codis").requests().len();

    house.post(
        "raffinerie-du-cap",
        "Grondement passager, sans suite prévue.",
    );
    let id = others.post(&house, 1).id;

    eventually("what was posted afterwards", Duration::from_secs(5), || {
        others.has("codis", &id, 1).then_some(())
    });
    assert_eq!(others.service("codis").requests().len(), before + 1);
}

/// The other sides of eight channels.
struct Others {
    services: Vec<(&'static str, Service)>,
    repaired: Arc<AtomicBool>,
    folder: tempfile::TempDir,
}

/// One post, and how long it took.
struct Posted {
    id: String,
    /// Until the last of the channels that are well had it.
    told: Duration,
    /// Until callers heard it.
    spoken: Duration,
}

impl Others {
    fn start() -> Self {
        let repaired = Arc::new(AtomicBool::new(false));
        let is_repaired = Arc::clone(&repaired);
        let well = |_: &Request, stream: &mut TcpStream| answer(stream, "200 OK");
        let services = vec![
            ("codis", Service::start(well)),
            ("cap", Service::start(well)),
            ("mairie", Service::start(well)),
            ("voisin", Service::start(an_allo)),
            ("mastodon", Service::start(a_network)),
            (
                "hanging",
                Service::start(|_, _| std::thread::sleep(Duration::from_secs(600))),
            ),
            (
                "refusing",
                Service::start(move |_, stream| match is_repaired.load(Ordering::Relaxed) {
                    true => answer(stream, "200 OK"),
                    false => answer(stream, "503 Service Unavailable"),
                }),
            ),
            ("slow", Service::start(drip)),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        write_secret(
            &folder.path().join("secret"),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        );
        Self {
            services,
            repaired,
            folder,
        }
    }

    fn house(&self) -> House {
        let secret = self.folder.path().join("secret");
        let table = |(name, service): &(&str, Service)| {
            let url = format!("http://{}", service.address);
            let place = format!("{{ file = {:?} }}", secret.display().to_string());
            let own = match *name {
                "voisin" => {
                    format!("kind = 'relay'\nurl = '{url}'\nsite = 'usine'\ntoken = {place}")
                }
                "mastodon" => format!("kind = 'mastodon'\nserver = '{url}'\ntoken = {place}"),
                "cap" => format!("kind = 'cap'\nurl = '{url}/cap'\nprivate-network = true"),
                _ => format!(
                    "kind = 'webhook'\nurl = '{url}/allo'\nsecret = {place}\nprivate-network = true"
                ),
            };
            format!("[[channel]]\nname = '{name}'\nterritory = 'rouen_metropole'\n{own}\n")
        };
        let tables: String = self.services.iter().map(table).collect();
        let settings: Settings = toml::from_str(&tables).expect("a configuration");
        House::open_with(settings, |_| {})
    }

    fn post(&self, house: &House, number: u32) -> Posted {
        let begin = Instant::now();
        let text = format!("Un bruit de vapeur est audible, pour la fois numéro {number}.");
        let answer = house.post(SITE, &text);
        let id = answer["id"].as_str().expect("an id").to_owned();
        let (mut told, mut spoken) = (None, None);
        eventually("the channels and the line", Duration::from_secs(10), || {
            if told.is_none() && WELL.iter().all(|name| self.has(name, &id, 1)) {
                told = Some(begin.elapsed());
            }
            if spoken.is_none() && house.recording(SITE, &id).is_some() {
                spoken = Some(begin.elapsed());
            }
            Some(Posted {
                id: id.clone(),
                told: told?,
                spoken: spoken?,
            })
        })
    }

    fn service(&self, name: &str) -> &Service {
        let found = self.services.iter().find(|(one, _)| *one == name);
        &found.expect("a channel").1
    }

    /// The entries of a bulletin that a channel was told, in the order in which they came.
    fn order(&self, name: &str, id: &str) -> Vec<String> {
        let requests = self.service(name).requests();
        let mut entries: Vec<_> = requests
            .iter()
            .filter_map(|one| {
                key(one)
                    .strip_prefix(id)?
                    .strip_prefix('-')
                    .map(str::to_owned)
            })
            .collect();
        entries.dedup();
        entries
    }

    fn has(&self, name: &str, id: &str, entry: u32) -> bool {
        self.order(name, id).contains(&entry.to_string())
    }

    /// API, desk and metrics say of each channel what its other side knows.
    fn stands_as_it_is(&self, house: &House, id: &str) {
        eventually("the first try of all", Duration::from_secs(10), || {
            let refused = attempts(house, id, "refusing") > 0;
            let figures = house.fetch(&house.metrics_url());
            let owed = |name: &str| figure(&figures, "allo_channel_owed", name);
            let sent = WELL
                .iter()
                .all(|name| state(house, id, name, 1) == "sent" && owed(name) == 0);
            (refused && sent).then_some(())
        });
        for name in ["hanging", "refusing", "slow"] {
            assert_eq!(state(house, id, name, 1), "queued", "{name}");
        }
        let figures = house.fetch(&house.metrics_url());
        for name in WELL {
            let line = format!("allo_deliveries_total{{channel=\"{name}\",state=\"sent\"}} 3\n");
            assert!(figures.contains(&line), "{line} in {figures}");
        }
        assert_eq!(figure(&figures, "allo_channel_owed", "hanging"), 3);
        assert_eq!(figure(&figures, "allo_deliveries_total", "hanging"), 0);
        let cookie = house.sign_in(Some(SITE));
        let (_, page) = house.desk(&cookie, &format!("/admin/bulletins/{id}"));
        for name in WELL {
            let light = format!("<strong>Canal ({name}) : en place</strong>");
            assert!(page.contains(&light), "{light} in {page}");
        }
        for name in ["hanging", "refusing", "slow"] {
            let well = format!("<strong>Canal ({name}) : en place</strong>");
            assert!(!page.contains(&well), "{well} in {page}");
        }
        assert!(page.contains("127.0.0.1 is in trouble (503)"), "{page}");
    }
}

/// What the other side is to recognise an entry by.
fn key(request: &Request) -> &str {
    match request.header("webhook-id") {
        "" => request
            .header("idempotency-key")
            .trim_start_matches("allo-"),
        id => id,
    }
}

fn deliveries(house: &House, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/bulletins/{id}");
    let read = house.find(SITE, &path).expect("the bulletin");
    let read: Value = serde_json::from_slice(&read).expect("JSON");
    read["deliveries"].as_array().expect("a list").clone()
}

fn delivery(house: &House, id: &str, channel: &str, entry: u32) -> Value {
    let all = deliveries(house, id).into_iter();
    let mut ours = all.filter(|one| one["channel"] == channel && one["entry"] == entry);
    ours.next().unwrap_or_default()
}

fn state(house: &House, id: &str, channel: &str, entry: u32) -> String {
    let one = delivery(house, id, channel, entry);
    one["state"].as_str().unwrap_or_default().to_owned()
}

fn attempts(house: &House, id: &str, channel: &str) -> u64 {
    delivery(house, id, channel, 1)["attempts"]
        .as_u64()
        .unwrap_or(0)
}

/// The value of the first line of a figure of one channel.
fn figure(figures: &str, name: &str, channel: &str) -> i64 {
    let beginning = format!("{name}{{channel=\"{channel}\"");
    let line = figures.lines().find(|line| line.starts_with(&beginning));
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.unwrap_or_else(|| panic!("{beginning} in {figures}"))
}

fn answer(stream: &mut TcpStream, status: &str) {
    reply(stream, status, "application/json", b"{}");
}

/// Posts are answered as an Allo answers them.
fn an_allo(_: &Request, stream: &mut TcpStream) {
    let body = json!({ "id": "aaaaaaaaaaaa", "url": "https://voisin.example/rouen/aaaaaaaaaaaa" });
    reply(
        stream,
        "201 Created",
        "application/json",
        body.to_string().as_bytes(),
    );
}

/// Sound and texts are answered as Mastodon answers them.
fn a_network(request: &Request, stream: &mut TcpStream) {
    let body = match request.path.as_str() {
        "/api/v2/media" => {
            json!({ "id": "5", "type": "audio", "url": "https://mastodon.example/5.wav" })
        }
        _ => {
            json!({ "id": "1001", "url": "https://mastodon.example/@allo/1001", "uri": "https://mastodon.example/1001" })
        }
    };
    reply(
        stream,
        "200 OK",
        "application/json",
        body.to_string().as_bytes(),
    );
}

/// One octet a second, without end.
fn drip(_: &Request, stream: &mut TcpStream) {
    use std::io::Write;

    for octet in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        .iter()
        .cycle()
    {
        if stream.write_all(&[*octet]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn write_secret(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a secret");
}
