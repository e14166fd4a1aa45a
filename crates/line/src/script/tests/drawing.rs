//! The drawing and the table of `docs/call-script.md`, made by walking the script; the page must hold exactly these.

use std::fmt::Write as _;

use bulletin::{Language, Noticed};

use super::stage::{Caller, bulletin, on_air, sound, territory};
use crate::on_air::{OnAir, TerritoryOnAir};
use crate::script::{Step, cues::Cue, place::Place};

#[test]
fn the_page_shows_the_script_as_it_is() {
    let page = include_str!("../../../../../docs/call-script.md");
    let (drawing, table) = (drawing(), table());
    assert!(
        page.contains(&drawing) && page.contains(&table),
        "docs/call-script.md shows another script; put these into it:\n\n{drawing}\n{table}"
    );
}

/// Which place follows which when nothing is pressed, and where the keys lead that open something.
fn drawing() -> String {
    let mut edges = vec![];
    let walks: [(&str, Caller, &str); 10] = [
        ("no territory on air", Caller::calls(on_air(vec![])), ""),
        ("number known", Caller::calls(busy()), ""),
        ("number unknown", Caller::dials(busy(), "0"), ""),
        ("number known", Caller::calls(quiet()), ""),
        ("number known", short(busy()), ""),
        ("number known", Caller::calls(handed_over()), ""),
        ("number known", short(handed_over()), ""),
        ("key 8", Caller::calls(busy()), "8"),
        ("key 6", Caller::calls(busy()), "62"),
        ("key 6", Caller::calls(busy()), "61"),
    ];
    for (begin, mut caller, keys) in walks {
        let (mut from, mut place) = (begin, None);
        let mut keys = keys.chars();
        while from != "over" {
            match keys.next() {
                Some(key) => caller.presses(key),
                None => caller.hears(),
            };
            if place.replace(caller.script.place) != Some(caller.script.place) {
                let to = group(caller.script.place);
                add(&mut edges, from, to);
                from = to;
            }
        }
    }
    let mut silent = Caller::calls(busy());
    silent.presses('6');
    silent.listens_to("count_2");
    add(&mut edges, "notice", "count");

    let mut text = String::from("```mermaid\nflowchart TD\n");
    for (from, to) in edges {
        match from.split_once(' ') {
            Some(_) => writeln!(text, "    {}([{from}]) --> {to}", from.replace(' ', "_")),
            None => writeln!(text, "    {from} --> {to}"),
        }
        .unwrap();
    }
    text + "```\n"
}

/// What each place says, what follows it, and where each key leads.
fn table() -> String {
    let keys = "*#5678901";
    let mut text = String::from("| place | says | in turn |");
    let mut rule = String::from("|---|---|---|");
    for key in keys.chars() {
        write!(text, " `{key}` |").unwrap();
        rule += "---|";
    }
    writeln!(text, "\n{rule}").unwrap();
    for reach in PLACES {
        let mut caller = reach();
        let (place, now) = (caller.script.place, caller.now);
        let said = caller.script.cues_of(place, now).unwrap_or_default();
        let said: Vec<_> = said.into_iter().map(words).collect();
        while place != Place::Over && caller.script.place == place {
            caller.hears();
        }
        let next = name(caller.script.place);
        let said = said.join(" ");
        write!(text, "| {} | {said} | {next} |", name(place)).unwrap();
        for key in keys.chars() {
            write!(text, " {} |", leads_to(&mut reach(), key)).unwrap();
        }
        text.push('\n');
    }
    text
}

fn leads_to(caller: &mut Caller, key: char) -> String {
    let (latest, now) = (caller.on_air.clone(), caller.now);
    match caller.script.handle_key(key, &latest, now) {
        None => "–".to_owned(),
        Some(Step::Hold(_)) => "pause".to_owned(),
        Some(_) if caller.hears() == "key_unknown" => "unknown".to_owned(),
        Some(_) => name(caller.script.place),
    }
}

