use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{House, Program, eventually, run, take_turn, walk};

const SITE: &str = "huiles-du-fleuve";

#[test]
fn what_is_posted_updated_and_ended_is_in_every_feed_at_once_and_its_message_is_signed() {
    let house = House::open();
    for round in 1..=3 {
        let text = format!("Bruit de vapeur numéro {round}.");
        let id = house.post(SITE, &text)["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        is_told(&house, &text);
        let text = format!("Le bruit numéro {round} diminue.");
        house.act(SITE, &id, "updates", &json!({"text": text}));
        is_told(&house, &text);
        let text = format!("Le bruit numéro {round} a cessé.");
        house.act(SITE, &id, "end", &json!({"text": text}));
        is_told(&house, &text);
        verify(&house, &format!("/rouen_metropole/{id}-3.cap.xml"));
    }
}

#[test]
fn page_and_feeds_go_on_while_the_rows_are_gone() {
    let house = House::open();
    let text = "Bruit de vapeur près du quai.";
    let id = house.post(SITE, text)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    // Something else changes, so that the rows are read at once.
    change(
        house.data(),
        "ALTER TABLE bulletins RENAME TO gone; UPDATE sites SET commune = 'Ailleurs'",
    );

    let body = json!({"site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": [], "text": "Encore.", "language": "fr"});
    let (status, _) = house.send(Method::POST, "/api/v1/bulletins", SITE, &body);
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    eventually("the trouble", Duration::from_secs(30), || {
        let (_, ready) = house.read("/readyz");
        ready
            .contains(r#"{"name":"database","ok":false"#)
            .then_some(())
    });
    is_told(&house, text);
    for path in [
        "/rouen_metropole",
        &format!("/rouen_metropole/{id}"),
        "/rouen_metropole.json",
    ] {
        let (status, page) = house.read(path);
        assert!(
            status.is_success() && page.contains(text),
            "{path}: {status}"
        );
    }

    change(house.data(), "ALTER TABLE gone RENAME TO bulletins");
    eventually("a post", Duration::from_secs(30), || {
        let (status, _) = house.send(Method::POST, "/api/v1/bulletins", SITE, &body);
        (status == StatusCode::CREATED).then_some(())
    });
    is_told(&house, "Encore.");
}

#[test]
fn a_program_that_starts_without_its_database_shows_what_was_kept_and_of_when_it_is() {
    let mut house = House::open();
    let text = "Bruit de vapeur près du quai.";
    house.post(SITE, text);
    let kept = house.data().join("last-known");
    eventually("what is known, on disk", Duration::from_secs(10), || {
        let mut files = std::fs::read_dir(&kept).ok()?.flatten();
        let has_it = |file: std::fs::DirEntry| {
            contains(&std::fs::read(file.path()).unwrap_or_default(), text)
        };
        files.any(has_it).then_some(())
    });
    house.stop();
    let (database, away) = (house.data().join("allo.db"), house.data().join("away.db"));
    std::fs::rename(&database, &away).expect("the database is a file");
    std::fs::write(&database, "This is no database. ".repeat(1_000)).expect("a file");

    let program = Program::start_without_demo(house.data(), |_| {});

    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        "/rouen_metropole",
    ] {
        let page = program.read(path);
        assert!(page.contains(text), "{path}");
        assert!(page.contains("État au "), "{path} says of when it is");
    }
    std::fs::rename(&away, &database).expect("the database comes back");
    eventually("the whole service", Duration::from_secs(30), || {
        let feed = program.try_read("/rouen_metropole.atom")?;
        (feed.contains(text) && !feed.contains("État au ") && program.try_read("/readyz").is_some())
            .then_some(())
    });
}

#[test]
fn a_reader_who_keeps_the_page_open_is_told_of_news_and_nothing_moves() {
    let _turn = take_turn();
    let house = House::open();
    let text = "Bruit de vapeur près du quai.";
    let said = walk(
        "live",
        &json!({
            "url": house.url(""),
            "page": "/rouen_metropole/direct",
            "frame": "/embed/rouen_metropole",
            "poster": "/qr/rouen_metropole",
            "token": house.token(SITE),
            "bulletin": {
                "site": SITE, "kind": "unplanned", "events": ["noise"], "nuisances": [], "text": text, "language": "fr",
            },
            "said": "Nouveau message",
        }),
    );
    assert_eq!(said["said"], true);
}

/// Whether four feeds tell it: not after a while, but at the first look after the 201.
fn is_told(house: &House, text: &str) {
    for path in [
        "/rouen_metropole.atom",
        "/rouen_metropole.feed.json",
        &format!("/rouen_metropole/sites/{SITE}.atom"),
        "/rouen_metropole/cap.atom",
    ] {
        let (status, feed) = house.read(path);
        assert!(
            status.is_success() && feed.contains(text),
            "{path}: {status}"
        );
    }
}

/// Has openssl verify a message, and refuse another one.
fn verify(house: &House, path: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, octets: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, octets).expect("a file");
        file
    };
    let message = house.download(SITE, path);
    let key = put("key.pem", &house.download(SITE, "/signing-key.pem"));
    let signature = put("signature", &house.download(SITE, &format!("{path}.sig")));
    for (octets, is_ours) in [
        (message.clone(), true),
        ([&message[..], b" "].concat(), false),
    ] {
        let file = put("message", &octets);
        let told = run(Command::new("openssl")
            .args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"])
            .arg(&key)
            .arg("-sigfile")
            .arg(&signature)
            .arg("-in")
            .arg(&file));
        assert_eq!(
            told.status.success(),
            is_ours,
            "{}",
            String::from_utf8_lossy(&told.stderr)
        );
    }
}

/// Changes the database under the running service.
fn change(data: &Path, statement: &str) {
    let told = run(Command::new("sqlite3").arg(data.join("allo.db")).args([
        "-cmd",
        ".timeout 5000",
        statement,
    ]));
    assert!(
        told.status.success(),
        "{}",
        String::from_utf8_lossy(&told.stderr)
    );
}

fn contains(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}
