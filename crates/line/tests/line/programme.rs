//! Something to hear: every reel has octets of its own, so that a stream says what was played.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use bulletin::{BulletinId, DialledNumber, Kind, OwnSentence, TerritorySlug};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use line::{
    BulletinOnAir, CallRecord, Config, HousePrompts, Line, OnAir, Script, SpokenBulletin, Step,
    TerritoryOnAir, TerritoryWords,
};
use media::{Codec, Ptime, Reels};

/// A line on a free port of loopback, and its records.
pub(crate) fn line(on_air: OnAir) -> (Line, Receiver<CallRecord>) {
    Line::start(&config(), on_air).unwrap()
}

pub(crate) fn config() -> Config {
    Config {
        media_threads: 2,
        ..Config::new(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

/// Rouen with two bulletins, Le Havre with none.
pub(crate) fn two_territories() -> OnAir {
    OnAir {
        territories: vec![
            territory(
                "rouen_metropole",
                ROUEN,
                vec![bulletin(1, 0), bulletin(2, 3)],
            ),
            territory("le_havre", LE_HAVRE, vec![]),
        ],
        prompts: Arc::new(prompts()),
    }
}

/// Rouen with a very long greeting.
pub(crate) fn long_greeting() -> OnAir {
    let mut rouen = territory("rouen_metropole", ROUEN, vec![bulletin(1, 0)]);
    rouen.french.own = vec![(OwnSentence::Greeting, numbered(120 * 50))];
    OnAir {
        territories: vec![rouen],
        prompts: Arc::new(prompts()),
    }
}

pub(crate) fn territory(slug: &str, number: &str, ongoing: Vec<BulletinOnAir>) -> TerritoryOnAir {
    let greeting = Reels::from_samples(&vec![i16::from(slug.as_bytes()[0]) * 50; 3 * 160]);
    let slug = TerritorySlug::parse(slug).unwrap();
    TerritoryOnAir {
        numbers: vec![DialledNumber::parse(number, "33").unwrap()],
        french: TerritoryWords {
            own: vec![(OwnSentence::Greeting, greeting)],
            ..TerritoryWords::default()
        },
        ongoing,
        ..TerritoryOnAir::new(slug, TimeZone::UTC, Timestamp::now())
    }
}

/// A bulletin with reels that no other one has, last changed so many days ago.
pub(crate) fn bulletin(number: u8, days_ago: i64) -> BulletinOnAir {
    let reel = |part: u8| plain(200 + number * 3 + part, 4);
    let said_at = Timestamp::now() - (days_ago * 24).hours();
    let expires_at = Timestamp::now() + 48.hours();
    BulletinOnAir {
        kind: Kind::Planned,
        speech: Some(SpokenBulletin {
            today: reel(0),
            dated: reel(1),
            body: vec![reel(2)],
        }),
        ..BulletinOnAir::new(BulletinId::from_random([number; 8]), said_at, expires_at)
    }
}

/// What a caller who presses nothing hears, whole, in one law.
pub(crate) fn expected(on_air: &OnAir, number: &str, codec: Codec) -> Vec<u8> {
    let on_air = Arc::new(on_air.clone());
    let dialled = DialledNumber::parse(number, "33");
    let mut script = Script::begin(Arc::clone(&on_air), dialled.as_ref());
    let mut octets = Vec::new();
    loop {
        match script.next_step(&on_air, Timestamp::now()) {
            Step::Play(reels) => {
                octets.extend_from_slice(reels.of(codec).octets());
                let whole = octets.len().next_multiple_of(Ptime::Ms20.octets());
                octets.resize(whole, codec.silence());
            }
            Step::Pause(length) | Step::Hold(length) => octets.extend(silence(codec, length)),
            Step::Resume => {}
            Step::HangUp => return octets,
        }
    }
}

/// What a call that has lasted as long as any may ends with.
pub(crate) fn last_words(on_air: &OnAir, codec: Codec) -> Vec<u8> {
    let on_air = Arc::new(on_air.clone());
    let mut script = Script::begin(Arc::clone(&on_air), None);
    let Step::Play(reels) = script.end_for_time(&on_air, Timestamp::now()) else {
        panic!("nothing is said");
    };
    reels.of(codec).octets().to_vec()
}

/// A reel in which every frame says its own number.
pub(crate) fn numbered(frames: u16) -> Reels {
    let octets = |salt: u8| {
        (0..frames)
            .flat_map(|frame| {
                let [high, low] = frame.to_be_bytes();
                let mut octets = vec![salt; 160];
                octets[..2].copy_from_slice(&[high, low]);
                octets
            })
            .collect()
    };
    Reels::from_octets(octets(0xA1), octets(0xB2), octets(0xC3))
}

pub(crate) const ROUEN: &str = "0805691282";
pub(crate) const LE_HAVRE: &str = "0800101092";

/// The last frame is not whole, so that its silence counts too.
fn plain(octet: u8, frames: usize) -> Reels {
    let length = frames * 160 - 30;
    Reels::from_octets(
        vec![octet; length],
        vec![octet ^ 0x5A; length],
        vec![octet ^ 0xA5; length],
    )
}

fn prompts() -> HousePrompts {
    let reels = HousePrompts::ids()
        .zip((1_u8..=199).cycle())
        .map(|(id, octet)| (id, plain(octet, 3)));
    HousePrompts::new(reels.collect()).unwrap()
}

fn silence(codec: Codec, length: Duration) -> Vec<u8> {
    let frames = usize::try_from(length.as_millis().div_ceil(20)).unwrap();
    vec![codec.silence(); frames * 160]
}
