mod town;

use std::process::Command;
use std::time::Duration;

use notify::mail::{MailSettings, Security};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::Settings;

use crate::support::{House, Postbox, Taken, eventually, run, take_turn, walk};

#[test]
fn a_resident_subscribes_confirms_is_told_start_update_and_end_and_leaves_by_header_and_by_link() {
    let server = Postbox::open();
    let house = House::open_with(settings(server.port, 6_000), |_| {});
    for (address, path) in [
        ("anne@example.org", "/rouen_metropole/subscribe"),
        ("bob@example.org", "/rouen_metropole/subscribe.en"),
    ] {
        let fields = [("address", address), ("what", "everything")];
        let (status, page) = house.submit("", path, &fields);
        assert_eq!(status, StatusCode::OK, "{page}");
    }
    let questions = wait_for(&server, 2);
    let site = "raffinerie-du-meandre";
    let unheard = house.post(site, "Un bruit s'entend avant la confirmation.");
    assert_eq!(
        mails_about(&house, &unheard, 1),
        "0",
        "nobody has confirmed"
    );

    let [anne, bob] = ["anne@example.org", "bob@example.org"].map(|to| {
        let question = one_to(&questions, to);
        let confirm = link(question.text(), "/confirm/");
        let (status, page) = house.submit("", &confirm, &[]);
        assert_eq!(status, StatusCode::OK, "{page}");
        confirm.replace("/confirm/", "/unsubscribe/")
    });
    assert_eq!(
        server.mails().len(),
        2,
        "nothing came before the confirmation but the question"
    );
    assert!(
        one_to(&questions, "bob@example.org")
            .text()
            .contains("Somebody, probably you")
    );

    let posted = house.post(site, "Une flamme est visible à la torche.");
    let id = posted["id"].as_str().expect("an id");
    let starts = wait_for(&server, 4);
    house.act(
        site,
        id,
        "updates",
        &json!({ "text": "La flamme diminue.", "under_control": true }),
    );
    let updates = wait_for(&server, 6);
    // A mail program unsubscribes its reader: one post, without a cookie, answered without a question (RFC 8058).
    let last = one_to(&updates[4..], "bob@example.org");
    let header = last.header("list-unsubscribe");
    assert_eq!(
        last.header("list-unsubscribe-post"),
        "List-Unsubscribe=One-Click"
    );
    let address = header.trim_matches(['<', '>']).to_owned();
    let path = address
        .strip_prefix("http://allo.example")
        .expect("our own address");
    assert_eq!(path, bob);
    let (status, _) = house.submit("", path, &[("List-Unsubscribe", "One-Click")]);
    assert_eq!(status, StatusCode::OK);
    house.act(site, id, "end", &json!({}));
    let all = wait_for(&server, 7);

    let told: Vec<_> = all[2..]
        .iter()
        .filter(|one| one.to() == "anne@example.org")
        .collect();
    let [start, update, end] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(
        one_to(&starts[2..], "anne@example.org")
            .text()
            .contains("Une flamme est visible")
    );
    assert!(
        start.text().contains("Raffinerie du Méandre"),
        "{}",
        start.text()
    );
    assert!(update.text().contains("La flamme diminue.") && update.text().contains("> Une flamme"));
    assert!(
        end.text().contains("Retour à la normale."),
        "{}",
        end.text()
    );
    assert_eq!(update.header("in-reply-to"), start.header("message-id"));
    assert_eq!(end.header("in-reply-to"), update.header("message-id"));
    assert_eq!(end.header("from"), "Allo <allo@allo.example>");
    // And by the link, with its button.
    let leave = link(end.text(), "/unsubscribe/");
    assert_eq!(leave, anne);
    let (status, page) = house.submit("", &leave, &[]);
    assert!(
        status.is_success() && page.contains("Vous êtes désabonné"),
        "{page}"
    );
    let unheard = house.post(site, "Une flamme est visible de nouveau.");
    assert_eq!(mails_about(&house, &unheard, 5), "0", "nobody subscribes");
    assert_eq!(server.mails().len(), 7, "nobody is left to be written to");
}

#[test]
fn a_reader_walks_the_pages_of_a_subscription_in_a_browser() {
    let _turn = take_turn();
    let server = Postbox::open();
    let house = House::open_with(settings(server.port, 6_000), |_| {});
    let fields = [("address", "anne@example.org"), ("what", "everything")];
    house.submit("", "/rouen_metropole/subscribe", &fields);
    let confirm = link(wait_for(&server, 1)[0].text(), "/confirm/");

    walk(
        "subscribing",
        &json!({ "url": house.url(""), "confirm": confirm }),
    );

    let asked = wait_for(&server, 2);
    assert_eq!(asked[1].to(), "claire@example.org", "typed in the browser");
}

/// A mail server on this machine, and what residents type to reach the page.
fn settings(port: u16, per_minute: u32) -> Settings {
    Settings {
        public_url: Some("http://allo.example".into()),
        mail: Some(MailSettings {
            server: "127.0.0.1".into(),
            port: Some(port),
            security: Some(Security::None),
            from: "allo@allo.example".into(),
            per_minute: Some(per_minute),
            ..MailSettings::default()
        }),
        ..Settings::default()
    }
}

/// Waits until the server has taken so many, whoever they are to.
fn wait_for(server: &Postbox, count: usize) -> Vec<Taken> {
    eventually(&format!("{count} mails"), Duration::from_secs(30), || {
        let taken = server.mails();
        (taken.len() >= count).then_some(taken)
    })
}

/// How many mails a bulletin has led to, once the channel of subscribers was told so many entries.
fn mails_about(house: &House, bulletin: &Value, entries: u32) -> String {
    house.wait_for_figure(&format!(
        "allo_deliveries_total{{channel=\"subscribers\",state=\"sent\"}} {entries}"
    ));
    let id = bulletin["id"].as_str().expect("an id");
    let done = run(Command::new("sqlite3")
        .arg("-cmd")
        .arg(".timeout 5000")
        .arg(house.data().join("allo.db"))
        .arg(format!(
            "SELECT COUNT(*) FROM mails WHERE bulletin = '{id}';"
        )));
    assert!(done.status.success(), "sqlite3 reads the rows");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn one_to<'a>(mails: &'a [Taken], to: &str) -> &'a Taken {
    let mut to_them = mails.iter().filter(|one| one.to() == to);
    to_them
        .next()
        .unwrap_or_else(|| panic!("no mail to {to}: {mails:?}"))
}

/// The path of the only address in a text that has this in it.
fn link(text: &str, part: &str) -> String {
    let mut words = text.split_whitespace();
    let word = words.find(|word| word.starts_with("http://allo.example/") && word.contains(part));
    let word = word.unwrap_or_else(|| panic!("no {part} in {text}"));
    word["http://allo.example".len()..].to_owned()
}
