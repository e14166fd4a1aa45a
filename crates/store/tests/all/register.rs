//! Which territories and sites take part, and who changes that.

use bulletin::{Site, SiteSlug, Territory, TerritorySlug};
use store::{Error, NewToken, TelephoneKey};

use crate::support::{Desk, acts, by, job, number, site, territory};

#[tokio::test]
async fn a_site_is_added_once_and_keeps_its_slug_for_ever() {
    let desk = Desk::open().await;
    let twin = Site {
        name: "Une autre".into(),
        ..site()
    };
    for closed in [false, true] {
        if closed {
            desk.store.close_site(&site(), &[], by()).await.unwrap();
        }
        let refused = desk.store.add_site(&twin, &[], by()).await;
        assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_closed_site_posts_by_no_way_and_its_name_stays() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let token = NewToken {
        id: "room".into(),
        site: site().slug,
        hash: [9; 32],
        label: "Salle".into(),
        scope: store::Scope::Post,
    };
    store.insert_token(&token, by()).await.unwrap();
    let key = TelephoneKey {
        site: site().slug,
        code: "4711".into(),
        pin_hash: "$argon2id$".into(),
    };
    store.set_telephone_key(&key, by()).await.unwrap();

    store
        .close_site(&site(), &[job("speak-territory", "")], by())
        .await
        .unwrap();

    assert_eq!(store.sites().await.unwrap(), []);
    assert_eq!(store.find_token([9; 32]).await.unwrap(), None);
    assert_eq!(store.find_telephone_key("4711").await.unwrap(), None);
    let registered = store.registered_sites().await.unwrap();
    assert_eq!(registered[0].site, site());
    assert_eq!(registered[0].closed_at, Some(by().at));
    let again = store.close_site(&site(), &[], by()).await;
    assert!(matches!(again, Err(Error::Conflict)));
    let changed = store.replace_site(&site(), &renamed(), &[], by()).await;
    assert!(
        matches!(changed, Err(Error::Conflict)),
        "a closed one stays"
    );

    store.reopen_site(&site(), &[], by()).await.unwrap();
    assert_eq!(store.sites().await.unwrap(), [site()]);
    assert!(store.find_token([9; 32]).await.unwrap().is_some());
    let again = store.reopen_site(&site(), &[], by()).await;
    assert!(matches!(again, Err(Error::Conflict)));
    assert_eq!(acts(&desk, "site.closed").await.len(), 1);
    assert_eq!(acts(&desk, "site.reopened").await.len(), 1);
}

#[tokio::test]
async fn a_site_is_changed_by_who_has_seen_what_it_is() {
    let desk = Desk::open().await;
    let late = Site {
        name: "Autre chose".into(),
        ..site()
    };
    let jobs = [job("speak-anew", "")];
    let store = &desk.store;
    store
        .replace_site(&site(), &renamed(), &jobs, by())
        .await
        .unwrap();

    let refused = store.replace_site(&site(), &late, &jobs, by()).await;

    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    assert_eq!(store.sites().await.unwrap(), [renamed()]);
    assert_eq!(store.pending_jobs().await.unwrap().len(), 1);
    let acts = acts(&desk, "site.changed").await;
    let act = acts.last().unwrap();
    assert!(act.after.as_ref().unwrap().contains("la raffinerie"));
    assert_eq!(act.site, Some(site().slug));
}

#[tokio::test]
async fn a_territory_is_changed_by_who_has_seen_it_and_takes_no_number_of_another() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let other = Territory {
        slug: TerritorySlug::parse("estuaire").unwrap(),
        numbers: vec![number("+33261910009")],
        ..territory()
    };
    store.add_territory(&other, false, &[], by()).await.unwrap();
    let with = |numbers: &[&str]| Territory {
        numbers: numbers.iter().map(|text| number(text)).collect(),
        ..territory()
    };

    let theft = with(&["+33261910009"]);
    let refused = store
        .replace_territory(&territory(), &theft, &[], by())
        .await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    let one = with(&["+33261910002"]);
    store
        .replace_territory(&territory(), &one, &[], by())
        .await
        .unwrap();
    let late = store
        .replace_territory(&territory(), &with(&[]), &[], by())
        .await;
    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");

    let known = store.territories().await.unwrap();
    assert_eq!(known, [one, other]);
}

#[tokio::test]
async fn a_territory_to_learn_in_stays_one_and_never_has_a_number() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let school = Territory {
        slug: TerritorySlug::parse("ecole").unwrap(),
        numbers: vec![],
        ..territory()
    };
    let with_number = Territory {
        numbers: vec![number("+33261910009")],
        ..school.clone()
    };
    let refused = store.add_territory(&with_number, true, &[], by()).await;
    assert!(
        matches!(refused, Err(Error::TrainingNumber { .. })),
        "{refused:?}"
    );
    store.add_territory(&school, true, &[], by()).await.unwrap();

    let refused = store
        .replace_territory(&school, &with_number, &[], by())
        .await;
    assert!(matches!(refused, Err(Error::TrainingNumber { .. })));
    let refused = store.upsert_territory(&with_number, by()).await;
    assert!(matches!(refused, Err(Error::TrainingNumber { .. })));

    let training = store.training_territories().await.unwrap();
    assert_eq!(training.into_iter().collect::<Vec<_>>(), [school.slug]);
}

#[tokio::test]
async fn a_site_of_an_unknown_territory_is_not_added() {
    let desk = Desk::empty().await;
    let lost = Site {
        slug: SiteSlug::parse("perdue").unwrap(),
        ..site()
    };
    let refused = desk.store.add_site(&lost, &[], by()).await;
    assert!(matches!(refused, Err(Error::MissingReference { .. })));
}

fn renamed() -> Site {
    Site {
        spoken_name: "la raffinerie".into(),
        ..site()
    }
}
