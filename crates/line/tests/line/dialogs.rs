//! What a caller's side may do to a call beside holding it, and what remains of it in the record.

use std::time::{Duration, Instant};

use line::{Answering, Config, EndCause, Line, Reason, Trunk};
use media::{Codec, rtp};

use crate::keys::{in_the_greeting, is_greeting, number};
use crate::programme::{ROUEN, config, line, long_greeting, two_territories};
use crate::telephone::{PATIENCE, Telephone};

#[test]
fn an_update_holds_and_resumes_as_an_invite_does() {
    for hold in [
        ("a=sendrecv", "a=sendonly"),
        ("a=sendrecv", "a=inactive"),
        ("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"),
    ] {
        let (line, _records) = line(long_greeting());
        let mut telephone = in_the_greeting(&line);
        assert_eq!(
            telephone.try_update(|offer| offer.replace(hold.0, hold.1)),
            200
        );

        telephone.listen_out(Duration::from_millis(100));
        let last = telephone.last.clone().unwrap();
        assert_eq!(telephone.try_update(|offer| offer), 200);
        let after = telephone.listen(2);

        assert_eq!(
            number(&after[0].payload),
            number(&last.payload) + 1,
            "{hold:?}"
        );
        assert_eq!(after[0].sequence, last.sequence.wrapping_add(1));
    }
}

#[test]
fn an_update_moves_the_sound_to_another_port() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    telephone.move_ear();

    assert_eq!(telephone.try_update(|offer| offer), 200);

    assert!(is_greeting(&telephone.listen(1)[0].payload));
}

#[test]
fn a_hold_before_the_ack_counts_from_the_ack_on() {
    let (line, _records) = line(long_greeting());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    assert_eq!(telephone.dial(), 200);
    let hold = |offer: String| offer.replace("a=sendrecv", "a=inactive");
    assert_eq!(telephone.try_update(hold), 200);

    telephone.acknowledge(None);
    assert!(telephone.next_packet(Duration::from_millis(150)).is_none());

    telephone.reoffer(|offer| offer);
    assert_eq!(telephone.listen(3).len(), 3);
}

#[test]
fn the_codec_may_change_and_change_again_in_the_same_sound() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    for (codec, payload_type, salt) in [
        (Codec::Pcmu, 0, 0xB2),
        (Codec::G722, 9, 0xC3),
        (Codec::Pcma, 8, 0xA1),
    ] {
        let before = telephone.last.clone().unwrap();
        telephone = telephone.only(codec);
        telephone.reoffer(|offer| offer);

        let heard = telephone.listen(20);

        let last = heard.last().unwrap();
        assert_eq!((last.payload_type, last.payload[2]), (payload_type, salt));
        let step = number(&last.payload) - number(&before.payload);
        assert_eq!(last.sequence, before.sequence.wrapping_add(step));
    }
}

#[test]
fn a_fax_is_refused_alone_and_left_out_beside_sound() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    let fax = "m=image 40000 udptl t38\r\na=T38FaxVersion:0\r\n";
    let alone = |offer: String| {
        let session = offer.split("m=audio").next().unwrap();
        format!("{session}m=audio 0 RTP/AVP 8\r\n{fax}")
    };
    assert_eq!(telephone.try_reoffer(alone), 488);
    assert_eq!(telephone.try_update(alone), 488);
    assert!(is_greeting(&telephone.listen(5)[4].payload));

    telephone.reoffer(|offer| format!("{offer}{fax}"));

    let answer = String::from_utf8(telephone.answer.clone()).unwrap();
    assert!(answer.contains("m=image 0 udptl t38\r\n"), "{answer}");
    assert!(is_greeting(&telephone.listen(5)[4].payload));
}

#[test]
fn comfort_noise_may_be_offered_and_come_and_is_never_promised() {
    let (line, records) = line(long_greeting());
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let offer = String::from_utf8(telephone.description()).unwrap();
    let offer = offer.replace("RTP/AVP 8 0 101", "RTP/AVP 8 13 101");
    assert!(offer.contains(" 13 "), "{offer}");
    assert_eq!(telephone.dial_with(Some(offer.as_bytes()), b""), 200);
    telephone.acknowledge(None);
    telephone.listen(1);
    for sequence in 1..10 {
        let header = rtp::encode_header(13, false, sequence, 160 * u32::from(sequence), 9);
        telephone.say(&[header.as_slice(), &[0x40]].concat());
    }

    let heard = telephone.listen(30);

    assert!(heard.iter().all(|packet| packet.payload_type == 8));
    let answer = String::from_utf8(telephone.answer.clone()).unwrap();
    assert!(answer.contains("RTP/AVP 8 101\r\n"), "{answer}");
    telephone.hang_up();
    assert_eq!(records.recv_timeout(PATIENCE).unwrap().keys, "");
}

#[test]
fn an_answer_waits_as_long_as_its_trunk_wants() {
    let slow = Trunk {
        answering: Answering {
            delay: Duration::from_millis(300),
            ..Answering::default()
        },
        ..Trunk::new("slow")
    };
    let config = Config {
        trunks: vec![slow],
        ..config()
    };
    let (line, _records) = Line::start(&config, two_territories()).unwrap();
    let mut telephone = Telephone::new(line.local_addr(), ROUEN);
    let dialled = Instant::now();

    assert_eq!(telephone.dial(), 200);

    let waited = dialled.elapsed();
    assert!((300..600).contains(&waited.as_millis()), "{waited:?}");
}

#[test]
fn why_a_caller_went_is_in_the_record() {
    let (line, records) = line(two_territories());
    let mut telephone = Telephone::call(line.local_addr(), ROUEN);
    telephone.listen(1);
    telephone.hang_up();

    let record = records.recv_timeout(PATIENCE).unwrap();

    assert_eq!(record.end, EndCause::CallerHungUp);
    let reason = Reason {
        q850: Some(16),
        sip: None,
    };
    assert_eq!(record.reason, reason);
}
