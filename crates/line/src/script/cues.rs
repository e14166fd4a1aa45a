//! The words of each place, as cues.
//!
//! A cue is a few octets that name what comes next; the sound itself is looked up when its turn comes, in the
//! programme the caller is in.

use std::time::Duration;

use bulletin::{Kind, Language};
use jiff::Timestamp;

use super::{AFTER_KEY, place::Place};
use crate::on_air::{BulletinOnAir, Prompt, TerritoryOnAir};

/// Something to say or to do at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// Silence.
    Pause(Duration),
    /// The words of the place, chosen at this moment: what was posted or withdrawn in the silence before counts.
    Words,
    /// A sentence of the house, in the territory's own words where it has some.
    Say(Language, Prompt),
    /// That none of the territory's sites has declared anything.
    NoEvent,
    /// The name of a choice of the menu.
    Name(usize),
    /// The first words of the bulletin at this place; `dated` from the day after its entry on.
    LeadIn { dated: bool },
    /// A piece of its body.
    Body(usize),
    /// The sentence for everybody of the caller's territory, or of this choice of the menu.
    Crisis(usize),
    /// The end of the call.
    HangUp,
}

impl Cue {
    /// Whether it goes on with the sentence before it.
    pub(super) fn continues(self) -> bool {
        match self {
            Self::Say(_, prompt) => prompt.continues(),
            _ => false,
        }
    }
}

/// The places that say one house prompt, and the end.
pub(super) fn fixed(language: Language, place: Place) -> Option<Vec<Cue>> {
    let prompt = match place {
        Place::Difficulty | Place::Closed => Prompt::Difficulty,
        Place::Authorities { .. } => Prompt::Authorities,
        Place::OnceMore => Prompt::OnceMore,
        Place::Goodbye => Prompt::Goodbye,
        Place::TimeIsUp => Prompt::LongestCall,
        Place::Notice { attempt } => return Some(notice(language, attempt)),
        Place::Over => return Some(vec![Cue::HangUp]),
        Place::Menu { .. }
        | Place::Greeting
        | Place::Count
        | Place::Closing
        | Place::KeysHelp
        | Place::Bulletin(_)
        | Place::EndedIntro
        | Place::Ended(_)
        | Place::Noticed => return None,
    };
    Some(vec![Cue::Say(language, prompt)])
}

/// The welcome; then the other language, where there is something in it.
pub(super) fn greeting(language: Language, territory: &TerritoryOnAir, now: Timestamp) -> Vec<Cue> {
    let welcome = Cue::Say(language, Prompt::Greeting);
    [Some(welcome), offer(language, territory, now)]
        .into_iter()
        .flatten()
        .collect()
}

/// What follows the last bulletin; the emergency numbers in any case.
pub(super) fn closing(language: Language) -> Vec<Cue> {
    let said = [Prompt::Closing, Prompt::Emergency];
    said.map(|prompt| Cue::Say(language, prompt)).to_vec()
}

