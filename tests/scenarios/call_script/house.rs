//! The service whose script is walked, its territories and what they have to say.

use std::collections::HashMap;
use std::time::Duration;

use bulletin::Language;
use media::Codec;
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::{Program, Sounds, allo, eventually, run};

/// `allo serve` on territories made with its own commands.
pub(super) struct House {
    program: Program,
    data: TempDir,
    /// Another service, which has nothing to say and lets nobody listen for long.
    bare: (Program, TempDir),
    runtime: Runtime,
    tokens: HashMap<&'static str, String>,
    /// The bulletins by the name they have in the walks.
    bulletins: HashMap<&'static str, String>,
}

impl House {
    pub(super) fn open() -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let folder = data.path().to_str().expect("a plain name").to_owned();
        let administer = |arguments: &[&str]| {
            let done = run(allo().args(arguments).args(["--data", &folder]));
            let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(done.status.success(), "{arguments:?}: {complaint}");
            String::from_utf8_lossy(&done.stdout).trim().to_owned()
        };
        for (slug, name, number) in TERRITORIES {
            administer(&["territory", "add", slug, "--name", name, "--number", number]);
        }
        let mut tokens = HashMap::new();
        for (site, territory, name) in SITES {
            let place = [
                "--territory",
                territory,
                "--name",
                name,
                "--commune",
                "Rives",
            ];
            administer(&[&["site", "add", site], &place[..]].concat());
            tokens.insert(site, administer(&["token", "add", "--site", site]));
        }
        for (place, (slug, ..)) in TERRITORIES.iter().enumerate() {
            let residents = ((9 - place) * 10_000).to_string();
            administer(&["territory", "set", slug, "--residents", &residents]);
        }
        administer(&["territory", "set", "relais", "--authorities", "on"]);
        let crisis = "Fermez vos fenêtres.";
        administer(&[
            "territory",
            "set",
            "alerte",
            "--crisis",
            crisis,
            "--ask-noticed",
            "on",
        ]);
        administer(&[
            "territory",
            "set",
            "alerte",
            "--english-greeting",
            "Welcome.",
        ]);

        let program = Program::start_without_demo(data.path(), |_| {});
        let nothing = tempfile::tempdir().expect("a temporary folder");
        let bare = Program::start_without_demo(nothing.path(), |command| {
            command.args(["--max-call-seconds", LONGEST_CALL]);
        });
        let mut house = Self {
            program,
            data,
            bare: (bare, nothing),
            runtime: Runtime::new().expect("a runtime"),
            tokens,
            bulletins: HashMap::new(),
        };
        house.post_all();
        house.wait_for_voices();
        house
    }

    pub(super) fn target(&self, number: &str) -> String {
        let program = match number {
            NOWHERE => &self.bare.0,
            _ => &self.program,
        };
        format!("sip:{number}@{}", program.sip)
    }

    /// Has each bulletin said once, as under load, and waits until the line does so.
    pub(super) fn shortens_the_programme(&self) {
        let done = run(allo()
            .args(["short-programme", "on", "--data"])
            .arg(self.data.path()));
        assert!(done.status.success());
        eventually("the short programme", Duration::from_secs(10), || {
            let figures = self.program.figures();
            figures.contains("allo_short_programme 1").then_some(())
        });
    }

    /// Sets something of a territory's line, as its manager does.
    pub(super) fn set(&self, territory: &str, what: &[&str]) {
        let data = self.data.path();
        let done = run(allo()
            .args(["territory", "set", territory])
            .args(what)
            .arg("--data")
            .arg(data));
        assert!(done.status.success(), "{what:?}");
    }

    /// Takes a bulletin off the line.
    pub(super) fn withdraw(&self, name: &str) {
        self.act(name, "withdraw", &json!({}));
    }

    fn act(&self, name: &str, action: &str, body: &Value) {
        let id = &self.bulletins[name];
        let (_, site, ..) = BULLETINS.iter().find(|one| one.0 == name).expect("a name");
        self.send(site, &format!("/api/v1/bulletins/{id}/{action}"), body);
    }

    fn send(&self, site: &str, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.program.http);
        let asked = reqwest::Client::new()
            .post(url)
            .bearer_auth(&self.tokens[site])
            .json(body)
            .send();
        self.runtime.block_on(async {
            let answer = asked.await.expect("an answer");
            let status = answer.status();
            let body: Value = answer.json().await.unwrap_or(Value::Null);
            assert!(status.is_success(), "{path}: {status} {body}");
            body
        })
    }

    fn post_all(&mut self) {
        for (name, site, kind, language, text) in BULLETINS {
            let mut body = json!({
                "site": site, "kind": kind, "events": ["odour"], "nuisances": ["odour"],
                "text": text, "language": language,
            });
            if kind != "unplanned" {
                body["starts_at"] = json!(jiff::Timestamp::now().to_string());
            }
            let answer = self.send(site, "/api/v1/bulletins", &body);
            let id = answer["id"].as_str().expect("an id").to_owned();
            self.bulletins.insert(name, id);
        }
        self.act(
            "corrected",
            "correct",
            &json!({"text": "Une odeur de levure."}),
        );
        self.act("updated", "updates", &json!({"text": "L'odeur diminue."}));
        self.act("ended", "end", &json!({}));
    }

    fn wait_for_voices(&self) {
        eventually("the voices", Duration::from_secs(90), || {
            let spoken = self.sounds_if_spoken();
            spoken.map(|_| ())
        });
        // The line takes them with the refresh that follows the last one.
        for (slug, ..) in TERRITORIES {
            eventually("the page", Duration::from_secs(30), || {
                let page = self.program.read(&format!("/{slug}.json"));
                (!page.contains("\"queued\"")).then_some(())
            });
        }
    }

    /// Everything the line can say, in A-law as telephones decode it.
    pub(super) fn sounds(&self) -> Sounds {
        self.sounds_if_spoken().expect("they are spoken")
    }

    fn sounds_if_spoken(&self) -> Option<Sounds> {
        let mut sounds = Sounds::default();
        for &language in Language::ALL {
            let english = (language == Language::English).then_some("en ");
            for prompt in speech::prompts::of(language) {
                let name = format!("{}{}", english.unwrap_or_default(), prompt.id);
                let octets = prompt.sound().pcma;
                sounds.add(&name, Codec::Pcma.decoder().decode(octets));
            }
        }
        for (owner, part, name) in self.own_sounds() {
            let octets = self.runtime.block_on(self.recording(&owner, &part))?;
            sounds.add(&name, Codec::Pcma.decoder().decode(&octets));
        }
        Some(sounds)
    }

    /// Whose recording, which part of it (or its beginning), and its name in the walks.
    fn own_sounds(&self) -> Vec<(String, String, String)> {
        let mut sounds = vec![];
        for (slug, ..) in TERRITORIES {
            for (part, name) in [
                ("greeting_fr", "greeting"),
                ("menu_fr", "name"),
                ("no_event_fr_1", "none"),
                ("crisis_", "crisis"),
                ("greeting_en_Welcome.", "welcome"),
            ] {
                let has_it = match part {
                    "crisis_" | "greeting_en_Welcome." => slug == "alerte",
                    "no_event_fr_1" => slug == "calme",
                    _ => true,
                };
                if has_it {
                    let name = format!("{slug} {name}");
                    sounds.push((format!("territory/{slug}"), part.to_owned(), name));
                }
            }
        }
        for (name, id) in &self.bulletins {
            let entry = if ["corrected", "updated", "ended"].contains(name) {
                2
            } else {
                1
            };
            let owner = format!("bulletin/{id}/{entry}");
            sounds.push((owner.clone(), "today".into(), (*name).to_owned()));
            sounds.push((owner, "body".into(), format!("{name} body")));
        }
        sounds
    }

    async fn recording(&self, owner: &str, part: &str) -> Option<Vec<u8>> {
        let store = Store::open(&self.data.path().join("allo.db")).await.ok()?;
        let parts = store.speech_of(owner).await.ok()?;
        let exact = parts.iter().find(|(name, _)| name == part);
        let beginning =
            |(name, _): &&(String, String)| part.ends_with('_') && name.starts_with(part);
        let (_, key) = exact.or_else(|| parts.iter().find(beginning))?;
        Some(store.find_recording(key).await.ok()??.pcma)
    }
}

