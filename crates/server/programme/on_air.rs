//! From rows to reels: which recordings a bulletin or a territory is spoken with.

use std::collections::{BTreeMap, HashMap, HashSet};

use bulletin::{
    Bulletin, BulletinId, Language, LineSettings, Noticed, OwnSentence, OwnWords, State, Territory,
    programme,
};
use jiff::Timestamp;
use line::{BulletinOnAir, CrisisOnAir, SpokenBulletin, TerritoryOnAir, TerritoryWords};
use media::Reels;
use store::{Recording, Store};
use web::Speech;

use crate::jobs::speak::{self, territory as parts};

/// What the store knows of speech: whose part is which recording, and how it went.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SpeechOf {
    /// Keys of recordings by part, by owner.
    pub(crate) parts: HashMap<String, Parts>,
    pub(crate) states: HashMap<String, String>,
}

/// The recordings of one owner.
pub(crate) type Parts = BTreeMap<String, String>;

impl SpeechOf {
    /// Reads of what is on the air, not of all that ever was.
    pub(super) async fn read(
        store: &Store,
        bulletins: &[Bulletin],
        territories: &[Territory],
    ) -> Result<Self, store::Error> {
        let entries = bulletins.iter().flat_map(|one| {
            let entries = one.entries.iter();
            entries.map(|entry| speak::owner(&one.id, entry.number))
        });
        let names = territories
            .iter()
            .map(|one| speak::territory_owner(&one.slug));
        let owners: Vec<_> = entries.chain(names).collect();
        let mut parts: HashMap<String, Parts> = HashMap::new();
        for (owner, part, key) in store.speech_of_all(&owners).await? {
            parts.entry(owner).or_default().insert(part, key);
        }
        let states = store.speech_states(&owners).await?;
        let states = states
            .into_iter()
            .map(|(owner, state, _)| (owner, state))
            .collect();
        Ok(Self { parts, states })
    }