/// How many bulletins follow; with none, when that was last checked, by the territory's clock, and of how many sites.
pub(super) fn count(
    language: Language,
    territory: &TerritoryOnAir,
    bulletins: usize,
    asks: bool,
) -> Vec<Cue> {
    let say = |prompt| Some(Cue::Say(language, prompt));
    let offer = asks.then_some(Cue::Say(language, Prompt::NoticeOffer));
    if bulletins > 0 {
        let said = [say(Prompt::count(bulletins)), offer];
        return said.into_iter().flatten().collect();
    }
    let checked_at = territory.checked_at.to_zoned(territory.zone.clone());
    let minute = Prompt::minute(checked_at.minute());
    let own = territory.words(language).no_event.as_ref();
    let own = own.map(|_| Cue::NoEvent);
    [
        say(Prompt::CheckedAt),
        say(Prompt::hour(checked_at.hour())),
        minute.and_then(say),
        own.map(|_| Cue::Pause(AFTER_THE_HOUR)),
        own.or_else(|| say(Prompt::NoEvent)),
        offer,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Lead-in and body back to back; the lead-in says "today" on the day of the entry only. Words in the other language
/// are announced.
pub(super) fn bulletin(
    language: Language,
    territory: &TerritoryOnAir,
    one: &BulletinOnAir,
    now: Timestamp,
) -> Vec<Cue> {
    let Some(speech) = &one.speech else {
        return vec![Cue::Say(language, Prompt::BulletinUnspoken)];
    };
    let date = |instant: Timestamp| instant.to_zoned(territory.zone.clone()).date();
    let dated = date(one.said_at) != date(now);
    let announced = one.language != language;
    let mut said = Vec::with_capacity(speech.body.len() + 6);
    said.extend(announced.then_some(Cue::Say(language, Prompt::MessageInOtherLanguage)));
    said.push(Cue::LeadIn { dated });
    said.extend((0..speech.body.len()).map(Cue::Body));
    said
}

/// How long ago an unplanned event began and its message was published, for the first day of each.
pub(super) fn since(language: Language, one: &BulletinOnAir, now: Timestamp) -> Vec<Cue> {
    if one.kind != Kind::Unplanned || one.speech.is_none() {
        return vec![];
    }
    let began = one.began_at.map(|at| (Prompt::Began, at));
    [began, Some((Prompt::Published, one.said_at))]
        .into_iter()
        .flatten()
        .filter_map(|(what, at)| Some([what, Prompt::ago(now.duration_since(at))?]))
        .flatten()
        .map(|prompt| Cue::Say(language, prompt))
        .collect()
}

/// Which keys there are, those of this territory included.
pub(super) fn keys_help(
    language: Language,
    territory: &TerritoryOnAir,
    now: Timestamp,
) -> Vec<Cue> {
    let asks = territory.asks_noticed;
    [
        Some(Cue::Say(language, Prompt::KeysHelp)),
        asks.then_some(Cue::Say(language, Prompt::NoticeOffer)),
        offer(language, territory, now),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Before the ended events, or instead of them.
pub(super) fn ended_intro(language: Language, ended: usize) -> Vec<Cue> {
    let prompt = if ended > 0 {
        Prompt::EndedIntro
    } else {
        Prompt::EndedNone
    };
    vec![Cue::Say(language, prompt)]
}

/// The choices, each place before its key, then time to press one.
pub(super) fn menu(language: Language, choices: usize, attempt: u8) -> Vec<Cue> {
    let intro = match attempt {
        0 => Prompt::MenuIntro,
        _ => Prompt::MenuChooseAgain,
    };
    let mut said = vec![Cue::Say(language, intro)];
    for choice in 0..choices {
        said.push(Cue::Name(choice));
        said.push(Cue::Say(language, Prompt::press(choice + 1)));
    }
    said.push(Cue::Pause(TIME_TO_CHOOSE));
    said
}

/// "Unknown key", with silence on both sides of it.
pub(super) fn unknown_key(language: Language) -> Vec<Cue> {
    vec![
        Cue::Pause(AFTER_KEY),
        Cue::Say(language, Prompt::KeyUnknown),
        Cue::Pause(AFTER_KEY),
    ]
}

/// What do you notice, then time to press a key.
fn notice(language: Language, attempt: u8) -> Vec<Cue> {
    let question = match attempt {
        0 => Prompt::NoticeIntro,
        _ => Prompt::NoticeAgain,
    };
    vec![Cue::Say(language, question), Cue::Pause(TIME_TO_CHOOSE)]
}

/// The other language, where there is something in it.
fn offer(language: Language, territory: &TerritoryOnAir, now: Timestamp) -> Option<Cue> {
    let is_there = language == Language::English || territory.has_english(now);
    is_there.then_some(Cue::Say(language, Prompt::OtherLanguage))
}

/// The silence between a key and what it leads to.
pub(super) const AFTER_KEY_SILENCE: Cue = Cue::Pause(AFTER_KEY);
/// The house's own sentence has this silence in its recording.
const AFTER_THE_HOUR: Duration = Duration::from_millis(350);
/// Silence in which a menu waits for a key.
const TIME_TO_CHOOSE: Duration = Duration::from_secs(3);
