//! What managers write for the public pages: nobody overwrites what they have not seen, and each change leaves its act.

use bulletin::{BackgroundPage, Conformance, Coordinates, Event, Imprint, PageSlug};
use store::{Error, WantedBulletins};

use crate::support::{Desk, acts, bulletin, by, hour, site, territory};

#[tokio::test]
async fn an_imprint_is_kept_whole_and_written_by_who_has_seen_what_it_was() {
    let desk = Desk::open().await;
    let slug = territory().slug;
    let imprint = Imprint {
        publisher: "Métropole".into(),
        address: "1 quai\n76000 Rouen".into(),
        email: "a@b".into(),
        telephone: "02".into(),
        data_protection: "dpo".into(),
        conformance: Conformance::Partial,
        audit: "2026".into(),
        shortcomings: "Un".into(),
        shortcomings_en: "One".into(),
        plan: "là".into(),
    };
    let nothing = Imprint::default();
    desk.store
        .set_imprint(&slug, &nothing, &imprint, by())
        .await
        .unwrap();
    assert_eq!(desk.store.imprints().await.unwrap()[&slug], imprint);

    let late = desk
        .store
        .set_imprint(
            &slug,
            &nothing,
            &Imprint {
                plan: "ici".into(),
                ..nothing.clone()
            },
            by(),
        )
        .await;
    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    assert_eq!(acts(&desk, "territory.imprint").await.len(), 1);
}

#[tokio::test]
async fn a_page_that_explains_is_added_changed_and_taken_away_by_who_has_seen_it() {
    let desk = Desk::open().await;
    let slug = territory().slug;
    let page = |text| {
        let slug = PageSlug::parse("la-torche").unwrap();
        BackgroundPage::compose(slug, ("La torche", text), ("", "")).unwrap()
    };
    let (one, other) = (page("Un."), page("Deux."));
    let replace = |before, after| {
        desk.store
            .replace_background_page(&slug, before, after, by())
    };
    replace(None, Some(&one)).await.unwrap();
    let twice = replace(None, Some(&other)).await;
    assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    replace(Some(&one), Some(&other)).await.unwrap();
    let kept = desk.store.background_pages().await.unwrap();
    assert_eq!(kept[&slug], std::slice::from_ref(&other));
    let late = replace(Some(&one), None).await;
    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    replace(Some(&other), None).await.unwrap();
    assert!(desk.store.background_pages().await.unwrap().is_empty());
    assert_eq!(acts(&desk, "territory.page").await.len(), 3);
}

#[tokio::test]
async fn a_site_is_placed_and_the_same_place_again_is_no_act() {
    let desk = Desk::open().await;
    let place = Coordinates::parse("-20.90001, 55.5").unwrap();
    for place in [Some(place), Some(place), None, None] {
        desk.store
            .set_site_place(&site(), place, by())
            .await
            .unwrap();
        let kept = desk.store.site_places().await.unwrap();
        assert_eq!(kept.get(&site().slug).copied(), place);
    }
    assert_eq!(acts(&desk, "site.placed").await.len(), 2);
}

#[tokio::test]
async fn an_event_is_found_among_others_and_not_inside_another_word() {
    let desk = Desk::open().await;
    let mut both = bulletin(1);
    both.events = vec![Event::ReliefValve, Event::Noise];
    desk.store.insert_bulletin(&both, &[], None).await.unwrap();
    for (event, found) in [
        (Event::ReliefValve, true),
        (Event::Noise, true),
        (Event::Trip, false),
    ] {
        let wanted = WantedBulletins {
            event: Some(event),
            ..WantedBulletins::default()
        };
        let slug = territory().slug;
        let some = desk.store.search_bulletins(&slug, &wanted, None, 10).await;
        assert_eq!(!some.unwrap().is_empty(), found, "{event:?}");
    }
    let since = |at| WantedBulletins {
        since: Some(at),
        until: Some(hour(3)),
        ..WantedBulletins::default()
    };
    for (at, found) in [(hour(1), 1), (hour(2), 0)] {
        let slug = territory().slug;
        let some = desk
            .store
            .search_bulletins(&slug, &since(at), None, 10)
            .await;
        assert_eq!(some.unwrap().len(), found, "{at}");
    }
}
