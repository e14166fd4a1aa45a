//! Encrypted calls: SRTP under keys of the description (RFC 3711, RFC 4568).

use std::time::Duration;

use line::{Config, Line, SrtpPolicy, Trunk};
use media::keypad::KeypadEvent;
use media::rtcp::{self, ReportBlock};
use media::srtp::{EMPTY_ROOM, Sealer, Suite};
use media::{Codec, Key, rtp};

use crate::keys::{is_greeting, until};
use crate::programme::{ROUEN, config, expected, line, long_greeting, two_territories};
use crate::telephone::{PATIENCE, Telephone, keys_of, wait_until};

#[test]
fn an_encrypted_caller_hears_the_whole_programme() {
    let on_air = two_territories();
    let (line, records) = line(on_air.clone());
    for suite in [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32] {
        let mut telephone = offering_suite(&line, suite);
        telephone.acknowledge(None);

        let whole = expected(&on_air, ROUEN, Codec::Pcma);
        let packets = telephone.listen(whole.len() / 160);

        let heard: Vec<u8> = packets.into_iter().flat_map(|one| one.payload).collect();
        assert!(heard == whole, "{} octets differ", whole.len());
        telephone.wait_for_bye();
        let record = records.recv_timeout(PATIENCE).unwrap();
        assert_eq!(record.srtp, Some(suite));
    }
    assert_eq!(line.health().forgeries, 0);
}

#[test]
fn a_key_of_an_encrypted_call_acts_when_it_is_authentic_and_only_once() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line, 7);
    let event = |sequence: u16, timestamp| {
        let pressed = KeypadEvent {
            key: Key::from_char('*').unwrap(),
            end: true,
            volume: 10,
            duration: 400,
        };
        let header = rtp::encode_header(101, true, sequence, timestamp, 9);
        [&header[..], &pressed.encode()].concat()
    };

    telephone.say_as_it_is(&event(1, 8_000)); // in the clear
    telephone.say_as_it_is(&[&event(1, 8_000)[..], &[0; 10]].concat()); // forged
    wait_until(|| line.health().forgeries == 2);
    assert!(
        is_greeting(&telephone.listen(20)[19].payload),
        "nothing acts"
    );

    telephone.press('#');
    until(&mut telephone, |payload| !is_greeting(payload));
    let mut sealer = Sealer::new(
        Suite::AesCm128HmacSha1_80,
        &keys_of(&telephone.keys().unwrap()).ours,
    );
    let clear = event(9, 90_000);
    let (header, payload) = clear.split_first_chunk().unwrap();
    let mut room = EMPTY_ROOM;
    let sealed = sealer.seal(header, payload, &mut room).unwrap();
    let replayed = [&header[..], sealed].concat();
    for _ in 0..3 {
        // The number of a packet of the key before it: heard already.
        telephone.say_as_it_is(&replayed);
    }
    wait_until(|| line.health().forgeries >= 7); // two of its ends came twice
    telephone.hang_up();

    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "#");
}

#[test]
fn reports_of_an_encrypted_call_are_sealed_both_ways() {
    let (line, records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line, 7);

    let report = telephone.hear_report();

    assert_eq!(report.ssrc, telephone.ssrc());
    let block = ReportBlock {
        ssrc: report.ssrc,
        cumulative_lost: 3,
        last_sr: rtcp::middle(report.ntp),
        ..ReportBlock::default()
    };
    let mut plain = vec![];
    rtcp::encode_receiver_report(7, &[block], "caller", &mut plain);
    telephone.report_octets(&plain);
    wait_until(|| line.health().forgeries == 1);
    assert_eq!(line.health().reports_heard, 0);
    telephone.report(&block);
    wait_until(|| line.health().reports_heard == 1);
    telephone.hang_up();
    let quality = records.recv_timeout(PATIENCE).unwrap().quality.unwrap();
    assert_eq!((quality.reports, quality.lost), (1, 3));
}

#[test]
fn only_an_authentic_packet_draws_the_sound_to_where_it_comes_from() {
    let (line, _records) = Line::start(
        &with_trunk(Trunk {
            latching: Duration::from_secs(5),
            ..Trunk::new("carrier")
        }),
        long_greeting(),
    )
    .unwrap();
    let mut telephone = in_the_greeting(&line, 7);
    telephone.move_ear(); // the description names the old port
    let header = rtp::encode_header(8, false, 2, 160, 5);
    let sound = [&header[..], &[0xD5; 160]].concat();

    telephone.say_as_it_is(&[&sound[..], &[0; 10]].concat());
    wait_until(|| line.health().forgeries == 1);
    assert!(
        telephone.next_packet(Duration::from_millis(200)).is_none(),
        "a forged packet draws nothing"
    );

    telephone.say(&sound);
    assert!(is_greeting(&telephone.listen(10)[9].payload));
}

