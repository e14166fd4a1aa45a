use std::time::Duration;

use media::Codec;
use reqwest::{Method, StatusCode};
use serde_json::json;
use speech::wav;
use store::Store;
use tokio::runtime::Runtime;

use crate::support::{House, allo, eventually, listen, run, take_turn, walk};

const ROUEN: &str = "0805691282";
const TERRITORY: &str = "rouen_metropole";
/// Leads to no territory.
const UNKNOWN: &str = "0261910001";

#[test]
fn a_territory_to_learn_in_is_never_on_the_line_nor_on_a_page() {
    let house = House::open();
    let words = "Exercice des nouveaux : odeur de fraise sur la plateforme.";
    command(
        &house,
        &[
            "territory",
            "add",
            "ecole",
            "--name",
            "Centre Zébulon",
            "--training",
        ],
    );
    let site = [
        "site",
        "add",
        "usine-ecole",
        "--territory",
        "ecole",
        "--name",
        "Usine école",
    ];
    command(&house, &[&site[..], &["--commune", "Rouen"]].concat());
    let token = command(&house, &["token", "add", "--site", "usine-ecole"]);
    let body = json!({
        "site": "usine-ecole", "kind": "unplanned", "events": ["odour"], "nuisances": ["odour"],
        "text": words, "language": "fr",
    });

    let token = token.trim();
    let (status, posted) = house.send_with(Method::POST, "/api/v1/bulletins", token, &body);
    assert_eq!(status, StatusCode::CREATED, "{posted}");
    let id = posted["id"].as_str().expect("an id");
    let sound = eventually("its voice", Duration::from_secs(20), || {
        house.find_with(
            token,
            &format!("/api/v1/bulletins/{id}/recording?codec=pcma"),
        )
    });
    let name = part_of(&house, "territory/ecole", |part| part == "menu_fr");
    let rouen = part(&house, |part| part == "menu_fr");

    let calls = [
        (ROUEN, "@0.2:#"),
        ("0800101092", "@0.2:#"),
        (UNKNOWN, "@18:3,@2:#"),
    ];
    std::thread::scope(|scope| {
        for (number, keys) in calls {
            let (target, sound, name) = (house.target(number), &sound, &name);
            let rouen = &rouen;
            scope.spawn(move || {
                let heard = listen(&target, keys, Duration::from_secs(25));
                assert!(!heard.has(sound), "{number}");
                assert!(!heard.has(name), "{number}: it is no choice of the menu");
                if number == UNKNOWN {
                    assert!(heard.has(rouen), "the menu was heard");
                }
            });
        }
    });
    for path in [
        "/",
        "/rouen_metropole",
        "/le_havre.json",
        "/api/v1/territories",
    ] {
        let (_, page) = house.read(path);
        assert!(
            !page.contains("fraise") && !page.contains("Zébulon"),
            "{path}"
        );
    }
    for path in [
        "/ecole",
        "/ecole.json",
        "/ecole/archives",
        &format!("/ecole/{id}"),
    ] {
        assert_eq!(house.read(path).0, StatusCode::NOT_FOUND, "{path}");
    }
    let number = [
        "territory",
        "add",
        "ecole",
        "--name",
        "École",
        "--number",
        "0261910001",
    ];
    let refused = run(allo().args(number).arg("--data").arg(house.data()));
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("training territory"), "{why}");
}

#[test]
fn a_number_given_by_command_leads_to_its_territory_within_a_second_and_a_site_closed_is_counted_no_more()
 {
    let house = House::open();
    let set = |number: &str| {
        let change = ["territory", "add", TERRITORY, "--name", "Rouen Métropole"];
        command(
            &house,
            &[&change[..], &["--number", ROUEN, "--number", number]].concat(),
        );
    };
    let greeting = part(&house, |name| name == "greeting_fr");
    let greeting = &greeting[..8 * 2_000];
    assert!(
        !house
            .dial("0235001234", "", Duration::from_secs(4))
            .has(greeting)
    );

    set("02 35 00 12 34");
    std::thread::sleep(Duration::from_millis(1_500));
    for form in ["0235001234", "+33235001234"] {
        assert!(
            house.dial(form, "", Duration::from_secs(4)).has(greeting),
            "{form}"
        );
    }

    let taken = [
        "territory",
        "add",
        "le_havre",
        "--name",
        "Le Havre",
        "--number",
        ROUEN,
    ];
    let refused = run(allo().args(taken).arg("--data").arg(house.data()));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && why.contains("another territory"),
        "{why}"
    );

    let busy = run(allo()
        .args(["site", "close", "raffinerie-du-meandre", "--data"])
        .arg(house.data()));
    let why = String::from_utf8_lossy(&busy.stderr).into_owned();
    assert!(
        !busy.status.success() && why.contains("end or withdraw it first"),
        "{why}"
    );
    for one in live_of(&house, "huiles-du-fleuve") {
        house.act("huiles-du-fleuve", &one, "withdraw", &json!({}));
    }
    command(&house, &["site", "close", "huiles-du-fleuve"]);
    eventually("a site less", Duration::from_secs(5), || {
        let (_, page) = house.read("/rouen_metropole");
        page.contains("2\u{a0}sites adhérents").then_some(())
    });
    let list = command(&house, &["site", "list"]);
    assert!(
        list.lines()
            .any(|line| line.starts_with("huiles-du-fleuve\t") && line.ends_with("\tclosed"))
    );
}

