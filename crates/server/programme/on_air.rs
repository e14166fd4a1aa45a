//! From rows to reels: which recordings a bulletin or a territory is spoken with.

use std::collections::{HashMap, HashSet};

use bulletin::{Bulletin, Territory, programme};
use jiff::Timestamp;
use line::{BulletinOnAir, SpokenBulletin, TerritoryOnAir};
use media::Reels;
use store::{Recording, Store};
use web::Speech;

use crate::jobs::speak;

/// What the store knows of speech: whose part is which recording, and how it went.
pub(super) struct SpeechOf {
    parts: HashMap<String, HashMap<String, String>>,
    states: HashMap<String, String>,
}

impl SpeechOf {
    pub(super) async fn read(store: &Store) -> Result<Self, store::Error> {
        let mut parts: HashMap<String, HashMap<String, String>> = HashMap::new();
        for (owner, part, key) in store.all_speech().await? {
            parts.entry(owner).or_default().insert(part, key);
        }
        let states = store.speech_states().await?;
        let states = states
            .into_iter()
            .map(|(owner, state, _)| (owner, state))
            .collect();
        Ok(Self { parts, states })
    }

    /// How many owners have a voice that failed.
    pub(super) fn failed(&self) -> usize {
        self.states
            .values()
            .filter(|state| *state == "failed")
            .count()
    }

    /// What the page says of a bulletin's sound.
    pub(super) fn for_page(&self, bulletin: &Bulletin, shelf: &Shelf) -> Speech {
        let owner = speak::owner(&bulletin.id, bulletin.current().number);
        if let Some(speech) = shelf.for_page(self.parts.get(&owner)) {
            return speech;
        }
        match self.states.get(&owner).map(String::as_str) {
            Some("failed") => Speech::Failed,
            _ => Speech::Queued,
        }
    }

    /// The owner whose sound stands for a bulletin: its latest entry, or, while that one waits for
    /// its voice, the entry before. A voice that failed leaves none: an old text may be wrong.
    fn owner_heard(&self, bulletin: &Bulletin) -> Option<String> {
        for entry in bulletin.entries.iter().rev() {
            let owner = speak::owner(&bulletin.id, entry.number);
            // The body is linked last: with it, the lead-ins are there too.
            if self
                .parts
                .get(&owner)
                .is_some_and(|parts| parts.contains_key("body"))
            {
                return Some(owner);
            }
            if self
                .states
                .get(&owner)
                .is_some_and(|state| state == "failed")
            {
                return None;
            }
        }
        None
    }
}

/// The recordings in use, each read from the store once.
#[derive(Default)]
pub(super) struct Shelf {
    recordings: HashMap<String, Shelved>,
}

struct Shelved {
    reels: Reels,
    duration_ms: u32,
}

impl Shelf {
    /// Takes in what is needed and lets go of what is not.
    pub(super) async fn fill(
        &mut self,
        store: &Store,
        speech: &SpeechOf,
        bulletins: &[Bulletin],
        territories: &[Territory],
    ) -> Result<(), store::Error> {
        let bulletins = bulletins.iter().filter_map(|one| speech.owner_heard(one));
        let territories = territories
            .iter()
            .map(|one| speak::territory_owner(&one.slug));
        let needed: HashSet<&String> = bulletins
            .chain(territories)
            .filter_map(|owner| speech.parts.get(&owner))
            .flat_map(HashMap::values)
            .collect();
        self.recordings.retain(|key, _| needed.contains(key));
        for key in needed {
            if self.recordings.contains_key(key) {
                continue;
            }
            if let Some(recording) = store.find_recording(key).await? {
                self.recordings.insert(key.clone(), shelved(recording));
            }
        }
        Ok(())
    }

    pub(super) fn territory(
        &self,
        territory: &Territory,
        bulletins: &[Bulletin],
        speech: &SpeechOf,
        now: Timestamp,
    ) -> TerritoryOnAir {
        let heard = programme(bulletins, &territory.slug, now);
        let own = speech.parts.get(&speak::territory_owner(&territory.slug));
        let on_air =
            |list: &[Bulletin]| list.iter().map(|one| self.bulletin(one, speech)).collect();
        TerritoryOnAir {
            slug: territory.slug.clone(),
            numbers: territory.numbers.clone(),
            zone: territory.zone.clone(),
            greeting: self.reels(own, "greeting"),
            menu: self.reels(own, "menu"),
            ongoing: on_air(&heard.ongoing),
            ended: on_air(&heard.ended),
            checked_at: now,
        }
    }

    fn bulletin(&self, bulletin: &Bulletin, speech: &SpeechOf) -> BulletinOnAir {
        let owner = speech.owner_heard(bulletin);
        let parts = owner.and_then(|owner| speech.parts.get(&owner));
        BulletinOnAir {
            id: bulletin.id.clone(),
            said_at: bulletin.updated_at(),
            expires_at: bulletin.expires_at,
            speech: self.spoken(parts),
        }
    }

    fn spoken(&self, parts: Option<&HashMap<String, String>>) -> Option<SpokenBulletin> {
        Some(SpokenBulletin {
            today: self.reels(parts, "today")?,
            dated: self.reels(parts, "dated")?,
            body: self.reels(parts, "body")?,
        })
    }

    fn for_page(&self, parts: Option<&HashMap<String, String>>) -> Option<Speech> {
        let (dated, body) = (parts?.get("dated")?, parts?.get("body")?);
        let duration = |key| Some(self.recordings.get(key)?.duration_ms);
        Some(Speech::Ready {
            duration_ms: duration(dated)? + duration(body)?,
            dated: dated.clone(),
            body: body.clone(),
        })
    }

    fn reels(&self, parts: Option<&HashMap<String, String>>, part: &str) -> Option<Reels> {
        let shelved = self.recordings.get(parts?.get(part)?)?;
        Some(shelved.reels.clone())
    }
}

fn shelved(recording: Recording) -> Shelved {
    Shelved {
        reels: match recording.g722 {
            Some(g722) => Reels::from_octets(recording.pcma, recording.pcmu, g722),
            None => Reels::from_narrow_octets(recording.pcma, recording.pcmu),
        },
        duration_ms: recording.duration_ms,
    }
}
