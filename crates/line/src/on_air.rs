//! Everything callers can hear at one instant: territories, their bulletins, the house prompts.
//!
//! An [`OnAir`] is built by whoever knows the database, never changed afterwards, and swapped whole;
//! calls in progress take the new one at their next step. Start with [`OnAir`].

mod prompts;

pub(crate) use prompts::Prompt;
pub use prompts::{HousePrompts, MissingPrompt};

use std::sync::Arc;
use std::time::Duration;

use bulletin::{BulletinId, DialledNumber, Kind, Language, Noticed, OwnSentence, TerritorySlug};
use jiff::{Timestamp, tz::TimeZone};
use media::{Ptime, Reels};

/// All that any caller of any territory can hear.
#[derive(Clone, Debug)]
pub struct OnAir {
    /// In the order of the menu; among equals the first one listed comes first.
    pub territories: Vec<TerritoryOnAir>,
    /// The sentences that belong to no territory.
    pub prompts: Arc<HousePrompts>,
}

impl OnAir {
    /// How long the last words of the longest call take, with the packet in which the time runs out.
    pub(crate) fn last_words(&self) -> Duration {
        let in_one = |&language| {
            self.prompts
                .reels(language, Prompt::LongestCall)
                .pcma
                .duration()
        };
        let words = Language::ALL.iter().map(in_one).max();
        words.unwrap_or_default() + Ptime::Ms60.duration()
    }

    /// The territory with this slug.
    pub fn find_territory(&self, slug: &TerritorySlug) -> Option<&TerritoryOnAir> {
        self.territories.iter().find(|one| one.slug == *slug)
    }

    /// The territory a dialled number belongs to.
    pub fn find_dialled(&self, number: &DialledNumber) -> Option<&TerritoryOnAir> {
        self.territories
            .iter()
            .find(|one| one.numbers.contains(number))
    }
}

/// What callers of one territory hear.
#[derive(Clone, Debug)]
pub struct TerritoryOnAir {
    /// Its name in addresses and records.
    pub slug: TerritorySlug,
    /// Every number that leads here without a menu.
    pub numbers: Vec<DialledNumber>,
    /// Its wall clock: "today" and the hour of the last check are said by it.
    pub zone: TimeZone,
    /// People it concerns, 0 where nobody said: the menu offers the most populated first.
    pub residents: u32,
    /// What it says of itself in French.
    pub french: TerritoryWords,
    /// What it says of itself in English.
    pub english: TerritoryWords,
    /// Whether English is offered even where no bulletin is in English.
    pub offers_english: bool,
    /// What its manager wants everybody to hear before anything else.
    pub crisis: Option<CrisisOnAir>,
    /// The authorities have taken over: callers are told to listen to them, and hear no bulletin.
    pub authorities: bool,
    /// Whether key 6 asks callers what they notice.
    pub asks_noticed: bool,
    /// Said to every caller, in this order.
    pub ongoing: Vec<BulletinOnAir>,
    /// Said on key 8, in this order.
    pub ended: Vec<BulletinOnAir>,
    /// When the programme was last known to be complete; said when there is no bulletin.
    pub checked_at: Timestamp,
}

impl TerritoryOnAir {
    /// A territory without a bulletin, whose own sentences are not spoken yet.
    #[must_use]
    pub fn new(slug: TerritorySlug, zone: TimeZone, checked_at: Timestamp) -> Self {
        Self {
            slug,
            numbers: vec![],
            zone,
            residents: 0,
            french: TerritoryWords::default(),
            english: TerritoryWords::default(),
            offers_english: false,
            crisis: None,
            authorities: false,
            asks_noticed: false,
            ongoing: vec![],
            ended: vec![],
            checked_at,
        }
    }

    /// A bulletin of this territory, ongoing or ended, that may be said at `now`.
    pub(crate) fn find_audible(&self, id: &BulletinId, now: Timestamp) -> Option<&BulletinOnAir> {
        self.find(id).filter(|one| one.is_audible(now))
    }

