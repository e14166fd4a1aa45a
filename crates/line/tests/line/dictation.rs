//! An operator posts by telephone: what the line passes on, what it keeps to itself, and whom it lets dictate.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

use bulletin::{DialledNumber, Event, Kind};
use line::{CallRecord, Config, DictationLine, DictationPrompts, Line, Said, Saying, Trunk, Word};
use media::{Codec, Reels};

use crate::programme::{config, numbered, two_territories};
use crate::telephone::{PATIENCE, Telephone};

#[test]
fn an_operator_types_speaks_hears_it_back_and_publishes_and_no_key_remains() {
    for encrypted in [false, true] {
        let (line, records, said) = dictating(100, |_| {});
        let mut telephone = Telephone::new(line.local_addr(), PRIVATE);
        if encrypted {
            telephone = telephone.encrypted(7);
        }
        assert_eq!(telephone.dial(), 200);
        telephone.acknowledge(None);
        telephone.listen(5);
        types(&mut telephone, "4711#123456#");
        let asked = next(&said);
        let Saying::Credentials { code, pin } = &asked.what else {
            panic!("{asked:?}");
        };
        assert_eq!((code.reveal(), pin.reveal()), ("4711", "123456"));
        line.answer_dictation(asked.call, Word::Welcome);
        telephone.listen(10);
        types(&mut telephone, "11#");
        let (kind, event) = (Kind::Unplanned, Event::Flaring);
        assert_eq!(next(&said).what, Saying::Chosen { kind, event });
        assert_eq!(next(&said).what, Saying::RecordingBegins);

        let voice: Vec<u8> = (1..=60).collect();
        for &octet in &voice {
            telephone.speak(&[octet; 160]);
            telephone.listen(1);
        }
        types(&mut telephone, "#");
        let heard = recorded(&said);
        assert_eq!(heard, voice, "every packet, in order, and none of the key");
        assert_eq!(next(&said).what, Saying::RecordingEnds);

        let take = numbered(20);
        line.answer_dictation(asked.call, Word::Take(take.clone()));
        let played = plays(&mut telephone, take.of(Codec::Pcma).octets());
        assert!(played, "it is heard back");
        types(&mut telephone, "1");
        let with_recording = true;
        assert_eq!(next(&said).what, Saying::Publish { with_recording });
        line.answer_dictation(asked.call, Word::Published);
        telephone.wait_for_bye();
        assert_eq!(next(&said).what, Saying::Over);
        let record = records.recv_timeout(PATIENCE).unwrap();
        assert_eq!((record.keys.as_str(), record.heard.len()), ("", 0));
        assert_eq!(record.territory, None);
    }
}

#[test]
fn a_call_that_hangs_up_while_it_speaks_says_that_it_is_over() {
    let (line, _records, said) = dictating(1_000, |_| {});
    let mut telephone = speaking(&line, &said);
    telephone.speak(&[1; 160]);
    assert!(matches!(next(&said).what, Saying::Sound(_)));

    telephone.hang_up();

    assert_eq!(next(&said).what, Saying::Over);
}

#[test]
fn a_word_for_an_earlier_call_in_the_same_seat_changes_nothing() {
    let (line, _records, said) = dictating(1_000, |_| {});
    let mut first = calls(&line);
    types(&mut first, "1#2#");
    let earlier = next(&said).call;
    first.hang_up();
    assert_eq!(next(&said).what, Saying::Over);
    let mut second = calls(&line);
    types(&mut second, "3#4#");
    let asked = next(&said);
    assert_ne!(asked.call, earlier);

    line.answer_dictation(earlier, Word::Welcome);
    second.listen(10);
    types(&mut second, "1");
    second.listen(10);

    assert_eq!(
        said.try_recv(),
        Err(TryRecvError::Empty),
        "nobody was let in"
    );
}

#[test]
fn a_channel_that_nobody_reads_costs_no_packet() {
    let (line, _records, said) = dictating(1, |_| {});
    let mut telephone = calls(&line);
    types(&mut telephone, "1#2#");
    telephone.listen(10);
    line.answer_dictation(said.recv_timeout(PATIENCE).unwrap().call, Word::Welcome);
    telephone.listen(10);
    types(&mut telephone, "11#");
    let first = telephone.listen(1)[0].sequence;
    for _ in 0..50 {
        telephone.speak(&[1; 160]);
        telephone.listen(1);
    }

    let last = telephone.last.as_ref().unwrap();
    assert_eq!(last.sequence, first.wrapping_add(50));
}