    /// The recordings that callers can hear.
    pub(crate) fn needed(
        &self,
        bulletins: &[Bulletin],
        territories: &[Territory],
    ) -> HashSet<&String> {
        let bulletins = bulletins.iter().filter_map(|one| self.owner_heard(one));
        let territories = territories
            .iter()
            .map(|one| speak::territory_owner(&one.slug));
        bulletins
            .chain(territories)
            .filter_map(|owner| self.parts.get(&owner))
            .flat_map(Parts::values)
            .collect()
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

    /// Whether callers hear the latest entry of a bulletin.
    pub(super) fn is_heard(&self, bulletin: &Bulletin) -> bool {
        let owner = speak::owner(&bulletin.id, bulletin.current().number);
        self.owner_heard(bulletin) == Some(owner)
    }

    /// The owner whose sound stands for a bulletin: its latest entry, or, while that one waits for
    /// its voice, the entry before. A voice that failed leaves none: an old text may be wrong.
    fn owner_heard(&self, bulletin: &Bulletin) -> Option<String> {
        let entry = self.entry_heard(bulletin)?;
        Some(speak::owner(&bulletin.id, entry))
    }

    /// The number of that entry.
    fn entry_heard(&self, bulletin: &Bulletin) -> Option<u32> {
        for entry in bulletin.entries.iter().rev() {
            let owner = speak::owner(&bulletin.id, entry.number);
            // The body is linked last: with it, the lead-ins are there too.
            if self
                .parts
                .get(&owner)
                .is_some_and(|parts| parts.contains_key("body"))
            {
                return Some(entry.number);
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

/// A territory, and what its manager has decided about it.
#[derive(Clone, Copy)]
pub(super) struct Decision<'a> {
    pub(super) territory: &'a Territory,
    pub(super) settings: &'a LineSettings,
    /// What it says in place of sentences of the house.
    pub(super) own_words: &'a [OwnWords],
    /// How many sites are members.
    pub(super) sites: usize,
    /// When the rows were read.
    pub(super) checked_at: Timestamp,
}

/// The recordings in use, each read from the store once.
#[derive(Default)]
pub(super) struct Shelf {
    recordings: HashMap<String, Shelved>,
}

struct Shelved {
    reels: Reels,
    sentences: Vec<Reels>,
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
        let needed = speech.needed(bulletins, territories);
        for &key in &needed {
            if self.recordings.contains_key(key) {
                continue;
            }
            if let Some(recording) = store.find_recording(key).await? {
                self.put([recording.into()]);
            }
        }
        // At the end: when the store cannot be read, what was needed before is still heard.
        self.recordings.retain(|key, _| needed.contains(key));
        Ok(())
    }

    /// Takes in what was read elsewhere.
    pub(super) fn put(&mut self, sounds: impl IntoIterator<Item = Sound>) {
        for sound in sounds {
            self.recordings.insert(sound.key.clone(), shelved(sound));
        }
    }

    pub(super) fn territory(
        &self,
        Decision {
            territory,
            settings,
            own_words,
            sites,
            checked_at,
        }: Decision<'_>,
        bulletins: &[Bulletin],
        speech: &SpeechOf,
        now: Timestamp,
    ) -> TerritoryOnAir {
        let heard = programme(bulletins, &territory.slug, now);
        let own = speech.parts.get(&speak::territory_owner(&territory.slug));
        let on_air =
            |list: &[Bulletin]| list.iter().map(|one| self.bulletin(one, speech)).collect();
        let in_own_words = |words: &OwnWords| {
            let recording = parts::own_recording(words);
            let said = recording
                .and_then(|part| self.reels(own, &part))
                .or_else(|| self.reels(own, &parts::own_words(words)))?;
            Some((words.sentence, said))
        };
        let english = settings.english_greeting.as_deref();
        // The first of several welcomes is said: a manager's words before the one that only names the territory.
        let welcome = |language| {
            let text = english.filter(|_| language == Language::English);
            let own_text = text.and_then(|text| self.reels(own, &parts::english_greeting(text)));
            let said = own_text.or_else(|| self.reels(own, &parts::greeting(language)))?;
            Some((OwnSentence::Greeting, said))
        };
        let words = |language| TerritoryWords {
            own: own_words
                .iter()
                .filter(|words| words.language == language)
                .filter_map(in_own_words)
                .chain(welcome(language))
                .collect(),
            menu: self.reels(own, &parts::menu(language)),
            no_event: self.reels(own, &parts::no_event(sites, language)),
        };
        let crisis = settings.crisis.as_ref().and_then(|sentence| {
            Some(CrisisOnAir {
                set_at: sentence.set_at,
                words: self.reels(own, &parts::crisis(sentence))?,
            })
        });
        TerritoryOnAir {
            numbers: territory.numbers.clone(),
            residents: settings.residents,
            french: words(Language::French),
            english: words(Language::English),
            offers_english: english.is_some(),
            crisis,
            authorities: settings.authorities,
            asks_noticed: settings.asks_noticed,
            ongoing: on_air(&heard.ongoing),
            ended: on_air(&heard.ended),
            ..TerritoryOnAir::new(territory.slug.clone(), territory.zone.clone(), checked_at)
        }
    }

    /// The bulletins that callers hear at `now`, each with the entry whose sound is at hand.
    pub(super) fn held(
        &self,
        bulletins: &[Bulletin],
        speech: &SpeechOf,
        now: Timestamp,
    ) -> Vec<(BulletinId, u32)> {
        let heard = bulletins
            .iter()
            .filter(|one| !matches!(one.state(now), State::Cancelled | State::Expired));
        let entry = |one: &Bulletin| {
            let entry = speech.entry_heard(one)?;
            let parts = speech.parts.get(&speak::owner(&one.id, entry));
            self.spoken(parts)?;
            Some((one.id.clone(), entry))
        };
        heard.filter_map(entry).collect()
    }

    fn bulletin(&self, bulletin: &Bulletin, speech: &SpeechOf) -> BulletinOnAir {
        let owner = speech.owner_heard(bulletin);
        let parts = owner.and_then(|owner| speech.parts.get(&owner));
        BulletinOnAir {
            kind: bulletin.kind,
            language: bulletin.language,
            began_at: bulletin.starts_at,
            noticed_as: Noticed::of(bulletin),
            speech: self.spoken(parts),
            ..BulletinOnAir::new(
                bulletin.id.clone(),
                bulletin.updated_at(),
                bulletin.expires_at,
            )
        }
    }

    fn spoken(&self, parts: Option<&Parts>) -> Option<SpokenBulletin> {
        Some(SpokenBulletin {
            today: self.reels(parts, "today")?,
            dated: self.reels(parts, "dated")?,
            body: self.recordings.get(parts?.get("body")?)?.sentences.clone(),
        })
    }

    fn for_page(&self, parts: Option<&Parts>) -> Option<Speech> {
        let (dated, body) = (parts?.get("dated")?, parts?.get("body")?);
        let duration = |key| Some(self.recordings.get(key)?.duration_ms);
        Some(Speech::Ready {
            duration_ms: duration(dated)? + duration(body)?,
            dated: dated.clone(),
            body: body.clone(),
        })
    }

    fn reels(&self, parts: Option<&Parts>, part: &str) -> Option<Reels> {
        let shelved = self.recordings.get(parts?.get(part)?)?;
        Some(shelved.reels.clone())
    }
}

/// What the line needs of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sound {
    pub(crate) key: String,
    pub(crate) duration_ms: u32,
    /// In A-law.
    pub(crate) pcma: Vec<u8>,
    /// In mu-law, as many octets.
    pub(crate) pcmu: Vec<u8>,
    /// In G.722, as many octets; none for a recording made before there was one.
    pub(crate) g722: Option<Vec<u8>>,
}

impl From<Recording> for Sound {
    fn from(recording: Recording) -> Self {
        Self {
            key: recording.key,
            duration_ms: recording.duration_ms,
            pcma: recording.pcma,
            pcmu: recording.pcmu,
            g722: recording.g722,
        }
    }
}

fn shelved(sound: Sound) -> Shelved {
    let reels = match sound.g722 {
        Some(g722) => Reels::from_octets(sound.pcma, sound.pcmu, g722),
        None => Reels::from_narrow_octets(sound.pcma, sound.pcmu),
    };
    Shelved {
        sentences: reels.sentences(),
        reels,
        duration_ms: sound.duration_ms,
    }
}
