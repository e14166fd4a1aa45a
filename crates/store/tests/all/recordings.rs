//! Finished sound and what it speaks for.

use store::{Error, Recording};

use crate::support::Desk;

#[tokio::test]
async fn a_recording_reads_back_octet_by_octet() {
    let desk = Desk::open().await;
    let it = recording("k1");
    desk.store.save_recording(&it).await.unwrap();
    assert_eq!(desk.store.find_recording("k1").await.unwrap(), Some(it));
    assert_eq!(desk.store.find_recording("k2").await.unwrap(), None);
}

#[tokio::test]
async fn the_same_key_is_the_same_sound_and_stays() {
    let desk = Desk::open().await;
    desk.store.save_recording(&recording("k1")).await.unwrap();
    let other = Recording {
        pcma: vec![],
        ..recording("k1")
    };
    desk.store.save_recording(&other).await.unwrap();
    let kept = desk.store.find_recording("k1").await.unwrap();
    assert_eq!(kept, Some(recording("k1")));
}

#[tokio::test]
async fn of_many_keys_those_that_exist_are_found_with_their_duration() {
    let desk = Desk::open().await;
    for key in ["k1", "k9"] {
        desk.store.save_recording(&recording(key)).await.unwrap();
    }
    let mut keys: Vec<String> = (0..1200).map(|it| format!("unknown {it}")).collect();
    keys.insert(3, "k1".into());
    keys.push("k9".into());
    let found = desk.store.find_recording_keys(&keys).await.unwrap();
    assert_eq!(found, [("k1".to_owned(), 1500), ("k9".to_owned(), 1500)]);
    assert_eq!(desk.store.find_recording_keys(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_link_leads_to_the_latest_recording_of_its_part() {
    let desk = Desk::open().await;
    for key in ["k1", "k2"] {
        desk.store.save_recording(&recording(key)).await.unwrap();
    }
    let owner = "bulletin/aaaaaaaaaaaa/1";
    for (part, key) in [("today", "k1"), ("body", "k1"), ("body", "k2")] {
        desk.store.link_speech(owner, part, key).await.unwrap();
    }
    desk.store
        .link_speech("territory/boucles_de_seine", "greeting", "k1")
        .await
        .unwrap();

    let spoken = desk.store.speech_of(owner).await.unwrap();
    assert_eq!(spoken, [pair("body", "k2"), pair("today", "k1")]);
}

#[tokio::test]
async fn links_are_read_of_the_owners_asked_for_and_of_no_others() {
    let desk = Desk::open().await;
    desk.store.save_recording(&recording("k1")).await.unwrap();
    let owner = |number: u32| format!("bulletin/aaaaaaaaaaaa/{number}");
    for number in 0..30 {
        let owner = owner(number);
        desk.store.link_speech(&owner, "body", "k1").await.unwrap();
        let stated = desk.store.set_speech_state(&owner, "ready", "");
        stated.await.unwrap();
    }
    // More than one statement takes.
    let mut asked: Vec<_> = (100..1_100).map(owner).collect();
    asked.extend([owner(3), owner(29)]);

    let links = desk.store.speech_of_all(&asked).await.unwrap();
    let link = |number| (owner(number), "body".to_owned(), "k1".to_owned());
    assert_eq!(links, [link(29), link(3)]);
    let states = desk.store.speech_states(&asked).await.unwrap();
    assert_eq!(states.len(), 2);
    assert_eq!(desk.store.speech_of_all(&[]).await.unwrap(), []);
    assert_eq!(desk.store.speech_states(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn what_an_owner_says_no_more_is_forgotten() {
    let desk = Desk::open().await;
    desk.store.save_recording(&recording("k1")).await.unwrap();
    for (owner, part) in [
        ("territory/x", "menu"),
        ("territory/x", "old"),
        ("territory/y", "old"),
    ] {
        desk.store.link_speech(owner, part, "k1").await.unwrap();
    }

    let kept = ["menu".to_owned()];
    desk.store.keep_speech("territory/x", &kept).await.unwrap();

    let left = desk.store.speech_of("territory/x").await.unwrap();
    assert_eq!(left, [pair("menu", "k1")]);
    assert_eq!(desk.store.speech_of("territory/y").await.unwrap().len(), 1);
    desk.store.keep_speech("territory/x", &[]).await.unwrap();
    assert_eq!(desk.store.speech_of("territory/x").await.unwrap(), []);
}

#[tokio::test]
async fn a_link_to_a_recording_that_does_not_exist_is_refused() {
    let desk = Desk::open().await;
    let refused = desk.store.link_speech("territory/x", "menu", "k1").await;
    assert!(
        matches!(refused, Err(Error::MissingReference { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_state_of_speaking_replaces_the_one_before() {
    let desk = Desk::open().await;
    let owner = "bulletin/aaaaaaaaaaaa/1";
    for (state, detail) in [("queued", ""), ("failed", "voice engine is silent")] {
        desk.store
            .set_speech_state(owner, state, detail)
            .await
            .unwrap();
    }
    let states = desk.store.speech_states(&[owner.to_owned()]).await.unwrap();
    let expected = (
        owner.to_owned(),
        "failed".to_owned(),
        "voice engine is silent".to_owned(),
    );
    assert_eq!(states, [expected]);
}

pub(crate) fn recording(key: &str) -> Recording {
    Recording {
        key: key.into(),
        text: "Fumée noire.".into(),
        engine: "pico 1".into(),
        master_wav: (0..=255).cycle().take(48_044).collect(),
        pcma: vec![0xd5; 12_000],
        pcmu: vec![0xff; 12_000],
        g722: Some(vec![0xfd; 12_000]),
        duration_ms: 1500,
    }
}

fn pair(part: &str, key: &str) -> (String, String) {
    (part.to_owned(), key.to_owned())
}
