//! Authorities: who is told what, in which order, once or again; who acknowledged; what comes of a silence.

use std::collections::HashSet;
use std::time::Duration;

use bulletin::{
    Authority, Bulletin, Contact, ContactId, ContactList, EmailAddress, EntryKind, Kind, Language,
    Means, Patience, Rank, Reach, Silence, Site, SiteSlug, TerritorySlug, Update, WebhookAddress,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{
    AcknowledgementLink, AlertKind, By, ClaimedDispatch, Dispatch, DispatchState, DueSilence, Error,
};
use tokio::task::JoinSet;

use crate::support::{Desk, acts, bulletin, by, hour, site, territory};

#[tokio::test]
async fn a_contact_is_added_changed_and_removed_with_its_acts_and_nobody_overwrites_what_they_have_not_seen()
 {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    assert!(matches!(
        store.add_contact(&codis, &KEY, by()).await,
        Err(Error::Conflict)
    ));
    let mut changed = codis.clone();
    changed.name = "CODIS".into();
    changed.communes = vec!["Port-Mérieux".into(), "Rives".into()];
    changed.second.webhook = WebhookAddress::parse("https://codis.example/allo");
    store.replace_contact(&codis, &changed, by()).await.unwrap();
    assert!(matches!(
        store.replace_contact(&codis, &changed, by()).await,
        Err(Error::Conflict)
    ));

    let kept = store.find_contact(&codis.id).await.unwrap().unwrap();
    assert_eq!(
        (kept.contact, kept.webhook_key),
        (changed.clone(), KEY.to_vec())
    );
    store
        .change_webhook_key(&changed, &[9; 24], by())
        .await
        .unwrap();
    store.remove_contact(&changed, by()).await.unwrap();
    assert!(store.contacts(&territory().slug).await.unwrap().is_empty());
    assert!(store.remove_contact(&changed, by()).await.is_err());

    for (what, count) in [
        ("contact.added", 1),
        ("contact.changed", 1),
        ("contact.key-drawn", 1),
        ("contact.removed", 1),
    ] {
        assert_eq!(acts(&desk, what).await.len(), count, "{what}");
    }
    let drawn = &acts(&desk, "contact.key-drawn").await[0];
    assert_eq!(
        (&drawn.before, &drawn.after),
        (&None, &None),
        "no key in the log"
    );
}

#[tokio::test]
async fn a_list_is_every_kind_and_ten_minutes_until_a_manager_changes_it() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let here = territory().slug;
    let lists = store.contact_lists(&here).await.unwrap();
    assert!(
        lists
            .iter()
            .map(|list| list.authority)
            .eq(Authority::ALL.iter().copied())
    );
    let before = lists[0].clone();
    assert_eq!(before, ContactList::new(Authority::FireService));
    let after = ContactList {
        kinds: vec![Kind::Unplanned],
        patience: Patience::from_minutes(3).unwrap(),
        ..before.clone()
    };
    store
        .replace_contact_list(&here, &before, &after, by())
        .await
        .unwrap();
    assert_eq!(store.contact_lists(&here).await.unwrap()[0], after);
    let late = store
        .replace_contact_list(&here, &before, &after, by())
        .await;
    assert!(matches!(late, Err(Error::Conflict)));
    assert_eq!(acts(&desk, "contacts.changed").await.len(), 1);
}

