//! The audit log: every change says who, when, what, before and after, and stays.

use std::collections::BTreeSet;

use bulletin::{LineSettings, Site, TerritorySlug, Update};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{Act, ActPlace, By, NewToken, Scope, TelephoneKey, WantedActs};

use crate::support::{Desk, bulletin, by, hour, once, site, territory};

#[tokio::test]
async fn a_thread_tells_who_changed_it_when_and_from_what_to_what() {
    let desk = Desk::open().await;
    let mut it = bulletin(1);
    desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    let change = Update {
        text: "La torche brûle toujours.".into(),
        under_control: true,
        lifetime: None,
    };
    let entry = it
        .update(change, &territory(), "token:abc", hour(2))
        .unwrap();
    desk.store
        .append_entry(&it, &entry, &[], None)
        .await
        .unwrap();
    let entry = it.withdraw(None, "bruno@example.org", hour(3)).unwrap();
    desk.store
        .append_entry(&it, &entry, &[], None)
        .await
        .unwrap();

    let object = format!("bulletin/{}", it.id);
    let acts = acts_of(&desk, &object).await;
    let told: Vec<_> = acts
        .iter()
        .rev()
        .map(|act| (act.at, act.who.as_str(), act.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (hour(1), "anne", "bulletin.posted"),
            (hour(2), "token:abc", "bulletin.updated"),
            (hour(3), "bruno@example.org", "bulletin.withdrawn"),
        ]
    );
    let update = &acts[1];
    assert_eq!(update.territory, Some(territory().slug));
    assert_eq!(update.site, Some(site().slug));
    assert_eq!(json(&update.before)["text"], "Fumée noire n° 1.");
    assert_eq!(json(&update.after)["text"], "La torche brûle toujours.");
    assert_eq!(
        (
            &json(&update.before)["under_control"],
            &json(&update.after)["under_control"]
        ),
        (&json!(false), &json!(true))
    );
    let first = &acts[2];
    assert_eq!(first.before, None);
    assert_eq!(json(&first.after)["events"], json!(["flaring", "noise"]));
}

#[tokio::test]
async fn a_post_that_is_refused_or_repeated_leaves_no_act() {
    let desk = Desk::open().await;
    let answer = once("token", "key");
    for _ in 0..2 {
        let _ = desk
            .store
            .insert_bulletin(&bulletin(1), &[], Some(&answer))
            .await;
    }
    let mut unknown = bulletin(2);
    let entry = unknown.end(None, "anne", hour(3)).unwrap();
    let refused = desk.store.append_entry(&unknown, &entry, &[], None).await;
    assert!(refused.is_err());

    let posted = all(&desk).await;
    let posted = posted
        .iter()
        .filter(|act| act.what.starts_with("bulletin."));
    assert_eq!(posted.count(), 1);
}

#[tokio::test]
async fn what_is_set_up_leaves_acts_without_secrets_and_what_is_not_new_leaves_none() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let renamed = Site {
        name: "Raffinerie".into(),
        ..site()
    };
    store.upsert_site(&renamed, by()).await.unwrap();
    store.upsert_site(&renamed, by()).await.unwrap();
    store.upsert_territory(&territory(), by()).await.unwrap();
    let settings = LineSettings {
        authorities: true,
        ..LineSettings::default()
    };
    for before in [LineSettings::default(), settings.clone()] {
        store
            .set_line_settings(&territory().slug, &before, &settings, &[], by())
            .await
            .unwrap();
    }
    let key = TelephoneKey {
        site: site().slug,
        code: "4711".into(),
        pin_hash: "$argon2id$secret".into(),
    };
    store.set_telephone_key(&key, by()).await.unwrap();
    store
        .remove_telephone_key(&site().slug, by())
        .await
        .unwrap();
    let token = NewToken {
        id: "abc".into(),
        site: site().slug,
        hash: [9; 32],
        label: "Salle".into(),
        scope: Scope::Post,
    };
    store.insert_token(&token, by()).await.unwrap();
    store.revoke_token("abc", by()).await.unwrap();
    store.revoke_token("abc", by()).await.unwrap();

    let acts = all(&desk).await;
    let words: Vec<_> = acts.iter().rev().map(|act| act.what.as_str()).collect();
    assert_eq!(
        words,
        [
            "territory.changed",
            "site.changed",
            "site.changed",
            "line.changed",
            "telephone.changed",
            "telephone.removed",
            "token.added",
            "token.revoked",
        ]
    );
    let renaming = &acts[5];
    assert_eq!(json(&renaming.before)["name"], "Raffinerie du Méandre");
    assert_eq!(json(&renaming.after)["name"], "Raffinerie");
    assert!(acts.iter().all(|act| act.who == "test"));
    assert!(
        acts.iter()
            .all(|act| act.territory == Some(territory().slug))
    );
    assert!(!format!("{acts:?}").contains("secret"));
}

