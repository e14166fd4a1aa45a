//! The words of each place, as steps.

use std::time::Duration;

use bulletin::TerritorySlug;
use jiff::Timestamp;

use super::{AFTER_KEY, Step, place::Place};
use crate::on_air::{BulletinOnAir, HousePrompts, OnAir, Prompt, TerritoryOnAir};

/// The places that say one house prompt, and the end.
pub(super) fn fixed(prompts: &HousePrompts, place: Place) -> Option<Vec<Step>> {
    let prompt = match place {
        Place::Difficulty | Place::Closed => Prompt::Difficulty,
        Place::Closing => Prompt::Closing,
        Place::KeysHelp => Prompt::KeysHelp,
        Place::OnceMore => Prompt::OnceMore,
        Place::Goodbye => Prompt::Goodbye,
        Place::TimeIsUp => Prompt::LongestCall,
        Place::Over => return Some(vec![Step::HangUp]),
        Place::Menu { .. }
        | Place::Greeting
        | Place::Count
        | Place::Bulletin(_)
        | Place::EndedIntro
        | Place::Ended(_) => return None,
    };
    Some(vec![Step::Play(prompts.reels(prompt))])
}

/// The territory's own welcome, or the house's.
pub(super) fn greeting(prompts: &HousePrompts, territory: &TerritoryOnAir) -> Vec<Step> {
    let own = territory.greeting.clone();
    vec![Step::Play(
        own.unwrap_or_else(|| prompts.reels(Prompt::Greeting)),
    )]
}

/// How many bulletins follow; with none, when that was last checked, by the territory's clock.
pub(super) fn count(
    prompts: &HousePrompts,
    territory: &TerritoryOnAir,
    bulletins: usize,
) -> Vec<Step> {
    if bulletins > 0 {
        return vec![Step::Play(prompts.reels(Prompt::count(bulletins)))];
    }
    let checked_at = territory.checked_at.to_zoned(territory.zone.clone());
    [
        Some(Prompt::CheckedAt),
        Some(Prompt::hour(checked_at.hour())),
        Prompt::minute(checked_at.minute()),
        Some(Prompt::NoEvent),
    ]
    .into_iter()
    .flatten()
    .map(|prompt| Step::Play(prompts.reels(prompt)))
    .collect()
}

/// Lead-in and body back to back; the lead-in says "today" on the day of the entry only.
pub(super) fn bulletin(
    prompts: &HousePrompts,
    territory: &TerritoryOnAir,
    one: &BulletinOnAir,
    now: Timestamp,
) -> Vec<Step> {
    let Some(speech) = &one.speech else {
        return vec![Step::Play(prompts.reels(Prompt::BulletinUnspoken))];
    };
    let date = |instant: Timestamp| instant.to_zoned(territory.zone.clone()).date();
    let lead_in = if date(one.said_at) == date(now) {
        &speech.today
    } else {
        &speech.dated
    };
    vec![Step::Play(lead_in.clone()), Step::Play(speech.body.clone())]
}

/// Before the ended events, or instead of them.
pub(super) fn ended_intro(prompts: &HousePrompts, ended: usize) -> Vec<Step> {
    let prompt = if ended > 0 {
        Prompt::EndedIntro
    } else {
        Prompt::EndedNone
    };
    vec![Step::Play(prompts.reels(prompt))]
}

/// The choices, each place before its key, then time to press one.
pub(super) fn menu(on_air: &OnAir, choices: &[TerritorySlug], attempt: u8) -> Vec<Step> {
    let prompts = &on_air.prompts;
    let intro = match attempt {
        0 => Prompt::MenuIntro,
        _ => Prompt::MenuChooseAgain,
    };
    let mut said = vec![Step::Play(prompts.reels(intro))];
    for (choice, slug) in (1..).zip(choices) {
        let territory = on_air.find_territory(slug);
        let name = territory.and_then(|territory| territory.menu.clone());
        let name = name.unwrap_or_else(|| prompts.reels(Prompt::MenuPlace));
        said.push(Step::Play(name));
        said.push(Step::Play(prompts.reels(Prompt::press(choice))));
    }
    said.push(Step::Pause(TIME_TO_CHOOSE));
    said
}

/// "Unknown key", with silence on both sides of it.
pub(super) fn unknown_key(prompts: &HousePrompts) -> Vec<Step> {
    vec![
        Step::Pause(AFTER_KEY),
        Step::Play(prompts.reels(Prompt::KeyUnknown)),
        Step::Pause(AFTER_KEY),
    ]
}

/// Silence in which a menu waits for a key.
const TIME_TO_CHOOSE: Duration = Duration::from_secs(3);
