//! Every key at every place of the script.

use super::stage::{Caller, bulletin, on_air, territory, words};
use crate::on_air::OnAir;

#[test]
fn every_key_at_every_place() {
    // A key pressed while this is said …   leads with each key to these words.
    #[rustfmt::skip]
    let table = [
        //                    *              #              8              0             7              9 (unknown)
        ("pause 500",        ["greeting",    "count_2",     "ended_intro", "menu_intro", "greeting",    "key_unknown"]),
        ("greeting",         ["greeting",    "count_2",     "ended_intro", "menu_intro", "greeting",    "key_unknown"]),
        ("count_2",          ["count_2",     "flare.today", "ended_intro", "menu_intro", "greeting",    "key_unknown"]),
        ("flare.today",      ["flare.today", "odour.today", "ended_intro", "menu_intro", "count_2",     "key_unknown"]),
        ("flare.body",       ["flare.today", "odour.today", "ended_intro", "menu_intro", "count_2",     "key_unknown"]),
        ("odour.body",       ["odour.today", "closing",     "ended_intro", "menu_intro", "flare.today", "key_unknown"]),
        ("closing",          ["odour.today", "keys_help",   "ended_intro", "menu_intro", "odour.today", "key_unknown"]),
        ("keys_help",        ["odour.today", "once_more",   "ended_intro", "menu_intro", "closing",     "key_unknown"]),
        ("once_more",        ["odour.today", "count_2",     "ended_intro", "menu_intro", "keys_help",   "key_unknown"]),
        ("goodbye",          ["odour.today", "hang up",     "ended_intro", "menu_intro", "odour.today", "key_unknown"]),
    ];
    for (place, leads_to) in table {
        for (key, expected) in "*#8079".chars().zip(leads_to) {
            let mut caller = Caller::calls(busy());
            caller.listens_to(place);

            let heard = caller.presses_and_hears(key);

            assert_eq!(heard, expected, "{key} during {place}");
        }
    }
}

#[test]
fn every_key_among_the_ended_events() {
    #[rustfmt::skip]
    let table = [
        //                    *              #              8              0             7              1 (unknown)
        ("ended_intro",      ["ended_intro", "siren.today", "ended_intro", "menu_intro", "count_2",     "key_unknown"]),
        ("siren.body",       ["siren.today", "smoke.today", "ended_intro", "menu_intro", "ended_intro", "key_unknown"]),
        ("smoke.body",       ["smoke.today", "closing",     "ended_intro", "menu_intro", "siren.today", "key_unknown"]),
        ("closing",          ["smoke.today", "keys_help",   "ended_intro", "menu_intro", "smoke.today", "key_unknown"]),
    ];
    for (place, leads_to) in table {
        for (key, expected) in "*#8071".chars().zip(leads_to) {
            let mut caller = Caller::calls(busy());
            caller.listens_to("greeting");
            if caller.presses_and_hears('8') != place {
                caller.listens_to(place);
            }

            let heard = caller.presses_and_hears(key);

            assert_eq!(heard, expected, "{key} during {place}");
        }
    }
}

#[test]
fn an_unknown_key_is_named_and_the_same_part_begins_again() {
    for (place, restarts) in [
        ("greeting", "greeting"),
        ("count_2", "count_2"),
        ("odour.body", "odour.today"),
        ("keys_help", "keys_help"),
        ("goodbye", "goodbye"),
    ] {
        for key in "123469ABCDé ".chars() {
            let mut caller = Caller::calls(busy());
            caller.listens_to(place);

            assert_eq!(caller.presses(key), "pause 500");
            let heard = caller.listens_to(restarts);
            assert_eq!(heard, ["key_unknown", "pause 500", restarts], "{key}");
        }
    }
}