/// Slug, name, number, the most populated first; the menu has room for five.
const TERRITORIES: [(&str, &str, &str); 6] = [
    ("rives", "Les Rives", RIVES),
    ("calme", "La Calme", CALME),
    ("relais", "Le Relais", RELAIS),
    ("alerte", "La Hune", ALERTE),
    ("large", "Le Large", "0261910006"),
    ("mouvant", "Le Mouvant", MOUVANT),
];
pub(super) const RIVES: &str = "0261910001";
pub(super) const CALME: &str = "0261910002";
pub(super) const RELAIS: &str = "0261910003";
pub(super) const ALERTE: &str = "0261910004";
pub(super) const MOUVANT: &str = "0261910005";
/// Of the service that has nothing to say.
pub(super) const NOWHERE: &str = "0261910000";
const LONGEST_CALL: &str = "25";
/// Leads to no territory.
pub(super) const SHARED: &str = "0261910099";

/// Slug, territory, name.
const SITES: [(&str, &str, &str); 5] = [
    ("huiles", "rives", "Huiles des Rives"),
    ("engrais", "calme", "Engrais de la Calme"),
    ("gaz", "relais", "Gaz du Relais"),
    ("sels", "alerte", "Sels de la Hune"),
    ("colles", "mouvant", "Colles du Mouvant"),
];

/// Name, site, kind, language, text.
const BULLETINS: [(&str, &str, &str, &str, &str); 7] = [
    ("drill", "huiles", "drill", "fr", "La sirène sonnera."),
    (
        "corrected",
        "huiles",
        "unplanned",
        "fr",
        "Une odeur de soufre.",
    ),
    (
        "ended",
        "huiles",
        "unplanned",
        "fr",
        "Une odeur de peinture.",
    ),
    ("hidden", "gaz", "unplanned", "fr", "Une odeur de gaz."),
    ("english", "sels", "unplanned", "en", "A smell of salt."),
    ("updated", "sels", "unplanned", "fr", "Une odeur de chlore."),
    (
        "moving",
        "colles",
        "unplanned",
        "fr",
        "Une odeur de colle est perceptible. Nos équipes sont sur place. Le vent porte au nord. Vous n'avez rien à faire.",
    ),
];
