//! Rows of `bulletins` and `entries`, and how they become bulletins again.

use std::collections::HashMap;

use bulletin::{
    Bulletin, BulletinId, Entry, EntryKind, Event, Kind, Language, Nuisance, RecordingKey,
};
use jiff::Timestamp;

use crate::database::Flag;
use crate::error::unreadable;
use crate::sites::site_slug;
use crate::territories::territory_slug;
use crate::{Error, Result, instant};

/// A row of `bulletins`.
#[derive(sqlx::FromRow)]
pub(crate) struct BulletinRow {
    pub(crate) id: String,
    site: String,
    territory: String,
    kind: String,
    events: String,
    nuisances: String,
    language: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    posted_at: String,
    expires_at: String,
}

impl BulletinRow {
    fn read(self, entries: Vec<Entry>) -> Result<Bulletin> {
        Ok(Bulletin {
            id: BulletinId::parse(&self.id).map_err(|_| unreadable(TABLE, "an id", &self.id))?,
            site: site_slug(TABLE, &self.site)?,
            territory: territory_slug(TABLE, &self.territory)?,
            kind: word(TABLE, "a kind", &self.kind, Kind::parse)?,
            events: events(&self.events),
            nuisances: self
                .nuisances
                .split_whitespace()
                .filter_map(Nuisance::parse)
                .collect(),
            language: word(TABLE, "a language", &self.language, Language::parse)?,
            starts_at: optional(self.starts_at.as_deref())?,
            ends_at: optional(self.ends_at.as_deref())?,
            posted_at: instant::parse(TABLE, &self.posted_at)?,
            expires_at: instant::parse(TABLE, &self.expires_at)?,
            entries,
        })
    }
}

/// A row of `entries`.
#[derive(sqlx::FromRow)]
pub(crate) struct EntryRow {
    bulletin: String,
    number: i64,
    kind: String,
    text: String,
    at: String,
    author: String,
    under_control: Flag,
    recording: Option<String>,
    on_networks: Flag,
}

impl EntryRow {
    fn read(self) -> Result<Entry> {
        Ok(Entry {
            number: u32::try_from(self.number)
                .map_err(|_| unreadable("entries", "a number", &self.number.to_string()))?,
            kind: word("entries", "a kind", &self.kind, EntryKind::parse)?,
            text: self.text,
            at: instant::parse("entries", &self.at)?,
            author: self.author,
            under_control: self.under_control.0,
            recording: self.recording.as_deref().map(recording_key).transpose()?,
            on_networks: self.on_networks.0,
        })
    }
}

fn recording_key(text: &str) -> Result<RecordingKey> {
    RecordingKey::parse(text).map_err(|_| unreadable("entries", "a recording", text))
}

/// Gives each row its entries, keeping the order of both, with its id.
///
/// What a later version of the program has written may hold words that this one does not know. An event becomes
/// [`Event::Other`] and a nuisance is left out, for the text says what it is. Any other unknown word is
/// [`Error::Unreadable`], and so is a thread without an entry, which no transaction writes: of that bulletin alone.
pub(crate) fn assemble(
    rows: Vec<BulletinRow>,
    entries: Vec<EntryRow>,
) -> Vec<(String, Result<Bulletin>)> {
    let mut threads: HashMap<String, Vec<EntryRow>> = HashMap::new();
    for row in entries {
        let bulletin = row.bulletin.clone();
        threads.entry(bulletin).or_default().push(row);
    }
    let mut read = |row: BulletinRow| match threads.remove(&row.id) {
        Some(thread) => {
            let thread = thread
                .into_iter()
                .map(EntryRow::read)
                .collect::<Result<_>>();
            thread.and_then(|thread| row.read(thread))
        }
        None => Err(Error::Unreadable {
            table: TABLE,
            reason: format!("bulletin {} has no entry", row.id),
        }),
    };
    rows.into_iter()
        .map(|row| (row.id.clone(), read(row)))
        .collect()
}

/// Each once; several that are unknown are one.
fn events(column: &str) -> Vec<Event> {
    let mut events = vec![];
    for word in column.split_whitespace() {
        let event = Event::parse(word).unwrap_or(Event::Other);
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}

/// Code words as one column holds them.
pub(crate) fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn word<T>(
    table: &'static str,
    expected: &str,
    text: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<T> {
    parse(text).ok_or_else(|| unreadable(table, expected, text))
}

fn optional(column: Option<&str>) -> Result<Option<Timestamp>> {
    column.map(|text| instant::parse(TABLE, text)).transpose()
}

const TABLE: &str = "bulletins";
