//! A bulletin read back is the one written, and the lists hold what they say.

use bulletin::{
    Bulletin, BulletinId, Entry, EntryKind, Event, Kind, Language, Nuisance, TerritorySlug, Update,
};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use store::Error;

use crate::support::{Desk, bulletin, hour, site, territory};

#[tokio::test]
async fn a_thread_reads_back_entry_by_entry() {
    let desk = Desk::open().await;
    let mut it = bulletin(1);
    desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    assert_eq!(read(&desk, &it).await, it);

    let change = Update {
        text: "Maîtrisé.\nSuite à 16h.".into(),
        under_control: true,
        lifetime: Some(bulletin::Lifetime::Days(30)),
    };
    let entry = it.update(change, &territory(), "bruno", hour(3)).unwrap();
    desk.store
        .append_entry(&it, &entry, &[], None)
        .await
        .unwrap();
    let entry = it.end(None, "bruno", hour(5)).unwrap();
    desk.store
        .append_entry(&it, &entry, &[], None)
        .await
        .unwrap();
    assert_eq!(read(&desk, &it).await, it);
}

#[test]
fn any_bulletin_reads_back_as_it_was_written() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let desk = runtime.block_on(Desk::open());
    let mut runner = TestRunner::new(Config::with_cases(64));
    let mut number = 0_u64;
    let written = std::cell::RefCell::new(&mut number);
    runner
        .run(&any_bulletin(), |mut it| {
            **written.borrow_mut() += 1;
            it.id = BulletinId::from_random(written.borrow().to_be_bytes());
            runtime.block_on(async {
                desk.store.insert_bulletin(&it, &[], None).await.unwrap();
                let found = desk.store.find_bulletin(&it.id).await.unwrap();
                prop_assert_eq!(found.as_ref(), Some(&it));
                Ok(())
            })
        })
        .unwrap();
}

#[tokio::test]
async fn live_bulletins_are_those_not_yet_expired_newest_post_first() {
    let desk = Desk::open().await;
    for number in [1, 2, 3] {
        desk.store
            .insert_bulletin(&bulletin(number), &[], None)
            .await
            .unwrap();
    }
    let end_of_first = bulletin(1).expires_at;
    let last = end_of_first - jiff::SignedDuration::from_nanos(1);
    let live = |now| desk.store.live_bulletins(now);
    assert_eq!(
        live(last).await.unwrap(),
        [bulletin(3), bulletin(2), bulletin(1)]
    );
    assert_eq!(
        live(end_of_first).await.unwrap(),
        [bulletin(3), bulletin(2)]
    );
    assert_eq!(live(hour(24 * 40)).await.unwrap(), []);
}

#[tokio::test]
async fn the_archive_pages_through_everything_newest_first() {
    let desk = Desk::open().await;
    for number in 1..=5 {
        desk.store
            .insert_bulletin(&bulletin(number), &[], None)
            .await
            .unwrap();
    }
    let slug = territory().slug;
    let page = |limit, before| desk.store.archived_bulletins(&slug, limit, before);
    let first = page(2, None).await.unwrap();
    assert_eq!(first, [bulletin(5), bulletin(4)]);
    let second = page(2, Some(first[1].posted_at)).await.unwrap();
    assert_eq!(second, [bulletin(3), bulletin(2)]);
    assert_eq!(
        page(u32::MAX, Some(second[1].posted_at)).await.unwrap(),
        [bulletin(1)]
    );
    assert_eq!(page(0, None).await.unwrap(), []);
}

#[tokio::test]
async fn the_archive_of_one_territory_does_not_hold_another() {
    let desk = Desk::open().await;
    desk.store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    let elsewhere = TerritorySlug::parse("estuaire").unwrap();
    let found = desk.store.archived_bulletins(&elsewhere, 10, None).await;
    assert_eq!(found.unwrap(), []);
}