#[test]
fn a_manager_walks_the_desk_at_320_and_1280_px_by_keys_alone_and_without_javascript_and_is_heard_on_the_line()
 {
    let _turn = take_turn();
    let house = House::open();
    let text = "Bruit sur la plateforme Xylorga.";
    let posted = house.post("huiles-du-fleuve", text);
    let id = posted["id"].as_str().expect("an id");
    let before = eventually("its voice", Duration::from_secs(20), || {
        house.recording("huiles-du-fleuve", id)
    });
    let cookie = house.hire("malik@allo.example", store::Role::Manager);

    let input = json!({ "url": house.url(""), "cookies": [cookie, cookie, cookie] });
    let walked = walk("manager", &input);
    assert_eq!(walked["visits"], 3);

    let wanted = said(&house, text);
    assert!(!holds(&before, &wanted));
    let anew = eventually("the bulletin anew", Duration::from_secs(20), || {
        let now = house.recording("huiles-du-fleuve", id)?;
        holds(&now, &wanted).then_some(now)
    });
    let decide = |rest: &str, fields: &[(&str, &str)]| {
        let address = format!("/admin/territories/{TERRITORY}{rest}");
        let (status, page) = house.submit(&cookie, &address, fields);
        assert_eq!(status, StatusCode::OK, "{page}");
    };
    decide("/words/greeting/fr", &[("text", "Bonjour, ici Rouen.")]);
    decide("/line", &[("crisis", "Fermez vos fenêtres.")]);
    let greeting = part(&house, |name| name == "own_greeting_fr_Bonjour, ici Rouen.");
    let crisis = part(&house, |name| name.starts_with("crisis_"));
    let heard = house.dial(ROUEN, "@6:#", Duration::from_secs(22));
    assert!(heard.has(&crisis), "the word to everybody");
    assert!(heard.has(&greeting), "the territory's own greeting");
    assert!(heard.has(&anew), "the bulletin as it is said since");

    let off = [("crisis", ""), ("was_crisis", "Fermez vos fenêtres.")];
    decide("/line", &off);
    let heard = house.dial(ROUEN, "", Duration::from_secs(5));
    assert!(heard.has(&greeting) && !heard.has(&crisis), "it is lifted");
}

/// Runs a command on the house's folder while the service is at work, and gives what it prints.
fn command(house: &House, arguments: &[&str]) -> String {
    let done = run(allo().args(arguments).arg("--data").arg(house.data()));
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The octets of a text as the line says it.
fn said(house: &House, text: &str) -> Vec<u8> {
    let file = house.data().join("said.wav");
    let out = file.display().to_string();
    command(house, &["say", text, "--territory", TERRITORY, "-o", &out]);
    let sound = wav::read(&std::fs::read(&file).expect("the file")).expect("a WAV file");
    Codec::Pcma.encode(&sound.samples)
}

/// The octets of what the territory says of itself, once it is spoken.
fn part(house: &House, is_it: impl Fn(&str) -> bool) -> Vec<u8> {
    part_of(house, "territory/rouen_metropole", is_it)
}

/// The same of any owner.
fn part_of(house: &House, owner: &str, is_it: impl Fn(&str) -> bool) -> Vec<u8> {
    eventually("its words", Duration::from_secs(20), || {
        let mut found = None;
        with_store(house, async |store| {
            let parts = store.speech_of(owner).await.unwrap();
            if let Some((_, key)) = parts.into_iter().find(|(name, _)| is_it(name)) {
                found = store.find_recording(&key).await.unwrap();
            }
        });
        found.map(|recording| recording.pcma)
    })
}

/// The bulletins of a site that are not over.
fn live_of(house: &House, site: &str) -> Vec<String> {
    let programme = house.read_json("/rouen_metropole.json");
    let ongoing = programme["ongoing"].as_array().expect("a list").iter();
    let its_own = ongoing.filter(|one| one["site"]["slug"] == site || one["site"] == site);
    its_own
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Opens the rows as another program would.
fn with_store(house: &House, work: impl AsyncFnOnce(&Store)) {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&house.data().join("allo.db"))
            .await
            .expect("the rows");
        work(&store).await;
        store.close().await;
    });
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}