#[tokio::test]
async fn a_post_is_on_its_way_to_those_it_concerns_in_its_own_transaction() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let mut both = contact("bothaaaaaaaa", Authority::FireService);
    both.first.webhook = WebhookAddress::parse("https://codis.example/allo");
    let mut here = contact("hereaaaaaaaa", Authority::TownHall);
    here.communes = vec!["port merieux".into()];
    let mut elsewhere = contact("elsewhereaaa", Authority::TownHall);
    elsewhere.communes = vec!["Rives".into()];
    let gone = contact("goneaaaaaaaa", Authority::Prefecture);
    for one in [&both, &here, &elsewhere, &gone] {
        store.add_contact(one, &KEY, by()).await.unwrap();
    }
    store.remove_contact(&gone, by()).await.unwrap();

    let it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let refused = store.insert_bulletin(&it, &[], None).await;
    assert!(refused.is_err(), "and with it nothing is queued");

    let queued = told(&desk, &it).await;
    let ways: Vec<_> = queued
        .iter()
        .map(|one| {
            (
                one.contact.as_str(),
                one.rank,
                one.means,
                one.entry,
                one.state,
            )
        })
        .collect();
    let first = |who, means| (who, Rank::First, means, 1, DispatchState::Queued);
    assert_eq!(
        ways,
        [
            first("bothaaaaaaaa", Means::Mail),
            first("bothaaaaaaaa", Means::Webhook),
            first("hereaaaaaaaa", Means::Mail),
        ]
    );
    let asked = store.acknowledgements(&it.id).await.unwrap();
    let asked: Vec<_> = asked
        .iter()
        .map(|one| (one.contact.as_str(), one.due_at))
        .collect();
    let due = Some(it.posted_at + SignedDuration::from_mins(10));
    assert_eq!(asked, [("bothaaaaaaaa", due), ("hereaaaaaaaa", due)]);
}

#[tokio::test]
async fn a_list_that_is_not_for_this_kind_and_a_territory_to_learn_in_tell_nobody() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let list = ContactList::new(Authority::FireService);
    let quiet = ContactList {
        kinds: vec![Kind::Planned],
        ..list.clone()
    };
    store
        .replace_contact_list(&territory().slug, &list, &quiet, by())
        .await
        .unwrap();
    let it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    assert_eq!(told(&desk, &it).await, []);

    let mut school = territory();
    school.slug = TerritorySlug::parse("ecole").unwrap();
    school.numbers = vec![];
    store.add_territory(&school, true, &[], by()).await.unwrap();
    let workshop = Site {
        slug: SiteSlug::parse("usine-ecole").unwrap(),
        territory: school.slug.clone(),
        ..site()
    };
    store.add_site(&workshop, &[], by()).await.unwrap();
    let pupil = Contact {
        territory: school.slug.clone(),
        ..contact("pupilaaaaaaa", Authority::FireService)
    };
    store.add_contact(&pupil, &KEY, by()).await.unwrap();
    let rehearsal = Bulletin {
        site: workshop.slug,
        territory: school.slug,
        ..bulletin(2)
    };
    store.insert_bulletin(&rehearsal, &[], None).await.unwrap();
    assert_eq!(told(&desk, &rehearsal).await, []);
}

