//! From the code to the goodbye.

use bulletin::{Event, Kind};

use super::stage::{Operator, recording};
use crate::dictation::{Digits, Saying, Word};

#[test]
fn an_operator_signs_in_chooses_speaks_hears_it_back_and_publishes() {
    let mut operator = Operator::calls();
    assert_eq!(operator.hears(), ["dictation_welcome", "dictation_code"]);
    assert_eq!(operator.presses("4711#"), ["dictation_pin"]);
    assert_eq!(operator.presses("123456#"), [""; 0]);
    assert_eq!(operator.news(), [credentials("4711", "123456")]);
    assert_eq!(operator.is_told(Word::Welcome), ["dictation_kind"]);
    let events = operator.presses("1");
    assert_eq!(
        events[..4],
        [
            "dictation_event_flaring",
            "press_1",
            "dictation_event_smoke",
            "press_2"
        ]
    );
    assert_eq!(events[16..], ["dictation_more", "dictation_back"]);
    assert_eq!(operator.presses("1"), ["dictation_speak"]);
    let (kind, event) = (Kind::Unplanned, Event::Flaring);
    assert_eq!(operator.news(), [Saying::Chosen { kind, event }]);

    assert_eq!(operator.hears(), ["dictation_tone"], "a second later");
    assert!(operator.script.is_recording());
    assert_eq!(operator.news(), [Saying::RecordingBegins]);
    assert_eq!(operator.presses("5"), [""; 0], "no other key ends it");
    assert_eq!(operator.presses("#"), [""; 0]);
    assert!(!operator.script.is_recording());
    assert_eq!(
        operator.news(),
        [Saying::Key, Saying::Key, Saying::RecordingEnds]
    );

    let heard = operator.is_told(Word::Take(recording()));
    assert_eq!(
        heard,
        ["dictation_playback", "the recording", "dictation_review"]
    );
    assert_eq!(operator.presses("*"), heard, "once more");
    assert_eq!(operator.presses("1"), [""; 0]);
    let with_recording = true;
    assert_eq!(operator.news(), [Saying::Publish { with_recording }]);
    assert_eq!(
        operator.is_told(Word::Published),
        ["dictation_published", "goodbye", "hang up"]
    );
}

#[test]
fn five_wrong_codes_end_the_call_and_a_locked_one_ends_it_at_once() {
    let mut operator = Operator::calls();
    for _ in 0..4 {
        operator.presses("9999#");
        operator.presses("000000#");
        assert_eq!(
            operator.is_told(Word::Wrong),
            ["dictation_wrong", "dictation_code"]
        );
    }
    operator.presses("9999#");
    operator.presses("000000#");
    let last = operator.is_told(Word::Wrong);
    assert_eq!(
        last,
        ["dictation_wrong", "dictation_locked", "goodbye", "hang up"]
    );

    let mut locked = Operator::calls();
    locked.presses("1#");
    locked.presses("2#");
    assert_eq!(
        locked.is_told(Word::Locked),
        ["dictation_locked", "goodbye", "hang up"]
    );
}

#[test]
fn digits_are_corrected_by_star_and_never_shown() {
    let mut operator = Operator::calls();
    operator.presses("99");
    assert_eq!(operator.presses("*"), ["dictation_code"]);
    assert_eq!(operator.presses("#"), ["dictation_code"], "nothing typed");
    operator.presses("47");
    assert_eq!(
        operator.hears(),
        ["dictation_code"],
        "too slow: begun again"
    );
    operator.presses("4711#");
    operator.presses("123456#");
    let asked = operator.news();
    assert_eq!(asked, [credentials("4711", "123456")]);
    let shown = format!("{asked:?} {:?}", operator.script);
    assert!(
        !shown.contains("4711") && !shown.contains("123456"),
        "{shown}"
    );
}

#[test]
fn a_line_without_its_database_says_that_nothing_is_published_and_what_to_do() {
    let mut refused = Operator::calls();
    refused.presses("4711#");
    refused.presses("123456#");
    let words = ["dictation_unchecked", "goodbye", "hang up"];
    assert_eq!(refused.is_told(Word::Trouble), words);

    let mut unanswered = Operator::calls();
    unanswered.presses("4711#");
    unanswered.presses("123456#");
    assert_eq!(unanswered.hears(), words, "nobody answered at all");
    assert_eq!(unanswered.is_told(Word::Welcome), [""; 0], "too late");
}

