mod program;

use std::process::Command;
use std::time::{Duration, Instant};

use notify::mail::{MailSettings, Security};
use reqwest::{Method, StatusCode};
use serde_json::json;
use server::Settings;
use server::config::AuthoritiesTable;
use store::Role;

use self::program::Receiver;

use crate::support::{House, Postbox, Taken, address_of, eventually, run, take_turn, walk};

const CONTACTS: &str = "/admin/territories/rouen_metropole/contacts";
const SITE: &str = "raffinerie-du-meandre";

#[test]
fn authorities_are_told_acknowledge_or_have_somebody_else_told_and_hear_the_end() {
    let _turn = take_turn();
    let mut postbox = Postbox::open();
    let house = House::open_with(mail_to(&postbox), |_| {});
    let manager = house.hire("mado@allo.example", Role::Manager);
    for (authority, name, commune, email, second) in [
        (
            "fire_service",
            "CODIS 76",
            "",
            "codis@example.org",
            "officier@example.org",
        ),
        (
            "town_hall",
            "Mairie de Petit-Couronne",
            "petit couronne",
            "couronne@example.org",
            "",
        ),
        (
            "town_hall",
            "Mairie de Rouen",
            "Rouen",
            "rouen@example.org",
            "",
        ),
    ] {
        let fields = [
            ("authority", authority),
            ("name", name),
            ("communes", commune),
            ("email", email),
            ("second_email", second),
            ("telephone", "02 35 00 12 34"),
            ("language", "fr"),
        ];
        let (status, page) = house.submit(&manager, CONTACTS, &fields);
        assert_eq!(status, StatusCode::OK, "{page}");
    }

    // Told at once, each once, and only those concerned.
    let before = Instant::now();
    let id = post(
        &house,
        "unplanned",
        "Un bruit de vapeur s'entend depuis la rue.",
    );
    let codis = postbox.wait_for("codis@example.org", 1, SOON).remove(0);
    let hall = postbox.wait_for("couronne@example.org", 1, SOON).remove(0);
    println!(
        "told {} ms after the post began",
        before.elapsed().as_millis()
    );
    assert!(
        codis
            .subject()
            .starts_with("Raffinerie du Méandre (Petit-Couronne)"),
        "{codis:?}"
    );
    assert!(
        codis
            .text()
            .contains("Un bruit de vapeur s'entend depuis la rue."),
        "{codis:?}"
    );
    assert_eq!(codis.header("auto-submitted"), "auto-generated");

    // Opening the link acknowledges nothing; the button of one does not acknowledge for the other.
    for _ in 0..2 {
        let (status, page) = house.read(&link(&codis));
        assert!(
            status.is_success() && page.contains("J’ai lu ce message"),
            "{page}"
        );
    }
    press(&house, &hall, "Mme Aubert");
    let page = desk_page(&house, &id);
    assert!(
        page.contains("Mairie de Petit-Couronne : en place"),
        "{page}"
    );
    assert!(page.contains("(Mme Aubert)"), "{page}");
    assert!(page.contains("CODIS 76 : en cours"), "{page}");

    // Nobody answers: the second contact, then an alert that is mailed to the site's operator.
    let_the_patience_pass(&house);
    let officer = postbox.wait_for("officier@example.org", 1, SOON).remove(0);
    assert!(
        officer
            .subject()
            .starts_with("Sans réponse du premier contact"),
        "{officer:?}"
    );
    let_the_patience_pass(&house);
    let operator = address_of(house.data(), Some(SITE));
    let alert = postbox.wait_for(&operator, 1, SOON).remove(0);
    assert!(
        alert.text().contains("CODIS 76 n’a pas accusé réception"),
        "{alert:?}"
    );
    assert!(alert.text().contains("02 35 00 12 34"), "{alert:?}");
    assert!(desk_page(&house, &id).contains("CODIS 76 : en défaut"));
    house.wait_for_figure("allo_alerts_total{kind=\"silence\"} 1");
    press(&house, &officer, "");
    let page = desk_page(&house, &id);
    assert!(
        page.contains("CODIS 76 : en place") && page.contains("second contact)"),
        "{page}"
    );

    // What follows goes to whoever got the start, while the mail server is away for a moment.
    postbox.stop();
    house.act(
        SITE,
        &id,
        "updates",
        &json!({ "text": "Le bruit diminue." }),
    );
    house.act(SITE, &id, "end", &json!({}));
    postbox.start();
    for who in [
        "codis@example.org",
        "couronne@example.org",
        "officier@example.org",
    ] {
        let last = eventually("the end", Duration::from_secs(20), || {
            let theirs = postbox.wait_for(who, 2, LATE);
            let last = theirs.last().expect("two mails").clone();
            last.text().contains("Retour à la normale.").then_some(last)
        });
        assert!(last.subject().contains("– fin –"), "{last:?}");
        assert!(last.text().contains("Le bruit diminue."), "{last:?}");
        assert!(!last.text().contains("/acknowledge/"), "{last:?}");
        assert!(last.header("references").contains(&id), "{last:?}");
    }
    let all = postbox.mails();
    assert!(
        all.iter().all(|mail| mail.to() != "rouen@example.org"),
        "{all:?}"
    );
    let (_, file) = house.desk(&manager, &format!("/admin/bulletins/{id}/file"));
    assert!(
        file.contains("Autorités prévenues") && file.contains("Mme Aubert"),
        "{file}"
    );

    // A drill says so first; and the pages are looked at in a browser.
    let drill = post(
        &house,
        "drill",
        "La sirène du site sonne entre 14 h et 15 h.",
    );
    let mails = eventually("the drill", SOON, || {
        let mut theirs = postbox.wait_for("codis@example.org", 3, SOON);
        theirs.retain(|mail| mail.subject().starts_with("EXERCICE – "));
        (!theirs.is_empty()).then_some(theirs)
    });
    assert!(mails[0].text().starts_with("EXERCICE\n"), "{mails:?}");
    let looked = walk(
        "authorities",
        &json!({
            "url": house.url(""), "manager": manager, "bulletin": drill, "link": link(&mails[0]),
        }),
    );
    assert_eq!(looked["visits"], 2);
    let page = desk_page(&house, &drill);
    assert!(page.contains("(capitaine Leroy)"), "{page}");
}