#[tokio::test]
async fn what_follows_goes_to_whoever_got_the_start_and_entries_that_wait_go_in_one() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let mut it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let newcomer = contact("newcomeraaaa", Authority::Prefecture);
    store.add_contact(&newcomer, &KEY, by()).await.unwrap();

    let failed = claim(&desk, hour(1)).await.unwrap();
    assert_eq!(
        (failed.entry, failed.attempts, failed.is_told),
        (1, 1, false)
    );
    assert_eq!(
        claim(&desk, hour(1)).await,
        None,
        "it is somebody's for the lease"
    );
    store
        .retry_dispatch(&failed, hour(3), "the mail server is busy")
        .await
        .unwrap();
    assert_eq!(claim(&desk, hour(2)).await, None, "it waits");

    update(&desk, &mut it, hour(2)).await;
    let merged = claim(&desk, hour(2)).await.unwrap();
    assert_eq!(
        (merged.entry, merged.attempts),
        (2, 2),
        "news is tried at once"
    );
    let entry = it.end(None, "anne", hour(2)).unwrap();
    store.append_entry(&it, &entry, &[], None).await.unwrap();
    assert_eq!(
        claim(&desk, hour(2)).await,
        None,
        "in order, while the earlier is told"
    );
    store.dispatch_sent(&merged, hour(2)).await.unwrap();
    let last = claim(&desk, hour(2)).await.unwrap();
    assert_eq!((last.entry, last.is_told), (3, true));
    store.dispatch_sent(&last, hour(2)).await.unwrap();

    let states: Vec<_> = told(&desk, &it).await.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [
            DispatchState::Merged,
            DispatchState::Sent,
            DispatchState::Sent
        ]
    );
    assert_eq!(claim(&desk, hour(99)).await, None);
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_thread_to_another_and_a_dead_thread_is_tried_with_the_next_entry()
 {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let mut it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    claim(&desk, hour(1)).await.unwrap();
    let again = claim(&desk, hour(1) + LEASE).await.unwrap();
    assert_eq!((again.entry, again.attempts), (1, 2));
    store
        .bury_dispatch(&again, hour(2), "no such mailbox", hour(2))
        .await
        .unwrap();
    assert_eq!(claim(&desk, hour(99)).await, None);
    let dead = &told(&desk, &it).await[0];
    assert_eq!(dead.state, DispatchState::Dead);
    assert_eq!(dead.why.as_deref(), Some("no such mailbox"));

    update(&desk, &mut it, hour(3)).await;
    assert_eq!(claim(&desk, hour(3)).await.unwrap().entry, 2);
}

#[tokio::test]
async fn a_worker_whose_lease_has_run_out_can_say_that_it_told_a_thread_and_nothing_else() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let late = claim(&desk, hour(1)).await.unwrap();
    let now = hour(1) + LEASE;
    claim(&desk, now).await.unwrap();

    store.retry_dispatch(&late, hour(1), "late").await.unwrap();
    let buried = store.bury_dispatch(&late, hour(2), "late", hour(1));
    buried.await.unwrap();
    store.cancel_dispatch(&late, "late", hour(1)).await.unwrap();
    let state = told(&desk, &it).await[0].state;
    assert_eq!(state, DispatchState::Queued);
    assert_eq!(claim(&desk, now).await, None, "it is another's");

    store.dispatch_sent(&late, now).await.unwrap();
    assert_eq!(told(&desk, &it).await[0].state, DispatchState::Sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_threads_is_in_one_hand_however_many_nodes_reach_for_it() {
    let desk = Desk::open().await;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    desk.store.add_contact(&codis, &KEY, by()).await.unwrap();
    for number in 1..=24 {
        let it = bulletin(number);
        desk.store.insert_bulletin(&it, &[], None).await.unwrap();
    }
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let node = desk.open_again().await;
        workers.spawn(async move {
            let mut claimed = vec![];
            let claim = || node.claim_dispatch(Means::Mail, hour(30), LEASE);
            while let Some(one) = claim().await.unwrap() {
                claimed.push(one.bulletin.to_string());
            }
            claimed
        });
    }
    let claimed: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), distinct.len()), (24, 24));
}

#[tokio::test]
async fn an_entry_that_was_added_to_a_thread_that_is_given_up_has_its_own_day() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let mut it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    // A service that was off until hour 30 has not tried before.
    let first = claim(&desk, hour(30)).await.unwrap();
    assert_eq!(first.tried_at, hour(30));
    let put_back = store.retry_dispatch(&first, hour(54), "busy");
    put_back.await.unwrap();
    update(&desk, &mut it, hour(53)).await;
    let both = claim(&desk, hour(54)).await.unwrap();
    assert_eq!((both.entry, both.tried_at), (2, hour(30)));
    let buried = store.bury_dispatch(&both, hour(30), "busy", hour(54));
    buried.await.unwrap();

    let states: Vec<_> = told(&desk, &it).await.iter().map(|one| one.state).collect();
    assert_eq!(states, [DispatchState::Dead, DispatchState::Queued]);
    let left = claim(&desk, hour(54)).await.unwrap();
    assert_eq!((left.entry, left.tried_at), (2, hour(54)));
}

