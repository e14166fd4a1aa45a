//! Posting by telephone: codes and PINs, and drafts of what was not published.

use bulletin::{Event, Kind, Site, SiteSlug};
use store::{Error, KeptDraft, TelephoneKey};

use crate::support::{Desk, by, hour, site};

#[tokio::test]
async fn a_site_is_found_by_its_code_until_it_is_taken_away() {
    let desk = Desk::open().await;
    let key = |code: &str, pin_hash: &str| TelephoneKey {
        site: site().slug,
        code: code.into(),
        pin_hash: pin_hash.into(),
    };
    desk.store
        .set_telephone_key(&key("4711", "first"), by())
        .await
        .unwrap();
    desk.store
        .set_telephone_key(&key("4712", "second"), by())
        .await
        .unwrap();

    assert_eq!(desk.store.find_telephone_key("4711").await.unwrap(), None);
    let found = desk.store.find_telephone_key("4712").await.unwrap();
    assert_eq!(found, Some(key("4712", "second")));
    let code = desk.store.telephone_code(&site().slug).await.unwrap();
    assert_eq!(code.as_deref(), Some("4712"));
    desk.store
        .remove_telephone_key(&site().slug, by())
        .await
        .unwrap();
    assert_eq!(desk.store.find_telephone_key("4712").await.unwrap(), None);
}

#[tokio::test]
async fn two_sites_never_share_a_code_and_no_stranger_has_one() {
    let desk = Desk::open().await;
    let other = Site {
        slug: SiteSlug::parse("depot-du-port").unwrap(),
        ..site()
    };
    desk.store.upsert_site(&other, by()).await.unwrap();
    let key = |slug: SiteSlug| TelephoneKey {
        site: slug,
        code: "4711".into(),
        pin_hash: "hash".into(),
    };
    desk.store
        .set_telephone_key(&key(site().slug), by())
        .await
        .unwrap();

    let taken = desk.store.set_telephone_key(&key(other.slug), by()).await;
    assert!(matches!(taken, Err(Error::Conflict)), "{taken:?}");
    let nobody = SiteSlug::parse("personne").unwrap();
    desk.store
        .remove_telephone_key(&site().slug, by())
        .await
        .unwrap();
    let unknown = desk.store.set_telephone_key(&key(nobody), by()).await;
    assert!(
        matches!(unknown, Err(Error::MissingReference { .. })),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_draft_is_kept_once_heard_deleted_by_its_site_and_gone_after_its_days() {
    let desk = Desk::open().await;
    let site = site().slug;
    let draft = |id: &str, hours| KeptDraft {
        id: id.into(),
        kind: Kind::Drill,
        event: Event::Siren,
        at: hour(hours),
        duration_ms: 0,
    };
    for (id, hours) in [("old", 0), ("new", 50), ("newest", 51)] {
        let draft = draft(id, hours);
        desk.store
            .save_draft(&site, &draft, Some(b"RIFF"))
            .await
            .unwrap();
        desk.store.save_draft(&site, &draft, None).await.unwrap();
    }
    assert_eq!(
        desk.store.draft_wav(&site, "new").await.unwrap().as_deref(),
        Some(&b"RIFF"[..])
    );
    assert_eq!(desk.store.purge_drafts(hour(49)).await.unwrap(), 1);
    let left = desk.store.drafts(&site).await.unwrap();
    assert_eq!(left, [draft("newest", 51), draft("new", 50)]);

    let other = SiteSlug::parse("depot-du-port").unwrap();
    assert!(!desk.store.delete_draft(&other, "new", by()).await.unwrap());
    assert!(desk.store.delete_draft(&site, "new", by()).await.unwrap());
    assert_eq!(desk.store.draft_wav(&site, "new").await.unwrap(), None);
}
