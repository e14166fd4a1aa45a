//! A storm against a line of few words: what happened is what is counted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fake_line;

use std::time::Duration;

use caller::{StormPlan, storm};
use fake_line::{Answer, FakeLine, Manners, count, sound};

#[test]
fn every_call_of_a_storm_is_counted_and_the_faulty_ones_are_found() {
    let mut broken = sound(500);
    broken.retain(|packet| packet.sequence != 65_510);
    let mut manners = Manners::plays(sound(500));
    manners.sounds = vec![broken.clone(), vec![], sound(500), broken, sound(500)];
    let line = FakeLine::open(manners);

    let report = storm(&plan(&line, 40)).unwrap();

    assert_eq!((report.calls, report.answered), (40, 40));
    assert_eq!(
        (report.refused, report.failed, report.ended_by_line),
        (0, 0, 0)
    );
    assert_eq!(
        (report.lost, report.duplicates, report.out_of_order),
        (2, 0, 0)
    );
    assert_eq!(report.own_drops, 0);
    assert!(report.valid, "{report}");
    assert!(
        report.bad_calls >= 3,
        "two with a loss, one without a sound: {report}"
    );
    let packets = 39 * 50;
    assert!(
        (packets - 39 * 5..=packets + 39 * 5).contains(&report.packets),
        "{report}"
    );
    let histogram: u64 = report.late_histogram.iter().map(|one| one.packets).sum();
    assert_eq!(histogram, report.packets);
    assert!(report.setup_ms.max > 0.0 && report.first_sound_ms.p50 > 0.0);
    assert!(report.most_at_once > 30);
    let requests = line.close();
    for method in ["INVITE", "ACK", "BYE"] {
        assert_eq!(count(&requests, method), 40, "{method}");
    }
}

#[test]
fn a_line_that_refuses_is_counted_by_status() {
    let line = FakeLine::open(Manners::answers(Answer::Refuses(503, "Full")));

    let report = storm(&plan(&line, 20)).unwrap();

    assert_eq!((report.answered, report.refused, report.failed), (0, 20, 0));
    assert_eq!(report.refused_by_status.get(&503), Some(&20));
    assert_eq!(count(&line.close(), "ACK"), 20);
}

#[test]
fn a_line_that_says_nothing_is_asked_again_and_counted_as_failed() {
    let line = FakeLine::open(Manners::answers(Answer::Silent));
    let mut plan = plan(&line, 10);
    plan.answer_within = Duration::from_millis(700);

    let report = storm(&plan).unwrap();

    assert_eq!((report.answered, report.failed), (0, 10));
    assert_eq!(report.invite_retransmissions, 10);
}

#[test]
fn a_goodbye_of_the_line_is_told_from_ones_own() {
    let line = FakeLine::open(Manners::plays(sound(10)));

    let report = storm(&plan(&line, 10)).unwrap();

    assert_eq!((report.answered, report.ended_by_line), (10, 10));
    assert_eq!((report.packets, report.lost), (100, 0));
}

#[test]
fn a_storm_that_makes_no_call_is_refused_in_words() {
    for (calls, rate) in [(0, 10.0), (10, 0.0), (10, -1.0), (10, f64::NAN)] {
        let plan = StormPlan::new("sip:1@127.0.0.1", calls, rate, Duration::from_secs(1));
        assert!(storm(&plan).is_err());
    }
    let plan = StormPlan::new("sip:1@127.0.0.1", 1 << 30, 1e9, Duration::from_secs(1));
    let refusal = storm(&plan).unwrap_err().to_string();
    assert!(refusal.contains("ulimit -n"), "{refusal}");
}

fn plan(line: &FakeLine, calls: usize) -> StormPlan {
    StormPlan::new(&line.target(), calls, 200.0, Duration::from_secs(1))
}
