//! The English programme, and what is said in the other language.

use bulletin::{Language, OwnSentence};

use super::stage::{Caller, at, bulletin, on_air, sound, territory, words};
use crate::on_air::{BulletinOnAir, OnAir};

#[test]
fn english_is_offered_in_english_only_where_there_is_something_in_it() {
    let mut welcoming = territory("rouen", vec![bulletin("flare")]);
    welcoming.offers_english = true;
    let mut only_ended = territory("rouen", vec![]);
    only_ended.ended = vec![english("smoke")];
    for (rouen, offered) in [
        (territory("rouen", vec![bulletin("flare")]), false),
        (
            territory("rouen", vec![bulletin("flare"), english("odour")]),
            true,
        ),
        (welcoming, true),
        (only_ended, true),
    ] {
        let mut caller = Caller::calls(on_air(vec![rouen]));

        let heard = caller.listens_to("keys_help");

        let offers = heard.iter().filter(|step| *step == "other_language");
        assert_eq!(offers.count(), usize::from(offered), "{heard:?}");
        let after = caller.hears();
        assert_eq!(after == "other_language", offered, "{after}");
    }
}

#[test]
fn an_english_bulletin_that_has_expired_is_nothing_in_english() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![english("flare")])]));
    caller.now = at("2026-12-02T08:00:00Z");

    let heard = caller.listens_to("no_event");

    assert!(!heard.contains(&"other_language".to_owned()));
    assert_eq!(caller.presses_and_hears('9'), "key_unknown");
}

#[test]
fn nine_leads_to_the_same_programme_with_english_words_around_it_and_back() {
    let mut caller = Caller::calls(both());
    caller.listens_to("flare.today");

    assert_eq!(caller.presses('9'), "pause 500");
    let heard = caller.listens_to_the_end();

    let round = [
        "en count_2",
        "en message_in_other_language",
        "flare.today",
        "flare.body",
        "odour.today",
        "odour.body",
    ];
    let expected = [
        &["en greeting", "en other_language"],
        &round[..],
        &[
            "en closing",
            "en emergency_reminder",
            "en keys_help",
            "en other_language",
            "en once_more",
        ],
        &round,
        &["en goodbye", "hang up"],
    ];
    assert_eq!(words(&heard), expected.concat());

    let mut caller = Caller::calls(both());
    caller.presses('9');
    caller.listens_to("en count_2");
    assert_eq!(caller.presses_and_hears('9'), "greeting");
    assert_eq!(caller.hears(), "other_language");
    assert_eq!(caller.hears(), "count_2");
}

#[test]
fn an_english_bulletin_is_announced_among_french_ones() {
    let mut caller = Caller::calls(both());

    let heard = caller.listens_to("closing");

    assert_eq!(
        words(&heard)[2..],
        [
            "count_2",
            "flare.today",
            "flare.body",
            "message_in_other_language",
            "odour.today",
            "odour.body",
            "closing"
        ]
    );
}

#[test]
fn a_territory_with_an_english_welcome_of_its_own_says_it() {
    let mut rouen = territory("rouen", vec![]);
    rouen.offers_english = true;
    rouen.english.own = vec![(OwnSentence::Greeting, sound("welcome"))];
    rouen.english.no_event = Some(sound("none of three"));
    let mut caller = Caller::calls(on_air(vec![rouen]));

    assert_eq!(caller.presses_and_hears('9'), "welcome");
    let heard = caller.listens_to("en closing");
    assert_eq!(
        words(&heard),
        [
            "en other_language",
            "en checked_at",
            "en hour_13",
            "en minute_30",
            "none of three",
            "en closing"
        ]
    );
}

#[test]
fn who_listens_in_english_goes_on_in_it_when_the_last_english_bulletin_is_gone() {
    let mut caller = Caller::calls(both());
    caller.presses('9');
    caller.listens_to("flare.body");

    caller.publish(on_air(vec![territory("rouen", vec![bulletin("flare")])]));

    assert_eq!(words(&caller.listens_to("en closing")), ["en closing"]);
    assert_eq!(caller.presses_and_hears('9'), "greeting");
}

#[test]
fn the_menu_of_territories_is_said_in_the_language_that_was_chosen_and_leads_on_in_it() {
    let mut caller = Caller::calls(on_air(vec![
        territory("rouen", vec![english("flare")]),
        territory("havre", vec![]),
    ]));
    caller.presses('9');

    assert_eq!(caller.presses_and_hears('0'), "en menu_intro");
    assert_eq!(caller.hears(), "en menu_place", "not spoken yet");
    assert_eq!(caller.presses_and_hears('2'), "en greeting");
    assert_eq!(words(&caller.listens_to("en checked_at")).len(), 2);
    assert_eq!(caller.presses_and_hears('9'), "greeting");
    assert_eq!(
        caller.presses_and_hears('9'),
        "key_unknown",
        "nothing in English"
    );
}

#[test]
fn what_comes_at_the_end_of_an_english_call_is_english_too() {
    let mut caller = Caller::calls(both());
    caller.presses('9');
    let (latest, now) = (caller.on_air.clone(), caller.now);

    let last = caller.script.end_for_time(&latest, now);

    assert_eq!(super::stage::name(&last), "en longest_call");
}

fn both() -> OnAir {
    on_air(vec![territory(
        "rouen",
        vec![bulletin("flare"), english("odour")],
    )])
}

fn english(name: &str) -> BulletinOnAir {
    BulletinOnAir {
        language: Language::English,
        ..bulletin(name)
    }
}