#[test]
fn a_trunk_that_may_not_dictate_leads_to_the_menu_as_any_unknown_number_does() {
    let (line, records, said) =
        dictating(1_000, |config| config.trunks = vec![Trunk::new("carrier")]);
    let mut telephone = calls(&line);
    types(&mut telephone, "1");
    telephone.listen(20);
    telephone.hang_up();

    let record = records.recv_timeout(PATIENCE).unwrap();
    assert_eq!((record.keys.as_str(), record.dialled), ("1", None));
    assert_eq!(said.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn keys_of_a_dictation_by_sip_info_act_and_are_hidden_from_whoever_traces() {
    let (line, _records, said) = dictating(1_000, |_| {});
    let mut tapped = line.tap().listen();
    let mut telephone = calls(&line);
    for key in "4711#123456#".chars() {
        assert_eq!(telephone.press_by_info(key), 200);
    }
    assert!(matches!(next(&said).what, Saying::Credentials { .. }));

    let mut resident = Telephone::call(line.local_addr(), "0805691282");
    assert_eq!(resident.press_by_info('7'), 200);
    let copies: Vec<String> =
        std::iter::from_fn(|| tapped.next_within(Duration::from_millis(200)).ok())
            .map(|message| String::from_utf8_lossy(&message.octets).into_owned())
            .filter(|text| text.starts_with("INFO"))
            .collect();
    let (last, private) = copies.split_last().unwrap();
    assert_eq!(private.len(), 12);
    assert!(
        private.iter().all(|text| text.contains("Signal=x\r\n")),
        "{private:?}"
    );
    assert!(last.contains("Signal=7"), "that of a resident may be seen");
}

/// A line whose private number is [`PRIVATE`], and what is said in its dictations.
fn dictating(
    room: usize,
    change: impl FnOnce(&mut Config),
) -> (Line, Receiver<CallRecord>, Receiver<Said>) {
    let (sender, said) = sync_channel(room);
    let sound = |(id, number): (String, i16)| (id, Reels::from_samples(&[number * 100; 160]));
    let prompts = DictationPrompts::ids().zip(1..).map(sound).collect();
    let mut config = Config {
        dictation: Some(DictationLine {
            numbers: vec![DialledNumber::parse(PRIVATE, "33").unwrap()],
            prompts: Arc::new(DictationPrompts::new(prompts).unwrap()),
            said: sender,
        }),
        ..config()
    };
    change(&mut config);
    let (line, records) = Line::start(&config, two_territories()).unwrap();
    (line, records, said)
}

/// A telephone that hears the line, which hears it from then on.
fn calls(line: &Line) -> Telephone {
    let mut telephone = Telephone::call(line.local_addr(), PRIVATE);
    telephone.listen(5);
    telephone
}

/// A telephone that was let in and has heard the tone.
fn speaking(line: &Line, said: &Receiver<Said>) -> Telephone {
    let mut telephone = calls(line);
    types(&mut telephone, "4711#123456#");
    line.answer_dictation(next(said).call, Word::Welcome);
    telephone.listen(10);
    types(&mut telephone, "11#");
    assert!(matches!(next(said).what, Saying::Chosen { .. }));
    assert_eq!(next(said).what, Saying::RecordingBegins);
    telephone
}

fn types(telephone: &mut Telephone, keys: &str) {
    for key in keys.chars() {
        telephone.press(key);
        telephone.listen(1);
    }
}

fn next(said: &Receiver<Said>) -> Said {
    said.recv_timeout(PATIENCE).expect("the call says nothing")
}

/// The first octet of each packet up to the key that ends the recording.
fn recorded(said: &Receiver<Said>) -> Vec<u8> {
    std::iter::from_fn(|| match next(said).what {
        Saying::Sound(packet) => Some(packet.octets[0]),
        Saying::Key => None,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// Whether these octets are heard within the next seconds.
fn plays(telephone: &mut Telephone, octets: &[u8]) -> bool {
    let heard: Vec<u8> = telephone
        .listen(100)
        .into_iter()
        .flat_map(|packet| packet.payload)
        .collect();
    heard.windows(octets.len()).any(|window| window == octets)
}

const PRIVATE: &str = "0261910060";
