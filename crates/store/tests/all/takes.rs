//! What people record for a site, and what becomes of it.

use bulletin::RecordingKey;
use store::{Error, Recording};

use crate::support::{Desk, bulletin, hour, site};

#[tokio::test]
async fn a_take_belongs_to_its_site_and_its_sound_is_a_recording() {
    let desk = Desk::open().await;
    desk.store
        .save_take(&site().slug, &sound('a'), hour(0))
        .await
        .unwrap();

    assert!(desk.store.has_take(&site().slug, &key('a')).await.unwrap());
    assert!(!desk.store.has_take(&site().slug, &key('b')).await.unwrap());
    let other = bulletin::SiteSlug::parse("engrais-de-la-boucle").unwrap();
    assert!(!desk.store.has_take(&other, &key('a')).await.unwrap());
    let kept = desk.store.find_recording(key('a').as_str()).await.unwrap();
    assert_eq!(kept, Some(sound('a')));
}

#[tokio::test]
async fn an_entry_keeps_the_name_of_the_recording_it_is_heard_as() {
    let desk = Desk::open().await;
    desk.store
        .save_take(&site().slug, &sound('a'), hour(0))
        .await
        .unwrap();
    let mut posted = bulletin(1);
    posted.attach_recording(key('a'));

    desk.store
        .insert_bulletin(&posted, &[], None)
        .await
        .unwrap();

    assert_eq!(
        desk.store.find_bulletin(&posted.id).await.unwrap(),
        Some(posted)
    );
}

#[tokio::test]
async fn an_entry_cannot_name_a_recording_that_does_not_exist() {
    let desk = Desk::open().await;
    let mut posted = bulletin(1);
    posted.attach_recording(key('a'));

    let refused = desk.store.insert_bulletin(&posted, &[], None).await;

    assert!(
        matches!(refused, Err(Error::MissingReference { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_abandoned_take_goes_with_its_sound_and_one_in_use_stays() {
    let desk = Desk::open().await;
    for name in ['a', 'b', 'c', 'd'] {
        desk.store
            .save_take(&site().slug, &sound(name), hour(0))
            .await
            .unwrap();
    }
    let mut posted = bulletin(1);
    posted.attach_recording(key('a'));
    desk.store
        .insert_bulletin(&posted, &[], None)
        .await
        .unwrap();
    // Recorded once more: its day begins again.
    desk.store
        .save_take(&site().slug, &sound('b'), hour(20))
        .await
        .unwrap();
    // Something else is spoken with the very same sound.
    desk.store
        .link_speech("territory/x", "menu", key('c').as_str())
        .await
        .unwrap();

    assert_eq!(desk.store.purge_takes(hour(10)).await.unwrap(), 2);

    for (name, taken, heard) in [
        ('a', true, true),
        ('b', true, true),
        ('c', false, true),
        ('d', false, false),
    ] {
        assert_eq!(
            desk.store.has_take(&site().slug, &key(name)).await.unwrap(),
            taken,
            "{name}"
        );
        let found = desk.store.find_recording(key(name).as_str()).await.unwrap();
        assert_eq!(found.is_some(), heard, "{name}");
    }
    assert_eq!(desk.store.purge_takes(hour(10)).await.unwrap(), 0);
}

fn key(name: char) -> RecordingKey {
    RecordingKey::parse(&name.to_string().repeat(64)).unwrap()
}

fn sound(name: char) -> Recording {
    Recording {
        key: key(name).as_str().into(),
        text: String::new(),
        engine: "person 1".into(),
        master_wav: vec![1; 48],
        pcma: vec![0xd5; 160],
        pcmu: vec![0xff; 160],
        g722: Some(vec![0xfd; 160]),
        duration_ms: 20,
    }
}