#[tokio::test]
async fn the_first_to_acknowledge_stays_named_and_nobody_else_is_told_then() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = with_second("codisaaaaaaa");
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let link = link_to(&it, &codis, Rank::First);
    store
        .insert_acknowledgement_link([7; 32], &link, hour(1))
        .await
        .unwrap();
    assert_eq!(
        store.find_acknowledgement_link([8; 32]).await.unwrap(),
        None
    );
    let found = store.find_acknowledgement_link([7; 32]).await.unwrap();
    assert_eq!(found.as_ref(), Some(&link));

    let here = territory().slug;
    let first = store.acknowledge(&link, &here, 1, Some("l’adjudant Martin"), hour(2));
    assert!(first.await.unwrap());
    let second = store
        .acknowledge(&link, &here, 1, None, hour(3))
        .await
        .unwrap();
    assert!(!second);

    let asked = &store.acknowledgements(&it.id).await.unwrap()[0];
    let answer = asked.answer.as_ref().unwrap();
    assert_eq!(answer.at, hour(2));
    assert_eq!(answer.name.as_deref(), Some("l’adjudant Martin"));
    assert_eq!(silences(&desk, hour(99)).await, []);
    let acts = acts(&desk, "contact.acknowledged").await;
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0].object, format!("bulletin/{}", it.id));
    assert_eq!(acts[0].who, "contact:codisaaaaaaa");
    let after: Value = serde_json::from_str(acts[0].after.as_deref().unwrap()).unwrap();
    assert_eq!(after["contact"], "CODIS 76");
}

#[tokio::test]
async fn a_silence_tells_the_second_contact_what_goes_on_and_then_raises_one_alert_until_somebody_answers()
 {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = with_second("codisaaaaaaa");
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let mut it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    update(&desk, &mut it, hour(1)).await;
    let list = ContactList::new(Authority::FireService);
    let minutes = |minutes| it.posted_at + SignedDuration::from_mins(minutes);
    assert_eq!(silences(&desk, minutes(9)).await, []);

    let due = silences(&desk, minutes(10)).await;
    assert_eq!(due.len(), 1);
    for is_first in [true, false] {
        let done = store
            .follow_silence_up(&due[0], &it, &codis, &list, at(minutes(10)))
            .await
            .unwrap();
        assert_eq!(done, is_first, "a silence is followed up once");
    }
    let second: Vec<_> = told(&desk, &it)
        .await
        .into_iter()
        .filter(|one| one.rank == Rank::Second)
        .map(|one| (one.means, one.entry))
        .collect();
    assert_eq!(second, [(Means::Mail, 2)], "the latest entry");
    let asked = &store.acknowledgements(&it.id).await.unwrap()[0];
    assert_eq!(
        (asked.silence, asked.due_at),
        (Silence::OfSecond, Some(minutes(20)))
    );
    assert_eq!(acts(&desk, "contact.silent").await.len(), 1);
    assert_eq!(store.open_alerts().await.unwrap(), []);

    let due = silences(&desk, minutes(20)).await;
    let done = store.follow_silence_up(&due[0], &it, &codis, &list, at(minutes(20)));
    assert!(done.await.unwrap());
    let open = store.open_alerts().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].what.kind, AlertKind::Silence);
    assert_eq!(open[0].what.told["telephone"], "02 35 00 12 34");
    assert_eq!(silences(&desk, hour(99)).await, []);
    let jobs = store.pending_jobs().await.unwrap();
    assert!(jobs.iter().any(|job| job.kind == "alert"), "{jobs:?}");

    let link = link_to(&it, &codis, Rank::Second);
    store
        .acknowledge(&link, &territory().slug, 2, None, minutes(25))
        .await
        .unwrap();
    assert_eq!(store.open_alerts().await.unwrap(), []);
}

