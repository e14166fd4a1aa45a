//! A storm against a line of few words: what happened is what is counted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fake_line;

use std::{sync::Mutex, time::Duration};

use caller::{Progress, StormPlan, storm};
use fake_line::{Answer, FakeLine, Heard, Manners, count, sound, sound_of};
use media::{Codec, Ptime};

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
fn losses_repeats_disorder_and_steps_of_a_storm_are_found_exactly() {
    let mut packets = sound(400);
    for slipped in &mut packets[30..] {
        slipped.timestamp = slipped.timestamp.wrapping_add(480);
    }
    packets.swap(20, 21);
    let time = packets[20].at;
    packets[20].at = packets[21].at;
    packets[21].at = time.max(packets[20].at);
    packets.insert(16, packets[15].clone());
    packets.remove(10);
    let line = FakeLine::open(Manners::plays(packets));

    let report = storm(&plan(&line, 10)).unwrap();

    assert_eq!((report.lost, report.duplicates), (10, 10));
    assert_eq!((report.out_of_order, report.timestamp_steps), (10, 10));
    assert_eq!((report.wrong_size, report.strays), (0, 0));
    assert_eq!(report.bad_calls, 10);
    // A slip of 60 ms of sound that did not pass is a gap of as much.
    assert!((55.0..100.0).contains(&report.gap_ms.max), "{report}");
}

#[test]
fn packets_of_forty_milliseconds_are_due_half_as_often() {
    let line = FakeLine::open(Manners::plays(sound_of(Ptime::Ms40, 300)));
    let mut plan = plan(&line, 10);
    plan.ptime = Ptime::Ms40;
    plan.codecs = vec![Codec::Pcmu];

    let report = storm(&plan).unwrap();

    assert_eq!(report.calls_by_packet_ms, [(40, 10)].into());
    assert!((230..=270).contains(&report.packets), "{report}");
    assert_eq!((report.timestamp_steps, report.wrong_size), (0, 0));
    assert!(report.missing_by_clock <= 10, "{report}");
    let requests = line.close();
    assert!(requests[0].contains(" RTP/AVP 0 101\r\n"));
    assert!(requests[0].contains("a=ptime:40\r\n"));
}

#[test]
fn callers_that_speak_send_fifty_packets_a_second_each() {
    let line = FakeLine::open(Manners::plays(sound(500)));
    let mut plan = plan(&line, 20);
    plan.speaks = true;

    let report = storm(&plan).unwrap();

    let heard = line.heard();
    let sound = heard.iter().filter(|heard| **heard == Heard::Sound).count();
    assert_eq!(u64::try_from(sound).unwrap(), report.spoken);
    assert!((900..=1_040).contains(&sound), "{sound}");
    assert_eq!((report.keys, report.rtcp), (None, None));
    assert_eq!(report.lost, 0);
}

#[test]
fn the_time_from_a_key_to_the_silence_is_measured() {
    let mut manners = Manners::plays(sound(500));
    manners.stops_after_key = Some(Duration::from_millis(60));
    let line = FakeLine::open(manners);
    let mut plan = plan(&line, 20);
    plan.hold = Duration::from_secs(4);
    plan.keys_per_second = 0.2;

    let report = storm(&plan).unwrap();

    let keys = report.keys.unwrap();
    // Nobody presses in the last two of four seconds: 20 callers, 0.2 a second, 2 seconds.
    assert!((4..=10).contains(&keys.presses), "{keys:?}");
    assert_eq!(keys.reacted, keys.presses);
    let reaction = keys.reaction_ms;
    assert!(reaction.p50 >= 60.0 && reaction.p50 < 120.0, "{keys:?}");
    let heard = line.heard();
    let stars = heard
        .iter()
        .filter(|heard| matches!(heard, Heard::Key(_, '*')));
    assert_eq!(
        u64::try_from(stars.count()).unwrap(),
        keys.presses + keys.not_counted
    );
    assert_eq!(report.spoken, 6 * (keys.presses + keys.not_counted));
}

#[test]
fn a_line_that_goes_on_speaking_after_a_key_has_not_reacted() {
    let line = FakeLine::open(Manners::plays(sound(500)));
    let mut plan = plan(&line, 10);
    plan.hold = Duration::from_secs(3);
    plan.keys_per_second = 1.0;

    let report = storm(&plan).unwrap();

    let keys = report.keys.unwrap();
    assert!(keys.presses > 0 && keys.reacted == 0, "{keys:?}");
}

