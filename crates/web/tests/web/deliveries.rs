//! What became of an entry on each channel, for programs and for people.

use std::time::Duration;

use axum::http::StatusCode;
use bulletin::TerritorySlug;
use serde_json::{Value, json};
use store::{KnownChannel, Settled};

use crate::house::{AUDITOR, House, MANAGER, OPERATOR, REFINERY, flare_with};
use crate::posting::{decide, filled, fresh, leads_to, seal_of};

#[tokio::test]
async fn a_site_reads_what_became_of_each_entry_on_each_channel() {
    let house = told_house().await;
    let id = house.post_flare().await;
    settle(&house, "codis", &sent(Some("https://codis.example/7"))).await;
    let at = house.now() + Duration::from_secs(4);
    let why = "no connection within 5 s".to_owned();
    settle(&house, "mairie", &Settled::Later { at, why }).await;

    let told = deliveries(&house, &id).await;

    assert_eq!(
        told,
        json!([
            { "channel": "codis", "kind": "webhook", "entry": 1, "state": "sent", "attempts": 1, "next_try": null,
              "done_at": "2026-11-23T14:32:00+01:00", "url": "https://codis.example/7", "why": null },
            { "channel": "mairie", "kind": "webhook", "entry": 1, "state": "queued", "attempts": 1,
              "next_try": "2026-11-23T14:32:04+01:00", "done_at": null, "url": null,
              "why": "no connection within 5 s" },
            { "channel": "mastodon", "kind": "mastodon", "entry": 1, "state": "queued", "attempts": 0,
              "next_try": "2026-11-23T14:32:00+01:00", "done_at": null, "url": null, "why": null },
        ])
    );
}