#[test]
fn eight_tells_the_ended_events_then_goes_back_to_the_closing() {
    let mut caller = Caller::calls(busy());
    caller.listens_to("flare.today");

    assert_eq!(caller.presses('8'), "pause 500");

    let heard = caller.listens_to_the_end();
    let ended = [
        "ended_intro",
        "siren.today",
        "siren.body",
        "smoke.today",
        "smoke.body",
    ];
    let closing = [
        "closing",
        "emergency_reminder",
        "keys_help",
        "once_more",
        "count_2",
    ];
    assert_eq!(words(&heard)[..10], [&ended[..], &closing].concat());
    assert_eq!(words(&heard).last(), Some(&"hang up"));
}

#[test]
fn eight_says_when_nothing_has_ended() {
    let mut caller = Caller::calls(on_air(vec![territory("rouen", vec![bulletin("flare")])]));
    caller.listens_to("flare.today");

    assert_eq!(caller.presses_and_hears('8'), "ended_none");
    assert_eq!(caller.listens_to("closing"), ["pause 700", "closing"]);
    assert_eq!(caller.presses_and_hears('*'), "flare.today");
}

#[test]
fn five_stops_the_voice_in_its_place_and_five_lets_it_go_on() {
    let mut caller = Caller::calls(busy());
    caller.listens_to("flare.body");

    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "resume");
    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "resume");

    assert_eq!(
        caller.listens_to("odour.today"),
        ["pause 700", "odour.today"]
    );
}

#[test]
fn the_voice_goes_on_by_itself_when_a_hold_has_lasted_its_minute() {
    let mut caller = Caller::calls(busy());
    caller.listens_to("flare.today");

    assert_eq!(caller.presses('5'), "hold 60000");

    assert_eq!(caller.hears(), "resume");
    assert_eq!(caller.hears(), "flare.body");
}

#[test]
fn five_in_a_silence_has_no_reel_to_resume() {
    let mut caller = Caller::calls(busy());
    caller.listens_to("pause 700");

    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "flare.today");
}

#[test]
fn any_other_key_ends_a_hold() {
    for (key, expected) in [
        ('*', "flare.today"),
        ('#', "odour.today"),
        ('7', "count_2"),
        ('9', "key_unknown"),
    ] {
        let mut caller = Caller::calls(busy());
        caller.listens_to("flare.body");
        caller.presses('5');

        assert_eq!(caller.presses_and_hears(key), expected);
        assert_eq!(caller.presses('5'), "hold 60000");
    }
}

#[test]
fn keys_come_before_the_first_step_too() {
    let mut caller = Caller::calls(busy());
    assert_eq!(caller.presses('5'), "hold 60000");
    assert_eq!(caller.presses('5'), "pause 500");
    assert_eq!(caller.hears(), "greeting");

    let mut caller = Caller::calls(busy());
    assert_eq!(caller.presses_and_hears('#'), "count_2");
}

#[test]
fn keys_still_answer_when_there_is_no_territory() {
    for (key, expected) in [
        ('*', "difficulty"),
        ('#', "goodbye"),
        ('8', "key_unknown"),
        ('0', "difficulty"),
        ('1', "key_unknown"),
        ('5', "hold 60000"),
    ] {
        let mut caller = Caller::calls(on_air(vec![]));
        caller.listens_to("difficulty");

        assert_eq!(caller.presses_and_hears(key), expected, "{key}");
    }
}

#[test]
fn a_territory_that_comes_back_is_offered_on_zero() {
    let mut caller = Caller::calls(on_air(vec![]));
    caller.listens_to("difficulty");
    caller.publish(busy());

    assert_eq!(caller.presses_and_hears('0'), "menu_intro");
}

#[test]
fn the_record_of_keys_does_not_grow_without_end() {
    let mut caller = Caller::calls(busy());

    for _ in 0..1_000 {
        caller.presses('*');
    }

    assert_eq!(caller.script.keys().len(), 64);
}

fn busy() -> OnAir {
    let mut rouen = territory("rouen", vec![bulletin("flare"), bulletin("odour")]);
    rouen.ended = vec![bulletin("siren"), bulletin("smoke")];
    on_air(vec![rouen, territory("havre", vec![])])
}
