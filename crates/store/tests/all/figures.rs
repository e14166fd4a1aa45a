//! Figures of calls, milestones of bulletins, alerts.

use bulletin::{BulletinId, Noticed, TerritorySlug};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{
    AlertKind, By, CallPlace, CallQuarter, HeardBulletin, HeardSum, Milestone, MilestonePlace,
    NewAlert, RecordedCall, WantedActs,
};

use super::calls::full;
use crate::support::{Desk, bulletin, by, hour, site, territory};

#[tokio::test]
async fn calls_are_added_up_by_quarter_of_an_hour_and_stay_when_their_rows_are_deleted() {
    let desk = Desk::empty().await;
    let here = territory().slug;
    for batch in [[0, 14], [15, 16], [3, 44]] {
        let calls = batch.map(|minute| call(minute, "120", true));
        desk.store.insert_calls(&calls).await.unwrap();
    }
    let refused = RecordedCall {
        call_id: "2@h".into(),
        end: "refused".into(),
        ..call(15, "", false)
    };
    let elsewhere = RecordedCall {
        territory: None,
        ..call(15, "9", true)
    };
    desk.store
        .insert_calls(&[refused, elsewhere])
        .await
        .unwrap();
    desk.store.purge_calls(minute(99), 99).await.unwrap();

    let read = desk.store.call_quarters(&here, minute(0), minute(60)).await;

    let quarter = |minutes, calls, answered, refused| CallQuarter {
        begins_at: minute(minutes),
        calls,
        answered,
        refused,
        listened_ms: answered * 20_000,
    };
    assert_eq!(
        read.unwrap(),
        [
            quarter(0, 3, 3, 0),
            quarter(15, 3, 2, 1),
            quarter(30, 1, 1, 0)
        ]
    );
    let later = desk
        .store
        .call_quarters(&here, minute(15), minute(30))
        .await;
    assert_eq!(later.unwrap(), [quarter(15, 3, 2, 1)]);
}

#[tokio::test]
async fn where_no_rows_are_wanted_the_figures_are_kept_all_the_same() {
    let desk = Desk::empty().await;
    let calls = [call(3, "1", true), call(4, "2", true)];

    desk.store.add_to_figures(&calls).await.unwrap();

    let here = territory().slug;
    let read = desk.store.call_quarters(&here, minute(0), minute(60)).await;
    let read = read.unwrap();
    assert_eq!((read.len(), read[0].calls), (1, 2));
    let rows = desk
        .store
        .calls(&CallPlace::before(Timestamp::MIN), Timestamp::MAX, 9)
        .await;
    assert_eq!(rows.unwrap().len(), 0);
}

#[tokio::test]
async fn keys_what_is_noticed_and_what_was_heard_are_added_up() {
    let desk = Desk::empty().await;
    let here = territory().slug;
    let [one, two] = [1, 2].map(|number| bulletin(number).id);
    let heard = |bulletin: &BulletinId, played_ms| HeardBulletin {
        bulletin: bulletin.clone(),
        played_ms,
        whole_ms: 30_000,
    };
    let calls = [
        RecordedCall {
            heard: vec![heard(&one, 30_000), heard(&two, 4_000)],
            noticed: vec![Noticed::Smell],
            ..call(1, "6#6", true)
        },
        RecordedCall {
            heard: vec![heard(&one, 10_000)],
            noticed: vec![Noticed::Smell, Noticed::Noise],
            ..call(20, "6", true)
        },
        RecordedCall {
            heard: vec![heard(&one, 1)],
            ..call(75, "0", true)
        },
    ];
    desk.store.insert_calls(&calls).await.unwrap();
    let (since, until) = (minute(0), minute(60));

    let keys = desk.store.keys_pressed(&here, since, until).await.unwrap();
    assert_eq!(keys, [("6".to_owned(), 3), ("#".to_owned(), 1)]);
    let noticed = desk.store.callers_noticed(&here, since, until).await;
    assert_eq!(noticed.unwrap(), [(Noticed::Smell, 2), (Noticed::Noise, 1)]);
    let listened = desk.store.bulletins_heard(&here, since, until).await;
    let sum = |bulletin: &BulletinId, callers, played_ms| HeardSum {
        bulletin: bulletin.clone(),
        callers,
        played_ms,
        whole_ms: callers * 30_000,
    };
    assert_eq!(
        listened.unwrap(),
        [sum(&one, 2, 40_000), sum(&two, 1, 4_000)]
    );
    let nowhere = TerritorySlug::parse("nowhere").unwrap();
    let none = desk.store.keys_pressed(&nowhere, since, until).await;
    assert_eq!(none.unwrap(), []);
}