#[test]
fn the_program_of_an_authority_gets_signed_requests_until_it_takes_one_and_acknowledges_by_the_address_in_it()
 {
    let receiver = Receiver::open();
    let allowed = Settings {
        authorities: AuthoritiesTable {
            private_network: true,
        },
        ..Settings::default()
    };
    let house = House::open_with(allowed, |_| {});
    let manager = house.hire("mado@allo.example", Role::Manager);
    let hook = receiver.url();
    let fields = [
        ("authority", "prefecture"),
        ("name", "Préfecture, permanence"),
        ("webhook", &*hook),
        ("language", "fr"),
    ];
    let (_, page) = house.submit(&manager, CONTACTS, &fields);
    let key = page
        .split("whsec_")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let key = key.unwrap_or_else(|| panic!("{page}")).to_owned();

    let id = post(
        &house,
        "unplanned",
        "Un bruit de vapeur s'entend depuis la rue.",
    );
    // The first answer is 503, the second 200: the same request again.
    let requests = eventually("the second attempt", LATE, || {
        let requests = receiver.requests();
        (requests.len() >= 2).then_some(requests)
    });
    for request in &requests {
        assert!(request.is_signed_with(&key), "{request:?}");
        assert_eq!(
            request.header("webhook-id"),
            requests[0].header("webhook-id")
        );
        assert_eq!(request.body["data"]["id"], json!(id));
        assert_eq!(
            request.body["data"]["contact"]["name"],
            "Préfecture, permanence"
        );
    }
    for (state, count) in [("failed", 1), ("sent", 1)] {
        house.wait_for_figure(&format!(
            "allo_deliveries_total{{channel=\"authorities-webhook\",state=\"{state}\"}} {count}"
        ));
    }
    let address = requests[1].body["data"]["acknowledge_url"]
        .as_str()
        .expect("an address");
    let path = &address[address.find("/acknowledge/").expect("its path")..];
    house.submit("", path, &[]);
    eventually("the acknowledgement", SOON, || {
        let page = desk_page(&house, &id);
        page.contains("Préfecture, permanence : en place")
            .then_some(())
    });
    house.act(SITE, &id, "end", &json!({}));
    let last = eventually("the end", SOON, || receiver.requests().into_iter().nth(2));
    assert_eq!(last.body["data"]["state"], "ended");
    assert_eq!(last.body["data"]["acknowledge_url"], json!(null));
}

fn mail_to(postbox: &Postbox) -> Settings {
    Settings {
        mail: Some(MailSettings {
            server: "127.0.0.1".into(),
            port: Some(postbox.port),
            security: Some(Security::None),
            from: "allo@allo.example".into(),
            ..MailSettings::default()
        }),
        ..Settings::default()
    }
}

fn post(house: &House, kind: &str, text: &str) -> String {
    let body = json!({
        "site": SITE, "kind": kind, "events": ["noise"], "nuisances": ["noise"],
        "text": text, "language": "fr",
    });
    let (status, answer) = house.send(Method::POST, "/api/v1/bulletins", SITE, &body);
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer["id"].as_str().expect("an id").to_owned()
}

/// The path of the link in a mail; what comes before it is where people reach the page.
fn link(mail: &Taken) -> String {
    let mut lines = mail.text().lines();
    let line = lines.find(|line| line.contains("/acknowledge/"));
    let line = line.unwrap_or_else(|| panic!("no link: {mail:?}"));
    line[line.find("/acknowledge/").expect("it was found")..].to_owned()
}

fn press(house: &House, mail: &Taken, name: &str) {
    let (status, page) = house.submit("", &link(mail), &[("name", name)]);
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("Accusé de réception enregistré"), "{page}");
}

fn desk_page(house: &House, id: &str) -> String {
    let cookie = house.sign_in(Some(SITE));
    house.desk(&cookie, &format!("/admin/bulletins/{id}")).1
}

/// As if the minutes of the list were over.
fn let_the_patience_pass(house: &House) {
    let done = run(Command::new("sqlite3")
        .arg("-cmd")
        .arg(".timeout 5000")
        .arg(house.data().join("allo.db"))
        .arg(
            "UPDATE acknowledgements SET due_at = '2026-01-01T00:00:00.000000000Z' WHERE due_at IS NOT NULL;",
        ));
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A mail is there this soon on a busy machine.
const SOON: Duration = Duration::from_secs(10);
/// With the pauses between attempts.
const LATE: Duration = Duration::from_secs(20);
