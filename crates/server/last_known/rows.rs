//! A territory as a file: everything about it that callers hear and readers see, as JSON in words of the closed lists.
//!
//! Who wrote an entry is left out: neither callers nor readers are told.

use std::collections::{BTreeMap, HashMap, HashSet};

use bulletin::{
    BackgroundPage, Bulletin, BulletinId, Conformance, Coordinates, CrisisSentence, DialledNumber,
    Entry, EntryKind, Event, Imprint, Kind, Language, LineSettings, Nuisance, OwnSentence,
    OwnWords, PageSlug, RecordingKey, Site, SiteSlug, Territory, TerritorySlug,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::files::Damage;
use crate::jobs::speak;
use crate::programme::{Decided, Known};

/// The files of the territories, in their order.
pub(super) fn write(known: &Known) -> Vec<Vec<u8>> {
    let territories = known.decided.territories.iter();
    let files = territories.map(|one| {
        let rows = TerritoryRows::of(known, one);
        let rows = serde_json::to_vec(&rows).expect("plain structs are always JSON");
        [FIRST_LINE, &rows].concat()
    });
    files.collect()
}

/// Reads one of them and adds it to what is known; one of a territory that is known already changes nothing.
///
/// # Errors
/// [`Damage::Foreign`] for anything that [`write`] has not written; nothing is added then.
pub(super) fn read(file: &[u8], known: &mut Known) -> Result<(), Damage> {
    let rows = file.strip_prefix(FIRST_LINE).ok_or(Damage::Foreign)?;
    let rows: TerritoryRows = serde_json::from_slice(rows).map_err(|_| Damage::Foreign)?;
    rows.add_to(known).ok_or(Damage::Foreign)
}

const FIRST_LINE: &[u8] = b"allo territory 1\n";

#[derive(Serialize, Deserialize)]
struct TerritoryRows {
    slug: String,
    name: String,
    spoken_name: String,
    zone: String,
    numbers: Vec<String>,
    sites: Vec<SiteRow>,
    settings: Option<SettingsRow>,
    own_words: Vec<OwnWordsRow>,
    imprint: Option<ImprintRow>,
    background: Vec<PageRow>,
    /// Newest first.
    bulletins: Vec<BulletinRow>,
    /// Keys of recordings by part, by owner.
    speech: BTreeMap<String, BTreeMap<String, String>>,
    /// How far the speaking has come, by owner.
    speech_states: BTreeMap<String, String>,
}

impl TerritoryRows {
    fn of(known: &Known, territory: &Territory) -> Self {
        let (decided, slug) = (&known.decided, &territory.slug);
        let site = |site: &Site, is_open| SiteRow::of(site, is_open, &decided.places);
        let here = |one: &&Site| one.territory == *slug;
        let open = decided.sites.iter().filter(here).map(|it| site(it, true));
        let former = decided.former_sites.iter().filter(here);
        let bulletins = known.recent.iter().filter(|one| one.territory == *slug);
        let owners: HashSet<String> = bulletins
            .clone()
            .flat_map(|one| {
                let entries = one.entries.iter();
                entries.map(|entry| speak::owner(&one.id, entry.number))
            })
            .chain([speak::territory_owner(slug)])
            .collect();
        let speech = &known.speech;
        let background = decided.background.get(slug).into_iter().flatten();
        let own_words = decided.own_words.get(slug).into_iter().flatten();
        Self {
            slug: slug.to_string(),
            name: territory.name.clone(),
            spoken_name: territory.spoken_name.clone(),
            zone: territory.zone.iana_name().unwrap_or("UTC").to_owned(),
            numbers: texts(&territory.numbers),
            sites: open.chain(former.map(|it| site(it, false))).collect(),
            settings: decided.settings.get(slug).map(SettingsRow::of),
            own_words: own_words.map(OwnWordsRow::of).collect(),
            imprint: decided.imprints.get(slug).map(ImprintRow::of),
            background: background.map(PageRow::of).collect(),
            bulletins: bulletins.map(BulletinRow::of).collect(),
            speech: of_owners(&speech.parts, &owners),
            speech_states: of_owners(&speech.states, &owners),
        }
    }

    /// `None`, and nothing is added, when there is a word that this version does not know.
    fn add_to(self, known: &mut Known) -> Option<()> {
        let slug = TerritorySlug::parse(&self.slug).ok()?;
        if known.decided.territories.iter().any(|it| it.slug == slug) {
            return Some(());
        }
        let numbers = self.numbers.iter();
        let territory = Territory {
            slug: slug.clone(),
            name: self.name,
            spoken_name: self.spoken_name,
            zone: TimeZone::get(&self.zone).ok()?,
            numbers: all(numbers.map(|it| DialledNumber::parse(it, "")))?,
        };
        let settings = match self.settings {
            Some(row) => Some(row.read()?),
            None => None,
        };
        let imprint = match self.imprint {
            Some(row) => Some(row.read()?),
            None => None,
        };
        let own_words: Vec<_> = all(self.own_words.into_iter().map(OwnWordsRow::read))?;
        let background: Vec<_> = all(self.background.into_iter().map(PageRow::read))?;
        let sites: Vec<_> = all(self.sites.into_iter().map(|it| it.read(&slug)))?;
        let bulletins: Vec<_> = all(self.bulletins.into_iter().map(|it| it.read(&slug)))?;

        let Decided {
            territories,
            sites: open,
            settings: all_settings,
            own_words: all_own_words,
            former_sites,
            imprints,
            background: all_background,
            places,
        } = &mut known.decided;
        territories.push(territory);
        for (site, is_open, place) in sites {
            places.extend(place.map(|place| (site.slug.clone(), place)));
            match is_open {
                true => open.push(site),
                false => former_sites.push(site),
            }
        }
        all_settings.extend(settings.map(|it| (slug.clone(), it)));
        imprints.extend(imprint.map(|it| (slug.clone(), it)));
        if !own_words.is_empty() {
            all_own_words.insert(slug.clone(), own_words);
        }
        if !background.is_empty() {
            all_background.insert(slug, background);
        }
        known.recent.extend(bulletins);
        known.speech.parts.extend(self.speech);
        known.speech.states.extend(self.speech_states);
        Some(())
    }
}

#[derive(Serialize, Deserialize)]
struct SiteRow {
    slug: String,
    name: String,
    spoken_name: String,
    commune: String,
    is_open: bool,
    /// Latitude and longitude, in hundred-thousandths of a degree.
    place: Option<(i32, i32)>,
}

impl SiteRow {
    fn of(site: &Site, is_open: bool, places: &HashMap<SiteSlug, Coordinates>) -> Self {
        let place = places.get(&site.slug);
        Self {
            slug: site.slug.to_string(),
            name: site.name.clone(),
            spoken_name: site.spoken_name.clone(),
            commune: site.commune.clone(),
            is_open,
            place: place.map(|place| place.hundred_thousandths()),
        }
    }

    /// The site, whether it is open, and where it stands.
    fn read(self, territory: &TerritorySlug) -> Option<(Site, bool, Option<Coordinates>)> {
        let place = match self.place {
            Some((latitude, longitude)) => {
                Some(Coordinates::from_hundred_thousandths(latitude, longitude).ok()?)
            }
            None => None,
        };
        let site = Site {
            slug: SiteSlug::parse(&self.slug).ok()?,
            territory: territory.clone(),
            name: self.name,
            spoken_name: self.spoken_name,
            commune: self.commune,
        };
        Some((site, self.is_open, place))
    }
}

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    /// Its words, and when they were set.
    crisis: Option<(String, String)>,
    authorities: bool,
    asks_noticed: bool,
    english_greeting: Option<String>,
    residents: u32,
}

