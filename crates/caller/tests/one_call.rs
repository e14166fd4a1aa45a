//! One call against a line of few words: what was sent is what is reported.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fake_line;

use std::time::Duration;

use caller::{CallPlan, CallReport, EndedBy, place_call};
use fake_line::{Answer, FakeLine, Heard, Manners, Planned, count, sound, sound_of};
use media::{Codec, Ptime};

#[test]
fn a_call_is_heard_octet_by_octet_until_the_line_says_goodbye() {
    let packets = sound(60);
    let line = FakeLine::open(Manners::plays(packets.clone()));

    let report = place_call(&CallPlan::new(&line.target())).unwrap();

    let sent: Vec<u8> = packets.iter().flat_map(|one| one.payload.clone()).collect();
    assert_eq!(report.octets, sent);
    assert_eq!(report.samples, Codec::Pcma.decoder().decode(&sent));
    assert_eq!((report.status, report.ended_by), (200, EndedBy::Line));
    assert_eq!(report.codec, Some("PCMA"));
    assert_eq!((report.counts.packets, report.counts.lost), (60, 0));
    assert!(report.setup_ms.unwrap() < 200.0);
    assert!(report.first_sound_ms.unwrap() < 200.0);
    assert!(
        (1_180.0..1_600.0).contains(&report.duration_ms),
        "{}",
        report.duration_ms
    );
    assert_eq!(report.notes, [""; 0]);
    let requests = line.close();
    assert_eq!(
        (count(&requests, "INVITE"), count(&requests, "ACK")),
        (1, 1)
    );
    assert!(requests[0].contains("m=audio "));
    assert!(requests[0].contains(" RTP/AVP 8 0 101\r\n"));
}

#[test]
fn having_heard_what_it_waits_for_the_telephone_hangs_up() {
    let packets = sound(200);
    let line = FakeLine::open(Manners::plays(packets.clone()));
    let of = |range: std::ops::Range<usize>| -> Vec<u8> {
        packets[range]
            .iter()
            .flat_map(|one| one.payload.clone())
            .collect()
    };

    let report = place_call(&CallPlan {
        until_heard: vec![of(5..10), of(20..40)],
        ..CallPlan::new(&line.target())
    })
    .unwrap();

    assert_eq!(report.ended_by, EndedBy::Caller);
    assert!(report.octets.starts_with(&of(0..40)));
    assert!((40..60).contains(&report.counts.packets), "{report:?}");
}

#[test]
fn a_line_that_sends_no_sound_is_left_and_one_that_does_is_not() {
    let plan = |line: &FakeLine| CallPlan {
        sound_within: Some(Duration::from_millis(300)),
        ..CallPlan::new(&line.target())
    };
    let mute = FakeLine::open(Manners {
        says_goodbye: false,
        ..Manners::plays(vec![])
    });
    let report = place_call(&plan(&mute)).unwrap();
    assert_eq!((report.status, report.ended_by), (200, EndedBy::Caller));
    assert_eq!(report.counts.packets, 0);
    assert!(report.duration_ms < 2_000.0, "{} ms", report.duration_ms);

    let line = FakeLine::open(Manners::plays(sound(60)));
    let report = place_call(&plan(&line)).unwrap();
    assert_eq!(
        (report.counts.packets, report.ended_by),
        (60, EndedBy::Line)
    );
}

#[test]
fn losses_repeats_disorder_and_steps_are_found_exactly() {
    let mut packets = sound(100);
    for slipped in &mut packets[70..] {
        slipped.timestamp = slipped.timestamp.wrapping_add(480);
    }
    swap(&mut packets, 20);
    swap(&mut packets, 40);
    packets.insert(51, packets[50].clone());
    packets.insert(56, packets[55].clone());
    packets.insert(57, packets[55].clone());
    let lost = [10_u16, 11, 30, 90].map(|frame| 65_500_u16.wrapping_add(frame));
    packets.retain(|packet| !lost.contains(&packet.sequence));

    let report = call_that_hears(packets);

    let counts = report.counts;
    assert_eq!((counts.packets, counts.lost), (96, 4));
    assert_eq!((counts.duplicates, counts.out_of_order), (3, 2));
    assert_eq!((counts.timestamp_steps, counts.wrong_size), (1, 0));
    assert!(counts.bad);
    let mut expected = sound(100);
    expected.retain(|packet| !lost.contains(&packet.sequence));
    let expected: Vec<u8> = expected.into_iter().flat_map(|one| one.payload).collect();
    assert_eq!(report.octets, expected);
    assert_eq!(report.samples.len(), 100 * 160);
}

