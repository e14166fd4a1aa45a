//! What is spoken, to listen to on the page: WAV, wide band, at addresses that never change their sound.
//!
//! Three forms: `/audio/{key}.wav` is one recording, and `/audio/{key}.pcma` the same as callers get it; `/audio/{bulletin}-{entry}-{mark}.wav` is what a page
//! plays, the dated lead-in and the body as one sound. The mark is made of both keys, so another sound is
//! another address; and only the two parts of one entry can be joined, so that nobody can make a link on
//! which one site says the words of another.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bulletin::BulletinId;

use crate::app::Desk;
use crate::error::Error;
use crate::pages::Notice;
use crate::rendered::{Rendered, mark};
use crate::snapshot::Speech;
use crate::wav;

/// The address under which a page plays an entry.
///
/// - `dated`, `body`: keys of the two recordings.
pub(crate) fn address(bulletin: &BulletinId, entry: u32, dated: &str, body: &str) -> String {
    format!(
        "/audio/{bulletin}-{entry}-{}.wav",
        mark(format!("{dated} {body}").as_bytes())
    )
}

/// The address of a recording as callers get it.
pub(crate) fn telephone_address(key: &str) -> String {
    format!("/audio/{key}.pcma")
}

/// The owner of an entry's recordings, as the store names it.
pub(crate) fn owner(bulletin: &BulletinId, entry: u32) -> String {
    format!("bulletin/{bulletin}/{entry}")
}

/// The keys of the recordings of one entry, by part.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(String, String)>);

impl Parts {
    /// Asks the store which recordings an entry has.
    pub(crate) async fn find(
        store: &store::Store,
        bulletin: &BulletinId,
        entry: u32,
    ) -> Result<Self, Error> {
        Ok(Self(store.speech_of(&owner(bulletin, entry)).await?))
    }

    /// The key of `today`, `dated` or `body`.
    pub(crate) fn key(&self, part: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == part)
            .map(|(_, key)| key.as_str())
    }

    /// What a page can play of them.
    pub(crate) async fn speech(&self, store: &store::Store) -> Result<Speech, Error> {
        let Some((dated, body)) = self.key("dated").zip(self.key("body")) else {
            return Ok(Speech::Queued);
        };
        let keys = [dated.to_owned(), body.to_owned()];
        let known = store.find_recording_keys(&keys).await?;
        let length = |key: &str| {
            known
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, length)| *length)
        };
        let [dated, body] = keys;
        Ok(match length(&dated).zip(length(&body)) {
            Some((lead_in, text)) => Speech::Ready {
                duration_ms: lead_in.saturating_add(text),
                dated,
                body,
            },
            None => Speech::Queued,
        })
    }
}

/// GET `/audio/{file}`.
pub(crate) async fn send(
    State(desk): State<Desk>,
    Path(file): Path<String>,
    request: HeaderMap,
) -> Result<Response, Notice> {
    let recording = match desk.shelf.find(&file) {
        Some(recording) => recording,
        None => {
            let recording = if let Some(name) = file.strip_suffix(".wav") {
                Rendered::immutable(fetch(&desk, name).await?, "audio/wav")
            } else {
                let key = file.strip_suffix(".pcma").ok_or(Error::NotFound)?;
                Rendered::immutable(telephone(&desk, key).await?, "audio/PCMA")
            };
            desk.shelf.put(&file, &recording);
            recording
        }
    };
    Ok(recording.answer(&request))
}

/// The A-law octets of a recording, 8,000 a second.
async fn telephone(desk: &Desk, key: &str) -> Result<Vec<u8>, Error> {
    if !is_key(key) {
        return Err(Error::NotFound);
    }
    let recording = desk.app.store.find_recording(key).await?;
    Ok(recording.ok_or(Error::NotFound)?.pcma)
}

/// Reads a recording, or the two of an entry, from the store.
async fn fetch(desk: &Desk, name: &str) -> Result<Vec<u8>, Error> {
    let store = &desk.app.store;
    if is_key(name) {
        return master(store, name).await;
    }
    let (bulletin, entry) = parse(name).ok_or(Error::NotFound)?;
    let parts = Parts::find(store, &bulletin, entry).await?;
    let (dated, body) = parts
        .key("dated")
        .zip(parts.key("body"))
        .ok_or(Error::NotFound)?;
    if address(&bulletin, entry, dated, body) != format!("/audio/{name}.wav") {
        return Err(Error::NotFound);
    }
    whole(store, dated, body).await
}

/// What the page plays of an entry, as one WAV file; `None` while a part of it is not spoken, or cannot be read: whoever
/// asks goes on without it.
pub async fn entry_sound(
    store: &store::Store,
    bulletin: &BulletinId,
    entry: u32,
) -> Option<Vec<u8>> {
    let parts = Parts::find(store, bulletin, entry).await.ok()?;
    let (dated, body) = parts.key("dated").zip(parts.key("body"))?;
    whole(store, dated, body).await.ok()
}

/// The lead-in and the body, one after the other.
async fn whole(store: &store::Store, dated: &str, body: &str) -> Result<Vec<u8>, Error> {
    let (lead_in, text) = (master(store, dated).await?, master(store, body).await?);
    wav::join(&[&lead_in, &text]).map_err(|error| Error::Fault(format!("{dated} {body}: {error}")))
}

async fn master(store: &store::Store, key: &str) -> Result<Vec<u8>, Error> {
    let recording = store.find_recording(key).await?.ok_or(Error::NotFound)?;
    Ok(recording.master_wav)
}

/// The SHA-256 of a recording, in small hexadecimal digits.
fn is_key(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
}

fn parse(name: &str) -> Option<(BulletinId, u32)> {
    let mut words = name.splitn(3, '-');
    let bulletin = BulletinId::parse(words.next()?).ok()?;
    Some((bulletin, words.next()?.parse().ok()?))
}
