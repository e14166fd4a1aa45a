//! A house for tests: two territories, three sites, a token each, four people, and a clock that the test sets.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use arc_swap::ArcSwap;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::{Router, body::Bytes};
use bulletin::{
    BulletinId, DialledNumber, Language, Site, SiteSlug, Territory, TerritorySlug, programme,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sha2::{Digest, Sha256};
use store::{By, Keys, NewToken, Person, Recording, Role, Scope, Store, TelephoneKey};
use tempfile::TempDir;
use tokio::sync::{Notify, OnceCell};
use tower::ServiceExt;
use web::{
    Aloud, Ancestor, App, Concern, Fault, KeyMaker, NewKey, NoKey, NotRead, NotRecorded, Pages,
    Passage, Proof, Publisher, Recorded, Snapshot, Speech, router,
};

pub(crate) const REFINERY: &str = "secret-of-the-refinery";
pub(crate) const FERTILISER: &str = "secret-of-the-fertiliser-works";

/// Posts for the refinery.
pub(crate) const OPERATOR: &str = "operator@allo.example";
/// Looks after Rouen.
pub(crate) const MANAGER: &str = "manager@allo.example";
/// May everything.
pub(crate) const ADMINISTRATOR: &str = "administrator@allo.example";
/// Reads Rouen.
pub(crate) const AUDITOR: &str = "auditor@allo.example";
/// Of each of them.
pub(crate) const PASSWORD: &str = "girafe violon brouillard";
/// Of each of them: the secret of the second factor.
pub(crate) const TOTP: [u8; 20] = *b"12345678901234567890";

/// The application with everything it needs, and the handles that a test pulls.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) app: App,
    pub(crate) concerns: Arc<Mutex<Vec<Concern>>>,
    router: Router,
    clock: Arc<Mutex<Timestamp>>,
    folder: TempDir,
}

impl House {
    /// Monday 23 November 2026, 14:32 in Paris; nothing posted yet.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("allo.sqlite");
        std::fs::write(&rows, furnished().await).unwrap();
        let store = Store::open(&rows).await.unwrap();
        let clock = Arc::new(Mutex::new("2026-11-23T13:32:00Z".parse().unwrap()));
        let concerns = Arc::new(Mutex::new(vec![]));
        let app = app(&store, &clock, &concerns);
        let house = Self {
            router: router(app.clone()),
            store,
            app,
            concerns,
            clock,
            folder,
        };
        house.refresh().await;
        house
    }

    /// Everything that is written: the database, and what is on its way into it.
    pub(crate) fn octets_on_disk(&self) -> Vec<u8> {
        let read = |name| std::fs::read(self.folder.path().join(name)).unwrap_or_default();
        [read("allo.sqlite"), read("allo.sqlite-wal")].concat()
    }

    /// The same rows behind another application.
    pub(crate) fn serve_with(&mut self, change: impl FnOnce(&mut App)) {
        change(&mut self.app);
        self.router = router(self.app.clone());
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// A number that no other call has given.
    pub(crate) fn draw(&self) -> u64 {
        u64::from_be_bytes((self.app.random)())
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: u64) {
        *self.clock.lock().unwrap() += std::time::Duration::from_secs(seconds);
    }

    pub(crate) fn set_clock(&self, at: &str) {
        *self.clock.lock().unwrap() = at.parse().unwrap();
    }

    /// What readers may see, read anew.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        snapshot(&self.store, self.now(), Arc::new(publisher())).await
    }

    /// Shows readers this, whatever the rows say.
    pub(crate) fn show(&self, snapshot: &Snapshot) {
        self.app
            .pages
            .store(Arc::new(Pages::render(snapshot, &Pages::default())));
    }

    pub(crate) async fn refresh(&self) {
        (self.app.refresh)().await;
    }

    /// The pages as they are where people reach them at an address.
    pub(crate) async fn refresh_at(&self, public_url: &str) {
        let publisher = Publisher {
            public_url: public_url.to_owned(),
            ..publisher()
        };
        let snapshot = snapshot(&self.store, self.now(), Arc::new(publisher)).await;
        self.show(&snapshot);
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn get_as(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.send(post_request(token, path).body(body.into()).unwrap())
            .await
    }

    /// Posts [`flare`] for the refinery and gives the id.
    pub(crate) async fn post_flare(&self) -> String {
        let answer = self
            .post(REFINERY, "/api/v1/bulletins", flare().to_string())
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Adds a territory to learn in, with a site and its token.
    pub(crate) async fn open_school(&self) -> School {
        let territory = Territory {
            slug: TerritorySlug::parse("ecole").unwrap(),
            name: "Entraînement".to_owned(),
            spoken_name: "Entraînement".to_owned(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
            numbers: vec![],
        };
        let store = &self.store;
        store
            .add_territory(&territory, true, &[], by())
            .await
            .unwrap();
        let site = Site {
            slug: SiteSlug::parse("usine-ecole").unwrap(),
            territory: territory.slug,
            name: "Usine école".to_owned(),
            spoken_name: "Usine école".to_owned(),
            commune: "Rouen".to_owned(),
        };
        store.add_site(&site, &[], by()).await.unwrap();
        let school = School {
            token: "secret-of-the-school",
        };
        let token = NewToken {
            id: "school".to_owned(),
            site: site.slug,
            hash: Sha256::digest(school.token).into(),
            label: "school".to_owned(),
            scope: Scope::Post,
        };
        store.insert_token(&token, by()).await.unwrap();
        self.refresh().await;
        school
    }

    /// Gives an entry its three recordings, each of a sound of its own.
    pub(crate) async fn speak(&self, id: &str, entry: u32) {
        for (part, level) in [("today", 1_u8), ("dated", 2), ("body", 3)] {
            let key: String = Sha256::digest(format!("{id} {entry} {part}"))
                .iter()
                .map(|o| format!("{o:02x}"))
                .collect();
            let recording = Recording {
                key: key.clone(),
                text: part.to_owned(),
                engine: "test".to_owned(),
                master_wav: wav(&[level; 64]),
                pcma: vec![level; 100],
                pcmu: vec![level + 10; 100],
                g722: Some(vec![level + 20; 100]),
                duration_ms: 1500,
            };
            self.store.save_recording(&recording).await.unwrap();
            self.store
                .link_speech(&format!("bulletin/{id}/{entry}"), part, &key)
                .await
                .unwrap();
        }
        self.refresh().await;
    }
}

/// A site of a territory to learn in.
pub(crate) struct School {
    pub(crate) token: &'static str,
}

impl School {
    /// [`flare`], by the school.
    pub(crate) fn flare(&self) -> String {
        flare_with("site", "usine-ecole".into())
    }
}

/// A whole response.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem document.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let document = self.json();
        for field in ["title", "detail", "detail_en"] {
            assert!(
                document[field]
                    .as_str()
                    .is_some_and(|words| words.len() > 5),
                "{field}: {document}"
            );
        }
        assert_eq!(document["status"], self.status.as_u16());
        let kind = document["type"].as_str().unwrap();
        (
            self.status.as_u16(),
            kind.strip_prefix("urn:problem-type:allo:")
                .unwrap()
                .to_owned(),
        )
    }
}

