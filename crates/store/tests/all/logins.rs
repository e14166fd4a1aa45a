//! People at the desk: logins, links, codes.

use std::collections::BTreeSet;
use std::time::Duration;

use bulletin::Language;
use store::{Error, Keys, NewLink, NewLogin, Person, Purpose, Role, Stage, WantedActs};

use crate::support::{Desk, by, hour, site, territory};

#[tokio::test]
async fn a_login_is_found_by_its_hash_and_goes_with_its_person() {
    let desk = hired().await;
    desk.store.open_login(&login(1)).await.unwrap();
    desk.store.touch_login("login-1", at(10)).await.unwrap();

    let (row, user) = desk.store.find_login([1; 32]).await.unwrap().unwrap();
    assert_eq!((row.id.as_str(), row.seen_at), ("login-1", at(10)));
    assert_eq!(user.person, anne());
    assert_eq!(row.over_at(jiff::SignedDuration::from_mins(30)), at(40));
    assert_eq!(row.over_at(jiff::SignedDuration::from_hours(99)), at(60));
    assert_eq!(desk.store.find_login([2; 32]).await.unwrap(), None);
    assert!(
        desk.store
            .remove_user("ANNE@example.org", by())
            .await
            .unwrap()
    );
    assert_eq!(desk.store.find_login([1; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn old_logins_and_links_are_deleted() {
    let desk = hired().await;
    desk.store.open_login(&login(1)).await.unwrap();
    desk.store.insert_link(&link(7), by()).await.unwrap();

    assert_eq!(desk.store.purge_logins(at(60)).await.unwrap(), 0);
    assert_eq!(desk.store.purge_logins(at(61)).await.unwrap(), 2);
    assert_eq!(desk.store.find_login([1; 32]).await.unwrap(), None);
}

#[tokio::test]
async fn a_link_is_used_by_one_of_two_who_come_at_the_same_time() {
    let desk = hired().await;
    desk.store.insert_link(&link(7), by()).await.unwrap();
    let use_it = |hash: &'static str| desk.store.use_link([7; 32], hash, at(1));

    let (one, other) = tokio::join!(use_it("$a"), use_it("$b"));

    let winners: Vec<_> = [one.unwrap(), other.unwrap()]
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(winners, ["anne@example.org"]);
}

#[tokio::test]
async fn a_code_is_used_by_one_of_two_who_come_at_the_same_time() {
    let desk = hired().await;
    let use_it = || desk.store.use_totp("anne@example.org", 41);

    let (one, other) = tokio::join!(use_it(), use_it());

    assert!(one.unwrap() ^ other.unwrap());
    assert!(!desk.store.use_totp("anne@example.org", 40).await.unwrap());
    assert!(desk.store.use_totp("anne@example.org", 42).await.unwrap());
}

#[tokio::test]
async fn what_a_person_may_is_changed_with_an_act_of_before_and_after() {
    let desk = hired().await;
    let promoted = Person {
        role: Role::Manager,
        sites: BTreeSet::new(),
        ..anne()
    };

    desk.store.change_user(&promoted, by()).await.unwrap();

    let found = desk.store.find_user("anne@example.org").await.unwrap();
    assert_eq!(found.unwrap().person, promoted);
    let acts = desk.store.acts(&WantedActs::default(), 1).await.unwrap();
    let (_, act) = &acts[0];
    assert_eq!(
        (act.what.as_str(), act.who.as_str()),
        ("user.changed", by().who)
    );
    assert!(act.before.as_deref().unwrap().contains("\"operator\""));
    assert!(act.after.as_deref().unwrap().contains("\"manager\""));
    let stranger = Person {
        email: "nobody@example.org".into(),
        ..anne()
    };
    let refused = desk.store.change_user(&stranger, by()).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })));
}

async fn hired() -> Desk {
    let desk = Desk::open().await;
    let keys = Keys::default();
    desk.store.insert_user(&anne(), &keys, by()).await.unwrap();
    desk
}

fn anne() -> Person {
    Person {
        email: "anne@example.org".into(),
        name: "Anne".into(),
        role: Role::Operator,
        language: Language::French,
        sites: [site().slug].into(),
        territories: [territory().slug].into(),
    }
}

fn login(number: u8) -> NewLogin {
    NewLogin {
        id: format!("login-{number}"),
        hash: [number; 32],
        email: "Anne@example.org".into(),
        stage: Stage::Open,
        opened_at: at(0),
        ends_at: at(60),
        place: "192.0.2.0/24".into(),
        browser: "Firefox, Linux".into(),
        totp_proposed: None,
    }
}

fn link(number: u8) -> NewLink {
    NewLink {
        hash: [number; 32],
        email: "anne@example.org".into(),
        purpose: Purpose::Reset,
        expires_at: at(60),
    }
}

/// Minutes after an hour.
fn at(minutes: u64) -> jiff::Timestamp {
    hour(1) + Duration::from_secs(60 * minutes)
}
