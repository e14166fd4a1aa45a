//! Calls that are over: written, read in pages, forgotten.

use bulletin::{BulletinId, Noticed};
use jiff::{SignedDuration, Timestamp};
use store::{CallPlace, HeardBulletin, RecordedCall};

use crate::support::{Desk, territory};

#[tokio::test]
async fn a_call_reads_back_as_it_was_written() {
    let desk = Desk::empty().await;
    let (full, bare) = (full(), bare("2@h", full().started_at));
    desk.store
        .insert_calls(&[full.clone(), bare.clone()])
        .await
        .unwrap();

    assert_eq!(
        read(&desk, Timestamp::MIN, Timestamp::MAX, 10).await,
        [full, bare]
    );
}

#[tokio::test]
async fn calls_that_are_written_once_more_for_want_of_an_answer_are_there_once() {
    let desk = Desk::empty().await;
    let first = RecordedCall {
        territory: Some(territory().slug.to_string()),
        ..full()
    };
    let calls = [first, bare("2\0@h", at(1)), bare("3@h", at(1))];
    let counted = async || {
        let (here, until) = (territory().slug, at(3_600));
        desk.store
            .call_quarters(&here, at(-3_600), until)
            .await
            .unwrap()
    };
    desk.store.insert_calls(&calls).await.unwrap();
    let once = counted().await;
    desk.store.insert_calls(&calls).await.unwrap();
    desk.store.insert_calls(&calls[1..]).await.unwrap();

    assert_eq!(read(&desk, at(0), Timestamp::MAX, 10).await.len(), 3);
    assert_eq!(counted().await, once);
    assert!(!once.is_empty());

    desk.store
        .insert_calls(&[bare("2@h", at(1))])
        .await
        .unwrap();
    assert_eq!(read(&desk, at(0), Timestamp::MAX, 10).await.len(), 4);
}

#[tokio::test]
async fn a_call_whose_id_no_database_could_hold_keeps_no_other_from_its_row() {
    let desk = Desk::empty().await;
    let calls = [bare("a\0b@h", at(0)), bare("2@h", at(1))];
    desk.store.insert_calls(&calls).await.unwrap();
    let kept = read(&desk, at(0), at(9), 10).await;
    let ids: Vec<_> = kept.iter().map(|call| call.call_id.as_str()).collect();
    assert_eq!(ids, ["a\u{fffd}b@h", "2@h"]);
}

#[tokio::test]
async fn calls_come_in_pages_in_the_order_of_their_start() {
    let desk = Desk::empty().await;
    let calls: Vec<_> = (0..25)
        .map(|second| bare(&format!("{second}@h"), at(second / 3)))
        .collect();
    let mut mixed = calls.clone();
    mixed.rotate_left(11);
    desk.store.insert_calls(&mixed).await.unwrap();

    let all = read(&desk, at(0), at(9), 4).await;
    assert!(all.is_sorted_by_key(|call| call.started_at));
    assert_eq!(all.len(), 25);
    let some = read(&desk, at(2), at(4), 1).await;
    let mut ids: Vec<_> = some.iter().map(|call| call.call_id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["10@h", "11@h", "6@h", "7@h", "8@h", "9@h"]);
}

#[tokio::test]
async fn the_oldest_calls_are_forgotten_first_and_younger_ones_stay() {
    let desk = Desk::empty().await;
    let calls: Vec<_> = (0..10).map(|second| bare("1@h", at(second))).collect();
    desk.store.insert_calls(&calls).await.unwrap();

    assert_eq!(desk.store.purge_calls(at(7), 4).await.unwrap(), 4);
    assert_eq!(read(&desk, at(0), at(99), 50).await[0].started_at, at(4));
    assert_eq!(desk.store.purge_calls(at(7), 4).await.unwrap(), 3);
    assert_eq!(desk.store.purge_calls(at(7), 4).await.unwrap(), 0);
    assert_eq!(read(&desk, at(0), at(99), 50).await, calls[7..]);
}

#[tokio::test]
async fn a_word_that_is_no_bulletin_heard_is_told_with_its_table() {
    let desk = Desk::empty().await;
    desk.store.insert_calls(&[full()]).await.unwrap();
    desk.meddle("UPDATE calls SET heard = 'abcdefghijkl:9'")
        .await;

    let error = desk
        .store
        .calls(&CallPlace::before(Timestamp::MIN), Timestamp::MAX, 1)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("calls"), "{error}");
}

async fn read(desk: &Desk, since: Timestamp, until: Timestamp, page: u32) -> Vec<RecordedCall> {
    let (mut place, mut all) = (CallPlace::before(since), vec![]);
    loop {
        let calls = desk.store.calls(&place, until, page).await.unwrap();
        let Some((last, _)) = calls.last() else {
            return all;
        };
        place = last.clone();
        all.extend(calls.into_iter().map(|(_, call)| call));
    }
}

fn at(second: i64) -> Timestamp {
    full().started_at + SignedDuration::from_secs(second)
}

fn bare(call_id: &str, started_at: Timestamp) -> RecordedCall {
    RecordedCall {
        call_id: call_id.into(),
        trunk: None,
        territory: None,
        dialled: None,
        caller: None,
        verstat: None,
        attestation: None,
        started_at,
        answered_at: None,
        keys: String::new(),
        heard: vec![],
        noticed: vec![],
        codec: None,
        ptime_ms: None,
        srtp: None,
        packets_lost: None,
        worst_loss: None,
        jitter_us: None,
        round_trip_us: None,
        sip_status: Some(488),
        q850: None,
        ..full()
    }
}

pub(crate) fn full() -> RecordedCall {
    let started_at: Timestamp = "2026-03-12T14:30:00Z".parse().unwrap();
    RecordedCall {
        call_id: "1@h".into(),
        trunk: Some("carrier".into()),
        territory: Some("rouen_metropole".into()),
        dialled: Some("+33805691282".into()),
        caller: Some("33639xxxxxx".into()),
        verstat: Some("TN-Validation-Passed".into()),
        attestation: Some("A".into()),
        started_at,
        answered_at: Some(started_at + SignedDuration::from_millis(120)),
        ended_at: started_at + SignedDuration::from_secs(40),
        keys: "*#5".into(),
        heard: [8_200, 30_140]
            .map(|played_ms| HeardBulletin {
                bulletin: BulletinId::parse("abcdefghijkl").unwrap(),
                played_ms,
                whole_ms: 30_140,
            })
            .to_vec(),
        noticed: vec![Noticed::Siren, Noticed::Noise],
        codec: Some("PCMA".into()),
        ptime_ms: Some(20),
        srtp: Some("AES_CM_128_HMAC_SHA1_80".into()),
        packets_sent: 2_000,
        packets_lost: Some(-2),
        worst_loss: Some(255),
        jitter_us: Some(8_125),
        round_trip_us: Some(40_000),
        end: "caller_hung_up".into(),
        ended_by: "caller".into(),
        sip_status: None,
        q850: Some(16),
    }
}