#[tokio::test]
async fn more_bulletins_than_one_statement_takes_are_read_whole() {
    let desk = Desk::open().await;
    for number in 1..=520 {
        desk.store
            .insert_bulletin(&bulletin(number), &[], None)
            .await
            .unwrap();
    }
    let found = desk
        .store
        .archived_bulletins(&territory().slug, 1000, None)
        .await
        .unwrap();
    assert_eq!(found, (1..=520).rev().map(bulletin).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_unknown_bulletin_is_not_found_and_cannot_grow() {
    let desk = Desk::open().await;
    let mut it = bulletin(1);
    assert_eq!(desk.store.find_bulletin(&it.id).await.unwrap(), None);
    let entry = it.end(None, "anne", hour(2)).unwrap();
    let refused = desk.store.append_entry(&it, &entry, &[], None).await;
    assert!(
        matches!(refused, Err(Error::NotFound { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_bulletin_of_an_unknown_site_is_refused() {
    let desk = Desk::empty().await;
    let refused = desk.store.insert_bulletin(&bulletin(1), &[], None).await;
    assert!(
        matches!(refused, Err(Error::MissingReference { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_id_is_given_once() {
    let desk = Desk::open().await;
    desk.store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    let refused = desk.store.insert_bulletin(&bulletin(1), &[], None).await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
}

#[tokio::test]
async fn events_and_nuisances_of_a_later_version_do_not_hide_a_bulletin() {
    let desk = Desk::open().await;
    desk.store
        .insert_bulletin(&bulletin(1), &[], None)
        .await
        .unwrap();
    desk.meddle(
        "UPDATE bulletins SET events = 'flaring eruption tremor', nuisances = 'noise tremor'",
    )
    .await;

    let read = desk.store.find_bulletin(&bulletin(1).id).await.unwrap();

    let read = read.unwrap();
    assert_eq!(read.events, [Event::Flaring, Event::Other]);
    assert_eq!(read.nuisances, [Nuisance::Noise]);
}

#[tokio::test]
async fn a_bulletin_that_cannot_be_read_is_named_by_its_word_and_hides_no_other() {
    let desk = Desk::open().await;
    for number in [1, 2, 3] {
        desk.store
            .insert_bulletin(&bulletin(number), &[], None)
            .await
            .unwrap();
    }
    let (kind, thread) = (bulletin(1).id, bulletin(2).id);
    desk.meddle(&format!(
        "UPDATE bulletins SET kind = 'eruption' WHERE id = '{kind}'"
    ))
    .await;
    desk.meddle(&format!(
        "UPDATE entries SET kind = 'song' WHERE bulletin = '{thread}'"
    ))
    .await;

    for (id, wanted) in [
        (
            &kind,
            "unreadable row of bulletins: “eruption” where a kind was expected",
        ),
        (
            &thread,
            "unreadable row of entries: “song” where a kind was expected",
        ),
    ] {
        let failure = desk.store.find_bulletin(id).await.unwrap_err();
        assert_eq!(failure.to_string(), wanted);
    }
    let live = desk.store.live_bulletins(hour(0)).await.unwrap();
    assert_eq!(live, [bulletin(3)]);
}

async fn read(desk: &Desk, it: &Bulletin) -> Bulletin {
    desk.store.find_bulletin(&it.id).await.unwrap().unwrap()
}

/// Wider than what `compose` lets through, so that rules can change without the rows losing anything.
fn any_bulletin() -> impl Strategy<Value = Bulletin> {
    let head = (
        prop::sample::select(Kind::ALL),
        prop::sample::subsequence(Event::ALL, 0..=Event::ALL.len()),
        prop::sample::subsequence(Nuisance::ALL, 0..=Nuisance::ALL.len()),
        prop::sample::select(Language::ALL),
        prop::option::of(instant()),
        prop::option::of(instant()),
    );
    let thread = prop::collection::vec(any_entry(), 1..6);
    (head, instant(), instant(), thread).prop_map(|(head, posted_at, expires_at, thread)| {
        let (kind, events, nuisances, language, starts_at, ends_at) = head;
        let entries = (1_u32..)
            .zip(thread)
            .map(|(number, entry)| Entry { number, ..entry })
            .collect();
        Bulletin {
            id: bulletin(0).id,
            site: site().slug,
            territory: territory().slug,
            kind,
            events,
            nuisances,
            language,
            starts_at,
            ends_at,
            posted_at,
            expires_at,
            entries,
        }
    })
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (
        prop::sample::select(EntryKind::ALL),
        any::<String>(),
        instant(),
        any::<String>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(kind, text, at, author, under_control, on_networks)| Entry {
                number: 0,
                kind,
                text,
                at,
                author,
                under_control,
                recording: None,
                on_networks,
            },
        )
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..253_402_207_000, 0_i32..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}