#[test]
fn the_policy_of_a_trunk_decides_who_is_answered() {
    for (srtp, plain, encrypted) in [
        (SrtpPolicy::Never, 200, 488),
        (SrtpPolicy::Offered, 200, 200),
        (SrtpPolicy::Required, 488, 200),
    ] {
        let (line, _records) = Line::start(
            &with_trunk(Trunk {
                srtp,
                ..Trunk::new("carrier")
            }),
            long_greeting(),
        )
        .unwrap();
        let dialled = |mut telephone: Telephone| telephone.dial();

        assert_eq!(
            dialled(Telephone::new(line.local_addr(), ROUEN)),
            plain,
            "{srtp:?}"
        );
        let telephone = Telephone::new(line.local_addr(), ROUEN).encrypted(7);
        assert_eq!(dialled(telephone), encrypted, "{srtp:?}");
    }
}

#[test]
fn keys_agreed_on_by_dtls_alone_get_488() {
    let (line, _records) = line(long_greeting());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let offer = offer.replace("RTP/AVP", "UDP/TLS/RTP/SAVP")
        + "a=setup:actpass\r\na=fingerprint:sha-256 AA:BB\r\n";

    assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 488);
}

#[test]
fn where_it_is_required_the_line_s_own_offer_is_encrypted() {
    let (line, records) = Line::start(
        &with_trunk(Trunk {
            srtp: SrtpPolicy::Required,
            ..Trunk::new("carrier")
        }),
        long_greeting(),
    )
    .unwrap();
    let mut telephone = Telephone::new(line.local_addr(), ROUEN).encrypted(7);
    assert_eq!(telephone.dial_with(None, b""), 200);
    let offer = String::from_utf8(telephone.answer.clone()).unwrap();
    assert!(
        offer.contains(" RTP/SAVP ") && offer.contains("a=crypto:1 "),
        "{offer}"
    );

    let answer = telephone.answer_to_offer();
    telephone.acknowledge(Some(&answer));

    until(&mut telephone, is_greeting);
    telephone.hang_up();
    assert!(records.recv_timeout(PATIENCE).unwrap().srtp.is_some());
    let mut plain = Telephone::new(line.local_addr(), ROUEN).encrypted(7);
    assert_eq!(plain.dial_with(None, b""), 200);
    let answer = in_the_clear(&String::from_utf8(plain.description()).unwrap());
    plain.acknowledge(Some(answer.as_bytes()));
    assert!(
        plain.wait_for_bye().contains("cause=88"),
        "an answer in the clear ends the call"
    );
}

#[test]
fn a_new_offer_under_the_same_key_goes_on_and_a_new_key_gets_a_new_one() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line, 7);
    let (keys, description) = (telephone.keys().unwrap(), telephone.answer.clone());

    telephone.reoffer(|offer| offer);
    assert_eq!(
        (telephone.keys(), &telephone.answer),
        (Some(keys), &description)
    );
    telephone.listen(5);
    telephone.rekey(8);
    telephone.reoffer(|offer| offer);
    let next = telephone.keys().unwrap();
    assert!(
        next.ours != keys.ours && next.theirs != keys.theirs,
        "another key of both"
    );

    let before = telephone.last.clone().unwrap();
    let after = telephone.listen(5);
    let step = after[0].sequence.wrapping_sub(before.sequence);
    assert!((1..15).contains(&step), "{step}");
    telephone.press('#');
    until(&mut telephone, |payload| !is_greeting(payload));
}

#[test]
fn a_new_offer_in_the_clear_ends_encryption_and_one_with_a_key_begins_it() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line, 7);
    let first = telephone.keys().unwrap();

    telephone.reoffer(|offer| in_the_clear(&offer));
    assert_eq!(telephone.keys(), None);
    until(&mut telephone, is_greeting);
    telephone.listen(5);

    telephone.reoffer(|offer| offer);
    assert!(
        telephone.keys().unwrap().theirs != first.theirs,
        "a key is never used again"
    );
    assert!(is_greeting(&telephone.listen(5)[4].payload));
}

/// An encrypted caller who has heard some frames of the long greeting.
fn in_the_greeting(line: &Line, key: u8) -> Telephone {
    let mut telephone = Telephone::new(line.local_addr(), ROUEN).encrypted(key);
    assert_eq!(telephone.dial(), 200);
    telephone.acknowledge(None);
    until(&mut telephone, is_greeting);
    telephone.listen(5);
    telephone
}

fn offering_suite(line: &Line, suite: Suite) -> Telephone {
    let mut telephone = Telephone::new(line.local_addr(), ROUEN).encrypted(7);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let offer = offer.replace(Suite::AesCm128HmacSha1_80.name(), suite.name());
    assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 200);
    telephone
}

fn in_the_clear(offer: &str) -> String {
    let lines = offer.lines().filter(|line| !line.starts_with("a=crypto"));
    let lines = lines.map(|line| line.replace("RTP/SAVP", "RTP/AVP") + "\r\n");
    lines.collect()
}

fn with_trunk(trunk: Trunk) -> Config {
    Config {
        trunks: vec![trunk],
        ..config()
    }
}