impl SettingsRow {
    fn of(settings: &LineSettings) -> Self {
        let crisis = settings.crisis.as_ref();
        Self {
            crisis: crisis.map(|it| (it.text.clone(), it.set_at.to_string())),
            authorities: settings.authorities,
            asks_noticed: settings.asks_noticed,
            english_greeting: settings.english_greeting.clone(),
            residents: settings.residents,
        }
    }

    fn read(self) -> Option<LineSettings> {
        let crisis = match self.crisis {
            Some((text, set_at)) => Some(CrisisSentence {
                text,
                set_at: set_at.parse().ok()?,
            }),
            None => None,
        };
        Some(LineSettings {
            crisis,
            authorities: self.authorities,
            asks_noticed: self.asks_noticed,
            english_greeting: self.english_greeting,
            residents: self.residents,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct OwnWordsRow {
    sentence: String,
    language: String,
    text: String,
    recording: Option<String>,
}

impl OwnWordsRow {
    fn of(words: &OwnWords) -> Self {
        Self {
            sentence: words.sentence.as_str().to_owned(),
            language: words.language.as_str().to_owned(),
            text: words.text.clone(),
            recording: words.recording.as_ref().map(ToString::to_string),
        }
    }

    fn read(self) -> Option<OwnWords> {
        Some(OwnWords {
            sentence: OwnSentence::parse(&self.sentence)?,
            language: Language::parse(&self.language)?,
            text: self.text,
            recording: recording(self.recording.as_deref())?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct ImprintRow {
    publisher: String,
    address: String,
    email: String,
    telephone: String,
    data_protection: String,
    conformance: String,
    audit: String,
    shortcomings: String,
    shortcomings_en: String,
    plan: String,
}

impl ImprintRow {
    fn of(imprint: &Imprint) -> Self {
        let it = imprint.clone();
        Self {
            publisher: it.publisher,
            address: it.address,
            email: it.email,
            telephone: it.telephone,
            data_protection: it.data_protection,
            conformance: it.conformance.as_str().to_owned(),
            audit: it.audit,
            shortcomings: it.shortcomings,
            shortcomings_en: it.shortcomings_en,
            plan: it.plan,
        }
    }

    fn read(self) -> Option<Imprint> {
        Some(Imprint {
            conformance: Conformance::parse(&self.conformance)?,
            publisher: self.publisher,
            address: self.address,
            email: self.email,
            telephone: self.telephone,
            data_protection: self.data_protection,
            audit: self.audit,
            shortcomings: self.shortcomings,
            shortcomings_en: self.shortcomings_en,
            plan: self.plan,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct PageRow {
    slug: String,
    title: String,
    text: String,
    title_en: String,
    text_en: String,
}

impl PageRow {
    fn of(page: &BackgroundPage) -> Self {
        let it = page.clone();
        Self {
            slug: it.slug.to_string(),
            title: it.title,
            text: it.text,
            title_en: it.title_en,
            text_en: it.text_en,
        }
    }

    fn read(self) -> Option<BackgroundPage> {
        Some(BackgroundPage {
            slug: PageSlug::parse(&self.slug).ok()?,
            title: self.title,
            text: self.text,
            title_en: self.title_en,
            text_en: self.text_en,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct BulletinRow {
    id: String,
    site: String,
    kind: String,
    events: Vec<String>,
    nuisances: Vec<String>,
    language: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    posted_at: String,
    expires_at: String,
    /// Oldest first.
    entries: Vec<EntryRow>,
}

impl BulletinRow {
    fn of(bulletin: &Bulletin) -> Self {
        let events = bulletin.events.iter().map(|it| it.as_str().to_owned());
        let nuisances = bulletin.nuisances.iter().map(|it| it.as_str().to_owned());
        Self {
            id: bulletin.id.to_string(),
            site: bulletin.site.to_string(),
            kind: bulletin.kind.as_str().to_owned(),
            events: events.collect(),
            nuisances: nuisances.collect(),
            language: bulletin.language.as_str().to_owned(),
            starts_at: bulletin.starts_at.map(|at| at.to_string()),
            ends_at: bulletin.ends_at.map(|at| at.to_string()),
            posted_at: bulletin.posted_at.to_string(),
            expires_at: bulletin.expires_at.to_string(),
            entries: bulletin.entries.iter().map(EntryRow::of).collect(),
        }
    }

    /// A thread has an entry.
    fn read(self, territory: &TerritorySlug) -> Option<Bulletin> {
        if self.entries.is_empty() {
            return None;
        }
        Some(Bulletin {
            id: BulletinId::parse(&self.id).ok()?,
            site: SiteSlug::parse(&self.site).ok()?,
            territory: territory.clone(),
            kind: Kind::parse(&self.kind)?,
            events: all(self.events.iter().map(|it| Event::parse(it)))?,
            nuisances: all(self.nuisances.iter().map(|it| Nuisance::parse(it)))?,
            language: Language::parse(&self.language)?,
            starts_at: optional(self.starts_at.as_deref())?,
            ends_at: optional(self.ends_at.as_deref())?,
            posted_at: self.posted_at.parse().ok()?,
            expires_at: self.expires_at.parse().ok()?,
            entries: all(self.entries.into_iter().map(EntryRow::read))?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    number: u32,
    kind: String,
    text: String,
    at: String,
    under_control: bool,
    recording: Option<String>,
    on_networks: bool,
}

impl EntryRow {
    fn of(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            kind: entry.kind.as_str().to_owned(),
            text: entry.text.clone(),
            at: entry.at.to_string(),
            under_control: entry.under_control,
            recording: entry.recording.as_ref().map(ToString::to_string),
            on_networks: entry.on_networks,
        }
    }

    fn read(self) -> Option<Entry> {
        Some(Entry {
            number: self.number,
            kind: EntryKind::parse(&self.kind)?,
            text: self.text,
            at: self.at.parse().ok()?,
            author: String::new(),
            under_control: self.under_control,
            recording: recording(self.recording.as_deref())?,
            on_networks: self.on_networks,
        })
    }
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn of_owners<T: Clone>(rows: &HashMap<String, T>, owners: &HashSet<String>) -> BTreeMap<String, T> {
    let rows = rows.iter().filter(|(owner, _)| owners.contains(*owner));
    rows.map(|(owner, row)| (owner.clone(), row.clone()))
        .collect()
}

/// `None` when one of them is.
fn all<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    read.collect()
}

/// `None` for a text that is no instant.
fn optional(text: Option<&str>) -> Option<Option<Timestamp>> {
    match text {
        Some(text) => text.parse().ok().map(Some),
        None => Some(None),
    }
}

/// `None` for a text that is no key.
fn recording(text: Option<&str>) -> Option<Option<RecordingKey>> {
    match text {
        Some(text) => RecordingKey::parse(text).ok().map(Some),
        None => Some(None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::programme::SpeechOf;
    use bulletin::{Draft, Lifetime};
    use proptest::prelude::*;

    #[test]
    fn everything_that_callers_hear_and_readers_see_reads_back() {
        let known = full();
        let mut read_back = nothing();
        for file in write(&known) {
            read(&file, &mut read_back).unwrap();
        }
        assert_eq!(read_back, known);
    }

    #[test]
    fn the_same_rows_are_the_same_octets() {
        assert_eq!(write(&full()), write(&full()));
    }

    #[test]
    fn one_territory_is_read_without_the_other_and_the_first_one_read_stays() {
        let known = full();
        let files = write(&known);
        let mut read_back = nothing();
        read(&files[1], &mut read_back).unwrap();
        read(&files[1], &mut read_back).unwrap();
        assert_eq!(
            read_back.decided.territories,
            known.decided.territories[1..]
        );
        assert_eq!(read_back.recent.len(), 1);
    }

    #[test]
    fn a_word_of_another_version_adds_nothing() {
        let file = String::from_utf8(write(&full()).swap_remove(0)).unwrap();
        for (word, other) in [
            ("\"unplanned\"", "\"unheard\""),
            ("allo territory 1", "allo territory 2"),
            ("Europe/Paris", "Europe/Lutetia"),
        ] {
            let mut read_back = nothing();
            let read = read(file.replace(word, other).as_bytes(), &mut read_back);
            assert!(matches!(read, Err(Damage::Foreign)), "{word}");
            assert_eq!(read_back, nothing());
        }
    }

    proptest! {
        #[test]
        fn no_file_stops_the_program(octets: Vec<u8>, place: prop::sample::Index, octet: u8) {
            let _ = read(&[FIRST_LINE, &octets].concat(), &mut nothing());
            let mut file = write(&full()).swap_remove(0);
            let place = place.index(file.len());
            file[place] = octet;
            let _ = read(&file, &mut nothing());
        }
    }

    pub(in super::super) fn nothing() -> Known {
        Known {
            decided: Decided::default(),
            recent: vec![],
            speech: SpeechOf::default(),
            checked_at: at("2026-11-23T13:32:00Z"),
            is_recalled: false,
        }
    }

    /// Two territories, each with a bulletin, and one of everything.
    pub(in super::super) fn full() -> Known {
        let mut known = nothing();
        for (slug, number, random) in [
            ("rouen_metropole", "+33805691282", 1),
            ("le_havre", "+33800101092", 2),
        ] {
            let slug = TerritorySlug::parse(slug).unwrap();
            let territory = Territory {
                slug: slug.clone(),
                name: "Rouen Métropole".to_owned(),
                spoken_name: "Rouen".to_owned(),
                zone: TimeZone::get("Europe/Paris").unwrap(),
                numbers: vec![DialledNumber::parse(number, "").unwrap()],
            };
            let site = |name: &str| Site {
                slug: SiteSlug::parse(&format!("{name}-{random}")).unwrap(),
                territory: slug.clone(),
                name: "Raffinerie".to_owned(),
                spoken_name: "la raffinerie".to_owned(),
                commune: "Petit-Couronne".to_owned(),
            };
            let (open, former) = (site("raffinerie"), site("usine"));
            let bulletin = bulletin(&open, &territory, random);
            let decided = &mut known.decided;
            let place = Coordinates::from_hundred_thousandths(4_944_310, -109_930).unwrap();
            decided.places.insert(open.slug.clone(), place);
            decided.settings.insert(slug.clone(), settings());
            decided.own_words.insert(slug.clone(), vec![own_words()]);
            decided.imprints.insert(slug.clone(), imprint());
            decided.background.insert(slug.clone(), vec![page()]);
            decided.sites.push(open);
            decided.former_sites.push(former);
            for entry in &bulletin.entries {
                let owner = speak::owner(&bulletin.id, entry.number);
                let part = |name: &str| (name.to_owned(), key(random));
                let parts = ["today", "dated", "body"].map(part);
                known.speech.parts.insert(owner.clone(), parts.into());
                known.speech.states.insert(owner, "ready".to_owned());
            }
            decided.territories.push(territory);
            known.recent.push(bulletin);
        }
        known
    }

    fn bulletin(site: &Site, territory: &Territory, random: u8) -> Bulletin {
        let draft = Draft {
            kind: Kind::Unplanned,
            events: vec![Event::Flaring],
            nuisances: vec![Nuisance::Noise],
            text: "Une torche est « visible ».".to_owned(),
            language: Language::French,
            starts_at: Some(at("2026-11-23T13:00:00.123456789Z")),
            ends_at: None,
            lifetime: Lifetime::default(),
        };
        let (id, now) = (BulletinId::from_random([random; 8]), at(NOW));
        let mut it = Bulletin::compose(id, site, territory, draft, "", now).unwrap();
        it.end(None, "", now).unwrap();
        it.entries[0].recording = Some(RecordingKey::parse(&key(random)).unwrap());
        it
    }

    fn settings() -> LineSettings {
        LineSettings {
            crisis: Some(CrisisSentence {
                text: "Fermez vos fenêtres.".to_owned(),
                set_at: at(NOW),
            }),
            authorities: true,
            asks_noticed: true,
            english_greeting: Some("Welcome.".to_owned()),
            residents: 500_000,
        }
    }

    fn own_words() -> OwnWords {
        let recording = RecordingKey::parse(&key(7)).ok();
        let (sentence, language) = (OwnSentence::Closing, Language::English);
        OwnWords::compose(sentence, language, "Goodbye.", recording).unwrap()
    }

    fn imprint() -> Imprint {
        Imprint {
            publisher: "Métropole".to_owned(),
            conformance: Conformance::Partial,
            ..Imprint::default()
        }
    }

    fn page() -> BackgroundPage {
        let slug = PageSlug::parse("torche").unwrap();
        BackgroundPage::compose(slug, ("La torche", "Elle brûle."), ("", "")).unwrap()
    }

    /// The key of a recording.
    pub(in super::super) fn key(digit: u8) -> String {
        format!("{digit:064x}")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const NOW: &str = "2026-11-23T13:31:00Z";
}