#[tokio::test]
async fn an_act_is_never_changed_and_a_young_one_never_deleted_whoever_has_the_database_open() {
    let desk = Desk::empty().await;
    let now = Timestamp::now();
    let ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    for days in [400, 364, 0] {
        desk.store
            .insert_act(&act("login.opened", ago(days)))
            .await
            .unwrap();
    }

    for statement in [
        "UPDATE acts SET who = 'nobody'".to_owned(),
        format!("DELETE FROM acts WHERE at > '{}'", ago(300)),
    ] {
        let refused = desk.try_to_meddle(&statement).await.unwrap_err();
        assert!(refused.to_string().contains("an act is"), "{refused}");
    }
    let by = By {
        who: "service",
        at: now,
    };
    assert!(desk.store.purge_acts(ago(0), 10, by).await.is_err());
    assert_eq!(all(&desk).await.len(), 3);
    assert_eq!(desk.store.purge_acts(ago(366), 10, by).await.unwrap(), 1);
    assert_eq!(desk.store.purge_acts(ago(366), 10, by).await.unwrap(), 0);

    let left = all(&desk).await;
    let words: Vec<_> = left.iter().map(|act| act.what.as_str()).collect();
    assert_eq!(words, ["acts.purged", "login.opened", "login.opened"]);
    assert_eq!(json(&left[0].after)["forgotten"], 1);
}

#[tokio::test]
async fn acts_are_found_by_territory_site_object_person_and_time_in_pages() {
    let desk = Desk::empty().await;
    let here = territory().slug;
    let there = TerritorySlug::parse("estuaire").unwrap();
    for number in 0..9 {
        let act = act("site.changed", hour(number)).within(&here);
        let act = act.of_site(&site().slug);
        desk.store.insert_act(&act).await.unwrap();
    }
    let elsewhere = act("line.changed", hour(9)).within(&there);
    desk.store.insert_act(&elsewhere).await.unwrap();
    let nowhere = Act::new(by(), "login.opened", "user/anne@example.org");
    desk.store.insert_act(&nowhere).await.unwrap();

    let mut wanted = WantedActs {
        territories: Some(BTreeSet::from([here])),
        ..WantedActs::default()
    };
    let mut hours = vec![];
    loop {
        let page = desk.store.acts(&wanted, 4).await.unwrap();
        let Some((place, _)) = page.last() else {
            break;
        };
        wanted.behind = Some(*place);
        hours.extend(page.into_iter().map(|(_, act)| act.at));
    }
    assert_eq!(hours, (0..9).rev().map(hour).collect::<Vec<_>>());

    let count = async |wanted: WantedActs| desk.store.acts(&wanted, 99).await.unwrap().len();
    let any = WantedActs::default;
    assert_eq!(count(any()).await, 11);
    let none = WantedActs {
        territories: Some(BTreeSet::new()),
        ..any()
    };
    assert_eq!(count(none).await, 0);
    let of_site = WantedActs {
        site: Some(site().slug),
        ..any()
    };
    assert_eq!(count(of_site).await, 9);
    let of_person = WantedActs {
        object: Some("user/anne@example.org".into()),
        who: Some("test".into()),
        ..any()
    };
    assert_eq!(count(of_person).await, 1);
    let of_hours = WantedActs {
        since: Some(hour(3)),
        until: Some(hour(5)),
        ..any()
    };
    assert_eq!(count(of_hours).await, 2);
    let place = ActPlace::parse("3").unwrap();
    assert_eq!(ActPlace::parse(&place.to_string()), Some(place));
    assert_eq!(ActPlace::parse("x"), None);
}

fn act(what: &str, at: Timestamp) -> Act {
    Act::new(By { who: "test", at }, what, "test")
}

async fn all(desk: &Desk) -> Vec<Act> {
    let acts = desk.store.acts(&WantedActs::default(), 1_000).await;
    acts.unwrap().into_iter().map(|(_, act)| act).collect()
}

async fn acts_of(desk: &Desk, object: &str) -> Vec<Act> {
    let wanted = WantedActs {
        object: Some(object.to_owned()),
        ..WantedActs::default()
    };
    let acts = desk.store.acts(&wanted, 1_000).await.unwrap();
    acts.into_iter().map(|(_, act)| act).collect()
}

fn json(text: &Option<String>) -> Value {
    serde_json::from_str(text.as_deref().unwrap()).unwrap()
}