#[tokio::test]
async fn an_entry_is_kept_off_networks_by_the_api_and_nothing_else_is() {
    let house = told_house().await;
    let body = flare_with("networks", false.into());
    let answer = house.post(REFINERY, "/api/v1/bulletins", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let at = format!("/api/v1/bulletins/{id}");
    for (act, body) in [
        (
            "updates",
            r#"{"text":"La flamme diminue.","networks":false}"#,
        ),
        (
            "correct",
            r#"{"text":"La flamme ne diminue pas.","networks":true}"#,
        ),
        ("end", r#"{"networks":false}"#),
    ] {
        let answer = house.post(REFINERY, &format!("{at}/{act}"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }

    let told = deliveries(&house, &id).await;
    let states = |channel: &str| -> Vec<String> {
        let told = told.as_array().unwrap().iter();
        let told = told.filter(|one| one["channel"] == channel);
        told.map(|one| one["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        states("mastodon"),
        ["skipped", "skipped", "queued", "skipped"]
    );
    assert_eq!(states("codis"), ["queued"; 4]);
}

#[tokio::test]
async fn the_tick_of_the_desk_keeps_an_entry_off_networks() {
    let house = told_house().await;
    let mut browser = house.sign_in(OPERATOR).await;
    let id = fresh(&mut browser).await;
    let form = browser.get("/admin/post").await.text();
    assert!(
        form.contains("name=\"off_networks\" value=\"yes\">"),
        "{form}"
    );
    let fields = filled(&id, &[("off_networks", "yes"), ("do", "preview")]);
    browser.send_parts("/admin/post", &fields, None).await;
    let kept = browser.get(&format!("/admin/post/{id}/edit")).await.text();
    assert!(
        kept.contains("name=\"off_networks\" value=\"yes\" checked"),
        "{kept}"
    );
    let seal = seal_of(&browser.get(&format!("/admin/post/{id}")).await.text());
    let answer = decide(&mut browser, &id, &seal).await;

    let page = browser.get(leads_to(&answer)).await.text();
    assert!(
        page.contains("Canal (mastodon) : rien à dire</strong>, tenu hors des réseaux sociaux"),
        "{page}"
    );
    assert!(page.contains("Canal (codis) : en cours"), "{page}");
}

#[tokio::test]
async fn the_desk_shows_each_channel_as_it_stands_and_what_to_do() {
    let house = told_house().await;
    let id = house.post_flare().await;
    settle(&house, "codis", &sent(None)).await;
    let why = "codis refused (403)".to_owned();
    settle(&house, "mairie", &Settled::Dead(why)).await;
    let mut browser = house.sign_in(OPERATOR).await;
    let at = format!("/admin/bulletins/{id}");

    let page = browser.get(&at).await.text();

    for words in [
        "Canal (codis) : en place</strong>, lundi 23\u{a0}novembre à 14\u{a0}h\u{a0}32",
        "Canal (mairie) : en défaut</strong>, <span lang=\"en\">codis refused (403)</span><br>L’envoi est abandonné",
        "Canal (mastodon) : en cours</strong>, l’envoi commence",
        "Quelque chose ne va pas.",
        "Reprendre les envois",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    house.wait(9);
    let page = browser.get(&at).await.text();
    assert!(page.contains("Canal (mastodon) : en défaut"), "{page}");
}

#[tokio::test]
async fn what_was_given_up_is_taken_up_again_by_whoever_posts_and_by_nobody_who_reads() {
    let house = told_house().await;
    let id = house.post_flare().await;
    settle(&house, "mairie", &Settled::Dead("403".into())).await;
    let at = format!("/admin/bulletins/{id}");
    let mut auditor = house.sign_in(AUDITOR).await;
    assert!(
        !auditor
            .get(&at)
            .await
            .text()
            .contains("Reprendre les envois")
    );
    let refused = auditor.post(&format!("{at}/retell"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut browser = house.sign_in(OPERATOR).await;

    let answer = browser.post(&format!("{at}/retell"), &[]).await;

    let page = browser.get(leads_to(&answer)).await.text();
    assert!(page.contains("Les envois reprennent."), "{page}");
    assert!(!page.contains("Reprendre les envois"), "{page}");
    let told = deliveries(&house, &id).await;
    assert!(
        told.as_array()
            .unwrap()
            .iter()
            .all(|one| one["state"] == "queued"),
        "{told}"
    );
}

#[tokio::test]
async fn a_manager_sees_the_channels_of_a_territory_and_what_waits_for_them() {
    let house = told_house().await;
    house.post_flare().await;
    settle(&house, "codis", &sent(None)).await;
    let mut browser = house.sign_in(MANAGER).await;

    let page = browser.get("/admin/territories/rouen_metropole").await;

    let page = page.text();
    assert!(page.contains("<li>codis (webhook)</li>"), "{page}");
    let waits = "<li>mastodon (mastodon) — messages en attente : 1</li>";
    assert!(page.contains(waits), "{page}");
}

/// A house whose Rouen has two programs and a network to tell.
async fn told_house() -> House {
    let house = House::new().await;
    let channel = |name: &str, kind: &str| KnownChannel {
        name: name.into(),
        territory: Some(TerritorySlug::parse("rouen_metropole").unwrap()),
        kind: kind.into(),
        is_network: kind == "mastodon",
    };
    let channels = [
        channel("codis", "webhook"),
        channel("mairie", "webhook"),
        channel("mastodon", "mastodon"),
    ];
    let replaced = house.store.replace_channels(&channels, house.now()).await;
    replaced.unwrap();
    house
}

async fn deliveries(house: &House, id: &str) -> Value {
    let read = house
        .get_as(REFINERY, &format!("/api/v1/bulletins/{id}"))
        .await;
    read.json()["deliveries"].clone()
}

async fn settle(house: &House, channel: &str, outcome: &Settled) {
    let (store, now) = (&house.store, house.now());
    let lease = Duration::from_secs(60);
    let claimed = store.claim_delivery(channel, "here", now, lease).await;
    let delivery = claimed.unwrap().expect("it is owed");
    store
        .settle_delivery(&delivery, "here", outcome, now)
        .await
        .unwrap();
}

fn sent(url: Option<&str>) -> Settled {
    Settled::Sent {
        id: "7".into(),
        url: url.map(str::to_owned),
    }
}
