//! The desk's numbers, its log of acts, its alerts and the file of an event.

use axum::http::StatusCode;
use bulletin::{BulletinId, Noticed, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Act, AlertKind, By, HeardBulletin, Milestone, MilestonePlace, NewAlert, RecordedCall};

use crate::house::{ADMINISTRATOR, AUDITOR, House, MANAGER, OPERATOR, REFINERY};

#[tokio::test]
async fn the_day_is_shown_by_quarters_with_its_bulletins_plots_tables_and_callers_now() {
    let house = House::new().await;
    let id = posted(&house).await;
    house
        .store
        .insert_calls(&calls(house.now(), &id))
        .await
        .unwrap();
    let mut browser = house.sign_in(AUDITOR).await;

    let page = browser
        .get("/admin/numbers?territory=rouen_metropole")
        .await;

    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = page.text();
    for words in [
        "En ligne à l’instant : <strong>7</strong>",
        "<strong>12</strong>",
        "Appels par quart d’heure",
        "1. Raffinerie du Méandre",
        "Ce qui a été écouté",
        "50</td>",
        "dire ce qui est perçu",
        "Délais de publication",
        "Bulletins par site et par mois",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let plots = text.matches("<svg class=\"plot\" ").count();
    assert!(plots >= 5, "{plots}");
    assert_eq!(text.matches("role=\"img\" aria-label=").count(), plots);
    assert!(
        text.matches("<caption>").count() >= plots,
        "a table beside each"
    );
    assert!(
        text.contains("class=\"mark\""),
        "the bulletin is on the curve"
    );
}

#[tokio::test]
async fn every_table_is_taken_away_as_csv() {
    let house = House::new().await;
    let id = posted(&house).await;
    house
        .store
        .insert_calls(&calls(house.now(), &id))
        .await
        .unwrap();
    let mut browser = house.sign_in(MANAGER).await;
    let page = browser
        .get("/admin/numbers?territory=rouen_metropole")
        .await;
    let text = page.text();
    let links: Vec<_> = text
        .split("href=\"")
        .filter_map(|rest| rest.split_once('"').map(|(link, _)| link))
        .filter(|link| link.contains(".csv"))
        .map(|link| link.replace("&amp;", "&"))
        .collect();
    assert_eq!(links.len(), 8, "{links:?}");

    for link in &links {
        let file = browser.get(link).await;
        assert_eq!(file.status, StatusCode::OK, "{link}");
        assert!(
            file.header("content-type").starts_with("text/csv"),
            "{link}"
        );
        assert!(file.header("content-disposition").contains("attachment"));
        assert!(file.text().lines().count() >= 2, "{link}: {}", file.text());
    }
    let heard = browser.get(&links[1]).await.text();
    assert!(
        heard.contains(&format!("1,{id},Raffinerie du Méandre,12,\"15,0\",50")),
        "{heard}"
    );
    let nothing = browser.get("/admin/numbers/nothing.csv").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn numbers_of_another_territory_are_as_if_it_did_not_exist_and_a_day_that_is_none_is_refused()
{
    let house = House::new().await;
    let mut browser = house.sign_in(OPERATOR).await;
    for territory in ["le_havre", "nowhere", "%3Cscript%3E"] {
        let path = format!("/admin/numbers?territory={territory}");
        assert_eq!(
            browser.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{territory}"
        );
    }
    let refused = browser.get("/admin/numbers?day=yesterday").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long_ago = browser.get("/admin/numbers?day=1999-12-31").await;
    assert_eq!(long_ago.status, StatusCode::OK);
}

#[tokio::test]
async fn the_log_of_acts_is_for_those_who_look_after_a_territory_and_shows_theirs() {
    let house = House::new().await;
    let id = posted(&house).await;
    for (who, status) in [
        (OPERATOR, StatusCode::FORBIDDEN),
        (MANAGER, StatusCode::OK),
        (AUDITOR, StatusCode::OK),
        (ADMINISTRATOR, StatusCode::OK),
    ] {
        let mut browser = house.sign_in(who).await;
        let page = browser.get("/admin/audit").await;
        assert_eq!(page.status, status, "{who}");
        let file = browser.get("/admin/audit.csv").await;
        assert_eq!(file.status, status, "{who}");
        if status == StatusCode::OK {
            let text = page.text();
            assert!(text.contains("bulletin publié"), "{text}");
            assert!(text.contains(&format!("bulletin/{id}")), "{text}");
            assert!(text.contains("token:t-raffinerie"), "{text}");
            let sees_havre = text.contains("site/depot");
            assert_eq!(sees_havre, who == ADMINISTRATOR, "{who}");
        }
    }
    let mut auditor = house.sign_in(AUDITOR).await;
    let found = auditor
        .get("/admin/audit?who=token%3At-raffinerie&site=raffinerie")
        .await;
    assert_eq!(
        found.text().matches("<li>\n<h2>").count(),
        1,
        "{}",
        found.text()
    );
    let none = auditor.get("/admin/audit?site=Not%20a%20site").await;
    assert!(none.text().contains("Aucun acte"), "{}", none.text());
    let refused = auditor.get("/admin/audit?since=x").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn acts_come_in_pages_and_are_exported_whole() {
    let house = House::new().await;
    let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
    for number in 0..120 {
        let by = By {
            who: "anne@example.org",
            at: house.now() + SignedDuration::from_secs(number),
        };
        let act = Act::new(by, "site.changed", format!("site/n{number}")).within(&rouen);
        house.store.insert_act(&act).await.unwrap();
    }
    let mut browser = house.sign_in(AUDITOR).await;
    let mut seen = 0;
    let mut path = "/admin/audit?who=anne%40example.org".to_owned();
    loop {
        let text = browser.get(&path).await.text();
        seen += text.matches("site/n").count();
        let Some((_, rest)) = text.split_once("&amp;behind=") else {
            break;
        };
        let place = rest.split('"').next().unwrap();
        path = format!("/admin/audit?who=anne%40example.org&behind={place}");
    }
    assert_eq!(seen, 120);
    let csv = browser.get("/admin/audit.csv?who=anne%40example.org").await;
    assert_eq!(csv.text().lines().count(), 121);
    let json: Vec<Value> = serde_json::from_str(
        &browser
            .get("/admin/audit.json?who=anne%40example.org")
            .await
            .text(),
    )
    .unwrap();
    assert_eq!(json.len(), 120);
    assert_eq!(json[0]["object"], "site/n119");
}

#[tokio::test]
async fn hostile_words_stay_words_in_the_log_and_in_its_exports() {
    let house = House::new().await;
    let rouen = TerritorySlug::parse("rouen_metropole").unwrap();
    let hostile = "=HYPERLINK(\"http://x\")<script>alert(1)</script>\r\n]]>";
    let by = By {
        who: hostile,
        at: house.now(),
    };
    let act = Act::new(by, "site.changed", hostile)
        .within(&rouen)
        .after(&json!({ hostile: hostile }));
    house.store.insert_act(&act).await.unwrap();
    let mut browser = house.sign_in(AUDITOR).await;

    let page = browser.get("/admin/audit").await.text();
    assert!(!page.contains("<script>alert"), "{page}");
    let csv = browser.get("/admin/audit.csv").await.text();
    assert!(
        csv.contains("\"'=HYPERLINK(\"\"http://x\"\")<script>"),
        "{csv}"
    );
    let json = browser.get("/admin/audit.json").await;
    assert!(json.header("content-type").starts_with("application/json"));
    let acts: Vec<Value> = serde_json::from_str(&json.text()).unwrap();
    assert!(acts.iter().any(|act| act["who"] == hostile), "{acts:?}");
}

#[tokio::test]
async fn the_file_of_an_event_tells_every_entry_with_its_instants_and_says_what_it_is_not() {
    let house = House::new().await;
    let id = posted(&house).await;
    let path = format!("/api/v1/bulletins/{id}/end");
    let ended = house.post(REFINERY, &path, "{}").await;
    assert!(ended.status.is_success(), "{}", ended.text());
    let milestone = |entry, place, seconds| {
        let at = house.now() + SignedDuration::from_secs(seconds);
        (id.clone(), Milestone { entry, place, at })
    };
    let reached = [
        milestone(1, MilestonePlace::Page, 1),
        milestone(1, MilestonePlace::Line, 9),
        milestone(0, MilestonePlace::Heard, 40),
    ];
    house.store.insert_milestones(&reached).await.unwrap();
    let mut browser = house.sign_in(AUDITOR).await;

    let page = browser.get(&format!("/admin/bulletins/{id}/file")).await;
    let text = page.text();
    for words in [
        "Il n’est pas cette déclaration",
        "Une fumée noire sort de la cheminée.",
        "premier message",
        "Retour à la normale.",
        "token:t-raffinerie",
        "pas connu",
        "bulletin.ended",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let file = browser
        .get(&format!("/admin/bulletins/{id}/file.json"))
        .await;
    let file: Value = serde_json::from_str(&file.text()).unwrap();
    assert!(
        file["notice"]["en"]
            .as_str()
            .unwrap()
            .contains("not that declaration")
    );
    assert_eq!(file["thread"].as_array().unwrap().len(), 2);
    assert_eq!(file["thread"][0]["seconds_to_page"], 1);
    assert_eq!(file["thread"][0]["seconds_to_line"], 9);
    assert_eq!(file["thread"][1]["on_page_at"], Value::Null);
    assert!(file["first_heard_at"].is_string());
    assert_eq!(file["acts"].as_array().unwrap().len(), 2);

    let mut operator = house.sign_in(OPERATOR).await;
    let own = operator.get(&format!("/admin/bulletins/{id}/file")).await;
    assert_eq!(own.status, StatusCode::OK);
    for other in [
        "/admin/bulletins/aaaaaaaaaaaz/file",
        "/admin/bulletins/x/file.json",
    ] {
        assert_eq!(operator.get(other).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_alert_stands_on_every_page_of_those_it_concerns_until_one_of_them_has_seen_it() {
    let house = House::new().await;
    let by = By {
        who: "service",
        at: house.now(),
    };
    let surge = NewAlert {
        kind: AlertKind::Surge,
        territory: TerritorySlug::parse("rouen_metropole").unwrap(),
        site: None,
        bulletin: None,
        told: json!({ "calls": 12, "minutes": 5, "noticed": { "smell": 3 } }),
    };
    let id = house.store.open_alert(&surge, by).await.unwrap().unwrap();
    let words = "Rouen Métropole : 12 appels en 5 min, et aucun bulletin ne dit pourquoi. Perçu : odeur (3 personnes).";
    for who in [OPERATOR, MANAGER, ADMINISTRATOR] {
        let mut browser = house.sign_in(who).await;
        for path in ["/admin", "/admin/account", "/admin/numbers"] {
            let page = browser.get(path).await.text();
            assert!(page.contains(words), "{who} {path}\n{page}");
        }
    }
    let mut auditor = house.sign_in(AUDITOR).await;
    assert!(!auditor.get("/admin").await.text().contains(words));
    assert!(auditor.get("/admin/alerts").await.text().contains(words));
    let seen = format!("/admin/alerts/{id}/seen");
    let refused = auditor.post(&seen, &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let mut operator = house.sign_in(OPERATOR).await;
    let page = operator.submit(&seen, &[]).await.text();
    assert!(page.contains(&format!("Vue par {OPERATOR}")), "{page}");
    assert!(!operator.get("/admin").await.text().contains(words));
    let unknown = operator.post("/admin/alerts/999/seen", &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let elsewhere = NewAlert {
        territory: TerritorySlug::parse("le_havre").unwrap(),
        ..surge.clone()
    };
    let id = house
        .store
        .open_alert(&elsewhere, by)
        .await
        .unwrap()
        .unwrap();
    let hidden = operator
        .post(&format!("/admin/alerts/{id}/seen"), &[])
        .await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reminder_is_for_whoever_posts_for_the_site_and_for_the_manager() {
    let house = House::new().await;
    let id = posted(&house).await;
    let by = By {
        who: "service",
        at: house.now(),
    };
    for site in ["raffinerie", "engrais"] {
        let reminder = NewAlert {
            kind: AlertKind::Reminder,
            territory: TerritorySlug::parse("rouen_metropole").unwrap(),
            site: Some(bulletin::SiteSlug::parse(site).unwrap()),
            bulletin: (site == "raffinerie").then(|| id.clone()),
            told: json!({}),
        };
        house.store.open_alert(&reminder, by).await.unwrap();
    }
    let mut operator = house.sign_in(OPERATOR).await;
    let page = operator.get("/admin/alerts").await.text();
    assert!(
        page.contains("Raffinerie du Méandre : le bulletin n’a pas de fin"),
        "{page}"
    );
    assert!(
        !page.contains("Engrais de l’Estuaire : le bulletin"),
        "{page}"
    );
    let mut manager = house.sign_in(MANAGER).await;
    assert!(
        manager
            .get("/admin/alerts")
            .await
            .text()
            .contains("Engrais de l’Estuaire")
    );
}

async fn posted(house: &House) -> BulletinId {
    let body = json!({
        "site": "raffinerie", "kind": "unplanned", "events": ["smoke"],
        "text": "Une fumée noire sort de la cheminée.", "language": "fr",
        "starts_at": (house.now() - SignedDuration::from_mins(25)).to_string(),
    });
    let answer = house
        .post(REFINERY, "/api/v1/bulletins", body.to_string())
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let answer: Value = serde_json::from_str(&answer.text()).unwrap();
    BulletinId::parse(answer["id"].as_str().unwrap()).unwrap()
}

/// Twelve callers who heard half of a bulletin and pressed 6.
fn calls(now: Timestamp, heard: &BulletinId) -> Vec<RecordedCall> {
    let call = |number: i64| RecordedCall {
        call_id: format!("{number}@h"),
        trunk: None,
        territory: Some("rouen_metropole".into()),
        dialled: None,
        caller: None,
        verstat: None,
        attestation: None,
        started_at: now + SignedDuration::from_secs(number),
        answered_at: Some(now + SignedDuration::from_secs(number)),
        ended_at: now + SignedDuration::from_secs(number + 20),
        keys: "6".into(),
        heard: vec![HeardBulletin {
            bulletin: heard.clone(),
            played_ms: 15_000,
            whole_ms: 30_000,
        }],
        noticed: vec![Noticed::Smell],
        codec: None,
        ptime_ms: None,
        srtp: None,
        packets_sent: 1_000,
        packets_lost: None,
        worst_loss: None,
        jitter_us: None,
        round_trip_us: None,
        end: "completed".into(),
        ended_by: "line".into(),
        sip_status: None,
        q850: None,
    };
    (0..12).map(call).collect()
}
