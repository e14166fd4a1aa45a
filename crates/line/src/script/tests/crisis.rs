//! What a manager says to everybody: the crisis sentence, and that the authorities have taken over.

use super::stage::{Caller, at, bulletin, long, on_air, sound, territory, words};
use crate::on_air::{CrisisOnAir, OnAir, TerritoryOnAir};

#[test]
fn the_crisis_sentence_comes_before_the_greeting() {
    let mut caller = Caller::calls(on_air(vec![in_crisis("rouen", 1)]));

    let heard = caller.listens_to("greeting");

    assert_eq!(
        heard,
        ["pause 500", "rouen crisis 1", "pause 700", "greeting"]
    );
    let rest = caller.listens_to_the_end();
    assert!(
        !rest.contains(&"rouen crisis 1".to_owned()),
        "once is enough"
    );
}

#[test]
fn the_crisis_sentences_of_all_choices_come_before_the_menu() {
    let mut caller = Caller::dials(
        on_air(vec![
            in_crisis("rouen", 1),
            territory("havre", vec![]),
            in_crisis("berre", 2),
        ]),
        "0123456789",
    );

    let heard = caller.listens_to("menu_intro");

    assert_eq!(
        words(&heard),
        ["rouen crisis 1", "berre crisis 2", "menu_intro"]
    );
    assert_eq!(caller.presses_and_hears('1'), "greeting", "not again");
}

#[test]
fn who_is_listening_hears_it_at_the_end_of_the_sentence_and_then_the_rest() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.1");

    let mut rouen = in_crisis("rouen", 1);
    rouen.ongoing = vec![long("flare")];
    caller.publish(on_air(vec![rouen]));

    let heard = caller.listens_to("closing");
    assert_eq!(
        heard,
        [
            "pause 700",
            "rouen crisis 1",
            "pause 700",
            "flare.2",
            "flare.3",
            "pause 700",
            "closing"
        ]
    );
}

#[test]
fn a_sentence_put_together_of_recordings_is_not_broken() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![])]));
    caller.listens_to("checked_at");

    caller.publish(on_air(vec![in_crisis("rouen", 1)]));

    let heard = caller.listens_to("no_event");
    assert_eq!(
        words(&heard),
        ["hour_13", "minute_30", "rouen crisis 1", "no_event"]
    );
}

#[test]
fn another_sentence_is_said_too_and_one_that_was_lifted_is_not() {
    let mut caller = Caller::calls(on_air(vec![in_crisis("rouen", 1)]));
    caller.listens_to("greeting");

    caller.publish(on_air(vec![in_crisis("rouen", 2)]));
    assert_eq!(
        words(&caller.listens_to("checked_at")),
        ["rouen crisis 2", "checked_at"]
    );
    caller.publish(on_air(vec![in_crisis("rouen", 3)]));
    assert_eq!(caller.listens_to("pause 700").len(), 3, "the hour is said");
    caller.publish(on_air(vec![territory("rouen", vec![])]));
    assert_eq!(caller.listens_to("no_event"), ["pause 700", "no_event"]);
}

#[test]
fn keys_skip_it_or_say_it_again() {
    let mut caller = Caller::calls(on_air(vec![in_crisis("rouen", 1)]));
    caller.listens_to("rouen crisis 1");

    assert_eq!(caller.presses('*'), "pause 500");
    assert_eq!(caller.hears(), "rouen crisis 1");
    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "resume");
    assert_eq!(caller.presses('#'), "pause 500");
    assert_eq!(caller.hears(), "greeting", "what it came before");
}

#[test]
fn any_other_key_leads_where_it_always_does() {
    let mut caller = Caller::calls(on_air(vec![in_crisis("rouen", 1), in_crisis("havre", 2)]));
    caller.listens_to("rouen crisis 1");

    assert_eq!(caller.presses_and_hears('0'), "havre crisis 2");
    assert_eq!(caller.listens_to("menu_intro"), ["pause 700", "menu_intro"]);
}