#[test]
fn a_publication_that_fails_may_be_tried_again_and_an_unanswered_one_is_not_called_published() {
    let mut operator = Operator::calls();
    operator.begins_to_speak();
    operator.presses("#");
    operator.is_told(Word::Take(recording()));
    operator.presses("1");
    let back = operator.is_told(Word::Trouble);
    assert_eq!(
        back,
        [
            "dictation_failed",
            "dictation_playback",
            "the recording",
            "dictation_review"
        ]
    );
    operator.presses("1");
    assert_eq!(
        operator.hears(),
        ["dictation_unconfirmed", "goodbye", "hang up"]
    );
}

#[test]
fn the_notice_alone_is_published_before_a_word_is_spoken_or_after() {
    let mut before = Operator::calls();
    before.signs_in();
    before.presses("11");
    before.news();
    before.presses("3");
    let with_recording = false;
    assert_eq!(before.news(), [Saying::Publish { with_recording }]);

    let mut after = Operator::calls();
    after.begins_to_speak();
    after.presses("#");
    after.is_told(Word::Take(recording()));
    after.news();
    after.presses("3");
    assert_eq!(after.news(), [Saying::Publish { with_recording }]);
}

#[test]
fn what_was_not_understood_is_spoken_again_but_not_for_ever() {
    let mut operator = Operator::calls();
    operator.begins_to_speak();
    operator.presses("#");
    assert_eq!(
        operator.is_told(Word::Faint),
        ["dictation_faint", "dictation_speak"]
    );
    operator.presses("#");
    operator.presses("#");
    assert_eq!(
        operator.is_told(Word::Unheard),
        ["dictation_unheard", "dictation_speak"]
    );
    operator.presses("#");
    operator.presses("#");
    let last = operator.is_told(Word::Unheard);
    assert_eq!(
        last,
        ["dictation_unheard", "dictation_kept", "goodbye", "hang up"]
    );
}

#[test]
fn whoever_gives_up_wants_no_draft_and_whoever_falls_silent_keeps_one() {
    let mut gives_up = Operator::calls();
    gives_up.begins_to_speak();
    gives_up.presses("#");
    gives_up.is_told(Word::Take(recording()));
    gives_up.news();
    assert_eq!(
        gives_up.presses("0"),
        ["dictation_abandoned", "goodbye", "hang up"]
    );
    assert_eq!(gives_up.news(), [Saying::Abandoned]);

    let mut silent = Operator::calls();
    silent.begins_to_speak();
    silent.presses("#");
    silent.is_told(Word::Take(recording()));
    silent.news();
    let words = ["dictation_playback", "the recording", "dictation_review"];
    assert_eq!(
        (silent.hears(), silent.hears()),
        (
            words.map(str::to_owned).to_vec(),
            words.map(str::to_owned).to_vec()
        )
    );
    assert_eq!(silent.hears(), ["dictation_kept", "goodbye", "hang up"]);
    assert_eq!(silent.news(), []);
}

#[test]
fn the_longest_recording_ends_by_itself_and_the_longest_call_with_one_sentence() {
    let mut operator = Operator::calls();
    operator.begins_to_speak();
    assert_eq!(operator.hears(), [""; 0], "two minutes later");
    assert_eq!(operator.news(), [Saying::RecordingEnds]);

    let mut late = Operator::calls();
    late.begins_to_speak();
    let step = late.script.end_for_time();
    assert!(matches!(step, crate::Step::Play(_)), "{step:?}");
    assert!(matches!(late.script.next_step(), crate::Step::HangUp));
    assert_eq!(late.script.poll_request(), Some(Saying::RecordingEnds));
}

fn credentials(code: &str, pin: &str) -> Saying {
    Saying::Credentials {
        code: Digits::from(code),
        pin: Digits::from(pin),
    }
}