#[tokio::test]
async fn calls_that_were_not_let_in_are_added_up_by_quarter() {
    let desk = Desk::empty().await;
    for (at, calls) in [(1, 3), (14, 4), (15, 5)] {
        desk.store.add_refusals(minute(at), calls).await.unwrap();
    }
    let read = desk.store.refusals(minute(0), minute(60)).await.unwrap();
    assert_eq!(read, [(minute(0), 7), (minute(15), 5)]);
}

#[tokio::test]
async fn the_first_instant_of_a_milestone_counts_and_the_first_caller_is_one() {
    let desk = Desk::empty().await;
    let id = bulletin(1).id;
    let milestone = |entry, place, at| Milestone { entry, place, at };
    let reached = [
        milestone(1, MilestonePlace::Line, minute(3)),
        milestone(1, MilestonePlace::Page, minute(2)),
        milestone(1, MilestonePlace::Page, minute(9)),
        milestone(2, MilestonePlace::Page, minute(8)),
    ];
    let reached = reached.map(|one| (id.clone(), one));
    desk.store.insert_milestones(&reached).await.unwrap();
    let heard = HeardBulletin {
        bulletin: id.clone(),
        played_ms: 1,
        whole_ms: 2,
    };
    for at in [7, 5, 6] {
        let call = RecordedCall {
            heard: vec![heard.clone()],
            ..call(at, "", true)
        };
        desk.store.insert_calls(&[call]).await.unwrap();
    }

    let first_heard = minute(5) + SignedDuration::from_secs(1);
    assert_eq!(
        desk.store.milestones(&id).await.unwrap(),
        [
            milestone(1, MilestonePlace::Page, minute(2)),
            milestone(1, MilestonePlace::Line, minute(3)),
            milestone(0, MilestonePlace::Heard, first_heard),
            milestone(2, MilestonePlace::Page, minute(8)),
        ]
    );
}

#[tokio::test]
async fn an_alert_is_raised_once_until_it_is_over_told_by_a_job_and_seen_by_whoever_says_so_first()
{
    let desk = Desk::open().await;
    let store = &desk.store;
    let surge = NewAlert {
        kind: AlertKind::Surge,
        territory: territory().slug,
        site: None,
        bulletin: None,
        told: json!({ "calls": 12 }),
    };
    let reminder = NewAlert {
        kind: AlertKind::Reminder,
        site: Some(site().slug),
        bulletin: Some(bulletin(1).id),
        ..surge.clone()
    };
    let id = store.open_alert(&surge, by()).await.unwrap().unwrap();
    assert_eq!(store.open_alert(&surge, by()).await.unwrap(), None);
    assert!(store.open_alert(&reminder, by()).await.unwrap().is_some());
    assert_eq!(store.open_alert(&reminder, by()).await.unwrap(), None);
    assert_eq!(store.pending_jobs().await.unwrap().len(), 2);

    for (who, at) in [("anne", hour(1)), ("bruno", hour(2))] {
        store.acknowledge_alert(id, By { who, at }).await.unwrap();
    }
    let seen = store.find_alert(id).await.unwrap().unwrap();
    assert_eq!(seen.acknowledged, Some((hour(1), "anne".to_owned())));
    assert_eq!(seen.what, surge);
    assert!(store.acknowledge_alert(99, by()).await.is_err());

    store.end_alert(id, hour(3)).await.unwrap();
    store.end_alert(id, hour(4)).await.unwrap();
    assert_eq!(store.open_alerts().await.unwrap().len(), 1);
    assert!(store.open_alert(&surge, by()).await.unwrap().is_some());
    let all = store.alerts(None, 9).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[2].ended_at, Some(hour(3)));
    let nowhere = [TerritorySlug::parse("nowhere").unwrap()].into();
    assert_eq!(store.alerts(Some(&nowhere), 9).await.unwrap(), []);
    let acts = store.acts(&WantedActs::default(), 99).await.unwrap();
    let words = acts.iter().rev().skip(2).map(|(_, act)| act.what.as_str());
    let words: Vec<_> = words.collect();
    assert_eq!(
        words,
        [
            "surge.raised",
            "reminder.raised",
            "alert.acknowledged",
            "surge.raised"
        ]
    );
}

fn call(at: i64, keys: &str, is_answered: bool) -> RecordedCall {
    let started_at = minute(at);
    let answered_at = started_at + SignedDuration::from_secs(1);
    RecordedCall {
        territory: Some(territory().slug.to_string()),
        started_at,
        answered_at: is_answered.then_some(answered_at),
        ended_at: started_at + SignedDuration::from_secs(21),
        keys: keys.into(),
        heard: vec![],
        noticed: vec![],
        ..full()
    }
}

fn minute(minutes: i64) -> Timestamp {
    let begin: Timestamp = "2027-03-20T06:00:00Z".parse().unwrap();
    begin + SignedDuration::from_mins(minutes)
}