#[test]
fn in_english_it_is_announced() {
    let mut rouen = in_crisis("rouen", 1);
    rouen.offers_english = true;
    let mut caller = Caller::calls(on_air(vec![rouen.clone()]));
    caller.listens_to("greeting");
    caller.presses_and_hears('9');

    rouen.crisis = in_crisis("rouen", 2).crisis;
    caller.publish(on_air(vec![rouen]));

    let heard = caller.listens_to("en other_language");
    assert_eq!(
        words(&heard),
        [
            "en message_in_other_language",
            "rouen crisis 2",
            "en other_language"
        ]
    );
}

#[test]
fn the_last_words_of_the_longest_call_wait_for_nothing() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![])]));
    caller.listens_to("greeting");
    caller.publish(on_air(vec![in_crisis("rouen", 1)]));
    let (latest, now) = (caller.on_air.clone(), caller.now);

    let last = caller.script.end_for_time(&latest, now);

    assert_eq!(super::stage::name(&last), "longest_call");
    assert_eq!(caller.listens_to_the_end(), ["hang up"]);
}

#[test]
fn when_the_authorities_have_taken_over_callers_are_told_twice_and_hear_no_bulletin() {
    let mut caller = Caller::calls(handed_over());

    let heard = caller.listens_to_the_end();

    assert_eq!(
        heard,
        [
            "pause 500",
            "greeting",
            "pause 700",
            "authorities_in_charge",
            "pause 700",
            "authorities_in_charge",
            "goodbye",
            "hang up"
        ]
    );
}

#[test]
fn in_the_short_programme_they_are_told_once() {
    let mut caller = Caller::calls(handed_over());
    caller.script.shorten(true);

    let heard = caller.listens_to_the_end();

    assert_eq!(
        words(&heard),
        ["greeting", "authorities_in_charge", "goodbye", "hang up"]
    );
}

#[test]
fn who_hears_a_bulletin_then_is_told_at_the_end_of_its_sentence() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![long("flare")])]));
    caller.listens_to("flare.1");

    caller.publish(handed_over());

    let heard = caller.listens_to_the_end();
    assert_eq!(
        words(&heard),
        [
            "authorities_in_charge",
            "authorities_in_charge",
            "goodbye",
            "hang up"
        ]
    );
}

#[test]
fn when_they_are_done_the_programme_is_told_again() {
    let mut caller = Caller::calls(handed_over());
    caller.listens_to("authorities_in_charge");

    caller.publish(on_air(vec![territory("rouen", vec![bulletin("flare")])]));

    assert_eq!(caller.listens_to("count_1"), ["count_1"]);
    assert_eq!(words(&caller.listens_to("flare.body")).len(), 2);
}

#[test]
fn every_key_while_the_authorities_lead() {
    for (key, expected) in [
        ('*', "authorities_in_charge"),
        ('#', "goodbye"),
        ('7', "greeting"),
        ('8', "key_unknown"),
        ('6', "key_unknown"),
        ('0', "greeting"),
        ('5', "hold 60000"),
    ] {
        let mut caller = Caller::calls(handed_over());
        caller.listens_to("authorities_in_charge");

        assert_eq!(caller.presses_and_hears(key), expected, "{key}");
    }
}

fn handed_over() -> OnAir {
    let mut rouen = territory("rouen", vec![bulletin("flare")]);
    (rouen.authorities, rouen.asks_noticed) = (true, true);
    on_air(vec![rouen])
}

fn in_crisis(slug: &str, number: u32) -> TerritoryOnAir {
    TerritoryOnAir {
        crisis: Some(CrisisOnAir {
            set_at: at(&format!("2026-11-23T12:00:0{number}Z")),
            words: sound(&format!("{slug} crisis {number}")),
        }),
        ..territory(slug, vec![])
    }
}
