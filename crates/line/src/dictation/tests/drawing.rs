//! The table of `docs/dictation-script.md`, walked in the code: who changes the one changes the other.

use std::fmt::Write as _;

use super::stage::{Operator, recording};
use crate::Step;
use crate::dictation::{Place, Word};

#[test]
fn the_table_in_the_docs_is_what_the_script_does() {
    let drawn = include_str!("../../../../../docs/dictation-script.md");
    let walked = table();
    assert!(
        drawn.contains(&walked),
        "docs/dictation-script.md should hold this:\n\n{walked}"
    );
}

fn table() -> String {
    let mut rows = String::from("| at | said | by key | left alone |\n|---|---|---|---|\n");
    for (name, reach) in places() {
        let said = reach().1.join(" ");
        let keys = keys(reach);
        let mut silent = reach().0;
        let _ = silent.script.next_step();
        let silent = place(&silent, name);
        let _ = writeln!(rows, "| {name} | {said} | {keys} | {silent} |");
    }
    rows.push_str("\n| at | answer | then |\n|---|---|---|\n");
    for (name, reach) in waits() {
        for (answer, word) in answers() {
            let mut operator = reach().0;
            if operator.script.handle_word(word).is_some() {
                let _ = writeln!(rows, "| {name} | {answer} | {} |", place(&operator, name));
            }
        }
    }
    rows
}

type Reach = fn() -> (Operator, Vec<String>);

fn places() -> [(&'static str, Reach); 10] {
    [
        ("Code", || walked(|it| it.hears())),
        ("Pin", || walked(|it| it.presses("4711#"))),
        ("Checking", checking),
        ("Kind", || walked(|it| signed_in(it, ""))),
        ("Event", || {
            walked(|it| {
                signed_in(it, "1");
                vec!["the events of the kind, eight to a page, each with `press_N`".into()]
            })
        }),
        ("Speak", || walked(|it| signed_in(it, "11"))),
        ("Recording", || walked(|it| signed_in(it, "11#"))),
        ("Preparing", preparing),
        ("Review", || {
            walked(|it| {
                signed_in(it, "11##");
                it.is_told(Word::Take(recording()))
            })
        }),
        ("Publishing", publishing),
    ]
}

fn waits() -> [(&'static str, Reach); 3] {
    [
        ("Checking", checking),
        ("Preparing", preparing),
        ("Publishing", publishing),
    ]
}

fn checking() -> (Operator, Vec<String>) {
    walked(|it| {
        it.presses("4711#");
        it.presses("123456#")
    })
}

fn preparing() -> (Operator, Vec<String>) {
    walked(|it| signed_in(it, "11##"))
}

fn publishing() -> (Operator, Vec<String>) {
    walked(|it| {
        signed_in(it, "11##");
        it.is_told(Word::Take(recording()));
        it.presses("1")
    })
}

fn walked(walk: impl Fn(&mut Operator) -> Vec<String>) -> (Operator, Vec<String>) {
    let mut operator = Operator::calls();
    let heard = walk(&mut operator);
    let heard = heard.into_iter().map(|one| match one.as_str() {
        "the recording" => one,
        _ if one.contains(' ') => one,
        _ => format!("`{one}`"),
    });
    (operator, heard.collect())
}

fn signed_in(operator: &mut Operator, keys: &str) -> Vec<String> {
    operator.presses("4711#");
    operator.presses("123456#");
    let heard = operator.is_told(Word::Welcome);
    if keys.is_empty() {
        heard
    } else {
        operator.presses(keys)
    }
}

/// Each key with where it leads, keys of one effect together.
fn keys(reach: Reach) -> String {
    let mut effects: Vec<(String, String)> = vec![];
    for key in "0123456789*#".chars() {
        let mut operator = reach().0;
        let before = operator.script.place;
        let step = operator.script.handle_key(key);
        let effect = match step {
            None => "nothing".to_owned(),
            Some(Step::Pause(length))
                if length.as_secs() >= 1 && operator.script.place == before =>
            {
                "typed".to_owned()
            }
            Some(_) if operator.script.place == before => "again".to_owned(),
            Some(_) => format!("{:?}", operator.script.place),
        };
        match effects.iter_mut().find(|(known, _)| *known == effect) {
            Some((_, keys)) => keys.push(key),
            None => effects.push((effect, key.to_string())),
        }
    }
    let told = effects
        .iter()
        .map(|(effect, keys)| format!("`{keys}` {effect}"));
    told.collect::<Vec<_>>().join("; ")
}

fn place(operator: &Operator, before: &str) -> String {
    let now: Place = operator.script.place;
    let now = format!("{now:?}");
    if now == before {
        "again".to_owned()
    } else {
        now
    }
}

fn answers() -> [(&'static str, Word); 9] {
    [
        ("Welcome", Word::Welcome),
        ("Wrong", Word::Wrong),
        ("Locked", Word::Locked),
        ("Busy", Word::Busy),
        ("Take", Word::Take(recording())),
        ("Unheard", Word::Unheard),
        ("Faint", Word::Faint),
        ("Published", Word::Published),
        ("Trouble", Word::Trouble),
    ]
}