#[test]
fn speech_is_told_from_the_silence_before_it() {
    let mut packets = sound(40);
    for packet in &mut packets {
        packet
            .payload
            .fill(if packet.at < Duration::from_millis(500) {
                0xD5
            } else {
                0x80
            });
    }

    let report = call_that_hears(packets);

    let (first_sound, first_speech) = (report.first_sound_ms, report.first_speech_ms);
    let silence = first_speech.unwrap() - first_sound.unwrap();
    assert!((450.0..600.0).contains(&silence), "{silence} ms");
}

#[test]
fn keys_reach_the_line_once_each_and_the_report_says_when() {
    let line = FakeLine::open(Manners::plays(sound(75)));
    let mut plan = CallPlan::new(&line.target());
    plan.keys = "@0.2:#,@0.6:1*".to_owned();

    let report = place_call(&plan).unwrap();

    let pressed: String = report.keys.iter().map(|pressed| pressed.key).collect();
    let heard: String = line.heard().iter().filter_map(key_of).collect();
    assert_eq!((pressed.as_str(), heard.as_str()), ("#1*", "#1*"));
    let first = report.keys[0];
    assert!((200.0..300.0).contains(&first.at_ms), "{} ms", first.at_ms);
    assert!(first.octets_before > 0 && first.octets_before < report.octets.len());
}

#[test]
fn packets_of_any_length_are_asked_for_heard_and_counted_by_their_own_clock() {
    for ptime in Ptime::ALL {
        let packets = sound_of(ptime, 20);
        let line = FakeLine::open(Manners::plays(packets.clone()));
        let mut plan = CallPlan::new(&line.target());
        plan.ptime = ptime;
        plan.codecs = vec![Codec::Pcma];

        let report = place_call(&plan).unwrap();

        let sent: Vec<u8> = packets.into_iter().flat_map(|one| one.payload).collect();
        assert_eq!(report.octets, sent);
        assert_eq!(report.packet_ms, Some(ptime.ms()));
        let counts = report.counts;
        assert_eq!((counts.packets, counts.lost), (20, 0));
        assert_eq!((counts.timestamp_steps, counts.wrong_size), (0, 0));
        let requests = line.close();
        assert!(requests[0].contains(&format!("a=ptime:{}\r\n", ptime.ms())));
        assert!(
            requests[0].contains(" RTP/AVP 8 101\r\n"),
            "one law offered"
        );
    }
}

#[test]
fn gaps_of_arrival_that_differ_from_those_of_the_sound_are_told() {
    let mut packets = sound(60);
    packets[30].at += Duration::from_millis(50); // two after it arrive at once with it
    packets[31].at = packets[30].at;
    packets[32].at = packets[30].at;

    let report = call_that_hears(packets);

    let gap = report.gap_ms;
    assert!((45.0..80.0).contains(&gap.max), "{gap:?}");
    assert!(gap.p50 < 10.0, "{gap:?}");
    assert_eq!(report.counts.timestamp_steps, 0);
}

#[test]
fn reports_are_exchanged_with_true_losses_and_the_way_there_and_back() {
    let mut packets = sound(160);
    let lost = [20, 21, 22].map(|frame| 65_500_u16.wrapping_add(frame));
    packets.retain(|packet| !lost.contains(&packet.sequence));
    let mut manners = Manners::plays(packets);
    manners.reports_at = Some(Duration::from_millis(500));
    let line = FakeLine::open(manners);

    let report = place_call(&CallPlan::new(&line.target())).unwrap();

    let heard = line.heard();
    let reports = heard.iter().filter_map(|heard| match heard {
        Heard::Report(age, report) => Some((age, report)),
        Heard::Sound | Heard::Key(..) => None,
    });
    let [(age, first)] = reports.collect::<Vec<_>>()[..] else {
        panic!("one report in 3.2 s, the first after 2.5: {heard:?}");
    };
    assert!((2_450..3_200).contains(&age.as_millis()), "{age:?}");
    let block = first.about(77).unwrap();
    assert_eq!(block.cumulative_lost, 3);
    // Of 125 packets expected, or up to 160 on a busy machine, 3 lost: 6 of 256, or 4.
    assert!((4..=7).contains(&block.fraction_lost), "{block:?}");
    assert!(block.last_sr != 0);
    let lay_here = f64::from(block.delay_since_last_sr) / 65_536.0;
    assert!((1.8..2.7).contains(&lay_here), "{lay_here} s");
    let said = first.sender.unwrap();
    assert!((120..=160).contains(&said.packets), "{said:?}");
    assert_eq!(said.octets, said.packets * 160);
    let rtcp = report.rtcp.unwrap();
    assert_eq!((rtcp.sender_reports, rtcp.sent), (2, 1));
    assert!((0.0..200.0).contains(&rtcp.round_trip_ms.unwrap()));
    assert!(report.to_string().contains("2 sender reports heard"));
}

