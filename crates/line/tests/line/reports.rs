//! RTCP: what the line says of its sound, and what it keeps of the caller's reports.

use std::time::Duration;

use line::Line;
use media::rtcp::{self, ReportBlock, SenderReport};

use crate::programme::{ROUEN, line, long_greeting};
use crate::telephone::{PATIENCE, Telephone, wait_until};

#[test]
fn the_line_reports_its_packets_and_keeps_what_the_caller_reports_of_them() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    let heard = telephone.listen(1).remove(0);

    let (report, ssrc) = (telephone.hear_report(), telephone.ssrc());

    assert_counts(&report, &heard, ssrc);
    telephone.report(&block(&report));
    wait_until(|| line.health().reports_heard == 1);
    telephone.hang_up();
    let quality = records.recv_timeout(PATIENCE).unwrap().quality.unwrap();
    assert_eq!(
        (quality.reports, quality.lost, quality.worst_fraction),
        (1, 3, 64)
    );
    assert_eq!(quality.jitter, Duration::from_millis(10));
    let round_trip = quality.round_trip.unwrap();
    assert!(round_trip < Duration::from_millis(500), "{round_trip:?}");
}

#[test]
fn reports_share_the_port_of_the_sound_where_that_was_offered() {
    let (line, records) = line(long_greeting());
    let mut telephone = offering(&line, "a=rtcp-mux\r\na=sendrecv");
    let answer = String::from_utf8(telephone.answer.clone()).unwrap();
    assert!(answer.contains("a=rtcp-mux\r\n"), "{answer}");
    let heard = telephone.listen(1).remove(0);

    let report = telephone.hear_muxed_report();
    assert_counts(&report, &heard, telephone.ssrc());

    let mut octets = vec![];
    rtcp::encode_receiver_report(7, &[block(&report)], "caller", &mut octets);
    telephone.say(&octets);
    wait_until(|| line.health().reports_heard == 1);
    telephone.press('#');
    telephone.listen(30);
    telephone.hang_up();
    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!(record.quality.unwrap().lost, 3);
    assert_eq!(record.keys, "#", "keys pass beside the reports");
}

#[test]
fn a_caller_who_wants_no_reports_gets_none() {
    let (line, _records) = line(long_greeting());
    let mut telephone = offering(&line, "b=RS:0\r\nb=RR:0\r\na=sendrecv");
    telephone.listen(4 * 50);

    assert!(!telephone.has_report());
}

#[test]
fn where_no_reports_are_agreed_nobody_is_heard_on_the_port_for_them() {
    let (line, _records) = line(long_greeting());
    for none in ["b=RS:0\r\nb=RR:0", "a=rtcp:9 IN IP4 192.0.2.9"] {
        let mut telephone = offering(&line, &format!("{none}\r\na=sendrecv"));
        telephone.listen(1);

        telephone.report(&ReportBlock::default());
        telephone.listen(50);
    }

    assert_eq!(line.health().reports_heard, 0);
}

#[test]
fn what_is_no_report_about_this_call_changes_nothing() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(1);
    let other = ReportBlock {
        ssrc: telephone.ssrc().wrapping_add(1),
        cumulative_lost: 500,
        ..ReportBlock::default()
    };
    telephone.report(&other);
    telephone.report_octets(b"noise that is no report");
    wait_until(|| line.health().reports_heard == 1);

    telephone.hang_up();

    assert_eq!(records.recv_timeout(PATIENCE).unwrap().quality, None);
}

/// What a caller would say who lost 3 packets, a quarter of the latest ones, with 10 ms of jitter.
fn block(report: &SenderReport) -> ReportBlock {
    ReportBlock {
        ssrc: report.ssrc,
        fraction_lost: 64,
        cumulative_lost: 3,
        highest_sequence: 9,
        jitter: 80,
        last_sr: rtcp::middle(report.ntp),
        delay_since_last_sr: 0,
    }
}

/// The report counts what was sent, and its two clocks are one instant: that of the packets around it.
fn assert_counts(report: &SenderReport, first: &crate::telephone::Heard, ssrc: u32) {
    assert_eq!(report.ssrc, ssrc);
    // At most 3.75 s of packets, and what a busy machine is late by.
    assert!((60..=250).contains(&report.packets), "{report:?}");
    assert_eq!(report.octets, report.packets * 160);
    let since_first = report.rtp_timestamp.wrapping_sub(first.timestamp);
    let sent = (report.packets - 1) * 160;
    assert!(
        (sent..=sent + 160).contains(&since_first),
        "{since_first} after {sent}"
    );
}

fn offering(line: &Line, attributes: &str) -> Telephone {
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let offer = offer.replace("a=sendrecv", attributes);
    assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 200);
    telephone.acknowledge(None);
    telephone
}
