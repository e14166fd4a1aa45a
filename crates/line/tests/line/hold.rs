//! New offers in mid-call: hold, resume, another address, another law.

use std::time::Duration;

use media::Codec;

use crate::keys::{in_the_greeting, is_greeting, number, until};
use crate::programme::{line, long_greeting};

#[test]
fn on_hold_nothing_is_sent_and_afterwards_the_sound_goes_on_where_it_was() {
    for hold in ["a=sendonly", "a=inactive"] {
        let (line, _records) = line(long_greeting());
        let mut telephone = in_the_greeting(&line);
        telephone.reoffer(|offer| offer.replace("a=sendrecv", hold));

        telephone.listen_out(Duration::from_millis(100));
        let last = telephone.last.clone().unwrap();
        telephone.reoffer(|offer| offer);
        let after = telephone.listen(2);

        assert_eq!(
            number(&after[0].payload),
            number(&last.payload) + 1,
            "{hold}"
        );
        assert_eq!(after[0].sequence, last.sequence.wrapping_add(1));
        assert!(after[0].marker && !after[1].marker);
        let passed = after[0].timestamp.wrapping_sub(last.timestamp);
        assert!(passed > 4 * 160 && passed.is_multiple_of(160), "{passed}");
    }
}

#[test]
fn the_old_hold_of_no_address_is_understood() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    telephone.reoffer(|offer| offer.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"));
    telephone.listen_out(Duration::from_millis(100));

    telephone.reoffer(|offer| offer);

    assert!(is_greeting(&telephone.listen(1)[0].payload));
}

#[test]
fn a_caller_who_moves_is_followed_and_misses_at_most_what_was_on_its_way() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    let before = telephone.listen(1).remove(0);
    telephone.move_ear();
    telephone.reoffer(|offer| offer);

    let after = telephone.listen(1).remove(0);

    let step = number(&after.payload) - number(&before.payload);
    assert!((1..15).contains(&step), "{step}");
    assert_eq!(after.sequence, before.sequence.wrapping_add(step));
    telephone.press('#');
    until(&mut telephone, |payload| !is_greeting(payload));
}

#[test]
fn another_law_in_mid_call_goes_on_in_the_same_sound() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line).only(Codec::Pcmu);
    telephone.reoffer(|offer| offer);

    let heard = telephone.listen(20);

    let last = heard.last().unwrap();
    assert_eq!((last.payload_type, last.payload[2]), (0, 0xB2));
    for pair in heard.windows(2) {
        assert_eq!(number(&pair[1].payload), number(&pair[0].payload) + 1);
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
    }
}

#[test]
fn an_offer_that_cannot_be_taken_changes_nothing() {
    let (line, _records) = line(long_greeting());
    let mut telephone = in_the_greeting(&line);
    let own_port = telephone.media.unwrap().port();

    assert_eq!(
        telephone.try_reoffer(|offer| offer.replace("RTP/AVP 8 0", "RTP/AVP 18 97")),
        488
    );
    assert_eq!(
        telephone.try_reoffer(|offer| port_replaced(&offer, own_port)),
        488
    );

    assert!(is_greeting(&telephone.listen(3)[2].payload));
}

pub(crate) fn port_replaced(offer: &str, port: u16) -> String {
    let lines = offer
        .lines()
        .map(|line| match line.strip_prefix("m=audio ") {
            Some(rest) => format!("m=audio {port} {}\r\n", rest.split_once(' ').unwrap().1),
            None => format!("{line}\r\n"),
        });
    lines.collect()
}
