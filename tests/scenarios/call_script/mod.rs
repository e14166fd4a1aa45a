mod house;
mod phone;
mod walks;

use std::time::{Duration, Instant};

use crate::support::{Sounds, Transcript};
use house::House;
use phone::Phone;
use walks::{Act, Walk};

#[test]
fn baresip_walks_every_branch_of_the_script() {
    let house = House::open();
    let sounds = house.sounds();

    let walks = walks::all();
    // One after the other, so that each finds ports that nobody has.
    let phones: Vec<_> = walks.iter().map(|_| Phone::start()).collect();
    std::thread::scope(|scope| {
        let calls: Vec<_> = walks
            .iter()
            .zip(phones)
            .map(|(walk, phone)| scope.spawn(|| go(&house, &sounds, walk, phone)))
            .collect();
        let outcomes = walks.iter().zip(calls);
        let strayed: Vec<_> = outcomes
            .filter_map(|(walk, call)| {
                let why = call.join().unwrap_or_else(|_| Err("it panicked".into()));
                Some(format!("{}: {}", walk.name, why.err()?))
            })
            .collect();
        assert!(strayed.is_empty(), "{}", strayed.join("\n\n"));
    });

    house.shortens_the_programme();
    let short = walks::short();
    go(&house, &sounds, &short, Phone::start())
        .unwrap_or_else(|why| panic!("{}: {why}", short.name));
}

/// Calls, presses, listens, and compares; says where the call strayed.
fn go(house: &House, sounds: &Sounds, walk: &Walk, mut phone: Phone) -> Result<(), String> {
    let mut transcript = Transcript::new(sounds);
    phone.dials(&house.target(walk.number));
    let mut known = 0;
    for act in walk.acts {
        match *act {
            Act::Hear(name) => {
                known = wait_for(&mut phone, &mut transcript, known, name)?;
            }
            Act::Listen(seconds) => {
                let until = Instant::now() + Duration::from_secs(seconds);
                while Instant::now() < until {
                    transcript.hear(&phone.hears());
                }
            }
            Act::Press(key) => press(&mut phone, &mut transcript, key)?,
            Act::Do(what) => what(house),
            Act::HearTheEnd => {
                phone.waits_for_the_end();
                transcript.hear(&phone.hears());
            }
        }
    }
    phone.hangs_up();
    let heard = transcript.lines();
    // What the clock says; the minute is there in 59 hours of 60.
    let heard: Vec<_> = heard
        .iter()
        .filter(|line| !line.starts_with("minute_"))
        .map(|line| match line.split_once('_') {
            Some((clock @ ("hour" | "ago"), _)) => clock,
            _ => line,
        })
        .collect();
    if heard == walk.heard {
        Ok(())
    } else {
        let lines = |lines: &[&str]| lines.join("\n  ");
        Err(format!(
            "heard\n  {}\ninstead of\n  {}",
            lines(&heard),
            lines(walk.heard)
        ))
    }
}

fn wait_for(
    phone: &mut Phone,
    transcript: &mut Transcript<'_>,
    known: usize,
    name: &str,
) -> Result<usize, String> {
    let begun = Instant::now();
    loop {
        transcript.hear(&phone.hears());
        let lines = transcript.lines();
        let later = lines.iter().enumerate().skip(known);
        let mut begun_there = later.filter(|(_, line)| line.trim_end_matches('…') == name);
        if let Some((place, _)) = begun_there.next() {
            return Ok(place + 1);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{name} is never heard, only {lines:?}"));
        }
    }
}

/// Presses a key, which must stop the voice if there is one.
fn press(phone: &mut Phone, transcript: &mut Transcript<'_>, key: char) -> Result<(), String> {
    transcript.hear(&phone.hears());
    let pressed = transcript.length();
    let speaks = transcript
        .left_at(pressed)
        .is_some_and(|end| end == pressed);
    phone.presses(key);
    let silent = Instant::now() + 2 * BARGE_IN;
    while Instant::now() < silent {
        transcript.hear(&phone.hears());
    }
    if !speaks {
        return Ok(());
    }
    let left_at = transcript.left_at(pressed).unwrap_or(pressed);
    let late = left_at.saturating_sub(pressed) / 8;
    if late as u128 > BARGE_IN.as_millis() {
        return Err(format!("{late} ms after {key} the voice was still there"));
    }
    Ok(())
}

/// Of a key to the silence on the telephone's recording, its buffer and our steps included.
const BARGE_IN: Duration = Duration::from_millis(400);
const PATIENCE: Duration = Duration::from_secs(80);