#[test]
fn the_caller_hangs_up_at_its_limit_along_the_recorded_route() {
    let mut manners = Manners::plays(sound(500));
    manners.more = b"Record-Route: <sip:192.0.2.7;lr>, <sip:127.0.0.1:PORT;lr>\r\n";
    let line = FakeLine::open(manners);
    let mut plan = CallPlan::new(&line.target());
    plan.limit = Duration::from_millis(400);

    // The first hop of this route cannot be reached: requests go where the INVITE went.
    let report = place_call(&plan).unwrap();

    assert_eq!((report.status, report.ended_by), (200, EndedBy::Caller));
    assert!((380.0..700.0).contains(&report.duration_ms));
    let requests = line.close();
    assert_eq!((count(&requests, "ACK"), count(&requests, "BYE")), (1, 1));
    for request in requests.iter().filter(|one| !one.starts_with("INVITE")) {
        assert!(request.contains(";tag=line"), "{request}");
        let own = request.find("Route: <sip:127.0.0.1:PORT;lr>").unwrap();
        let other = request.find("Route: <sip:192.0.2.7;lr>").unwrap();
        assert!(own < other);
    }
}

#[test]
fn a_repeated_200_gets_another_ack() {
    let mut manners = Manners::plays(sound(20));
    manners.sends_200 = 2;
    let line = FakeLine::open(manners);

    let report = place_call(&CallPlan::new(&line.target())).unwrap();

    assert_eq!(report.counts.packets, 20);
    assert_eq!(count(&line.close(), "ACK"), 2);
}

#[test]
fn a_refusal_is_a_report_and_is_acknowledged() {
    for (status, reason) in [(486, "Busy Here"), (503, "Service Unavailable")] {
        let line = FakeLine::open(Manners::answers(Answer::Refuses(status, reason)));

        let report = place_call(&CallPlan::new(&line.target())).unwrap();

        assert_eq!((report.status, report.ended_by), (status, EndedBy::Refused));
        assert_eq!((report.setup_ms, report.counts.packets), (None, 0));
        let requests = line.close();
        assert_eq!(count(&requests, "ACK"), 1);
        let branch = |request: &str| request.split("branch=").nth(1).unwrap()[..20].to_owned();
        assert_eq!(branch(&requests[0]), branch(&requests[1]));
    }
}

#[test]
fn a_line_that_rings_for_ever_is_cancelled() {
    let line = FakeLine::open(Manners::answers(Answer::RingsForEver));
    let mut plan = CallPlan::new(&line.target());
    plan.answer_within = Duration::from_millis(200);

    let report = place_call(&plan).unwrap();

    assert_eq!((report.status, report.ended_by), (408, EndedBy::Unanswered));
    let requests = line.close();
    assert_eq!(
        (count(&requests, "CANCEL"), count(&requests, "ACK")),
        (1, 1)
    );
}

#[test]
fn a_line_that_says_nothing_is_asked_again_and_given_up_without_a_cancel() {
    let line = FakeLine::open(Manners::answers(Answer::Silent));
    let mut plan = CallPlan::new(&line.target());
    plan.answer_within = Duration::from_millis(700);

    let report = place_call(&plan).unwrap();

    assert_eq!((report.status, report.ended_by), (408, EndedBy::Unanswered));
    assert_eq!(report.retransmissions, 1);
    let requests = line.close();
    assert_eq!(
        (count(&requests, "INVITE"), count(&requests, "CANCEL")),
        (2, 0)
    );
}

#[test]
fn a_line_without_sound_is_reported_as_a_bad_call() {
    let line = FakeLine::open(Manners::answers(Answer::Takes));
    let mut plan = CallPlan::new(&line.target());
    plan.limit = Duration::from_millis(100);

    let report = place_call(&plan).unwrap();

    assert!(report.counts.bad);
    assert_eq!((report.status, report.first_sound_ms), (200, None));
}

fn key_of(heard: &Heard) -> Option<char> {
    match heard {
        Heard::Key(_, key) => Some(*key),
        Heard::Sound | Heard::Report(..) => None,
    }
}

fn call_that_hears(packets: Vec<Planned>) -> CallReport {
    let line = FakeLine::open(Manners::plays(packets));
    place_call(&CallPlan::new(&line.target())).unwrap()
}

/// Lets a packet and the next one change places on the way.
fn swap(packets: &mut [Planned], at: usize) {
    packets.swap(at, at + 1);
    let time = packets[at].at;
    packets[at].at = packets[at + 1].at;
    packets[at + 1].at = packets[at].at.max(time);
}
