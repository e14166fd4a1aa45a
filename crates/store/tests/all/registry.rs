//! Territories, sites, people and tokens.

use bulletin::{Site, Territory, TerritorySlug};
use jiff::tz::{Offset, TimeZone};
use store::{Error, NewToken, NewUser, Token};

use crate::support::{Desk, by, number, site, territory};

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
    let anne = NewUser {
        email: "Anne@Example.org".into(),
        role: "operator".into(),
        site: Some(site().slug),
        password_hash: "$argon2id$…".into(),
        pin_hash: None,
    };
    desk.store.insert_user(&anne, by()).await.unwrap();
    let twin = NewUser {
        email: "anne@example.ORG".into(),
        ..anne.clone()
    };
    let refused = desk.store.insert_user(&twin, by()).await;
    assert!(matches!(refused, Err(Error::Conflict)));

    let found = desk.store.find_user("ANNE@example.org").await.unwrap();
    let stored = NewUser {
        email: "anne@example.org".into(),
        ..anne
    };
    assert_eq!(found, Some(stored));
    assert_eq!(
        desk.store.find_user("bruno@example.org").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_is_revoked() {
    let desk = Desk::open().await;
    let token = NewToken {
        id: "control-room".into(),
        site: site().slug,
        hash: [9; 32],
        label: "Salle de contrôle".into(),
    };
    desk.store.insert_token(&token, by()).await.unwrap();
    let expected = Token {
        id: "control-room".into(),
        site: site().slug,
        territory: territory().slug,
    };
    let find = |hash| desk.store.find_token(hash);
    assert_eq!(find([9; 32]).await.unwrap(), Some(expected));
    assert_eq!(find([8; 32]).await.unwrap(), None);
    desk.store.revoke_token("control-room", by()).await.unwrap();
    assert_eq!(find([9; 32]).await.unwrap(), None);
}