#[test]
fn the_time_to_a_refusal_is_measured() {
    let mut manners = Manners::answers(Answer::Refuses(503, "Full"));
    manners.hesitates = Duration::from_millis(80);
    let line = FakeLine::open(manners);

    let report = storm(&plan(&line, 20)).unwrap();

    let refusal = report.refusal_ms;
    assert!((80.0..200.0).contains(&refusal.p50), "{refusal:?}");
    assert!(refusal.max >= refusal.p99 && refusal.p99 >= refusal.p50);
    assert_eq!(report.setup_ms.max, 0.0);
}

#[test]
fn every_caller_exchanges_reports_with_the_line() {
    let mut manners = Manners::plays(sound(500));
    manners.reports_at = Some(Duration::from_millis(300));
    let line = FakeLine::open(manners);
    let mut plan = plan(&line, 10);
    plan.hold = Duration::from_secs(3);
    plan.reports = true;

    let report = storm(&plan).unwrap();

    let heard = line.heard();
    let reports: Vec<_> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Report(_, report) => Some(report),
            Heard::Sound | Heard::Key(..) => None,
        })
        .collect();
    assert_eq!(reports.len(), 10, "one each, after 2.5 of 3 s");
    for report in reports {
        let block = report.about(77).unwrap();
        assert_eq!((block.cumulative_lost, block.fraction_lost), (0, 0));
        assert!(block.last_sr != 0 && report.sender.is_none());
    }
    let rtcp = report.rtcp.unwrap();
    assert_eq!((rtcp.sender_reports, rtcp.sent), (20, 10));
}

#[test]
fn the_line_s_process_is_watched_while_all_calls_are_there() {
    let line = FakeLine::open(Manners::plays(sound(500)));
    let mut plan = plan(&line, 20);
    plan.hold = Duration::from_secs(2);
    plan.server = Some(std::process::id());

    let report = storm(&plan).unwrap();

    let server = report.server.unwrap();
    // All 20 are there after 0.1 s; the first hangs up after 2.
    assert!((1.5..2.1).contains(&server.window_s), "{server:?}");
    let expected = server.window_s * 20.0 * 50.0;
    let received = f64::from(u32::try_from(server.packets).unwrap());
    assert!((received - expected).abs() < 60.0, "{server:?}");
    assert!(server.memory_peak_kb >= server.memory_before_kb);
    assert!(server.memory_before_kb > 0);

    plan.server = Some(u32::MAX);
    assert!(storm(&plan).is_err());
}

#[test]
fn a_watcher_is_told_every_second() {
    static TOLD: Mutex<Vec<Progress>> = Mutex::new(vec![]);
    let line = FakeLine::open(Manners::plays(sound(500)));
    let mut plan = plan(&line, 10);
    plan.hold = Duration::from_millis(2_500);
    plan.watcher = Some(|progress| TOLD.lock().unwrap().push(*progress));

    storm(&plan).unwrap();

    let told = TOLD.lock().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    let first = told[0];
    assert_eq!(
        (first.dialled, first.answered, first.listening),
        (10, 10, 10)
    );
    assert_eq!(
        first.to_string(),
        "   1 s: 10 of 10 dialled, 10 answered, 10 listening"
    );
}

#[test]
fn a_storm_that_makes_no_call_is_refused_in_words() {
    for (calls, rate) in [(0, 10.0), (10, 0.0), (10, -1.0), (10, f64::NAN)] {
        let plan = StormPlan::new("sip:1@127.0.0.1", calls, rate, Duration::from_secs(1));
        assert!(storm(&plan).is_err());
    }
    for share in [-0.1, 1.1, f64::NAN] {
        let mut plan = StormPlan::new("sip:1@127.0.0.1", 1, 1.0, Duration::from_secs(1));
        plan.keys_per_second = share;
        assert!(storm(&plan).is_err());
    }
    let plan = StormPlan::new("sip:1@127.0.0.1", 1 << 30, 1e9, Duration::from_secs(1));
    let refusal = storm(&plan).unwrap_err().to_string();
    assert!(refusal.contains("ulimit -n"), "{refusal}");
}

fn plan(line: &FakeLine, calls: usize) -> StormPlan {
    StormPlan::new(&line.target(), calls, 200.0, Duration::from_secs(1))
}