/// A first post that nothing is wrong with.
pub(crate) fn flare() -> serde_json::Value {
    serde_json::json!({
        "site": "raffinerie",
        "kind": "unplanned",
        "events": ["flaring", "smoke"],
        "nuisances": ["noise"],
        "text": "La torche brûle avec une fumée noire visible de loin.",
        "language": "fr",
        "starts_at": "2026-11-23T14:07:00+01:00",
    })
}

/// [`flare`] with one field changed, or taken away with `null`.
pub(crate) fn flare_with(field: &str, value: serde_json::Value) -> String {
    let mut body = flare();
    if value.is_null() {
        body.as_object_mut().unwrap().remove(field);
    } else {
        body[field] = value;
    }
    body.to_string()
}

pub(crate) fn post_request(token: &str, path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
}

/// 16 kHz, mono, 16 bit.
pub(crate) fn wav(samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(samples);
    file
}

pub(crate) fn by() -> By<'static> {
    By {
        who: "test",
        at: Timestamp::now(),
    }
}

/// The file of a house where nothing has happened yet, made once for all tests.
async fn furnished() -> &'static [u8] {
    static FILE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let furnish = async || {
        let folder = tempfile::tempdir().unwrap();
        let rows = folder.path().join("allo.sqlite");
        let store = Store::open(&rows).await.unwrap();
        furnish(&store).await;
        store.close().await;
        std::fs::read(rows).unwrap()
    };
    FILE.get_or_init(furnish).await
}

async fn furnish(store: &Store) {
    for (slug, name, number) in [
        ("rouen_metropole", "Rouen Métropole", "0805691282"),
        ("le_havre", "Le Havre", "0800101092"),
    ] {
        let territory = Territory {
            slug: TerritorySlug::parse(slug).unwrap(),
            name: name.to_owned(),
            spoken_name: name.to_owned(),
            zone: TimeZone::get("Europe/Paris").unwrap(),
            numbers: vec![DialledNumber::parse(number, "33").unwrap()],
        };
        store.upsert_territory(&territory, by()).await.unwrap();
    }
    let sites = [
        (
            "raffinerie",
            "rouen_metropole",
            "Raffinerie du Méandre",
            "Petit-Couronne",
            REFINERY,
        ),
        (
            "engrais",
            "rouen_metropole",
            "Engrais de l’Estuaire",
            "Grand-Quevilly",
            FERTILISER,
        ),
        (
            "depot",
            "le_havre",
            "Dépôt des Bassins",
            "Le Havre",
            "secret-of-the-depot",
        ),
    ];
    for (slug, territory, name, commune, secret) in sites {
        let site = Site {
            slug: SiteSlug::parse(slug).unwrap(),
            territory: TerritorySlug::parse(territory).unwrap(),
            name: name.to_owned(),
            spoken_name: name.to_owned(),
            commune: commune.to_owned(),
        };
        store.upsert_site(&site, by()).await.unwrap();
        let hash = Sha256::digest(secret).into();
        let token = NewToken {
            id: format!("t-{slug}"),
            site: site.slug,
            hash,
            label: name.to_owned(),
            scope: Scope::Post,
        };
        store.insert_token(&token, by()).await.unwrap();
    }
    hire(store).await;
}

