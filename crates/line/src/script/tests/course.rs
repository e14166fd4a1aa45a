//! A caller who presses nothing.

use std::sync::Arc;

use bulletin::OwnSentence;

use super::stage::{Caller, NOON, at, bulletin, on_air, sound, territory, words};
use crate::script::{Script, Step};

#[test]
fn a_caller_left_alone_hears_everything_twice_then_goodbye() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));

    let heard = caller.listens_to_the_end();

    assert_eq!(
        heard,
        [
            "pause 500",
            "greeting",
            "count_2",
            "pause 700",
            "flare.today",
            "flare.body",
            "pause 700",
            "odour.today",
            "odour.body",
            "pause 700",
            "closing",
            "emergency_reminder",
            "keys_help",
            "once_more",
            "count_2",
            "pause 700",
            "flare.today",
            "flare.body",
            "pause 700",
            "odour.today",
            "odour.body",
            "goodbye",
            "hang up",
        ]
    );
    assert_eq!(caller.script.heard().len(), 2);
    assert_eq!(caller.script.territory().unwrap().as_str(), "rouen");
}

#[test]
fn a_territory_ends_in_its_own_words_and_the_emergency_numbers_follow_in_any_case() {
    let mut rouen = territory("rouen", vec![bulletin("flare")]);
    rouen.french.own = vec![(OwnSentence::Closing, sound("that is all of rouen"))];
    let mut caller = Caller::calls(on_air(vec![rouen.clone()]));

    let heard = caller.listens_to("keys_help");

    let last = ["that is all of rouen", "emergency_reminder", "keys_help"];
    assert_eq!(heard[heard.len() - 3..], last);

    let mut caller = Caller::calls(on_air(vec![rouen.clone()]));
    caller.listens_to("flare.body");
    rouen.french.own = vec![];
    caller.publish(on_air(vec![rouen]));
    assert_eq!(
        words(&caller.listens_to("closing")).last(),
        Some(&"closing")
    );
}

#[test]
fn what_is_said_around_the_bulletins_is_in_the_territorys_own_words_where_it_has_some() {
    let own = [
        (OwnSentence::OnceMore, "once more for rouen"),
        (OwnSentence::EndedNone, "nothing is over in rouen"),
        (OwnSentence::Goodbye, "rouen says goodbye"),
    ];
    let mut rouen = territory("rouen", vec![bulletin("flare")]);
    rouen.french.own = own.map(|(which, words)| (which, sound(words))).to_vec();
    let mut caller = Caller::calls(on_air(vec![rouen]));

    assert_eq!(caller.presses_and_hears('8'), "nothing is over in rouen");
    let heard = caller.listens_to_the_end();

    assert!(heard.contains(&"once more for rouen".to_owned()));
    assert_eq!(heard[heard.len() - 2..], ["rouen says goodbye", "hang up"]);
}

#[test]
fn a_closed_line_says_one_thing_and_no_key_or_clock_changes_that() {
    let on_air = Arc::new(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    let mut caller = Caller {
        script: Script::closed(Arc::clone(&on_air)),
        on_air,
        now: at(NOON),
    };

    assert_eq!(caller.hears(), "pause 500");
    for key in ['0', '1', '#', '*', '5'] {
        assert_eq!(caller.presses(key), "nothing");
    }
    assert_eq!(caller.listens_to_the_end(), ["difficulty", "hang up"]);
    let (latest, now) = (Arc::clone(&caller.on_air), caller.now);
    let mut held = Script::closed(Arc::clone(&latest));
    held.next_step(&latest, now);
    assert!(matches!(held.end_for_time(&latest, now), Step::HangUp));
}

#[test]
fn with_no_bulletin_the_hour_of_the_last_check_is_said() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![])]));

    let heard = caller.listens_to_the_end();

    assert_eq!(
        heard,
        [
            "pause 500",
            "greeting",
            "checked_at",
            "hour_13",
            "minute_30",
            "no_event",
            "pause 700",
            "closing",
            "emergency_reminder",
            "keys_help",
            "once_more",
            "checked_at",
            "hour_13",
            "minute_30",
            "no_event",
            "goodbye",
            "hang up",
        ]
    );
}

#[test]
fn a_full_hour_has_no_minutes_to_say() {
    let mut quiet = territory("rouen", vec![]);
    quiet.checked_at = at("2026-07-01T21:00:59Z");
    let mut caller = Caller::calls(on_air(vec![quiet]));

    let heard = caller.listens_to("no_event");

    assert_eq!(
        words(&heard),
        ["greeting", "checked_at", "hour_23", "no_event"]
    );
}

