//! A stage for the script: sound that carries its own name, and a caller who writes down what is heard.

use std::sync::Arc;

use bulletin::{BulletinId, DialledNumber, Kind, Language, TerritorySlug};
use jiff::{Timestamp, tz::TimeZone};
use media::Reels;

use crate::on_air::{
    BulletinOnAir, HousePrompts, OnAir, SpokenBulletin, TerritoryOnAir, TerritoryWords,
};
use crate::script::{Script, Step};

/// A caller on the line, at one instant of the clock.
pub(super) struct Caller {
    pub(super) script: Script,
    pub(super) on_air: Arc<OnAir>,
    pub(super) now: Timestamp,
}

impl Caller {
    /// Calls the number that [`territory`] gives to the first territory.
    pub(super) fn calls(on_air: OnAir) -> Self {
        Self::dials(on_air, "0805691282")
    }

    /// Calls any number, or none that can be read.
    pub(super) fn dials(on_air: OnAir, number: &str) -> Self {
        let on_air = Arc::new(on_air);
        let dialled = DialledNumber::parse(number, "33");
        Self {
            script: Script::begin(Arc::clone(&on_air), dialled.as_ref()),
            on_air,
            now: at(NOON),
        }
    }

    /// Puts another programme on the air.
    pub(super) fn publish(&mut self, on_air: OnAir) {
        self.on_air = Arc::new(on_air);
    }

    /// The name of the next step.
    pub(super) fn hears(&mut self) -> String {
        name(&self.script.next_step(&self.on_air, self.now))
    }

    /// All steps up to one, that one included.
    pub(super) fn listens_to(&mut self, last: &str) -> Vec<String> {
        let mut heard = vec![];
        while heard.last().is_none_or(|step| step != last) {
            assert!(heard.len() < 500, "{last} is never said: {heard:?}");
            heard.push(self.hears());
        }
        heard
    }

    /// All that is left of the call.
    pub(super) fn listens_to_the_end(&mut self) -> Vec<String> {
        self.listens_to("hang up")
    }

    /// The name of the step that a key begins; "nothing" without one.
    pub(super) fn presses(&mut self, key: char) -> String {
        let step = self.script.handle_key(key, &self.on_air, self.now);
        step.map_or_else(|| "nothing".to_owned(), |step| name(&step))
    }

    /// The bulletins that began to play.
    pub(super) fn heard(&self) -> Vec<BulletinId> {
        let heard = self.script.heard().iter();
        heard.map(|one| one.bulletin.clone()).collect()
    }

    /// The first words after a key.
    pub(super) fn presses_and_hears(&mut self, key: char) -> String {
        let mut heard = self.presses(key);
        while heard.starts_with("pause") {
            heard = self.hears();
        }
        heard
    }
}

/// Leaves the silences out of a transcript.
pub(super) fn words(transcript: &[String]) -> Vec<&str> {
    let all = transcript.iter().map(String::as_str);
    all.filter(|step| !step.starts_with("pause")).collect()
}

/// What a step is called in a transcript.
pub(super) fn name(step: &Step) -> String {
    match step {
        Step::Play(reels) => {
            let said = spoken(reels.pcma.octets(), 0xD5);
            assert_eq!(said, spoken(reels.pcmu.octets(), 0xFF));
            said
        }
        Step::Pause(length) => format!("pause {}", length.as_millis()),
        Step::Hold(length) => format!("hold {}", length.as_millis()),
        Step::Resume => "resume".to_owned(),
        Step::HangUp => "hang up".to_owned(),
    }
}

/// Everything on air.
pub(super) fn on_air(territories: Vec<TerritoryOnAir>) -> OnAir {
    let prompts = HousePrompts::ids().map(|(language, id)| {
        let said = match language {
            Language::French => sound(&id),
            Language::English => sound(&format!("en {id}")),
        };
        ((language, id), said)
    });
    OnAir {
        territories,
        prompts: Arc::new(HousePrompts::new(prompts.collect()).unwrap()),
    }
}

/// A territory on Paris time; `rouen` is dialled as 0805 691 282.
pub(super) fn territory(slug: &str, ongoing: Vec<BulletinOnAir>) -> TerritoryOnAir {
    let number = match slug {
        "rouen" => "0805691282",
        _ => "0800101092",
    };
    let slug = TerritorySlug::parse(slug).unwrap();
    TerritoryOnAir {
        numbers: vec![DialledNumber::parse(number, "33").unwrap()],
        french: TerritoryWords {
            menu: Some(sound(&format!("for {slug}"))),
            ..TerritoryWords::default()
        },
        ongoing,
        ..TerritoryOnAir::new(slug, TimeZone::get("Europe/Paris").unwrap(), at(NOON))
    }
}

/// A planned bulletin of this morning whose sound is `NAME.today`, `NAME.dated`, `NAME.body`.
pub(super) fn bulletin(name: &str) -> BulletinOnAir {
    version(name, name)
}

/// The bulletin `name`, said in other words.
pub(super) fn version(name: &str, words: &str) -> BulletinOnAir {
    let (said_at, expires_at) = (at("2026-11-23T08:00:00Z"), at("2026-12-02T08:00:00Z"));
    BulletinOnAir {
        kind: Kind::Planned,
        speech: Some(SpokenBulletin {
            today: sound(&format!("{words}.today")),
            dated: sound(&format!("{words}.dated")),
            body: vec![sound(&format!("{words}.body"))],
        }),
        ..BulletinOnAir::new(id(name), said_at, expires_at)
    }
}

/// A bulletin of three sentences: `NAME.1`, `NAME.2`, `NAME.3`.
pub(super) fn long(name: &str) -> BulletinOnAir {
    let mut long = bulletin(name);
    if let Some(speech) = &mut long.speech {
        speech.body = (1..=3)
            .map(|part| sound(&format!("{name}.{part}")))
            .collect();
    }
    long
}

pub(super) fn id(name: &str) -> BulletinId {
    let mut octets = [0; 8];
    octets[..name.len()].copy_from_slice(name.as_bytes());
    BulletinId::from_random(octets)
}

pub(super) fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

/// Sound whose octets are its own name.
pub(super) fn sound(name: &str) -> Reels {
    let octets = || name.as_bytes().to_vec();
    Reels::from_octets(octets(), octets(), octets())
}

fn spoken(octets: &[u8], silence: u8) -> String {
    let end = octets.iter().rposition(|&octet| octet != silence);
    String::from_utf8(octets[..end.map_or(0, |last| last + 1)].to_vec()).unwrap()
}

/// 13:30 in Paris.
pub(super) const NOON: &str = "2026-11-23T12:30:00Z";