    /// A bulletin of this territory, ongoing or ended.
    pub(crate) fn find(&self, id: &BulletinId) -> Option<&BulletinOnAir> {
        self.all().find(|one| one.id == *id)
    }

    /// What it says of itself in a language.
    pub(crate) fn words(&self, language: Language) -> &TerritoryWords {
        match language {
            Language::French => &self.french,
            Language::English => &self.english,
        }
    }

    /// Whether there is anything to hear in English: a manager's welcome or a bulletin.
    pub(crate) fn has_english(&self, now: Timestamp) -> bool {
        let is_english =
            |one: &BulletinOnAir| one.language == Language::English && one.is_audible(now);
        self.offers_english || self.all().any(is_english)
    }

    fn all(&self) -> impl Iterator<Item = &BulletinOnAir> {
        self.ongoing.iter().chain(&self.ended)
    }
}

/// What a territory says of itself in one language; the house speaks for what is not there.
#[derive(Clone, Debug, Default)]
pub struct TerritoryWords {
    /// Sentences of the house in its own words, with the welcome that names it; else the house prompt of the same name.
    pub own: Vec<(OwnSentence, Reels)>,
    /// Its name as a menu choice ("Pour Rouen,"); else the house prompt `menu_place`.
    pub menu: Option<Reels>,
    /// That none of its members, whose number it says, has declared anything; else the house prompt `no_event`.
    pub no_event: Option<Reels>,
}

impl TerritoryWords {
    /// Its own words for a sentence of the house.
    pub(crate) fn own(&self, prompt: Prompt) -> Option<&Reels> {
        let sentence = prompt.own_sentence()?;
        let (_, reels) = self.own.iter().find(|(own, _)| *own == sentence)?;
        Some(reels)
    }
}

/// A sentence for everybody, before everything else.
#[derive(Clone, Debug)]
pub struct CrisisOnAir {
    /// When it was set: who has heard this one does not hear it again.
    pub set_at: Timestamp,
    /// Its sound.
    pub words: Reels,
}

/// One bulletin as callers hear it: its latest entry.
#[derive(Clone, Debug)]
pub struct BulletinOnAir {
    /// Which bulletin.
    pub id: BulletinId,
    /// For the unplanned it is said how long ago.
    pub kind: Kind,
    /// The language of its words.
    pub language: Language,
    /// When the event began, as far as it is known.
    pub began_at: Option<Timestamp>,
    /// As what residents notice it.
    pub noticed_as: Vec<Noticed>,
    /// When its latest entry was posted.
    pub said_at: Timestamp,
    /// From this instant on the line skips it, by its own clock.
    pub expires_at: Timestamp,
    /// Its sound; without one callers hear the house prompt `bulletin_unspoken`.
    pub speech: Option<SpokenBulletin>,
}

impl BulletinOnAir {
    /// An unplanned bulletin in French, of which nothing else is known.
    #[must_use]
    pub fn new(id: BulletinId, said_at: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            id,
            kind: Kind::Unplanned,
            language: Language::French,
            began_at: None,
            noticed_as: vec![],
            said_at,
            expires_at,
            speech: None,
        }
    }

    /// Whether it may still be said at `now`.
    pub(crate) fn is_audible(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

/// The sound of a bulletin: one of two lead-ins, then the body with no gap between.
#[derive(Clone, Debug)]
pub struct SpokenBulletin {
    /// Lead-in while the territory's date is that of `said_at` ("Publié aujourd'hui à …").
    pub today: Reels,
    /// Lead-in on any other date ("Publié lundi vingt-trois novembre à …").
    pub dated: Reels,
    /// The text itself, in pieces that end in a pause of the voice ([`Reels::sentences`]): between two of them the
    /// line can stop without breaking a word.
    pub body: Vec<Reels>,
}

impl SpokenBulletin {
    /// How long the text takes.
    pub(crate) fn length_of_body(&self) -> Duration {
        self.body.iter().map(|piece| piece.pcma.duration()).sum()
    }
}