/// One caller at each place, in the order of a call.
const PLACES: [fn() -> Caller; 18] = [
    || at(Caller::calls(on_air(vec![])), "difficulty"),
    || at(Caller::dials(busy(), "0"), "menu_intro"),
    || at(Caller::calls(busy()), "greeting"),
    || at(Caller::calls(handed_over()), "authorities_in_charge"),
    || at(Caller::calls(quiet()), "none of three"),
    || at(Caller::calls(busy()), "count_2"),
    || at(Caller::calls(busy()), "flare.body"),
    || at(Caller::calls(busy()), "odour.body"),
    || at(Caller::calls(busy()), "closing"),
    || at(Caller::calls(busy()), "keys_help"),
    || at(Caller::calls(busy()), "once_more"),
    || after_keys("8", "ended_intro"),
    || after_keys("8", "siren.body"),
    || after_keys("8", "smoke.body"),
    || after_keys("6", "notice_intro"),
    || after_keys("62", "notice_thanks"),
    || at(Caller::calls(busy()), "goodbye"),
    || at(Caller::calls(busy()), "hang up"),
];

fn at(mut caller: Caller, said: &str) -> Caller {
    caller.listens_to(said);
    caller
}

fn after_keys(keys: &str, said: &str) -> Caller {
    let mut caller = Caller::calls(busy());
    for key in keys.chars() {
        caller.presses(key);
    }
    at(caller, said)
}

fn short(on_air: OnAir) -> Caller {
    let mut caller = Caller::calls(on_air);
    caller.script.shorten(true);
    caller
}

fn add(edges: &mut Vec<(String, String)>, from: &str, to: &str) {
    let edge = (from.to_owned(), to.to_owned());
    if !edges.contains(&edge) {
        edges.push(edge);
    }
}

fn name(place: Place) -> String {
    match place {
        Place::Bulletin(at) => format!("bulletin {}", at + 1),
        Place::Ended(at) => format!("ended {}", at + 1),
        Place::Menu { attempt } if attempt > 0 => "menu again".to_owned(),
        Place::Notice { attempt } if attempt > 0 => "notice again".to_owned(),
        Place::Authorities { again: true } => "authorities again".to_owned(),
        _ => group(place).to_owned(),
    }
}

fn group(place: Place) -> &'static str {
    match place {
        Place::Difficulty => "difficulty",
        Place::Closed => "closed",
        Place::Menu { .. } => "menu",
        Place::Greeting => "greeting",
        Place::Authorities { .. } => "authorities",
        Place::Count => "count",
        Place::Bulletin(_) => "bulletin",
        Place::Closing => "closing",
        Place::KeysHelp => "keys_help",
        Place::OnceMore => "once_more",
        Place::EndedIntro => "ended_intro",
        Place::Ended(_) => "ended",
        Place::Notice { .. } => "notice",
        Place::Noticed => "noticed",
        Place::Goodbye => "goodbye",
        Place::TimeIsUp => "time_is_up",
        Place::Over => "over",
    }
}

fn words(cue: Cue) -> String {
    match cue {
        Cue::Pause(length) => format!("{} ms", length.as_millis()),
        Cue::Say(language, prompt) => {
            assert_eq!(language, Language::French);
            format!("`{}`", prompt.id())
        }
        Cue::NoEvent => "none of its sites".to_owned(),
        Cue::Name(_) => "its name".to_owned(),
        Cue::LeadIn { .. } => "lead-in".to_owned(),
        Cue::Body(_) => "body".to_owned(),
        Cue::Words | Cue::Crisis(_) => String::new(),
        Cue::HangUp => "hang up".to_owned(),
    }
}

/// Everything a territory can have: two bulletins, two ended events, English, the question of what is noticed.
fn busy() -> OnAir {
    let mut odour = bulletin("odour");
    odour.noticed_as = vec![Noticed::Smell];
    let mut rouen = settled(vec![bulletin("flare"), odour]);
    rouen.ended = vec![bulletin("siren"), bulletin("smoke")];
    on_air(vec![rouen, territory("havre", vec![])])
}

fn quiet() -> OnAir {
    on_air(vec![settled(vec![]), territory("havre", vec![])])
}

fn handed_over() -> OnAir {
    let mut rouen = settled(vec![bulletin("flare")]);
    rouen.authorities = true;
    on_air(vec![rouen, territory("havre", vec![])])
}

fn settled(ongoing: Vec<crate::on_air::BulletinOnAir>) -> TerritoryOnAir {
    let mut rouen = territory("rouen", ongoing);
    rouen.french.no_event = Some(sound("none of three"));
    (rouen.offers_english, rouen.asks_noticed) = (true, true);
    rouen
}