async fn hire(store: &Store) {
    let rouen = || TerritorySlug::parse("rouen_metropole").unwrap();
    for (email, name, role) in [
        (OPERATOR, "Odile", Role::Operator),
        (MANAGER, "Malik", Role::Manager),
        (ADMINISTRATOR, "Ada", Role::Administrator),
        (AUDITOR, "Aude", Role::Auditor),
    ] {
        let mut person = Person {
            email: email.to_owned(),
            name: name.to_owned(),
            role,
            language: Language::French,
            sites: BTreeSet::new(),
            territories: BTreeSet::new(),
        };
        match role {
            Role::Operator => person.sites = [SiteSlug::parse("raffinerie").unwrap()].into(),
            Role::Manager | Role::Auditor => person.territories = [rouen()].into(),
            Role::Administrator => {}
        }
        let keys = Keys {
            password_hash: Some(PASSWORD_HASH.clone()),
            totp_secret: Some(TOTP.to_vec()),
        };
        store.insert_user(&person, &keys, by()).await.unwrap();
    }
}

/// Hashed once for all houses.
static PASSWORD_HASH: LazyLock<String> = LazyLock::new(|| web::hash_password(PASSWORD).unwrap());

fn app(store: &Store, clock: &Arc<Mutex<Timestamp>>, concerns: &Arc<Mutex<Vec<Concern>>>) -> App {
    let pages = Arc::new(ArcSwap::from_pointee(Pages::default()));
    let (clock, concerns) = (Arc::clone(clock), Arc::clone(concerns));
    let clock: web::Clock = Arc::new(move || *clock.lock().unwrap());
    let refresh: web::Refresh = {
        let (store, pages, clock) = (store.clone(), Arc::clone(&pages), Arc::clone(&clock));
        Arc::new(move || {
            let (store, pages, now) = (store.clone(), Arc::clone(&pages), clock());
            Box::pin(async move {
                let publisher = Arc::new(publisher());
                let snapshot = snapshot(&store, now, publisher).await;
                pages.store(Arc::new(Pages::render(&snapshot, &Pages::default())));
            })
        })
    };
    let draws = AtomicU64::new(1);
    App {
        store: store.clone(),
        pages,
        changed: Arc::new(Notify::new()),
        refresh,
        crowds: Arc::new(|| vec![(TerritorySlug::parse("rouen_metropole").unwrap(), 7)]),
        clock,
        readiness: Arc::new(move || concerns.lock().unwrap().clone()),
        nodes: Arc::new(|_| vec![]),
        random: Arc::new(move || (draws.fetch_add(1, Ordering::Relaxed) << 32).to_be_bytes()),
        recorder: Arc::new(|file| Box::pin(async move { record(&file) })),
        reader: Arc::new(|passage| Box::pin(async move { read(&passage) })),
        proofreader: Arc::new(|_, proof| Box::pin(async move { proofread(&proof) })),
        key_maker: key_maker(store.clone()),
        publisher: Arc::new(publisher()),
        mailbox: None,
        trusted_hops: 0,
    }
}

/// Two seconds of anything; words with `muet` find no voice.
fn read(passage: &Passage) -> Result<Aloud, NotRead> {
    let words = match passage {
        Passage::Sentence { text, .. } => text.clone(),
        Passage::Bulletin(all) => all.0.current().text.clone(),
    };
    if words.contains("muet") {
        return Err(NotRead::Failed("no voice".to_owned()));
    }
    Ok(Aloud {
        words,
        wav: wav(&[1; 64]),
        duration_ms: 2_000,
    })
}

/// Words with `indicible` cannot be kept; those with `parking` are remarked upon.
fn proofread(proof: &Proof) -> Vec<Fault> {
    let words = match proof {
        Proof::Entry(entry) => &entry.say,
        Proof::Sentence { text, .. } => text,
    };
    let fault = |french: &str, english: &str, is_grave| Fault {
        french: french.to_owned(),
        english: english.to_owned(),
        is_grave,
    };
    let grave = words.contains("indicible");
    let grave = grave.then(|| fault("Cela ne se dit pas.", "This cannot be said.", true));
    let english = words.contains("parking");
    let english = english.then(|| fault("Un mot anglais.", "An English word.", false));
    grave.into_iter().chain(english).collect()
}

