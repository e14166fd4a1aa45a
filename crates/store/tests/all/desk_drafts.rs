//! What was written at the desk and is not published.

use bulletin::{RecordingKey, Site, SiteSlug};
use store::{DeskDraft, DraftState, Recording, WantedActs};

use crate::support::{Desk, by, hour, job, site};

#[tokio::test]
async fn a_draft_is_kept_in_the_place_of_its_earlier_version_with_the_jobs_it_causes() {
    let desk = Desk::open().await;
    let first = draft("a", 0);
    let second = DeskDraft {
        state: DraftState::Scheduled,
        publish_at: Some(hour(5)),
        form: r#"{"text":"deux"}"#.into(),
        note: "relu".into(),
        at: hour(1),
        ..first.clone()
    };
    assert!(
        desk.store
            .save_desk_draft(&first, None, &[], by())
            .await
            .unwrap()
    );
    let jobs = [job("publish", "a")];
    assert!(
        desk.store
            .save_desk_draft(&second, None, &jobs, by())
            .await
            .unwrap()
    );

    let kept = desk.store.desk_drafts().await.unwrap();
    assert_eq!(kept, std::slice::from_ref(&second));
    assert_eq!(desk.store.find_desk_draft("a").await.unwrap(), Some(second));
    assert_eq!(desk.store.pending_jobs().await.unwrap().len(), 1);
    desk.store.delete_desk_draft("a", Some(by())).await.unwrap();
    assert_eq!(desk.store.find_desk_draft("a").await.unwrap(), None);
    let wanted = WantedActs::default();
    let acts = desk.store.acts(&wanted, 2).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|(_, act)| act.what.as_str()).collect();
    assert_eq!(acts, ["desk-draft.deleted", "desk-draft.scheduled"]);
}

#[tokio::test]
async fn a_draft_never_becomes_that_of_another_site() {
    let desk = Desk::open().await;
    let other = Site {
        slug: SiteSlug::parse("engrais-de-la-boucle").unwrap(),
        ..site()
    };
    desk.store.upsert_site(&other, by()).await.unwrap();
    let mine = draft("a", 0);
    let theirs = DeskDraft {
        site: other.slug,
        ..mine.clone()
    };
    assert!(
        desk.store
            .save_desk_draft(&mine, None, &[], by())
            .await
            .unwrap()
    );
    let jobs = [job("publish", "a")];
    assert!(
        !desk
            .store
            .save_desk_draft(&theirs, None, &jobs, by())
            .await
            .unwrap()
    );
    assert_eq!(desk.store.desk_drafts().await.unwrap(), [mine]);
    assert!(desk.store.pending_jobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_colleague_has_written_since_is_replaced_by_who_has_seen_it_alone() {
    let desk = Desk::open().await;
    let save = async |draft: &DeskDraft, seen| {
        let saved = desk.store.save_desk_draft(draft, Some(seen), &[], by());
        saved.await.unwrap()
    };
    let by_anne = draft("a", 0);
    let by_marc = DeskDraft {
        author: "marc@allo.example".into(),
        at: hour(1),
        ..by_anne.clone()
    };
    let again = DeskDraft {
        at: hour(2),
        ..by_anne.clone()
    };
    assert!(save(&by_anne, hour(0)).await, "nobody has written it");
    assert!(!save(&by_marc, hour(-1)).await, "not the version he saw");
    assert!(save(&again, hour(-1)).await, "her own, by the back button");
    assert!(save(&by_marc, hour(2)).await);
    assert!(!save(&again, hour(2)).await, "she has not seen his");
    assert_eq!(desk.store.desk_drafts().await.unwrap(), [by_marc]);
}

#[tokio::test]
async fn old_drafts_go_and_those_that_wait_for_somebody_or_for_their_hour_stay() {
    let desk = Desk::open().await;
    let with = |id: &str, at, state| DeskDraft {
        state,
        ..draft(id, at)
    };
    for one in [
        with("old", 0, DraftState::Draft),
        with("young", 9, DraftState::Draft),
        with("waiting", 0, DraftState::Waiting),
        with("scheduled", 0, DraftState::Scheduled),
    ] {
        desk.store
            .save_desk_draft(&one, None, &[], by())
            .await
            .unwrap();
    }
    assert_eq!(desk.store.purge_desk_drafts(hour(5)).await.unwrap(), 1);
    let left = desk.store.desk_drafts().await.unwrap();
    let left: Vec<_> = left.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(left, ["young", "scheduled", "waiting"]);
}

#[tokio::test]
async fn the_recording_of_a_draft_is_kept_as_long_as_the_draft() {
    let desk = Desk::open().await;
    let key = "a".repeat(64);
    let sound = Recording {
        key: key.clone(),
        text: String::new(),
        engine: "person".into(),
        master_wav: vec![1],
        pcma: vec![1; 8],
        pcmu: vec![1; 8],
        g722: None,
        duration_ms: 1,
    };
    let store = &desk.store;
    store
        .save_take(&site().slug, &sound, hour(0))
        .await
        .unwrap();
    let heard = DeskDraft {
        recording: Some(RecordingKey::parse(&key).unwrap()),
        ..draft("a", 0)
    };
    store
        .save_desk_draft(&heard, None, &[], by())
        .await
        .unwrap();
    assert_eq!(store.purge_takes(hour(30)).await.unwrap(), 0);
    store.delete_desk_draft("a", None).await.unwrap();
    assert_eq!(store.purge_takes(hour(30)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_site_asks_for_a_second_person_until_it_does_no_more() {
    let desk = Desk::open().await;
    let slug = site().slug;
    assert!(!desk.store.asks_approval(&slug).await.unwrap());
    for asked in [true, true, false] {
        desk.store.set_approval(&site(), asked, by()).await.unwrap();
        assert_eq!(desk.store.asks_approval(&slug).await.unwrap(), asked);
    }
}

fn draft(id: &str, at: i64) -> DeskDraft {
    DeskDraft {
        id: id.into(),
        site: site().slug,
        author: "anne@example.org".into(),
        state: DraftState::Draft,
        publish_at: None,
        recording: None,
        form: r#"{"text":"un"}"#.into(),
        note: String::new(),
        at: hour(at),
    }
}