#[tokio::test]
async fn a_contact_without_a_second_is_an_alert_at_once_and_an_announced_event_waits_for_nobody() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let planned = Bulletin {
        kind: Kind::Planned,
        ..bulletin(1)
    };
    store.insert_bulletin(&planned, &[], None).await.unwrap();
    assert_eq!(told(&desk, &planned).await.len(), 1);
    assert_eq!(silences(&desk, hour(99)).await, []);

    let it = bulletin(2);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let due = silences(&desk, hour(99)).await;
    let list = ContactList::new(Authority::FireService);
    let done = store.follow_silence_up(&due[0], &it, &codis, &list, at(hour(99)));
    assert!(done.await.unwrap());
    assert_eq!(store.open_alerts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_told_is_forgotten_with_its_links_and_answers_when_its_days_are_over() {
    let desk = Desk::open().await;
    let store = &desk.store;
    let codis = contact("codisaaaaaaa", Authority::FireService);
    store.add_contact(&codis, &KEY, by()).await.unwrap();
    let it = bulletin(1);
    store.insert_bulletin(&it, &[], None).await.unwrap();
    let claimed = claim(&desk, hour(1)).await.unwrap();
    store.dispatch_sent(&claimed, hour(1)).await.unwrap();
    let link = link_to(&it, &codis, Rank::First);
    store
        .insert_acknowledgement_link([7; 32], &link, hour(1))
        .await
        .unwrap();
    assert_eq!(store.purge_dispatches(hour(1)).await.unwrap(), 0);
    assert_eq!(store.purge_dispatches(hour(2)).await.unwrap(), 1);
    assert_eq!(told(&desk, &it).await, []);
    assert_eq!(store.acknowledgements(&it.id).await.unwrap(), []);
    assert_eq!(
        store.find_acknowledgement_link([7; 32]).await.unwrap(),
        None
    );
}

async fn update(desk: &Desk, it: &mut Bulletin, now: Timestamp) {
    let change = Update {
        text: "La torche brûle toujours.".into(),
        under_control: false,
        lifetime: None,
    };
    let entry = it.update(change, &territory(), "anne", now).unwrap();
    assert_eq!(entry.kind, EntryKind::Update);
    desk.store
        .append_entry(it, &entry, &[], None)
        .await
        .unwrap();
}

async fn claim(desk: &Desk, now: Timestamp) -> Option<ClaimedDispatch> {
    let claimed = desk.store.claim_dispatch(Means::Mail, now, LEASE).await;
    claimed.unwrap()
}

async fn silences(desk: &Desk, now: Timestamp) -> Vec<DueSilence> {
    let due = desk.store.due_silences(now).await.unwrap();
    due.into_iter().map(Result::unwrap).collect()
}

async fn told(desk: &Desk, it: &Bulletin) -> Vec<Dispatch> {
    desk.store.dispatches(&it.id).await.unwrap()
}

fn link_to(it: &Bulletin, contact: &Contact, rank: Rank) -> AcknowledgementLink {
    AcknowledgementLink {
        bulletin: it.id.clone(),
        contact: contact.id.clone(),
        rank,
    }
}

fn contact(id: &str, authority: Authority) -> Contact {
    Contact {
        id: ContactId::parse(id).unwrap(),
        territory: territory().slug,
        authority,
        name: "CODIS 76".into(),
        communes: vec![],
        language: Language::French,
        telephone: "02 35 00 12 34".into(),
        first: Reach {
            email: EmailAddress::parse("codis@example.org").ok(),
            webhook: None,
        },
        second: Reach::default(),
    }
}

fn with_second(id: &str) -> Contact {
    Contact {
        second: Reach {
            email: EmailAddress::parse("officier@example.org").ok(),
            webhook: None,
        },
        ..contact(id, Authority::FireService)
    }
}

fn at(now: Timestamp) -> By<'static> {
    By {
        who: "service",
        at: now,
    }
}

const KEY: [u8; 24] = [3; 24];
const LEASE: Duration = Duration::from_secs(60);