#[test]
fn a_territory_with_a_greeting_of_its_own_says_it() {
    let mut own = territory("rouen", vec![bulletin("flare")]);
    own.french.own = vec![(OwnSentence::Greeting, sound("welcome to rouen"))];
    let mut caller = Caller::calls(on_air(vec![own]));

    assert_eq!(caller.hears(), "pause 500");
    assert_eq!(caller.hears(), "welcome to rouen");
    assert_eq!(caller.hears(), "count_1");
}

#[test]
fn more_than_twenty_bulletins_are_many() {
    for (bulletins, said) in [(20, "count_20"), (21, "count_many")] {
        let crowd = (0..bulletins).map(|one| bulletin(&format!("b{one}")));
        let mut caller = Caller::calls(on_air(vec![territory("rouen", crowd.collect())]));

        assert_eq!(words(&caller.listens_to(said)), ["greeting", said]);
    }
}

#[test]
fn today_is_said_until_midnight_of_the_territory() {
    for (now, lead_in) in [
        ("2026-11-22T22:59:59Z", "flare.dated"), // the evening before, in Paris
        ("2026-11-22T23:00:00Z", "flare.today"),
        ("2026-11-23T22:59:59Z", "flare.today"),
        ("2026-11-23T23:00:00Z", "flare.dated"),
    ] {
        let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
        caller.now = at(now);

        let heard = caller.listens_to("flare.body");

        assert_eq!(
            words(&heard),
            ["greeting", "count_1", lead_in, "flare.body"],
            "{now}"
        );
    }
}

#[test]
fn a_bulletin_that_has_no_sound_yet_is_announced() {
    let mut unspoken = bulletin("flare");
    unspoken.speech = None;
    let mut caller = Caller::calls(on_air(vec![territory(
        "rouen",
        vec![unspoken, bulletin("odour")],
    )]));

    let heard = caller.listens_to("odour.body");

    assert_eq!(
        words(&heard),
        [
            "greeting",
            "count_2",
            "bulletin_unspoken",
            "odour.today",
            "odour.body"
        ]
    );
}

#[test]
fn with_no_territory_at_all_the_line_says_so_and_hangs_up() {
    let mut caller = Caller::calls(on_air(vec![]));

    let heard = caller.listens_to_the_end();

    assert_eq!(heard, ["pause 500", "difficulty", "goodbye", "hang up"]);
}

#[test]
fn after_the_goodbye_there_is_nothing_but_the_end() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![])]));
    caller.listens_to_the_end();

    assert_eq!(caller.hears(), "hang up");
    for key in "0123456789*#ABCD".chars() {
        assert_eq!(caller.presses(key), "nothing");
    }
    assert_eq!(caller.script.keys(), "");
}

#[test]
fn the_short_programme_is_one_round_and_goodbye() {
    let both = vec![bulletin("flare"), bulletin("odour")];
    let mut caller = Caller::calls(on_air(vec![territory("rouen", both)]));
    caller.script.shorten(true);

    let heard = caller.listens_to_the_end();

    assert_eq!(
        heard,
        [
            "pause 500",
            "greeting",
            "count_2",
            "pause 700",
            "flare.today",
            "flare.body",
            "pause 700",
            "odour.today",
            "odour.body",
            "goodbye",
            "hang up",
        ]
    );
}

#[test]
fn the_short_programme_without_a_bulletin_says_so_and_goodbye() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![])]));
    caller.script.shorten(true);

    let heard = caller.listens_to_the_end();

    assert!(heard.contains(&"no_event".to_owned()));
    assert_eq!(heard[heard.len() - 2..], ["goodbye", "hang up"]);
    assert!(!heard.contains(&"once_more".to_owned()));
}

#[test]
fn a_programme_that_becomes_short_in_mid_call_ends_after_the_round() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("emergency_reminder");
    caller.script.shorten(true);

    assert_eq!(caller.listens_to_the_end(), ["goodbye", "hang up"]);
}

#[test]
fn the_last_words_of_the_longest_call_are_said_to_their_end_whatever_is_pressed() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("flare.today");
    let (latest, now) = (caller.on_air.clone(), caller.now);

    let last = caller.script.end_for_time(&latest, now);

    assert_eq!(super::stage::name(&last), "longest_call");
    for key in "*#0589".chars() {
        assert!(caller.script.handle_key(key, &latest, now).is_none());
    }
    assert_eq!(caller.listens_to_the_end(), ["hang up"]);
}
