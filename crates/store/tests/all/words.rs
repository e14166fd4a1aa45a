//! How a territory says names, and what it says in place of the house.

use bulletin::{Language, LexiconEntry, OwnSentence, OwnWords, RecordingKey};
use store::{Error, Recording};

use crate::support::{Desk, acts, by, job, territory};

#[tokio::test]
async fn an_entry_is_added_changed_and_removed_by_who_has_seen_it() {
    let desk = Desk::open().await;
    let (store, here) = (&desk.store, territory().slug);
    let (first, second) = (entry("Xylorga", "Silorga"), entry("Xylorga", "Zilorga"));
    let jobs = [job("speak-anew", "")];
    let change = async |before, after| {
        store
            .replace_lexicon_entry(&here, before, after, &jobs, by())
            .await
    };

    change(None, Some(&first)).await.unwrap();
    let twice = change(None, Some(&second)).await;
    assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    change(Some(&first), Some(&second)).await.unwrap();
    let late = change(Some(&first), None).await;
    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    let kept = store.lexicon(&here).await.unwrap();
    assert_eq!(kept, std::slice::from_ref(&second));
    change(Some(&second), None).await.unwrap();
    assert_eq!(store.lexicon(&here).await.unwrap(), []);

    let acts = acts(&desk, "lexicon.changed").await;
    assert_eq!(acts.len(), 3, "what was refused leaves no act");
    assert!(
        acts.iter()
            .all(|act| act.object == "lexicon/boucles_de_seine/fr/Xylorga")
    );
    assert_eq!(store.pending_jobs().await.unwrap().len(), 3, "nor a job");
}

#[tokio::test]
async fn an_entry_that_is_written_in_another_way_takes_no_place_of_a_third() {
    let desk = Desk::open().await;
    let (store, here) = (&desk.store, territory().slug);
    let (one, two) = (entry("Un", "un"), entry("Deux", "deux"));
    for entry in [&one, &two] {
        store
            .replace_lexicon_entry(&here, None, Some(entry), &[], by())
            .await
            .unwrap();
    }

    let moved = entry("Deux", "un");
    let refused = store
        .replace_lexicon_entry(&here, Some(&one), Some(&moved), &[], by())
        .await;

    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    assert_eq!(store.lexicon(&here).await.unwrap(), [two, one]);
}

#[tokio::test]
async fn own_words_are_kept_with_their_recording_and_changed_by_who_has_seen_them() {
    let desk = Desk::open().await;
    let (store, here) = (&desk.store, territory().slug);
    let sound = recording();
    let spoken = words("Bonjour.", None);
    let recorded = words("Bonjour.", Some(&sound.key));
    let change = async |before, after, sound| {
        store
            .replace_own_words(&here, before, after, sound, &[], by())
            .await
    };

    change(None, Some(&spoken), None).await.unwrap();
    let unknown = change(Some(&spoken), Some(&recorded), None).await;
    assert!(matches!(unknown, Err(Error::MissingReference { .. })));
    change(Some(&spoken), Some(&recorded), Some(&sound))
        .await
        .unwrap();
    let late = change(Some(&spoken), None, None).await;
    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");

    let kept = store.own_words().await.unwrap();
    assert_eq!(kept[&here], std::slice::from_ref(&recorded));
    let found = store.find_recording(&sound.key).await.unwrap();
    assert_eq!(found.as_ref(), Some(&sound));
    change(Some(&recorded), None, None).await.unwrap();
    assert!(store.own_words().await.unwrap().is_empty());
    assert_eq!(acts(&desk, "words.changed").await.len(), 3);
}

fn entry(written: &str, say: &str) -> LexiconEntry {
    LexiconEntry::compose(Language::French, written, say, false).unwrap()
}

fn words(text: &str, recording: Option<&str>) -> OwnWords {
    let recording = recording.map(|key| RecordingKey::parse(key).unwrap());
    OwnWords::compose(OwnSentence::Greeting, Language::French, text, recording).unwrap()
}

fn recording() -> Recording {
    Recording {
        key: "ab".repeat(32),
        text: String::new(),
        engine: "person".into(),
        master_wav: vec![1],
        pcma: vec![2; 8],
        pcmu: vec![3; 8],
        g722: None,
        duration_ms: 1,
    }
}
