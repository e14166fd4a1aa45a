//! What managers decide about their lines.

use std::collections::HashMap;

use bulletin::{CrisisSentence, LineSettings, TerritorySlug};
use store::Error;

use crate::support::{Desk, by, territory};

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

    for settings in [full, LineSettings::default()] {
        desk.store
            .set_line_settings(&slug, &settings, by())
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
    let refused = desk.store.set_line_settings(&nowhere, &nothing, by()).await;

    assert!(
        matches!(refused, Err(Error::MissingReference { .. })),
        "{refused:?}"
    );
}
