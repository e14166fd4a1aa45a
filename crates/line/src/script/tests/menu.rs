//! The choice of a territory.

use super::stage::{Caller, bulletin, on_air, territory, words};
use crate::on_air::OnAir;

#[test]
fn an_unknown_number_gets_the_menu_each_place_before_its_key() {
    let mut caller = Caller::dials(two(), "0123456789");

    let heard = caller.listens_to("pause 3000");

    assert_eq!(
        heard,
        [
            "pause 500",
            "menu_intro",
            "for rouen",
            "press_1",
            "for havre",
            "press_2",
            "pause 3000"
        ]
    );
    assert!(caller.script.territory().is_none());
}

#[test]
fn a_number_that_cannot_be_read_gets_the_menu_too() {
    let mut caller = Caller::dials(two(), "anonymous");

    assert_eq!(words(&caller.listens_to("menu_intro")), ["menu_intro"]);
}

#[test]
fn a_silent_caller_is_asked_twice_more_then_hears_the_first_territory_to_its_end() {
    let mut caller = Caller::dials(two(), "0123456789");

    let heard = caller.listens_to_the_end();

    let choices = ["for rouen", "press_1", "for havre", "press_2"];
    let again = [&["menu_choose_again"], &choices[..]].concat();
    let asked = [&["menu_intro"], &choices[..], &again, &again].concat();
    let heard = words(&heard);
    assert_eq!(heard[..asked.len()], asked);
    assert_eq!(heard[asked.len()..][..2], ["greeting", "checked_at"]);
    assert_eq!(heard.last(), Some(&"hang up"));
    assert_eq!(caller.script.territory().unwrap().as_str(), "rouen");
}

#[test]
fn a_key_chooses_even_before_its_place_is_said() {
    let mut caller = Caller::dials(two(), "0123456789");
    caller.listens_to("menu_intro");

    assert_eq!(caller.presses('2'), "pause 500");
    assert_eq!(caller.hears(), "greeting");
    assert_eq!(caller.script.territory().unwrap().as_str(), "havre");
}

#[test]
fn a_key_that_is_no_choice_says_so_and_the_menu_begins_again() {
    for key in ['3', '8', '#', 'A'] {
        let mut caller = Caller::dials(two(), "0123456789");
        caller.listens_to("press_1");

        assert_eq!(caller.presses(key), "pause 500");
        let heard = caller.listens_to("for rouen");
        assert_eq!(
            heard,
            ["key_unknown", "pause 500", "menu_intro", "for rouen"]
        );
    }
}

#[test]
fn star_and_zero_say_the_menu_again_from_its_beginning() {
    for key in ['*', '0'] {
        let mut caller = Caller::dials(two(), "0123456789");
        caller.listens_to("menu_choose_again");

        assert_eq!(caller.presses_and_hears(key), "menu_intro");
    }
}

#[test]
fn five_holds_a_menu_of_two_and_chooses_in_a_menu_of_five() {
    let mut caller = Caller::dials(two(), "0123456789");
    caller.listens_to("menu_intro");
    assert_eq!(caller.presses('5'), "hold 60000");

    let mut caller = Caller::dials(many(), "0123456789");
    caller.listens_to("menu_intro");
    assert_eq!(caller.presses_and_hears('5'), "greeting");
}

#[test]
fn at_most_five_are_offered_those_with_most_bulletins_first_then_in_their_order() {
    let mut caller = Caller::dials(many(), "0123456789");

    let heard = caller.listens_to("pause 3000");

    let places = words(&heard)
        .into_iter()
        .filter(|step| step.starts_with("for"));
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["for t5", "for t6", "for t0", "for t1", "for t2"]
    );
    assert!(!heard.contains(&"press_6".to_owned()));
}

#[test]
fn the_most_populated_are_offered_first() {
    let mut berre = territory("berre", vec![bulletin("flare")]);
    berre.residents = 100_000;
    let mut havre = territory("havre", vec![]);
    havre.residents = 270_000;
    let unknown = territory("rouen", vec![bulletin("odour")]);
    let mut caller = Caller::dials(on_air(vec![unknown, berre, havre]), "0123456789");

    let heard = caller.listens_to("pause 3000");

    let places = words(&heard)
        .into_iter()
        .filter(|step| step.starts_with("for"));
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["for havre", "for berre", "for rouen"]
    );
}

#[test]
fn a_place_whose_name_has_no_sound_is_called_this_territory() {
    let mut nameless = territory("rouen", vec![]);
    nameless.french.menu = None;
    let mut caller = Caller::dials(on_air(vec![nameless, territory("havre", vec![])]), "0");

    let heard = caller.listens_to("press_1");

    assert_eq!(words(&heard), ["menu_intro", "menu_place", "press_1"]);
}

#[test]
fn one_territory_alone_needs_no_menu() {
    let alone = on_air(vec![territory("rouen", vec![bulletin("flare")])]);
    let mut caller = Caller::dials(alone, "0123456789");

    assert_eq!(words(&caller.listens_to("greeting")), ["greeting"]);
    assert_eq!(caller.presses_and_hears('0'), "greeting");
}

#[test]
fn a_choice_keeps_its_key_while_the_programme_changes() {
    let mut caller = Caller::dials(two(), "0123456789");
    caller.listens_to("menu_intro");

    let busy = vec![
        territory("rouen", vec![]),
        territory("havre", vec![bulletin("flare")]),
    ];
    caller.publish(on_air(busy));

    assert_eq!(caller.presses_and_hears('1'), "greeting");
    assert_eq!(caller.script.territory().unwrap().as_str(), "rouen");
}

#[test]
fn a_choice_taken_off_the_air_meanwhile_is_said_as_it_was() {
    let mut caller = Caller::dials(two(), "0123456789");
    caller.listens_to("menu_intro");

    caller.publish(on_air(vec![territory("havre", vec![])]));

    assert_eq!(caller.presses_and_hears('1'), "greeting");
    assert_eq!(words(&caller.listens_to("no_event"))[0], "checked_at");
}

#[test]
fn zero_leads_from_a_territory_to_the_menu_and_on_to_another() {
    let mut caller = Caller::calls(two());
    caller.listens_to("no_event");

    assert_eq!(caller.presses_and_hears('0'), "menu_intro");
    assert_eq!(caller.presses_and_hears('2'), "greeting");
    assert_eq!(caller.script.territory().unwrap().as_str(), "havre");
    assert_eq!(caller.script.keys(), "02");
}

fn two() -> OnAir {
    on_air(vec![territory("rouen", vec![]), territory("havre", vec![])])
}

fn many() -> OnAir {
    let quiet = (0..5).map(|one| territory(&format!("t{one}"), vec![]));
    let busy = vec![bulletin("flare"), bulletin("odour")];
    let busy = [
        territory("t5", busy),
        territory("t6", vec![bulletin("siren")]),
    ];
    on_air(quiet.chain(busy).collect())
}
