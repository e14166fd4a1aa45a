//! Everything callers can hear at one instant: territories, their bulletins, the house prompts.
//!
//! An [`OnAir`] is built by whoever knows the database, never changed afterwards, and swapped whole;
//! calls in progress take the new one at their next step. Start with [`OnAir`].

mod prompts;

pub(crate) use prompts::Prompt;
pub use prompts::{HousePrompts, MissingPrompt};

use std::sync::Arc;
use std::time::Duration;

use bulletin::{BulletinId, DialledNumber, TerritorySlug};
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
        let words = self.prompts.reels(Prompt::LongestCall).pcma.duration();
        words + Ptime::Ms60.duration()
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
    /// Its own welcome; the house prompt `greeting` without one.
    pub greeting: Option<Reels>,
    /// Its name as a menu choice ("Pour Rouen,"); the house prompt `menu_place` without one.
    pub menu: Option<Reels>,
    /// Said to every caller, in this order.
    pub ongoing: Vec<BulletinOnAir>,
    /// Said on key 8, in this order.
    pub ended: Vec<BulletinOnAir>,
    /// When the programme was last known to be complete; said when there is no bulletin.
    pub checked_at: Timestamp,
}

impl TerritoryOnAir {
    /// A bulletin of this territory, ongoing or ended, that may be said at `now`.
    pub(crate) fn find_audible(&self, id: &BulletinId, now: Timestamp) -> Option<&BulletinOnAir> {
        let mut all = self.ongoing.iter().chain(&self.ended);
        all.find(|one| one.id == *id && one.is_audible(now))
    }
}

/// One bulletin as callers hear it: its latest entry.
#[derive(Clone, Debug)]
pub struct BulletinOnAir {
    /// Which bulletin.
    pub id: BulletinId,
    /// When its latest entry was posted.
    pub said_at: Timestamp,
    /// From this instant on the line skips it, by its own clock.
    pub expires_at: Timestamp,
    /// Its sound; without one callers hear the house prompt `bulletin_unspoken`.
    pub speech: Option<SpokenBulletin>,
}

impl BulletinOnAir {
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
    /// The text itself.
    pub body: Reels,
}