/// Gives the code that is asked for, or 4711, and the PIN 246810; 9999 is another site's.
fn key_maker(store: Store) -> KeyMaker {
    Arc::new(move |site, code, who, at| {
        let store = store.clone();
        Box::pin(async move {
            let code = code.unwrap_or_else(|| "4711".to_owned());
            if code == "9999" {
                return Err(NoKey::Taken);
            }
            if code.len() < 3 {
                return Err(NoKey::Code);
            }
            let key = TelephoneKey {
                site,
                code: code.clone(),
                pin_hash: "hash".to_owned(),
            };
            let kept = store.set_telephone_key(&key, By { who: &who, at }).await;
            kept.map_err(|error| NoKey::Failed(error.to_string()))?;
            let pin = "246810".to_owned();
            Ok(NewKey { code, pin })
        })
    })
}

/// A recording whose A-law octets are those of the file; one that begins with `x` is refused.
fn record(file: &Bytes) -> Result<Recorded, NotRecorded> {
    if file.starts_with(b"x") {
        return Err(NotRecorded::Refused {
            code: "recording-not-sound",
            french: "Ce fichier n’est pas un enregistrement.".to_owned(),
            english: "This file is no recording.".to_owned(),
        });
    }
    let key = Sha256::digest(file);
    let recording = Recording {
        key: key.iter().map(|octet| format!("{octet:02x}")).collect(),
        text: String::new(),
        engine: "person".to_owned(),
        master_wav: wav(&[1; 64]),
        pcma: file.to_vec(),
        pcmu: file.to_vec(),
        g722: Some(file.to_vec()),
        duration_ms: 1_234,
    };
    Ok(Recorded {
        recording,
        dbov: -31.25,
        remarks: vec![("Un peu faible.".to_owned(), "A little quiet.".to_owned())],
    })
}

/// What the programme of the real server does, from the rows each time.
async fn snapshot(store: &Store, now: Timestamp, publisher: Arc<Publisher>) -> Snapshot {
    let recent = store.live_bulletins(now - SignedDuration::from_hours(30 * 24));
    let recent = recent.await.unwrap();
    let live: Vec<_> = recent
        .iter()
        .filter(|one| one.expires_at > now)
        .cloned()
        .collect();
    let sites = store.sites().await.unwrap();
    let registered = store.registered_sites().await.unwrap();
    let former = registered.into_iter().filter(|one| !one.is_open());
    let training = store.training_territories().await.unwrap();
    let territories = store
        .territories()
        .await
        .unwrap()
        .into_iter()
        .filter(|territory| !training.contains(&territory.slug))
        .map(|territory| {
            let members = sites
                .iter()
                .filter(|site| site.territory == territory.slug)
                .cloned()
                .collect();
            let programme = programme(&live, &territory.slug, now);
            (territory, members, programme)
        });
    let mut speech = std::collections::HashMap::<BulletinId, Speech>::new();
    for bulletin in &live {
        let owner = format!("bulletin/{}/{}", bulletin.id, bulletin.current().number);
        let parts = store.speech_of(&owner).await.unwrap();
        let key = |name: &str| {
            parts
                .iter()
                .find(|(part, _)| part == name)
                .map(|(_, key)| key.clone())
        };
        if let Some((dated, body)) = key("dated").zip(key("body")) {
            speech.insert(
                bulletin.id.clone(),
                Speech::Ready {
                    duration_ms: 41_500,
                    dated,
                    body,
                },
            );
        }
    }
    Snapshot {
        territories: territories.collect(),
        former_sites: former.map(|one| one.site).collect(),
        speech,
        recent,
        checked_at: now,
        now,
        is_recalled: false,
        publisher,
        call_records_days: 180,
        sends_mail: false,
        settings: store.line_settings().await.unwrap(),
        imprints: store.imprints().await.unwrap(),
        background: store.background_pages().await.unwrap(),
        places: store.site_places().await.unwrap(),
    }
}

/// Signs with a hash of the message, twice; lets one town hall frame Rouen.
pub(crate) fn publisher() -> Publisher {
    let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
    let town_hall = Ancestor::parse("https://www.rouen.example").unwrap();
    Publisher {
        public_url: "https://allo.example".to_owned(),
        embedders: [(rouen, vec![town_hall])].into(),
        sign: Arc::new(|message| Sha256::digest(message).repeat(2).try_into().unwrap()),
        key_pem: "-----BEGIN PUBLIC KEY-----\n".to_owned(),
    }
}
