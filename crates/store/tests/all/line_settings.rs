//! What managers decide about their lines.

use std::collections::HashMap;

use bulletin::{CrisisSentence, LineSettings, TerritorySlug};
use store::Error;

use crate::support::{Desk, by, job, territory};

#[tokio::test]
async fn what_was_decided_about_a_line_reads_back_and_replaces_what_was_before() {
    let desk = Desk::open().await;
    let slug = territory().slug;
    assert!(desk.store.line_settings().await.unwrap().is_empty());
    let set_at = "2026-11-25T19:00:00.123456789Z".parse().unwrap();
    let full = LineSettings {
        crisis: Some(CrisisSentence::compose("Fermez vos fenêtres.", set_at).unwrap()),
        authorities: true,
        asks_noticed: true,
        english_greeting: Some("Welcome.".into()),
        residents: u32::MAX,
    };

    let nothing = LineSettings::default();
    for (before, settings) in [(nothing.clone(), full.clone()), (full, nothing)] {
        desk.store
            .set_line_settings(&slug, &before, &settings, &[], by())
            .await
            .unwrap();

        let expected = HashMap::from([(slug.clone(), settings)]);
        assert_eq!(desk.store.line_settings().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn nothing_is_decided_about_a_territory_that_does_not_exist() {
    let desk = Desk::empty().await;
    let nowhere = TerritorySlug::parse("nowhere").unwrap();

    let nothing = LineSettings::default();
    let crowded = LineSettings {
        residents: 1,
        ..nothing.clone()
    };
    let refused = desk
        .store
        .set_line_settings(&nowhere, &nothing, &crowded, &[], by())
        .await;

    assert!(
        matches!(refused, Err(Error::MissingReference { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn who_has_not_seen_what_was_decided_meanwhile_decides_nothing() {
    let desk = Desk::open().await;
    let slug = territory().slug;
    let nothing = LineSettings::default();
    let with = |residents| LineSettings {
        residents,
        ..LineSettings::default()
    };
    let job = job("speak-territory", "");
    let (one, two) = (with(1), with(2));
    let set = async |before, after| {
        let jobs = std::slice::from_ref(&job);
        desk.store
            .set_line_settings(&slug, before, after, jobs, by())
            .await
    };
    set(&nothing, &one).await.unwrap();

    let late = set(&nothing, &two).await;

    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    let kept = desk.store.line_settings().await.unwrap();
    assert_eq!(kept[&slug].residents, 1);
    assert_eq!(desk.store.pending_jobs().await.unwrap().len(), 1);
    set(&one, &two).await.unwrap();
}
