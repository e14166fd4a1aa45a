//! Territories, sites, people and tokens.

use std::collections::BTreeSet;

use bulletin::{Language, Site, Territory, TerritorySlug};
use jiff::tz::{Offset, TimeZone};
use store::{Error, Keys, NewToken, Person, Role, Scope, Token, User};

use crate::DATABASE;
use crate::support::{Database, Desk, by, hour, number, site, territory};

#[tokio::test]
async fn a_territory_reads_back_with_its_numbers_in_order() {
    let desk = Desk::open().await;
    assert_eq!(desk.store.territories().await.unwrap(), [territory()]);
}

#[tokio::test]
async fn writing_a_territory_again_replaces_its_words_and_its_numbers() {
    let desk = Desk::open().await;
    let changed = Territory {
        name: "Grandes Boucles".into(),
        zone: TimeZone::UTC,
        numbers: vec![number("+33261910002"), number("+33805691282")],
        ..territory()
    };
    desk.store.upsert_territory(&changed, by()).await.unwrap();
    assert_eq!(desk.store.territories().await.unwrap(), [changed]);
}

#[tokio::test]
async fn a_number_leads_to_one_territory_and_a_refused_one_changes_nothing() {
    let desk = Desk::open().await;
    let thief = Territory {
        slug: TerritorySlug::parse("estuaire").unwrap(),
        ..territory()
    };
    let refused = desk.store.upsert_territory(&thief, by()).await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    assert_eq!(desk.store.territories().await.unwrap(), [territory()]);
}

#[tokio::test]
async fn a_zone_without_a_name_is_refused() {
    let desk = Desk::open().await;
    let nameless = Territory {
        zone: TimeZone::fixed(Offset::constant(1)),
        ..territory()
    };
    let refused = desk.store.upsert_territory(&nameless, by()).await;
    assert!(matches!(refused, Err(Error::NamelessZone { .. })));
}

#[tokio::test]
async fn a_site_reads_back_and_is_replaced_when_written_again() {
    let desk = Desk::open().await;
    assert_eq!(desk.store.sites().await.unwrap(), [site()]);
    let renamed = Site {
        spoken_name: "la raffinerie".into(),
        ..site()
    };
    desk.store.upsert_site(&renamed, by()).await.unwrap();
    assert_eq!(desk.store.sites().await.unwrap(), [renamed]);
}

#[tokio::test]
async fn a_site_of_an_unknown_territory_is_refused() {
    let desk = Desk::empty().await;
    let refused = desk.store.upsert_site(&site(), by()).await;
    assert!(matches!(refused, Err(Error::MissingReference { .. })));
}

#[tokio::test]
async fn a_person_is_found_by_address_in_any_case_and_cannot_be_added_twice() {
    let desk = Desk::open().await;
    let anne = Person {
        email: "Anne@Example.org".into(),
        name: "Anne".into(),
        role: Role::Operator,
        language: Language::French,
        sites: BTreeSet::from([site().slug]),
        territories: BTreeSet::from([territory().slug]),
    };
    let keys = Keys {
        password_hash: Some("$argon2id$…".into()),
        totp_secret: Some(vec![7; 20]),
    };
    desk.store.insert_user(&anne, &keys, by()).await.unwrap();
    let twin = Person {
        email: "anne@example.ORG".into(),
        ..anne.clone()
    };
    let refused = desk.store.insert_user(&twin, &keys, by()).await;
    assert!(matches!(refused, Err(Error::Conflict)));

    let found = desk.store.find_user("ANNE@example.org").await.unwrap();
    let person = Person {
        email: "anne@example.org".into(),
        ..anne
    };
    assert_eq!(found, Some(User { person, keys }));
    assert_eq!(
        desk.store.find_user("bruno@example.org").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn an_address_that_postgresql_could_not_hold_is_told_from_a_database_that_does_not_answer() {
    let desk = Desk::open().await;
    let found = desk.store.find_user("anne\0@example.org").await;
    match DATABASE {
        Database::Sqlite => assert_eq!(found.unwrap(), None),
        Database::Postgres => assert!(matches!(found, Err(Error::Character { .. })), "{found:?}"),
    }
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_is_revoked() {
    let desk = Desk::open().await;
    let token = NewToken {
        id: "control-room".into(),
        site: site().slug,
        hash: [9; 32],
        label: "Salle de contrôle".into(),
        scope: Scope::Read,
    };
    desk.store.insert_token(&token, by()).await.unwrap();
    let expected = Token {
        id: "control-room".into(),
        site: site().slug,
        territory: territory().slug,
        scope: Scope::Read,
        used_at: None,
    };
    let find = |hash| desk.store.find_token(hash);
    assert_eq!(find([9; 32]).await.unwrap(), Some(expected));
    assert_eq!(find([8; 32]).await.unwrap(), None);
    let revoke = |id| desk.store.revoke_token(id, by());
    assert!(revoke("control-room").await.unwrap());
    assert_eq!(find([9; 32]).await.unwrap(), None);
    let again = revoke("control-room").await.unwrap();
    let unknown = revoke("nobody").await.unwrap();
    assert!(!again && !unknown, "there was nothing to take away");
    let kept = desk.store.tokens().await.unwrap().remove(0);
    assert_eq!(kept.revoked_at, Some(by().at), "its name stays");
    assert_eq!(kept.made_by.as_deref(), Some(by().who));
}

#[tokio::test]
async fn the_last_use_of_a_token_only_moves_forward() {
    let desk = Desk::open().await;
    let token = NewToken {
        id: "control-room".into(),
        site: site().slug,
        hash: [9; 32],
        label: "Salle de contrôle".into(),
        scope: Scope::Post,
    };
    desk.store.insert_token(&token, by()).await.unwrap();
    for used in [hour(2), hour(1)] {
        let noted = desk.store.note_token_use("control-room", used).await;
        noted.unwrap();
    }
    let found = desk.store.find_token([9; 32]).await.unwrap().unwrap();
    assert_eq!(found.used_at, Some(hour(2)));
    assert_eq!(desk.store.tokens().await.unwrap()[0].used_at, found.used_at);
}
